"""The sequences that a dataset lists, each with its images."""

import os
from dataclasses import dataclass
from pathlib import Path

from eyeprentice.data.layout.annotations import ANNOTATIONS, read_annotations
from eyeprentice.data.layout.folders import Modality, find_folder
from eyeprentice.data.layout.images import Images
from eyeprentice.data.layout.names import SequenceName
from eyeprentice.sources.pictures import pictures_in
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, Subset


@dataclass(frozen=True, slots=True)
class SequenceFiles:
    """A sequence on disk."""

    name: SequenceName
    subset: Subset
    images: Images  # of its annotated segment, in order of time
    first: int = 0
    """Number of the first of `images` among all that there are."""
    whole: int = 0
    """How many images there are, in the segment and outside."""


def read_sequences(root: Path, modality: Modality) -> list[SequenceFiles]:
    """All sequences that the annotation file lists, in its order, with the images of one modality.

    Of each, the frames of its annotated segment. Raises `InputError` where something listed is not there.
    """
    if not root.is_dir():
        raise InputError(root, "no such dataset", "give a folder in SEE's layout")
    annotations = read_annotations(root)
    if not annotations:
        raise InputError(root / ANNOTATIONS, "lists no sequence", "give a dataset that has sequences")
    folder = find_folder(root, modality)
    if folder is None:
        todo = "use a model that needs only frames" if modality == "event" else "give a dataset in SEE's layout"
        raise InputError(root, f"no folder '{modality}'", todo)
    emotions = {emotion: find_folder(folder, emotion) for emotion in EMOTIONS}
    sequences, whole = [], root.resolve()
    for text, annotation in annotations.items():
        name = SequenceName.parse(text)
        if name.emotion != annotation.label:
            raise InputError(root / ANNOTATIONS, f"{text} is labelled '{annotation.label}'", "correct one of the two")
        parent = emotions[name.emotion] or folder / name.emotion
        images = Images(parent / text, (path.name for path in pictures_in(parent / text)))
        _refuse_links_out(whole, parent / text, images)
        if odd := [name for name in images.names if not name.isprintable()]:
            raise InputError(
                images.folder / odd[0], "the name of an image that is not text in UTF-8", "give the image another name"
            )
        if not images:
            raise InputError(parent / text, "no images", "add the images, or remove the sequence from emotion.json")
        first, last = annotation.segment
        first = max(first, 0)
        segment = images[first : last + 1]
        if not segment:
            raise InputError(
                root / ANNOTATIONS,
                f"segment {first}..{last} of {text} is empty ({len(images)} images)",
                "correct emotion.json",
            )
        sequences.append(SequenceFiles(name, annotation.subset, segment, first, len(images)))
    return sequences


def _refuse_links_out(root: Path, folder: Path, images: Images) -> None:
    """Raises `InputError` for a link that leaves the dataset, `root`: it would be trained on what lies elsewhere."""
    links = set()
    if images:
        with os.scandir(folder) as entries:  # tells links without asking for every image
            links = {entry.name for entry in entries if entry.is_symlink()}
    for path in (folder, *(folder / name for name in images.names if name in links)):
        if not path.resolve().is_relative_to(root):
            raise InputError(
                path, "a link that leads out of the dataset", "replace the link by the file that it points to"
            )


def check_counterparts(frames: list[SequenceFiles], events: list[SequenceFiles]) -> None:
    """Raises `InputError` if a sequence has not as many event frames as frames."""
    for frame, event in zip(frames, events, strict=True):
        if len(frame.images) != len(event.images):
            raise InputError(
                event.images.folder,
                f"{len(event.images)} event frames for {len(frame.images)} frames",
                "give one event frame for each frame",
            )
