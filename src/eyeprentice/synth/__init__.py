"""People who do not exist -> a folder like SEE's: faces, motion, cameras, variety.

It may import `data` and what that may import.
"""
