"""How the network that finds eyes is trained: material, scenes, targets, the loop, the file (docs/finder.md).

It may import `synth` and what that may import.
"""
