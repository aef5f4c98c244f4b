import os
import shutil
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: the tests themselves run side by side

import cv2
import numpy as np
import pytest
import torch
from filelock import FileLock

from eyeprentice.data.layout import Annotation, SequenceName, write_annotations
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # before triton is imported

pytest_plugins = ["tests.exported", "tests.browser"]

ROOT = Path(__file__).parents[1]
REFERENCE = Path(os.environ.get("EYEPRENTICE_REFERENCE", ROOT.parent / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write the pictures of the live page into docs")


@pytest.fixture
def predictions() -> Path:
    """SEEN's published predictions, a folder for each of two settings."""
    folder = REFERENCE / "reference" / "see" / "predictions"
    if not folder.is_dir():
        pytest.skip(
            "SEEN's published predictions are not here; set EYEPRENTICE_REFERENCE to the folder that holds them"
        )
    return folder


def write_tiny_dataset(root: Path, subjects: int = 5, length: int = 20, size: int = 24) -> list[SequenceName]:
    """A dataset in SEE's layout: every subject shows every emotion once; the emotion is where a bright square lies."""
    rng = np.random.default_rng(0)
    names, annotations = [], {}
    for subject in range(subjects):
        for place, emotion in enumerate(EMOTIONS):
            lighting = LIGHTINGS[subject % len(LIGHTINGS)]
            name = SequenceName(
                len(names) + 1, f"{subject + 1:03d}", "woman", 20, "Master", lighting, emotion, length, 0
            )
            for modality in ("frame", "event"):
                folder = root / modality / emotion / str(name)
                folder.mkdir(parents=True)
                for number in range(length):
                    image = np.full((size, size), 127 if modality == "event" else 60, np.uint8)
                    x, y = 2 + 7 * (place % 3), 2 + 7 * (place // 3)
                    image[y : y + 6, x : x + 6] = 255
                    if modality == "frame":
                        image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
                    cv2.imwrite(str(folder / f"{number:05d}.png"), image)
            annotations[str(name)] = Annotation("testing" if place % 2 else "training", emotion, (0, length - 1))
            names.append(name)
    write_annotations(root, annotations)
    return names


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A fresh tiny dataset, to be broken at will."""
    root = tmp_path / "tiny"
    write_tiny_dataset(root)
    return root


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)` gives a folder that `make(folder)` filled, once for all processes that run the tests."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        made = root / f"once-{name}"
        with FileLock(f"{made}.lock"):
            if not made.exists():
                unfinished = root / f"once-{name}-unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(made)
        return made

    return folder


@pytest.fixture(scope="session")
def shared_tiny(once: Once) -> Path:
    """A tiny dataset that no test changes."""
    return once("tiny", write_tiny_dataset)
