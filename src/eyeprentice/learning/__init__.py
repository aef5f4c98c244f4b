"""Recipe + data -> run: the terms of the loss, a step, the loop, and the run on disk.

It may import `models`, `snn`, `data` and what these may import.
"""
