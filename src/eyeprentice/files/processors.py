"""How many processors this process may use, on every system."""

import os


def processors() -> int:
    """At least 1; fewer than the machine has where the system keeps this process to some of them.

    `os.sched_getaffinity` exists on Linux alone, `os.process_cpu_count` from Python 3.13 on.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
