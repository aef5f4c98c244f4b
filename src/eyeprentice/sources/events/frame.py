"""SEE's event frames: the events of 33 ms as one grey image."""

INTERVAL_US = 33_333
"""Time that one event frame accumulates, in µs: one frame at 30 fps."""
NONE, ON, OFF = 127, 255, 0
"""Levels where nothing happened or neither prevailed, where it got brighter, and where it got darker."""
