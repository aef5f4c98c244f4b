"""The folders of a dataset and the images in them."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout.images import Images
from eyeprentice.data.layout.names import SequenceName
from eyeprentice.files.whole import new_folder
from eyeprentice.sources.pictures import pictures_in
from eyeprentice.words.errors import InputError

Modality = Literal["frame", "event"]
MODALITIES: tuple[Modality, ...] = ("frame", "event")
JPEG = (cv2.IMWRITE_JPEG_QUALITY, 95)
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)


@dataclass(frozen=True, slots=True)
class Folder:
    """A sequence of one modality as it lies on disk."""

    emotion: str  # of the folder that it lies in, in lower case
    path: Path
    images: Images  # in order of time

    @property
    def name(self) -> str:
        return self.path.name


def sequence_folder(root: Path, modality: Modality, name: SequenceName) -> Path:
    """Where the images of a sequence are written."""
    return root / modality / name.emotion / str(name)


def find_sequences(root: Path, modality: Modality) -> Iterator[Folder]:
    """Every folder of a sequence that there is, whether it is listed or not, in order of path."""
    for top in _folders(root):
        if top.name.lower() == modality:
            for emotion in _folders(top):
                shown = emotion.name.lower()
                for path in _folders(emotion):
                    yield Folder(shown, path, Images(path, (p.name for p in pictures_in(path))))


def find_folder(parent: Path, name: str) -> Path | None:
    """The folder of that name, in any case."""
    if (exact := parent / name).is_dir():
        return exact
    return next((path for path in _folders(parent) if path.name.lower() == name.lower()), None)


def write_images(root: Path, modality: Modality, name: SequenceName, images: Iterable[NDArray[np.uint8]]) -> Path:
    """Writes grey images (H, W) of a sequence; the folder, which is returned, appears with all or not at all.

    Frames become JPEG files, event frames PNG files, which keep every event and are smaller. What lay there before is
    replaced. Raises `InputError` if it cannot be written.
    """
    ending, how = (".png", PNG) if modality == "event" else (".jpg", JPEG)
    target = sequence_folder(root, modality, name)
    try:
        shutil.rmtree(target, ignore_errors=True)
        with new_folder(target) as folder:
            for number, image in enumerate(images):
                # unlike imwrite, writing bytes tells when the disk is full
                coded: tuple[bool, NDArray[Any]] = cv2.imencode(ending, image, how)
                (folder / f"{number:05d}{ending}").write_bytes(coded[1].tobytes())
    except OSError as error:
        raise InputError(
            target, f"cannot be written ({error.strerror})", "free some space, or change the permissions"
        ) from None
    return target


def _folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir())
