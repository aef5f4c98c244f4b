"""A dataset, opened: who shows what, and the packed images, ready to be cut into clips."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from eyeprentice.data.clips import Clip, clip_indices, reorder, signed
from eyeprentice.data.layout import SequenceName, check_counterparts, read_representation, read_sequences
from eyeprentice.data.store import open_store, open_units
from eyeprentice.sources.events.representation import REPRESENTATIONS
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once
from eyeprentice.words.settings import SMALLEST, Sampling
from eyeprentice.words.vocabulary import EMOTIONS, Subset


class Gathered(NamedTuple):
    """Clips (T, B) as they lie in memory."""

    frames: Tensor  # (T, B, 1, H, W) uint8
    events: Tensor | None  # the same
    units: Tensor | None  # (T, B, U) float32

    def map(self, change: Callable[[Tensor], Tensor]) -> "Gathered":
        """`change` of every part that is there."""
        return Gathered._make(None if part is None else change(part) for part in self)

    def clip(self, device: torch.device | str) -> Clip:
        """The same as numbers on `device`: frames 0..1, events -1..1."""
        frames, events, units = self.map(lambda part: part.to(device, non_blocking=True))
        return Clip(frames.float() / 255, None if events is None else signed(events), units)


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
    """Hash of the frames' files and, after a plus, of the event frames' if opened with events."""
    representation: str | None = None
    """What the event frames are (`event-frame` as in SEE), if opened with events."""
    unit_names: tuple[str, ...] = ()
    units: Tensor | None = None
    """(F, U) float32 intensities of `unit_names` in each frame, where the dataset tells them."""

    @property
    def labels(self) -> Tensor:
        """Indices of the emotions, (N,)."""
        return torch.tensor([EMOTIONS.index(name.emotion) for name in self.names])

    def agrees(self, content: str) -> bool:
        """Whether another dataset's `content` is of the same files: frames, and event frames where both opened them."""
        return all(mine == other for mine, other in zip(self.content.split("+"), content.split("+"), strict=False))

    def gather(self, sequences: Tensor, starts: Tensor, sampling: Sampling, order: Tensor | None = None) -> Gathered:
        """What is told of sequences (B,) from starts (B,), where the images lie; steps in `order` (B, T), if given."""
        lengths = self.lengths[sequences]
        plain = clip_indices(starts, lengths, sampling)  # (T, B)
        shown = (plain, plain) if order is None else reorder(plain, lengths, order)
        numbers, happened = (
            (self.offsets[sequences] + moments).to(self.frames.device, non_blocking=True) for moments in shown
        )
        return Gathered(
            self.frames[numbers].unsqueeze(2),
            None if self.events is None else self.events[happened].unsqueeze(2),
            None if self.units is None else self.units[numbers],
        )

    def clip(self, sequences: Tensor, starts: Tensor, sampling: Sampling, device: torch.device | str = "cpu") -> Clip:
        """The clips (T, B) of sequences (B,) from starts (B,), on `device`."""
        return self.gather(sequences, starts, sampling).clip(device)

    def near(self, device: torch.device, share: float = 0.5) -> "Dataset":
        """The same with its images on `device`, if they fit into `share` of the memory that is free there."""
        if device.type != "cuda":
            return self
        told = Gathered(self.frames, self.events, self.units)
        if sum(part.nbytes for part in told if part is not None) > share * torch.cuda.mem_get_info(device)[0]:
            return self
        return replace(self, **told.map(lambda part: part.to(device))._asdict())


def open_dataset(root: Path, size: int, events: bool) -> Dataset:
    """Opens a dataset in SEE's layout at `size` x `size` pixels, packing it if need be; raises `InputError`."""
    if size < SMALLEST:
        raise InputError("size", f"{size} pixels are too few for an eye", f"give {SMALLEST} or more")
    files = read_sequences(root, "frame")
    event_files = read_sequences(root, "event") if events else None
    if event_files is not None:
        check_counterparts(files, event_files)
    representation = read_representation(root) if events else None
    if representation is not None and representation not in REPRESENTATIONS:
        what = f"events are shown as {representation!r}, which is not a representation of this package"
        note_once(f"{root}: {what}: their images are taken as they are")
    frames, content = open_store(root, "frame", files, size)
    packed = None if event_files is None else open_store(root, "event", event_files, size)
    unit_names, units = open_units(root, files) or ((), None)
    lengths = torch.tensor([len(sequence.images) for sequence in files])
    return Dataset(
        names=tuple(sequence.name for sequence in files),
        subsets=tuple(sequence.subset for sequence in files),
        offsets=lengths.cumsum(0) - lengths,
        lengths=lengths,
        frames=torch.from_numpy(frames),
        events=None if packed is None else torch.from_numpy(packed[0]),
        content=content if packed is None else f"{content}+{packed[1]}",
        representation=representation,
        unit_names=unit_names,
        units=None if units is None else torch.from_numpy(units),
    )


def describe(names: Sequence[SequenceName]) -> str:
    """A line for people: how many sequences of how many subjects."""
    return f"{len(names)} sequences of {len({name.subject for name in names})} people"
