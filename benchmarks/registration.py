"""Frames registered to the first one of their clip before a network is asked: ways, and what they cost.

As a script it tells what registration does to the accuracy on a dataset, and its time. What it does to real portraits
is told by `moved_faces.py --register`. JSON.

    python benchmarks/registration.py default data/validation_people
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from clip_answers import open_probabilities
from shares import share

from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

SIDE = 48
"""Pixels of the pictures that are compared."""
SURE = 0.5
"""Correlation below which frames are left as they are: they do not show the same."""
MOST_SHIFT, MOST_ZOOM, MOST_TURN = 0.12, 0.2, 0.3
"""Larger movements (widths, log, radians) are taken for mistakes."""

SIMILARITY = np.array([[[1, 0, 0], [0, 1, 0]], [[0, -1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]])
AFFINE = np.eye(6).reshape(6, 2, 3)
"""What a movement is made of, (K, 2, 3)."""

Way = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Two contrasts (SIDE, SIDE), of the first frame and of a later one -> (2, 3) from pixels of the first to the later."""


def contrast(image: np.ndarray) -> np.ndarray:
    """A picture (S, S) of uint8 as what is compared: small, without its lighting, (SIDE, SIDE) float32."""
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    mean = cv2.GaussianBlur(small, (0, 0), 5)
    deviation = np.sqrt(cv2.GaussianBlur((small - mean) ** 2, (0, 0), 5))
    return cv2.GaussianBlur((small - mean) / (deviation + 5), (0, 0), 0.7)


def by_shift(first: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Phase correlation."""
    x, y = _shift(first, later)
    return np.array([[1, 0, x], [0, 1, y]], np.float32)


def by_polar(first: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Turn and zoom by phase correlation of the spectra in logarithmic polar places, then the shift."""
    middle, angles = (SIDE / 2, SIDE / 2), 4 * SIDE

    def polar(image: np.ndarray) -> np.ndarray:
        spectrum = np.log1p(np.abs(np.fft.fftshift(np.fft.fft2(image * _window())))).astype(np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_POLAR_LOG
        return cv2.warpPolar(spectrum, (angles, angles), middle, SIDE / 2, flags)[: angles // 2]  # the rest repeats it

    (x, y), _ = cv2.phaseCorrelate(polar(first), polar(later))
    zoom, turn = np.exp(-x * np.log(SIDE / 2) / angles), 2 * np.pi * y / angles
    matrix = _similar(zoom, turn, 0, 0)
    back = cv2.warpAffine(later, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    x, y = _shift(first, back)
    matrix[:, 2] += matrix[:, :2] @ np.array([x, y], np.float32)
    return matrix


def by_ecc(first: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Enhanced correlation (Evangelidis and Psarakis, PAMI 2008) of an affine movement, and its nearest similarity."""
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-4)
    try:
        _, matrix = cv2.findTransformECC(first, later, by_shift(first, later), cv2.MOTION_AFFINE, criteria, None, 3)
    except cv2.error:  # it does not converge
        return _similar(1, 0, 0, 0)
    return nearest_similarity(matrix)


def by_gradient(first: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Gauss and Newton for a similarity."""
    return fitted(first, later, SIMILARITY)


def by_affine(first: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Gauss and Newton for an affine movement, and its nearest similarity: an expression stretches, a head does not."""
    return nearest_similarity(fitted(first, later, AFFINE))


def fitted(first: np.ndarray, later: np.ndarray, ways: np.ndarray, turns: int = 12) -> np.ndarray:
    """The inverse way (Baker and Matthews, IJCV 2004): one Jacobian for all frames of a clip; `ways` (K, 2, 3)."""
    at = np.arange(SIDE) - (SIDE - 1) / 2
    x, y = np.meshgrid(at, at)
    dy, dx = np.gradient(first)
    inside = _window() > 0.02
    flows = np.tensordot(ways, np.stack([x, y, np.ones_like(x)]), 1)  # (K, 2, SIDE, SIDE)
    solve = np.linalg.pinv((flows[:, 0] * dx + flows[:, 1] * dy)[:, inside].T)
    whole = np.eye(3)
    centred = np.array([[1, 0, (SIDE - 1) / 2], [0, 1, (SIDE - 1) / 2], [0, 0, 1]])
    back = np.linalg.inv(centred)
    for _ in range(turns):
        matrix = (centred @ whole @ back)[:2]
        shown = cv2.warpAffine(later, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                               borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
        step = np.tensordot(solve @ (shown - first)[inside], ways, 1)  # (2, 3)
        whole = whole @ np.linalg.inv(np.vstack([np.eye(2, 3) + step, [0, 0, 1]]))
        if np.abs(step * (SIDE, SIDE, 1)).max() < 0.01:
            break
    return (centred @ whole @ back)[:2].astype(np.float32)


def nearest_similarity(matrix: np.ndarray) -> np.ndarray:
    """Without what stretches and shears (2, 3); the middle goes where it went."""
    a, b = (matrix[0, 0] + matrix[1, 1]) / 2, (matrix[1, 0] - matrix[0, 1]) / 2
    middle = np.full(2, (SIDE - 1) / 2)
    near = np.array([[a, -b], [b, a]])
    return np.column_stack([near, matrix[:, :2] @ middle + matrix[:, 2] - near @ middle]).astype(np.float32)


WAYS: dict[str, Way] = {
    "shift": by_shift,
    "polar": by_polar,
    "ecc": by_ecc,
    "gradient": by_gradient,
    "affine": by_affine,
}


def registered(clip: np.ndarray, way: Way) -> np.ndarray:
    """A clip (T, S, S) of uint8 whose frames are moved to where the first one shows the same."""
    first, frames = contrast(clip[0]), [clip[0]]
    side = clip.shape[-1]
    for frame in clip[1:]:
        later = contrast(frame)
        matrix = way(first, later)
        if not believable(matrix, first, later):
            frames.append(frame)
            continue
        whole = enlarged(matrix, side / SIDE)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        frames.append(cv2.warpAffine(frame, whole, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE))
    return np.stack(frames)


def enlarged(matrix: np.ndarray, factor: float) -> np.ndarray:
    """A movement (2, 3) of pixels' numbers, in pictures of `factor` times as many pixels: middles lie at halves."""
    middles = matrix[:, :2] @ np.full(2, 0.5) - 0.5
    return np.column_stack([matrix[:, :2], factor * (matrix[:, 2] - middles) + middles])


def believable(matrix: np.ndarray, first: np.ndarray, later: np.ndarray) -> bool:
    """Whether a movement is small, and makes frames alike (more than they were)."""
    middle = np.full(2, (SIDE - 1) / 2)
    zoom = np.log(max(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1e-6))
    turn = np.arctan2(matrix[1, 0], matrix[0, 0])
    shift = np.abs(matrix[:, :2] @ middle + matrix[:, 2] - middle).max() / SIDE
    if abs(zoom) > MOST_ZOOM or abs(turn) > MOST_TURN or shift > MOST_SHIFT:
        return False
    back = cv2.warpAffine(later, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    alike = _correlation(first, back)
    return alike > SURE and alike > _correlation(first, later)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    inner = slice(SIDE // 12, -(SIDE // 12))
    return float(np.corrcoef(one[inner, inner].ravel(), other[inner, inner].ravel())[0, 1])


def _similar(zoom: float, turn: float, right: float, down: float) -> np.ndarray:
    """(2, 3) about the middle."""
    middle = np.full(2, (SIDE - 1) / 2)
    linear = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.column_stack([linear, middle - linear @ middle + (right, down)]).astype(np.float32)


def _shift(first: np.ndarray, later: np.ndarray) -> tuple[float, float]:
    # OpenCV multiplies pictures of this size by the window where they lie
    return cv2.phaseCorrelate(first.copy(), later.copy(), _window())[0]


def _window() -> np.ndarray:
    return cv2.createHanningWindow((SIDE, SIDE), cv2.CV_32F)


def clips_of(data: Path, model: str, size: int, repeats: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Clips (R, N, T, S, S) from random starts of all N sequences, their labels (N,), and whose they are."""
    import torch

    from eyeprentice.data.clips import random_starts
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.learning.runs import load_model

    sampling = load_model(Path(model))[1].sampling
    dataset = open_dataset(data, size, False)
    sequences, generator = torch.arange(len(dataset.names)), torch.Generator().manual_seed(0)
    drawn = [random_starts(dataset.lengths, sampling, generator) for _ in range(repeats)]
    clips = [dataset.clip(sequences, starts, sampling).frames[:, :, 0].transpose(0, 1) for starts in drawn]
    whole = (255 * torch.stack(clips)).round().to(torch.uint8).numpy()
    return whole, dataset.labels.numpy(), [name.subject for name in dataset.names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a run, or default")
    parser.add_argument("data", type=Path, help="a dataset of people whom nobody learnt from")
    parser.add_argument("--repeats", type=int, default=5, help="clips of each sequence")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        model = open_probabilities(asked.model)
        clips, labels, subjects = clips_of(asked.data, asked.model, model.size, asked.repeats)
    except (InputError, OSError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    flat = clips.reshape(-1, *clips.shape[2:])
    people = sorted(set(subjects))
    plain = np.zeros(len(people))
    report: dict[str, object] = {"model": asked.model, "sequences": len(labels), "people": len(people)}
    for name in ("none", *asked.ways):
        began = time.process_time()
        shown = flat if name == "none" else np.stack([registered(clip, WAYS[name]) for clip in flat])
        ms = 1000 * (time.process_time() - began) / (len(flat) * (flat.shape[1] - 1))
        said = model.probabilities(shown).argmax(1).reshape(clips.shape[:2])
        right = (said == labels).astype(float)  # (R, N)
        each = np.array([right[:, [s == one for s in subjects]].mean() for one in people])
        recalls = {e: round(100 * right[:, labels == i].mean(), 1) for i, e in enumerate(EMOTIONS) if i in labels}
        plain = each if name == "none" else plain
        report[name] = {**share(each), "less_none": share(each - plain), "recalls": recalls, "ms_a_frame": round(ms, 3)}
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
