"""Temporary folders whose names tell which process made them, so that those of killed ones can be removed later."""

import atexit
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path


def scratch_prefix() -> str:
    """What the names of this process's temporary folders begin with.

    The number of a process means something among those that see each other: containers may share a temporary folder.
    """
    try:
        namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 (a file that is no file)
    except OSError:
        namespace = 0
    return f"eyeprentice-{namespace:x}-{os.getpid()}-"


def keep_to_ourselves() -> None:
    """What libraries write unasked goes into a temporary folder, which is removed when this process ends.

    Matplotlib, which others import too, keeps a folder in the user's home; PyTorch makes one for kernels when it is
    imported. Folders that killed processes left are removed.
    """
    _remove_left()
    folder = Path(tempfile.gettempdir()) / f"{scratch_prefix()}{secrets.token_hex(8)}"
    wanted = {"MPLCONFIGDIR": folder / "fonts", "TORCHINDUCTOR_CACHE_DIR": folder / "kernels"}
    if lacking := {name: str(path) for name, path in wanted.items() if name not in os.environ}:
        os.environ.update(lacking)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _remove_left() -> None:
    """Removes this user's folders of processes that are no more."""
    if os.name != "posix":  # elsewhere, asking whether a process lives would end it
        return
    here = scratch_prefix().rsplit("-", 2)[0]
    for folder in Path(tempfile.gettempdir()).glob(f"{here}-*"):
        match = re.fullmatch(rf"{here}-([0-9]{{1,9}})-\w+", folder.name)
        if match and not _lives(int(match[1])) and _is_ours(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether it is there, and this user's; another command may be removing it at the same time."""
    try:
        return folder.lstat().st_uid == os.getuid()
    except OSError:
        return False


def _lives(process: int) -> bool:
    """Whether it runs: one that was killed may wait for long until its parent takes note of it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (OSError, UnicodeDecodeError, IndexError):  # a system that tells it elsewhere
        return True
    return state not in ("Z", "X")
