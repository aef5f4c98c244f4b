import numpy as np
import pytest

from eyeprentice.eye.region import Place, Region, crop_around, whole
from eyeprentice.words.errors import InputError


def test_the_whole_picture_and_a_box_are_cut_exactly():
    frame = np.random.default_rng(0).integers(0, 255, (40, 40)).astype(np.uint8)
    assert np.array_equal(whole((40, 40)).cut(frame, 40), frame)
    box = Region.parse("5,10,20,20").fixed((40, 40), "")
    assert np.array_equal(box.cut(frame, 20), frame[10:30, 5:25])
    mirrored = Place(box.x, box.y, 20, 20, True)
    assert np.array_equal(mirrored.cut(frame, 20), frame[10:30, 5:25][:, ::-1])
    with pytest.raises(InputError, match="outside"):
        Region.parse("30,30,20,20").fixed((40, 40), "a.mp4")


def test_what_is_cut_between_pixels_is_a_mean_over_its_area():
    """A ramp to the right: half a pixel farther is half a level more."""
    frame = np.tile(10 * np.arange(20, dtype=np.uint8), (20, 1))
    cut = Place(10.5, 10, 8, 8).cut(frame, 8)
    assert cut[4].tolist() == [65, 75, 85, 95, 105, 115, 125, 135]
    x, _ = Place(10.5, 10, 8, 8).matrix(8) @ [10, 10, 1]
    assert x == pytest.approx(3.5)
    halved = Place(10.5, 10, 8, 8).cut(frame, 4)
    assert halved[2].tolist() == [70, 90, 110, 130]
    doubled = Place(10, 10, 4.5, 4.5).cut(frame, 9)
    assert np.diff(doubled[4].astype(int)).tolist() == [5] * 8


def test_beyond_the_picture_its_border_is_repeated():
    frame = np.tile(10 * np.arange(20, dtype=np.uint8), (20, 1))
    assert Place(0.5, 10, 8, 8).cut(frame, 8)[0].tolist() == [0, 0, 0, 0, 5, 15, 25, 35]
    left = Place(10.5, 10, 8, 8).cut(frame, 8)
    assert np.array_equal(Place(10.5, 10, 8, 8, True).cut(frame, 8), left[:, ::-1])
    assert (Place(-100, 10, 8, 8).cut(frame, 8) == 0).all()


def test_halves_are_rounded_up():
    """Not to the even one: on which side of a half a sum falls would depend on the order in which a machine adds."""
    frame = np.tile(np.arange(20, dtype=np.uint8), (20, 1))
    assert Place(10.5, 10, 8, 8).cut(frame, 8)[4].tolist() == [7, 8, 9, 10, 11, 12, 13, 14]


def test_a_crop_around_an_eye_lies_on_sixteenths_of_a_pixel():
    """So measurements that differ by rounding give the same crop; its side is never of whole pixels."""
    crop = crop_around(100.02, 60.03, 50.0, False)
    assert (crop.x, crop.y, crop.width, crop.height) == (100.0, 56.0, 50.0625, 50.0625)  # 60.03 - 0.08 * 50 = 56.03
    assert crop == crop_around(100.02 + 1e-5, 60.03 - 1e-5, 50.0 + 1e-5, False)
    assert crop_around(100.04, 60.0, 49.99, True) == Place(100.0625, 56.0, 49.9375, 49.9375, True)
    for size in (0.01, 39.97, 40.0, 41.03):
        assert (16 * crop_around(5.0, 5.0, size, False).width) % 2 == 1


@pytest.mark.parametrize("text", ["everywhere", "1,2,3", "1,2,0,4", "-1,2,3,4"])
def test_a_place_that_is_none_is_refused(text: str):
    with pytest.raises(InputError, match="does not name the eye's place"):
        Region.parse(text)


def test_a_crop_looks_at_nothing_but_what_it_says_it_needs():
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 255, (40, 50)).astype(np.uint8)
    for x, y, size in zip(rng.uniform(-20, 70, 300), rng.uniform(-20, 60, 300), rng.uniform(3, 40, 300), strict=True):
        place = crop_around(x, y, size, bool(rng.integers(2)))
        needed = place.needs(frame.shape)
        other = 255 - frame
        other[needed] = frame[needed]
        assert np.array_equal(place.cut(other, 24), place.cut(frame, 24)), place
    assert whole((40, 50)).needs((40, 50)) == (slice(0, 40), slice(0, 50))


def shares(start: float, length: float, pixels: int, size: int) -> np.ndarray:
    """(size, pixels): how much each pixel counts in each part, by the overlaps of intervals, borders without end."""
    low = start + length / size * (np.arange(size) + 0.5) - max(length / size, 1) / 2
    high = low + max(length / size, 1)
    begin, end = np.arange(pixels, dtype=float), np.arange(1, pixels + 1, dtype=float)
    begin[0], end[-1] = -np.inf, np.inf
    overlap = np.minimum(high[:, None], end) - np.maximum(low[:, None], begin)
    return np.maximum(overlap, 0) / (high - low)[:, None]


def test_any_crop_is_the_product_of_the_picture_with_the_shares_of_its_pixels():
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 256, (40, 50)).astype(np.uint8)
    for _ in range(300):
        place = crop_around(rng.uniform(-20, 70), rng.uniform(-20, 60), rng.uniform(1, 60), bool(rng.integers(2)))
        left, top, width, height = place.box
        size = int(rng.integers(1, 90))
        means = shares(top, height, 40, size) @ frame @ shares(left, width, 50, size).T
        right = np.floor(means + 0.5 + 1e-9).astype(np.uint8)
        assert np.array_equal(place.cut(frame, size), right[:, ::-1] if place.mirrored else right), place
