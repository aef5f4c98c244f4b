"""What the finder's file takes and gives: known to what runs it and to what trains it (docs/finder.md)."""

FORMAT = "1"
"""Of the file: its input, its output and what they mean. This version reads one format."""
CELL = 8
"""Pixels of a cell's side."""
CHANNELS = ("probability", "dx", "dy", "size", "tilt", "left", "openness")
"""Of the output, in this order."""
WINDOW, FOLLOWED_SIZE = 112, 40.0
"""Pixels of the side of the window in which a known eye is looked at, and of the eye in it."""
