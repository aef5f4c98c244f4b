"""The eye in a picture: where to look, what finds it, and how it is followed. Frames -> places to cut out."""
