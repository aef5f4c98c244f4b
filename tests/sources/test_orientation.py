"""Videos are shown as their files say; the right pictures are those of `ffmpeg -i FILE` (5.1 for MP4, 8.0 for WebM)."""

from pathlib import Path

import numpy as np
import pytest

from eyeprentice.sources.events.packets import make_events
from eyeprentice.sources.frames import array_frames, open_frames
from eyeprentice.sources.orientation import Orientation, read_orientation
from eyeprentice.sources.turning import DEGREES, turned, turned_events, turned_image
from eyeprentice.words.errors import InputError
from tests.data.importing.material import write_video
from tests.sources.videos import posed, with_matrix, write_webm

QUARTERS = np.array([[200, 100], [50, 0]], np.uint8)
PICTURE = np.kron(QUARTERS, np.ones((48, 64), np.uint8))


def shown(path: Path) -> list[list[int]]:
    """The levels of the four quarters, to the nearest of those that there are."""
    _, image = next(iter(open_frames(path)))
    h, w = image.shape
    found = [[image[y, x] for x in (w // 4, 3 * w // 4)] for y in (h // 4, 3 * h // 4)]
    nearest = QUARTERS.ravel()[np.abs(QUARTERS.ravel().astype(int) - np.array(found)[..., None]).argmin(-1)]
    return nearest.tolist()


MATRICES = {
    (1, 0, 0, 1): [[200, 100], [50, 0]],
    (-1, 0, 0, 1): [[100, 200], [0, 50]],  # a mirror, which OpenCV takes for half a turn
    (1, 0, 0, -1): [[50, 0], [200, 100]],
    (-1, 0, 0, -1): [[0, 50], [100, 200]],
    (0, 1, -1, 0): [[50, 200], [0, 100]],
    (0, -1, 1, 0): [[100, 0], [200, 50]],
    (0, 1, 1, 0): [[200, 50], [100, 0]],
    (0, -1, -1, 0): [[0, 100], [50, 200]],
}


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("plain") / "plain.mp4", [PICTURE] * 3)


@pytest.fixture(scope="module")
def webm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_webm(tmp_path_factory.mktemp("plain") / "plain.webm", [PICTURE] * 3)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("box", [b"tkhd", b"mvhd"])
def test_every_display_matrix_of_quarter_turns_and_mirrors(mp4: Path, tmp_path: Path, matrix, box: bytes):
    assert shown(with_matrix(mp4, tmp_path / "a.mp4", matrix, box)) == MATRICES[matrix]


def test_matrices_of_film_and_track_add_up(mp4: Path, tmp_path: Path):
    half = with_matrix(mp4, tmp_path / "a.mp4", (0, 1, -1, 0))
    assert shown(with_matrix(half, tmp_path / "b.mp4", (-1, 0, 0, 1), b"mvhd")) == [[200, 50], [100, 0]]
    assert shown(with_matrix(half, tmp_path / "c.mp4", (0, 0, 0, 0))) == [[200, 100], [50, 0]]  # nothing is said
    assert shown(with_matrix(half, tmp_path / "d.mp4", (0.0, 1.001, -0.999, 0.001))) == [[50, 200], [0, 100]]
    assert shown(with_matrix(half, tmp_path / "e.mp4", (2, 0, 0, -0.5))) == [[50, 0], [200, 100]]


@pytest.mark.parametrize("matrix", [(0.7, 0.7, -0.7, 0.7), (1, 0.2, 0, 1), (1, 0, 0, 0)])
def test_what_is_no_quarter_turn_is_refused(mp4: Path, tmp_path: Path, matrix):
    with pytest.raises(InputError, match="turned by what is no quarter turn"):
        shown(with_matrix(mp4, tmp_path / "a.mp4", matrix))


@pytest.mark.parametrize(
    ("yaw", "roll", "expected"),
    [
        (0, 0, [[200, 100], [50, 0]]),
        (0, 90, [[100, 0], [200, 50]]),  # counter-clockwise
        (0, -90, [[50, 200], [0, 100]]),
        (0, 180, [[0, 50], [100, 200]]),
        (180, 0, [[100, 200], [0, 50]]),
        (-180, 0, [[100, 200], [0, 50]]),
    ],
)
def test_the_pose_of_a_projection(webm: Path, tmp_path: Path, yaw: float, roll: float, expected):
    assert shown(posed(webm, tmp_path / "a.webm", yaw, roll)) == expected


@pytest.mark.parametrize("pose", [(180, 90, 0), (90, 0, 0), (0, 45, 0), (0, 0, 90)])
def test_a_pose_that_is_no_quarter_turn_is_refused(webm: Path, tmp_path: Path, pose):
    with pytest.raises(InputError, match="it is to be shown turned"):
        shown(posed(webm, tmp_path / "a.webm", *pose))


def test_a_file_that_is_damaged_is_not_turned(tmp_path: Path):
    for content in (b"", b"\0" * 40, b"\x1aE\xdf\xa3\x01", b"\0\0\0\1moov" + b"\xff" * 9, b"\0\0\0\x08moov" * 9):
        (tmp_path / "a").write_bytes(content)
        assert read_orientation(str(tmp_path / "a")) == Orientation()


def test_a_source_is_turned_clockwise_with_its_events():
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert turned_image(image, 90).tolist() == [[3, 0], [4, 1], [5, 2]]
    places = np.array([(x, y) for y in range(2) for x in range(3)])
    events = make_events(np.arange(6), places[:, 0], places[:, 1], np.ones(6))
    for degrees in DEGREES:
        expected = turned_image(image, degrees)
        found = turned_events(events, degrees, 3, 2)
        assert expected[found["y"], found["x"]].tolist() == image.ravel().tolist()
        _, picture = next(iter(turned(array_frames([image] * 2, 30), degrees)))
        assert picture.tolist() == expected.tolist()
