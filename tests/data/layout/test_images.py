import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from eyeprentice.data.layout import Folder, Images, Modality, read_annotations, read_sequences, write_annotations
from eyeprentice.data.layout.folders import find_sequences
from tests.conftest import write_tiny_dataset


def test_images_are_the_paths_of_a_folder_in_their_order():
    images = Images(Path("a"), ("0.jpg", "1.jpg", "10.jpg"))
    assert list(images) == [Path("a/0.jpg"), Path("a/1.jpg"), Path("a/10.jpg")]
    assert (len(images), images[-1], bool(images[3:])) == (3, Path("a/10.jpg"), False)
    assert list(images[1:]) == [Path("a/1.jpg"), Path("a/10.jpg")]
    assert isinstance(images[1:], Images)
    with pytest.raises(IndexError):
        images[3]


def find_all(root: Path, modality: Modality) -> list[Folder]:
    return list(find_sequences(root, modality))


@pytest.mark.parametrize("find", [read_sequences, find_all])
def test_an_image_more_takes_few_bytes_of_an_index(tmp_path: Path, find):
    """A path takes 400; the names are shared by all folders."""
    held = []
    for length in (20, 80):
        root = tmp_path / str(length)
        write_tiny_dataset(root, subjects=2, length=20, size=8)
        annotations = read_annotations(root)
        write_annotations(root, {name: replace(a, segment=(0, 999)) for name, a in annotations.items()})
        for image in list((root / "frame").glob("*/*/*.png")):
            for more in range(20, length, 20):
                image.with_name(f"{int(image.stem) + more:05d}.png").hardlink_to(image)
        find(root, "frame")
        tracemalloc.start()
        found = find(root, "frame")
        held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert sum(len(folder.images) for folder in found) == 14 * length
    assert held[1] - held[0] < 20 * 14 * 60
