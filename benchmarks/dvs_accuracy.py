"""Compares the simulated DVS with the closed form for a moving edge, and with evlib's ESIM on the same images. JSON.

python benchmarks/dvs_accuracy.py
"""

import json

import evlib.simulation
import numpy as np

from eyeprentice.sources.events.representation import counts, windows
from eyeprentice.sources.events.simulate import DVS, IDEAL, simulate_events
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence


def events_of(images, times, dvs: DVS, upsampling: bool) -> np.ndarray:
    timed = ((int(t), np.asarray(image, np.float32)) for t, image in zip(times, images, strict=True))
    return np.concatenate(list(simulate_events(timed, dvs, np.random.default_rng(0), upsampling)))


def edge(position: float, contrast: float) -> np.ndarray:
    share = 1 / (1 + np.exp((np.arange(160) + 0.5 - position) / 1.5))
    return np.tile(0.2 * contrast**share, (24, 1)).astype(np.float32)


def closed_form() -> dict[str, float]:
    """Events over rows x speed x seconds x log(contrast) / threshold, for edges of known contrast and speed."""
    ratios = {}
    for contrast in (1.5, 2.2, 3.3):
        for speed in (30, 120, 300):
            seconds = 120 / speed  # it crosses 120 pixels
            times = np.arange(0, seconds * 1e6 + 1, 1e6 / 30)
            images = [edge(15 + speed * t * 1e-6, contrast) for t in times]
            dvs = DVS(**{**IDEAL.__dict__, "contrast": 0.02})
            expected = 24 * speed * seconds * np.log(contrast) / 0.02
            ratio = len(events_of(images, times, dvs, upsampling=True)) / expected
            ratios[f"contrast {contrast}, {speed} px/s"] = round(ratio, 3)
    return ratios


def independent(threshold: float) -> dict[str, float]:
    """The same simulated eye, seen by both: events in all, and how the signs of pixels agree, interval by interval."""
    frames = simulate_sequence(next(p for p in plan_sequences(21, 3, 96, 0) if p.name.emotion == "surprise")).frames
    times = 33_333 * np.arange(len(frames))
    config = evlib.simulation.ESIMConfig(threshold, threshold, 0.0, log_floor=1e-3, device="cpu")
    theirs = evlib.simulation.ESIMSimulator(config)
    theirs.process_frame(frames[0], 0.0)
    dvs = DVS(**{**IDEAL.__dict__, "contrast": threshold, "dark": 1e-3})
    ours = events_of(np.maximum(frames / 255, 1e-3) - 1e-3, times, dvs, upsampling=False)
    same = total = sent = 0
    for number, part in enumerate(windows([ours], times), 1):
        x, y, _, polarity = theirs.process_frame(frames[number], times[number] * 1e-6)
        image = np.zeros(frames.shape[1:], int)
        np.add.at(image, (y.astype(int), x.astype(int)), polarity.astype(int))
        on, off = counts(part, 96, 96)
        active = (image != 0) | (on != off)
        same += int((np.sign(on - off) == np.sign(image))[active].sum())
        total += int(active.sum())
        sent += len(x)
    return {"our events": len(ours), "their events": sent, "active pixels of one sign": round(same / max(total, 1), 4)}


if __name__ == "__main__":
    print(json.dumps({"over the closed form": closed_form(), "beside ESIM": independent(0.2)}, indent=1))
