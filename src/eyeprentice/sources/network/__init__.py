"""Frames from a camera or a server of the user's own network, opened only if its address is given as the source.

HTTP is spoken by Python's own library: nothing is followed to another place, no proxy is asked, and only MJPEG and
whole video files are read. RTSP is FFmpeg's, in the decoder's process, where it may open no file.
"""
