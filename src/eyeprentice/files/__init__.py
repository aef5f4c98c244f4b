"""Bytes in and out, whole or not at all; the sandbox for decoders of other people; model files and their seals.

It may import `words`.
"""
