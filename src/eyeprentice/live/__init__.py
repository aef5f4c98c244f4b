"""From a camera or a file to readings: frames as they come, the eye in them, the recognizer, and what is shown."""
