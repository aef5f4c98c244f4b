"""What augmenting a batch costs: `python benchmarks/augment_speed.py --batch 256 --device cpu`.

Medians of milliseconds for frames and events together, by settings; drawing what is done is counted in.
"""

import argparse
import statistics
import time
from dataclasses import asdict, replace

import torch

from eyeprentice.data.augment import augment, draw_change
from eyeprentice.data.clips import Clip
from eyeprentice.words.settings import STRONG, Augmentation

USUAL = asdict(Augmentation())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"batch": 256, "steps": 4, "size": 90, "repeats": 7}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    shape = (asked.steps, asked.batch, 1, asked.size, asked.size)
    clip = Clip(torch.rand(shape, device=asked.device), torch.rand(shape, device=asked.device))
    newer = {name: value for name, value in asdict(STRONG).items() if value and not USUAL[name]}
    rows = {"usual": Augmentation(), "strong": STRONG}
    rows |= {f"usual and {name}": replace(Augmentation(), **{name: value}) for name, value in newer.items()}
    print(f"{asked.batch} clips {asked.steps}x{asked.size}²; {asked.device}, {torch.get_num_threads()} threads")
    for name, settings in rows.items():
        print(f"{name:20} {milliseconds(clip, settings, asked.repeats):8.1f} ms")


def milliseconds(clip: Clip, settings: Augmentation, repeats: int) -> float:
    steps, batch = clip.frames.shape[:2]
    generator, taken = torch.Generator().manual_seed(0), []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        augment(clip, draw_change(settings, batch, steps, generator))
        if clip.frames.is_cuda:
            torch.cuda.synchronize()
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken[1:])  # the first one warms up


if __name__ == "__main__":
    main()
