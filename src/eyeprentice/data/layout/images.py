"""The images of one folder, in order of time, in little memory."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload


class Images(Sequence[Path]):
    """Paths of images of one folder, each made when it is asked for.

    A path takes 400 bytes, and a large dataset has millions of images. Their names are the same in many folders, so
    that a name takes 8 bytes here.
    """

    __slots__ = ("folder", "names")

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.names = tuple(map(sys.intern, names))

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...

    @overload
    def __getitem__(self, index: slice) -> "Images": ...

    def __getitem__(self, index: int | slice) -> "Path | Images":
        if isinstance(index, slice):
            return Images(self.folder, self.names[index])
        return self.folder / self.names[index]

    def __repr__(self) -> str:
        return f"Images({self.folder}, {len(self)} of them)"
