"""Whatever gives frames or events: videos, pictures, recordings, cameras, arrays, and the simulated event camera.

It may import `words` and `files`.
"""
