"""What is kept of a source while its eye is looked for: cut out of that, a clip is the same, to the bit."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeprentice.data.importing import kept as keeping
from eyeprentice.data.importing.kept import Kept
from eyeprentice.eye.path import find_eye_path
from eyeprentice.eye.region import Place, Region, crop_around
from eyeprentice.sources.clips import at_frame_rate, cut_clip, is_shown
from eyeprentice.sources.frames import FrameSource, Timed, array_frames
from tests.data.importing.material import eyes, in_a_scene


@dataclass
class Counted:
    """A source that counts how often it is read."""

    frames: list[np.ndarray]
    rate_hz: float
    read: int = field(default=0)

    def source(self) -> FrameSource:
        source = array_frames(self.frames, self.rate_hz)

        def read() -> Iterator[Timed]:
            self.read += 1
            yield from source

        return replace(source, _read=read)


def cut(counted: Counted, region: Region, keeps: bool) -> tuple[np.ndarray, np.ndarray]:
    source, kept = counted.source(), Kept()
    path, moments, _ = find_eye_path(source, region, kept.add)
    to_cut = kept.source(source, moments, path.places) if keeps else source
    return cut_clip(to_cut, moments, path.places, 48, "event-frame", np.random.default_rng(0))


@pytest.mark.parametrize("rate", [25, 30, 60])
@pytest.mark.parametrize("eye", ["auto", "full", "30,40,100,80"])
def test_a_clip_is_cut_out_of_what_was_kept_as_out_of_its_source(rate: int, eye: str):
    scene = Counted(list(in_a_scene(eyes("surprise"), sway=9)), rate)
    again, once = cut(scene, Region.parse(eye), keeps=False), cut(scene, Region.parse(eye), keeps=True)
    assert scene.read == 3
    assert np.array_equal(again[0], once[0])
    assert np.array_equal(again[1], once[1])


def test_what_would_take_too_much_memory_is_read_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 200_000)
    scene = Counted(list(in_a_scene(eyes("fear"))), 30)
    again, once = cut(scene, Region("full"), keeps=False), cut(scene, Region("full"), keeps=True)
    assert scene.read == 4
    assert np.array_equal(again[0], once[0])


def frames_of_noise(count: int) -> Counted:
    return Counted(list(np.random.default_rng(0).integers(0, 255, (count, 60, 80)).astype(np.uint8)), 30)


@pytest.mark.parametrize(("moved", "is_enough"), [(2.0, True), (9.0, False)])
def test_a_crop_that_moved_out_of_what_was_kept_is_cut_out_of_the_source(moved: float, is_enough: bool):
    noise, kept = frames_of_noise(5), Kept()
    source = noise.source()
    for t_us, image in source:
        kept.add(t_us, image, crop_around(40, 30, 20, False))
    moments = at_frame_rate(np.array(kept.times_us))
    places = [crop_around(40, 30, 20, False)] * 4 + [crop_around(40 + moved, 30, 20, False)]
    whole = [place.cut(image, 24) for place, image in zip(places, noise.frames, strict=True)]
    found = [
        place.cut(image, 24) for place, (_, image) in zip(places, kept.source(source, moments, places), strict=True)
    ]
    assert np.array_equal(found, whole)
    assert noise.read == (1 if is_enough else 2)


def test_a_frame_of_which_nothing_was_kept_is_read_again():
    noise, kept = frames_of_noise(5), Kept()
    source = noise.source()
    place = crop_around(40, 30, 20, False)
    for number, (t_us, image) in enumerate(source):
        kept.add(t_us, image, place if number else None)
    moments = at_frame_rate(np.array(kept.times_us))
    assert kept.source(source, moments, [place] * 5) is source


@given(st.lists(st.integers(1, 70_000), min_size=1, max_size=60), st.integers(-(10**9), 10**12))
def test_every_frame_that_is_shown_is_kept(steps: list[int], first_us: int):
    times_us = first_us + np.cumsum([0, *steps])
    shown = set(at_frame_rate(times_us).numbers.tolist()) - {len(times_us) - 1}
    told = {n for n in range(len(steps)) if is_shown(first_us, *times_us[n : n + 2].tolist())}
    assert shown <= told


def test_of_a_fast_video_only_what_is_shown_is_kept():
    kept = Kept()
    for number in range(121):  # two seconds
        kept.add(round(number * 1e6 / 60), np.zeros((8, 8), np.uint8), Place(4, 4, 8, 8))
    numbers = at_frame_rate(np.array(kept.times_us)).numbers.tolist()
    assert set(numbers) <= set(kept.parts)
    assert len(kept.parts) <= len(numbers) + 2
    assert kept.bytes == 64 * len(kept.parts)
