"""A dataset in SEE's layout for tonic (Lenz et al. 2021): its event frames as events, so that tonic's transforms apply.

Example: python examples/tonic_dataset.py data/simulated

    from tonic.transforms import ToFrame
    events = SEE("data/simulated", "testing")
    events.transform = ToFrame(events.sensor_size, time_window=FRAME_US, start_time=0)  # the event frames again

An event frame says of each pixel whether it became brighter or darker since the frame before, not when. Its events are
put into the middle of that time, which is FRAME_US long; 0 is one frame before the first.

tonic declares more than this needs (librosa), so:
pip install importRosbag requests tqdm h5py scipy && pip install --no-deps tonic
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import tonic
except ModuleNotFoundError as error:
    todo = "pip install importRosbag requests tqdm h5py scipy && pip install --no-deps tonic"
    print(f"error: {error.name}: is not installed; {todo}", file=sys.stderr)
    sys.exit(2)

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout import read_representation, read_sequences
from eyeprentice.sources.events.representation import EVENT_FRAME, NONE, OFF, ON
from eyeprentice.sources.pictures import read_picture
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ, Subset

FRAME_US = 1_000_000 // FRAME_RATE_HZ


class SEE(tonic.Dataset):
    """Each item is (events, target): an array of x, y, t (us) and p (brighter) in order of time, and the number of the
    emotion in `classes`. `sensor_size` is (W, H, 2), as tonic has it.

    Raises `InputError` for what is no dataset with event frames, or has none of the subset.
    """

    classes = EMOTIONS
    dtype = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)])
    ordering = dtype.names

    def __init__(
        self,
        root: str | Path,
        subset: Subset = "training",
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        transforms: Callable | None = None,
    ) -> None:
        super().__init__(str(root), transform, target_transform, transforms)
        if (representation := read_representation(Path(root))) != EVENT_FRAME:
            raise InputError(root, f"shows events as {representation}", f"give a dataset with {EVENT_FRAME}")
        self.location_on_system = str(root)
        self.data = [sequence for sequence in read_sequences(Path(root), "event") if sequence.subset == subset]
        if not self.data:
            raise InputError(root, f"has no sequence of the subset {subset}", "choose another subset")
        self.targets = [EMOTIONS.index(sequence.name.emotion) for sequence in self.data]
        height, width = read_picture(self.data[0].images[0]).shape
        self.sensor_size = (width, height, 2)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        frames = {path: read_picture(path) for path in self.data[index].images}
        for path, frame in frames.items():
            if frame.shape[::-1] != self.sensor_size[:2]:
                size = "x".join(map(str, self.sensor_size[:2]))
                raise InputError(path, f"is not {size} like the first one of the dataset", "bring all to one size")
        events, target = events_of(list(frames.values())), self.targets[index]
        if self.transform is not None:
            events = self.transform(events)
        if self.target_transform is not None:
            target = self.target_transform(target)
        if self.transforms is not None:
            events, target = self.transforms(events, target)
        return events, target

    def __len__(self) -> int:
        return len(self.data)


def events_of(frames: list[NDArray[np.uint8]]) -> NDArray[np.void]:
    """The events of event frames (H, W): a pixel that is nearer to black or white than to grey is one. (JPEG blurs.)"""
    brighter, darker = np.stack(frames) > (NONE + ON) / 2, np.stack(frames) < (NONE + OFF) / 2
    number, y, x = np.nonzero(brighter | darker)
    events = np.empty(len(number), SEE.dtype)
    events["x"], events["y"], events["p"] = x, y, brighter[number, y, x]
    events["t"] = number * FRAME_US + FRAME_US // 2
    return events


def main(root: Path) -> None:
    try:
        for subset in ("training", "testing"):
            events, target = (data := SEE(root, subset))[0]
            size = "x".join(map(str, data.sensor_size))
            print(f"{subset}: {len(data)} of {size}; the first has {len(events)} events, {SEE.classes[target]}")
    except InputError as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="dataset in SEE's layout, with event frames")
    main(**vars(parser.parse_args()))
