"""A dataset, opened: who shows what, and the packed images, ready to be cut into clips."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from eyeprentice.data.clips import Clip, Sampling, clip_indices
from eyeprentice.data.store import open_store
from eyeprentice.errors import InputError
from eyeprentice.layout import SequenceName, check_counterparts, read_sequences
from eyeprentice.settings import SMALLEST
from eyeprentice.vocabulary import EMOTIONS, Subset


@dataclass(frozen=True)
class Dataset:
    """N sequences of F frames in all."""

    names: tuple[SequenceName, ...]
    subsets: tuple[Subset, ...]
    """Where the official split puts each sequence."""
    offsets: Tensor  # (N,) number of each sequence's first frame
    lengths: Tensor  # (N,) frames of each sequence
    frames: Tensor  # (F, H, W) uint8
    events: Tensor | None  # the same, if opened with events
    content: str
    """Hash of the frames' files: the same data has the same."""

    @property
    def labels(self) -> Tensor:
        """Indices of the emotions, (N,)."""
        return torch.tensor([EMOTIONS.index(name.emotion) for name in self.names])

    def gather(self, sequences: Tensor, starts: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor | None]:
        """Frames and event frames, uint8 (T, B, 1, H, W), of sequences (B,) from starts (B,), where the images lie."""
        numbers = self.offsets[sequences] + clip_indices(starts, self.lengths[sequences], sampling)  # (T, B)
        numbers = numbers.to(self.frames.device, non_blocking=True)
        return self.frames[numbers].unsqueeze(2), None if self.events is None else self.events[numbers].unsqueeze(2)

    def clip(self, sequences: Tensor, starts: Tensor, sampling: Sampling, device: torch.device | str = "cpu") -> Clip:
        """The clips (T, B) of sequences (B,) from starts (B,), on `device`."""
        frames, events = self.gather(sequences, starts, sampling)
        return Clip(_unit(frames, device), None if events is None else _unit(events, device))

    def near(self, device: torch.device, share: float = 0.5) -> "Dataset":
        """The same with its images on `device`, if they fit into `share` of the memory that is free there."""
        if device.type != "cuda":
            return self
        images = [self.frames] if self.events is None else [self.frames, self.events]
        if sum(image.nbytes for image in images) > share * torch.cuda.mem_get_info(device)[0]:
            return self
        there = [image.to(device) for image in images]
        return replace(self, frames=there[0], events=there[1] if len(there) > 1 else None)


def _unit(images: Tensor, device: torch.device | str) -> Tensor:
    return images.to(device, non_blocking=True).float() / 255


def open_dataset(root: Path, size: int, events: bool) -> Dataset:
    """Opens a dataset in SEE's layout at `size` x `size` pixels, packing it if need be; raises `InputError`."""
    if size < SMALLEST:
        raise InputError("size", f"{size} pixels are too few for an eye", f"give {SMALLEST} or more")
    files = read_sequences(root, "frame")
    event_files = read_sequences(root, "event") if events else None
    if event_files is not None:
        check_counterparts(files, event_files)
    frames, content = open_store(root, "frame", files, size)
    lengths = torch.tensor([len(sequence.images) for sequence in files])
    return Dataset(
        names=tuple(sequence.name for sequence in files),
        subsets=tuple(sequence.subset for sequence in files),
        offsets=lengths.cumsum(0) - lengths,
        lengths=lengths,
        frames=torch.from_numpy(frames),
        events=None if event_files is None else torch.from_numpy(open_store(root, "event", event_files, size)[0]),
        content=content,
    )


def describe(names: Sequence[SequenceName]) -> str:
    """A line for people: how many sequences of how many subjects."""
    return f"{len(names)} sequences of {len({name.subject for name in names})} people"
