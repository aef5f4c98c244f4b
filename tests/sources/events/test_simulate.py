import cv2
import evlib.simulation
import numpy as np
import pytest

from eyeprentice.sources.events.representation import counts, windows
from eyeprentice.sources.events.simulate import DVS, IDEAL, advance, rest, simulate_events, upsample


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def ideal(**changes) -> DVS:
    from dataclasses import replace

    return replace(IDEAL, **changes)


def run(images, times_us, dvs: DVS, upsampling: bool = False) -> np.ndarray:
    timed = ((int(t), np.asarray(image, np.float32)) for t, image in zip(times_us, images, strict=True))
    return np.concatenate(list(simulate_events(timed, dvs, rng(), upsampling)))


def test_a_pixel_sends_an_event_for_every_threshold_it_crosses_when_it_crosses_it():
    levels = np.exp([0.0, 0.5, 0.65, 0.35, 0.35]).reshape(5, 1, 1)  # log steps of 0.5, 0.15, -0.3, 0
    events = run(levels, [0, 1000, 2000, 3000, 4000], ideal(contrast=0.2))
    # remembered: 0 -> 0.2, 0.4 | 0.6 | 0.4
    assert events["polarity"].tolist() == [True, True, True, False]
    expected = [1000 * 0.2 / 0.5, 1000 * 0.4 / 0.5, 1000 + 1000 * 0.1 / 0.15, 2000 + 1000 * 0.25 / 0.3]
    assert events["t_us"].tolist() == pytest.approx(expected, abs=2)


def test_events_depend_on_contrast_and_not_on_brightness():
    video = rng().uniform(0.1, 1, (6, 8, 8))
    times = 1000 * np.arange(6)
    one, other = (run(scale * video, times, ideal()) for scale in (1, 50))
    assert len(one) == pytest.approx(len(other), abs=3)
    assert len(one) > 100


def edge(position: float, contrast: float, height: int = 24, width: int = 96, softness: float = 1.5) -> np.ndarray:
    """A soft vertical edge: 0.2 to its right, `contrast` times as much to its left."""
    x = np.arange(width) + 0.5
    share = 1 / (1 + np.exp((x - position) / softness))
    return np.tile(0.2 * contrast**share, (height, 1)).astype(np.float32)


@pytest.mark.parametrize("contrast", [1.5, 2.2, 3.3])
@pytest.mark.parametrize("speed", [30, 120, 300])
def test_a_moving_edge_sends_events_at_the_rate_of_its_contrast_and_speed(contrast: float, speed: float):
    """Each pixel that it crosses sends log(contrast) / threshold events: the rate is rows x speed x that, a second."""
    threshold, seconds = 0.02, 0.2
    times = np.arange(0, seconds * 1e6 + 1, 1e6 / 30)
    images = [edge(15 + speed * t * 1e-6, contrast) for t in times]
    events = run(images, times, ideal(contrast=threshold), upsampling=True)
    closed_form = 24 * speed * seconds * np.log(contrast) / threshold
    assert events["polarity"].mean() > 0.97
    assert len(events) == pytest.approx(closed_form, rel=0.10)


def scene(shift: float, size: int = 80) -> np.ndarray:
    """Something with texture, moved right by `shift` pixels."""
    coarse = rng().uniform(0, 1, (24, 24)).astype(np.float32)
    wide = cv2.resize(coarse, (3 * size, 3 * size), interpolation=cv2.INTER_CUBIC).clip(0.05, 1)
    move = np.array([[1, 0, shift - size], [0, 1, -size]], np.float32)
    return cv2.warpAffine(wide, move, (size, size), flags=cv2.INTER_CUBIC).clip(0.05, 1)


def test_upsampling_puts_what_moves_where_it_is_in_between():
    images = [(0, scene(0)), (33_333, scene(6))]
    between = [(t, image) for t, image in upsample(images) if 0 < t < 33_333]
    assert 4 <= len(between) <= 9
    for t, image in between:
        share = t / 33_333
        inner = np.s_[12:-12, 12:-12]
        error = np.abs(image - scene(6 * share))[inner].mean()
        blended = np.abs((1 - share) * images[0][1] + share * images[1][1] - scene(6 * share))[inner].mean()
        assert error < 0.35 * blended


def test_upsampling_sends_events_when_what_moves_passes():
    """With many images in between as the truth, upsampling from two of them comes nearer to when events happen."""
    truth = run([scene(6 * k / 24) for k in range(25)], 33_333 * np.arange(25) // 24, ideal())
    borders = 3_333 * np.arange(12)

    def course(events: np.ndarray) -> np.ndarray:
        return np.stack([counts(part, 80, 80) for part in windows([events], borders)]).astype(float)

    two = [scene(0), scene(6)]
    errors = [np.abs(course(run(two, [0, 33_333], ideal(), on)) - course(truth)).sum() for on in (False, True)]
    assert errors[1] < 0.6 * errors[0]


def test_what_stands_still_is_not_upsampled():
    still = np.full((20, 20), 0.5, np.float32)
    assert len(list(upsample([(0, still), (1000, still), (2000, still)]))) == 3


def test_a_refractory_pixel_is_deaf():
    levels = np.exp([0.0, 2.0]).reshape(2, 1, 1)
    events = run(levels, [0, 10_000], ideal(contrast=0.2, refractory_us=2500))
    assert np.diff(events["t_us"]).min() >= 2500
    assert len(events) == 3  # of ten, one every 1000 µs: those at 1000, 4000 and 7000


def test_a_low_pass_follows_slowly_and_more_slowly_in_the_dark():
    def response(level: float) -> int:
        images = np.concatenate([np.full((1, 1, 1), level), np.full((3, 1, 1), 2 * level)])
        return len(run(images, [0, 2000, 4000, 6000], ideal(contrast=0.02, cutoff_hz=50)))

    assert response(1.0) == pytest.approx(np.log(2) * (1 - np.exp(-2 * np.pi * 0.006 * 50)) / 0.02, abs=2)
    assert response(0.05) < 0.5 * response(0.5)


def test_noise_comes_at_its_rates():
    still = np.ones((60, 60), np.float32)
    seconds, pixels = 10.0, 3600
    times = np.arange(0, seconds * 1e6 + 1, 1e5)

    def rate(dvs: DVS, level: float) -> tuple[float, float]:
        events = run([level * still] * len(times), times, dvs)
        return len(events) / seconds / pixels, float(events["polarity"].mean())

    dark, signs = rate(ideal(shot_hz=2.0), 0.0)
    bright, _ = rate(ideal(shot_hz=2.0), 1.0)
    assert dark == pytest.approx(2.0, rel=0.12)  # at most one an interval is sent
    assert bright == pytest.approx(0.5, rel=0.1)
    assert signs == pytest.approx(0.5, abs=0.02)
    leak, signs = rate(ideal(leak_hz=0.5), 1.0)
    assert leak == pytest.approx(0.5, rel=0.1)
    assert signs == 1
    hot, _ = rate(ideal(hot_share=0.02, hot_hz=10), 1.0)
    assert hot == pytest.approx(0.2, rel=0.25)


def test_mismatch_spreads_when_pixels_fire():
    ramp = np.exp(np.linspace(0, 0.3, 31)).reshape(31, 1, 1) * np.ones((1, 30, 30))
    even, spread = (run(ramp, 1000 * np.arange(31), ideal(contrast=0.2, mismatch=m))["t_us"].std() for m in (0, 0.04))
    assert even < 10
    assert spread > 1000


def test_events_come_in_order_and_in_their_interval():
    video = rng().uniform(0.05, 1, (10, 16, 16)).astype(np.float32)
    dvs = DVS(shot_hz=50, hot_share=0.05)
    state = rest((0, video[0]), dvs, rng())
    for number, image in enumerate(video[1:], 1):
        events, state = advance(state, (1000 * number, image), dvs, rng())
        assert (np.diff(events["t_us"]) >= 0).all()
        assert events["t_us"].min() >= 1000 * (number - 1)
        assert events["t_us"].max() < 1000 * number
    with pytest.raises(ValueError, match="after one at"):
        advance(state, (1000, video[0]), dvs, rng())


def test_events_are_those_of_an_independent_simulator():
    """evlib's ESIM, on the same images: the same pixels, signs and numbers of crossings."""
    generator = rng()
    base = generator.uniform(30, 220, (24, 24))
    drift = np.cumsum(generator.normal(0, 9, (12, 24, 24)), axis=0)
    video = np.clip(base + drift, 5, 255)
    theirs = evlib.simulation.ESIMSimulator(
        evlib.simulation.ESIMConfig(0.1, 0.1, refractory_period_ms=0, log_floor=1e-6, device="cpu")
    )
    times = 33_333 * np.arange(12)
    ours = run(video / 255, times, ideal(contrast=0.1))
    agree = total = 0
    for number, part in enumerate(windows([ours], times)):
        if number == 0:
            theirs.process_frame(video[0], 0.0)
        x, y, _, polarity = theirs.process_frame(video[number + 1], times[number + 1] * 1e-6)
        sent = np.zeros((24, 24), int)
        np.add.at(sent, (y.astype(int), x.astype(int)), polarity.astype(int))
        on, off = counts(part, 24, 24)
        mine = on - off
        agree += (np.sign(mine) == np.sign(sent)).sum()
        total += mine.size
    assert agree / total > 0.995
    assert len(ours) > 500


@pytest.mark.parametrize("wrong", [{"contrast": 0}, {"dark": 0}, {"mismatch": -1}, {"shot_hz": -1}])
def test_a_camera_that_cannot_be_is_refused(wrong: dict):
    with pytest.raises(ValueError, match=r"must be above 0|nothing may be negative"):
        DVS(**wrong)


def pixel_by_pixel(images, dvs: DVS, seed: int):
    """The model of the module's docstring, one pixel after another, without noise: (time, x, y, brighter)."""
    generator = np.random.default_rng(seed)
    state, found = rest(images[0], dvs, generator), []
    for y, x in np.ndindex(state.followed.shape):
        followed = remembered = float(state.followed[y, x])
        threshold, last, before_us = float(state.threshold[y, x]), -(10**12), images[0][0]
        for t_us, image in images[1:]:
            level = float(np.log(image[y, x] + np.float32(dvs.dark)))
            step = int((level - remembered) / threshold)
            sign = 1 if step > 0 else -1
            for crossing in range(1, abs(step) + 1):
                share = (remembered + sign * crossing * threshold - followed) / (level - followed)
                at = before_us + min(int(share * (t_us - before_us)), t_us - before_us - 1)
                if at - last >= dvs.refractory_us:
                    last = at
                    found.append((at, x, y, sign > 0))
            remembered += step * threshold
            followed, before_us = level, t_us
    return sorted(found)


def test_all_pixels_at_once_send_what_each_sends_by_itself():
    """Fast changes, of several thresholds between two looks, which a deaf pixel sends some of."""
    dvs = ideal(contrast=0.2, mismatch=0.04, dark=0.01, refractory_us=700)
    generator = np.random.default_rng(5)
    images = [(2000 * number, generator.uniform(0.02, 1, (7, 5)).astype(np.float32)) for number in range(9)]
    packets = list(simulate_events(images, dvs, np.random.default_rng(3), upsampling=False))
    sent = [(int(t), int(x), int(y), bool(p)) for t, x, y, p in np.concatenate(packets)]
    assert [event[0] for event in sent] == sorted(event[0] for event in sent)
    sent, expected = (
        sorted(each, key=lambda event: (event[1:3], event[0])) for each in (sent, pixel_by_pixel(images, dvs, 3))
    )
    assert len(expected) > 300
    assert [event[1:] for event in sent] == [event[1:] for event in expected]
    assert [event[0] for event in sent] == pytest.approx([event[0] for event in expected], abs=1)
