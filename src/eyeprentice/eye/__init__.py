"""Where the eye is in a picture: what finds it, how it is followed, and how it is cut out.

It may import `words`, `files` and `sources`.
"""
