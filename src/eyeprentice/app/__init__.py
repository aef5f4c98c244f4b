"""Words on a command line or in a page -> one call.

It may import every other room.
"""
