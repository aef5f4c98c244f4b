"""Draws the pictures of docs/simulator.md: python docs/figures.py (from the project's root, with its environment).

The picture of docs/performance.md, of what `benchmarks/growth.py` measured: python docs/figures.py growth

With the folder of a cast and a file's name it draws 250 of *its* people instead, to be looked at and not to be kept in
the project: python docs/figures.py data/cast build/crowd.png
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.synth.people import DRAWN, open_people
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.synth.variety import SEE, VARIETIES, WILD
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

TILE, LABEL = 150, 118


def pair(lighting: str | None, emotion: str, subject: int) -> np.ndarray:
    """The frame at the apex, above the liveliest event frame of the onset."""
    plans = plan_sequences(sequences=7 * 24, subjects=24, size=TILE, seed=5)
    chosen = next(p for p in plans if p.name.emotion == emotion and int(p.name.subject) == subject + 1)
    name = replace(chosen.name, lighting=lighting or "normal", length=50)
    frames, events, _ = simulate_sequence(replace(chosen, name=name))
    liveliest = int((events[4:28] != 127).mean((1, 2)).argmax()) + 4
    return np.concatenate([frames[27], events[liveliest]])


def grid(rows: list[tuple[str, list[np.ndarray]]], titles: list[str]) -> np.ndarray:
    head = np.full((26, LABEL + len(titles) * TILE), 255, np.uint8)
    for column, title in enumerate(titles):
        write(head, title, LABEL + column * TILE + 6, 18)
    lines = [head]
    for name, pictures in rows:
        label = np.full((pictures[0].shape[0], LABEL), 255, np.uint8)
        write(label, name, 4, 24)
        lines.append(np.concatenate([label, *pictures], axis=1))
    return np.concatenate(lines)


def write(image: np.ndarray, text: str, x: int, y: int) -> None:
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 0, 1, cv2.LINE_AA)


def along(axis: str) -> list[np.ndarray]:
    """Seven sequences that vary along one axis of `Variety`, as strongly as it goes."""
    pictures = []
    for index, emotion in enumerate(EMOTIONS):
        variety = WILD if axis == "all of them" else replace(SEE, **{axis: 1.0})
        plans = plan_sequences(sequences=7 * 24, subjects=24, size=TILE, seed=5, variety=variety)
        chosen = next(p for p in plans if p.name.emotion == emotion and int(p.name.subject) == index + 2)
        frames, _, _ = simulate_sequence(replace(chosen, name=replace(chosen.name, lighting="normal", length=50)))
        brightness = 90 / max(float(frames[27].mean()), 1.0)  # for the eye of the reader
        pictures.append(np.clip(brightness * frames[27].astype(float), 0, 255).astype(np.uint8))
    return pictures


def crowd(people: str, size: int = 64, columns: int = 25, rows: int = 10) -> np.ndarray:
    """Pictures chosen at random: anybody, any emotion, near the apex, in the varieties corpus and wild by turns."""
    rng = np.random.default_rng(0)
    pictures = []
    for variety in (VARIETIES["corpus"], WILD):
        count = open_people(people, 1, variety).count or 100
        plans = plan_sequences(
            sequences=14 * count, subjects=count, size=size, seed=1, variety=variety, people=people, representation=None
        )
        for number in rng.choice(len(plans), columns * rows // 2, replace=False):
            frames, *_ = simulate_sequence(plans[number])
            pictures.append(frames[int(0.55 * len(frames))])
    order = rng.permutation(len(pictures))
    tiles = np.stack([pictures[number] for number in order]).reshape(rows, columns, size, size)
    return tiles.transpose(0, 2, 1, 3).reshape(rows * size, columns * size)


GROWING = {
    "sequences": "sequences (2 frames of 32 x 32 each)",
    "length": "frames of a sequence (200 sequences)",
    "steps": "frames of a clip (400 sequences of 32 frames)",
    "size": "pixels of an image (200 sequences of 4 frames)",
    "processes": "processes (4,000 sequences of 4 frames)",
}
WORKS = {"pack": "#1f6feb", "open": "#8a94a3", "check": "#d9822b", "train": "#2da44e", "evaluate": "#8250df"}


def growth(told: dict, out: Path) -> None:
    """Time and memory against what grows, as logarithms; beside each name the slope of the last points."""
    from matplotlib.figure import Figure

    axes_there = [axis for axis in GROWING if any(row["axis"] == axis for row in told["rows"])]
    figure = Figure(figsize=(10, 3.3 * len(axes_there)), layout="constrained")
    for axis, (left, right) in zip(axes_there, figure.subplots(len(axes_there), 2, squeeze=False), strict=True):
        for plot, of in ((left, "processor_s"), (right, "memory")):
            for work, colour in WORKS.items():
                rows = [row for row in told["rows"] if (row["axis"], row["work"]) == (axis, work)]
                if not rows:
                    continue
                along = [row[axis] ** 2 if axis == "size" else row[axis] for row in rows]
                fits = [fit[of] for fit in told["slopes"] if (fit["axis"], fit["work"]) == (axis, work)]
                plot.plot(
                    along,
                    [grown(row, of, axis) for row in rows],
                    "o-",
                    color=colour,
                    linewidth=1.4,
                    markersize=3.5,
                    label=work + (f": slope {fits[0]:.2f}" if fits and fits[0] is not None else ""),
                )
            plot.set_xscale("log", base=10 if axis == "sequences" else 2)
            plot.set_yscale("log")
            plot.xaxis.set_major_formatter("{x:,.0f}")
            plot.yaxis.set_major_formatter("{x:g}")
            plot.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
            plot.set_xlabel(GROWING[axis], fontsize=9)
            plot.tick_params(which="both", labelsize=8)
            plot.grid(alpha=0.25, linewidth=0.5)
            plot.legend(fontsize=8, frameon=False)
        left.set_ylabel("time by the clock, s" if axis == "processes" else "processor time, s", fontsize=9)
        right.set_ylabel(
            "memory of all processes, MB" if axis == "processes" else "memory above the start, MB", fontsize=9
        )
    figure.savefig(out, dpi=110)


def grown(row: dict, of: str, axis: str) -> float:
    """What a point of the picture is of: less than 1 MB is drawn as 1 MB."""
    if axis == "processes":
        return row["seconds"] if of == "processor_s" else row["own_mb"]
    return row[of] if of == "processor_s" else max(row["peak_mb"] - row["start_mb"], 1)


if __name__ == "__main__":
    if sys.argv[1:] == ["growth"]:
        here = Path(__file__).parent
        growth(json.loads((here / "measurements" / "growth.json").read_text("utf-8")), here / "growth.png")
        sys.exit()
    if len(sys.argv) == 3:
        cv2.imwrite(sys.argv[2], crowd(sys.argv[1]))
        sys.exit()
    docs = Path(__file__).parent
    people = [1, 4, 8, 12]
    emotions = [(f"person {p}", [pair(None, emotion, p) for emotion in EMOTIONS]) for p in people]
    cv2.imwrite(str(docs / "simulator_emotions.png"), grid(emotions, list(EMOTIONS)))
    lights = [(emotion, [pair(lighting, emotion, 4) for lighting in LIGHTINGS]) for emotion in ("surprise", "disgust")]
    cv2.imwrite(str(docs / "simulator_lightings.png"), grid(lights, list(LIGHTINGS)))
    axes = ["ages", "glasses", "make_up", "sockets", "left_eyes", "pose", "without_brow", "moving_light"]
    axes += ["subtle", "slow", "mixed", "interlaced", "compressed", "low_resolution"]
    axes += ["infrared", "display", "posed", "reach", "all of them"]
    cv2.imwrite(str(docs / "simulator_variety.png"), grid([(axis, along(axis)) for axis in axes], list(EMOTIONS)))
    cv2.imwrite(str(docs / "simulator_crowd.png"), crowd(DRAWN))
