"""Emotion from the grey video of one eye, by a small spiking network apprenticed to an event-camera teacher."""

__version__ = "0.1.0"
