"""The simulator: people who do not exist show emotions with one eye, to a frame camera and an event camera."""
