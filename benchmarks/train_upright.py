"""Trains the network that tells which way is up, from the finder's material, and writes its file.

`eyeprentice finder` writes the material (`material.npz`); test people gave nothing to it (docs/finder.md).

python benchmarks/train_upright.py runs/finder/material.npz src/eyeprentice/eye/upright.onnx
"""

import argparse
from pathlib import Path

import torch

from eyeprentice.finder.material import read_material
from eyeprentice.finder.picture_bank import make_bank
from eyeprentice.finder.upright import UprightTraining, share_right, train_upright, write_upright


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("material", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--pictures", type=int, default=60_000, help="that are made and then shown again and again")
    parser.add_argument("--steps", type=int, default=20_000, help="at most")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--drawn", type=int, default=1000, help="drawn people")
    parser.add_argument("--textures", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    material, device = read_material(options.material), torch.device(options.device)
    plan = UprightTraining(options.minutes, options.pictures, options.steps, options.batch_size, seed=options.seed)
    many, few = (options.drawn, options.textures), (options.drawn // 10, options.textures // 4)
    bank = make_bank(material["training"], *many, options.seed, options.jobs, device)
    network = train_upright(bank, plan)
    held_out = make_bank(material["validation"], *few, options.seed + 1, options.jobs, device)
    print(f"right in {100 * share_right(network, held_out, 2048, options.seed):.2f} % of single validation pictures")
    write_upright(options.out, network, str(plan))


if __name__ == "__main__":
    main()
