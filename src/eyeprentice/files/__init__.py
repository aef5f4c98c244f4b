"""Bytes in and out, whole or not at all; the sandbox for decoders of other people; model files and their seals; the
processes, and other computers, that work is done by.

It may import `words`.
"""
