"""How the eye is followed in simulated videos, and whether `auto` reads what `full` reads. JSON.

`headset`: drawn people, and people of a cast whose portraits nobody learnt from, as a headset's camera sees them, under
every lighting, in the variety of SEE and `wild`. An eye is found in a frame if it has a place, and its measurement is
nearer than 0.35 of its size to the true centre (frames in which it is waited for count as they are cut).
`still`: whole portraits of the cast that are re-enacted, 480 pixels wide, with noise, while the head does not move; how
far the crop strays from its mean after the first half second, in shares of its side, frame by frame (`stream`) and for
import (`course`).
`verdicts`: the verdict of `predict --eye auto` beside that of `--eye full` on the same headset videos, and on the same
portraits' eyes, cut out at the true places; and what two such cuts agree in if one is 1 or 2 % of its side aside.

python benchmarks/finder_videos.py ../shared/portraits --cast casts/test > docs/measurements/finder_videos.json
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from eyeprentice import __version__
from eyeprentice.eye.contract import Rules
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.network import open_network
from eyeprentice.eye.path import held_path
from eyeprentice.eye.region import Place, Region, crop_around
from eyeprentice.eye.tracking import Tracker
from eyeprentice.finder.portraits import centres, role_of
from eyeprentice.finder.simulated import eye_in, reenact
from eyeprentice.runtime import Recognizer, watch
from eyeprentice.sources.frames import array_frames
from eyeprentice.sources.pictures import read_picture
from eyeprentice.synth.camera import degrade, look, photograph, place_camera
from eyeprentice.synth.cast.folder import open_cast
from eyeprentice.synth.face import Pose
from eyeprentice.synth.light import lamp_of, sample_light
from eyeprentice.synth.motion import INSTANTS, sample_motion
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import VARIETIES
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

SEED, KEY = 4_001, 1_000_009
FRAMES, SIZE, WIDTH, RATE = 60, 128, 480, 30
OPEN = 0.25
SETTLED = RATE // 2


class Video(NamedTuple):
    """Frames of one eye, and of each x, y, size, tilt, left and openness."""

    frames: np.ndarray  # (T, S, S)
    truth: np.ndarray  # (T, 6)


def headset_video(kind: str, variety_name: str, lighting: str, subject: int) -> Video:
    rng = random_numbers(SEED, subject, LIGHTINGS.index(lighting), KEY)
    variety = VARIETIES[variety_name]
    person = open_people(kind, SEED, variety).person(subject)
    face = person.face(SIZE)
    camera = place_camera(face.eye, SIZE, variety, rng)
    light = sample_light(lighting, rng)
    lamp = lamp_of(light, rng)
    motion = sample_motion(EMOTIONS[rng.integers(len(EMOTIONS))], FRAMES, person.mobility, rng)
    poses = [motion.pose(INSTANTS * number) for number in range(1, FRAMES + 1)]
    radiance = np.stack([look(face.render(pose, lamp), camera) for pose in poses])
    frames = photograph(radiance, light, rng, for_display=bool(rng.random() < variety.display))
    truth = np.array([eye_in(face.eye, pose, camera, SIZE) for pose in poses])
    return Video(degrade(frames, variety, rng), truth)


def portrait_videos(
    root: Path, cast_at: Path, emotions: int
) -> Iterator[tuple[list[np.ndarray], np.ndarray, list[Pose]]]:
    """Frames of a face that does not move but shows an expression and blinks, the eyes (2, 2), and the poses."""
    cast = open_cast(cast_at)
    for number, member in enumerate(cast.members):
        path = next(root.glob(f"london/*/{member.name}.jpg"))
        picture = read_picture(path)
        scale = WIDTH / picture.shape[1]
        small = cv2.resize(picture, (WIDTH, round(scale * picture.shape[0])), interpolation=cv2.INTER_AREA)
        eyes = scale * centres(path, *picture.shape[::-1])
        rng = random_numbers(SEED, number, KEY)
        for emotion in rng.permutation(EMOTIONS)[:emotions]:
            motion = sample_motion(str(emotion), FRAMES, (1.0,) * 8, rng)
            poses = [motion.pose(INSTANTS * frame) for frame in range(1, FRAMES + 1)]
            poses = [pose._replace(shift=(0.0, 0.0), roll=0.0) for pose in poses]
            noise = rng.normal(0, 2, (FRAMES, *small.shape))
            made = reenact(small, eyes, cast, number, poses)
            frames = [np.clip(image + grain, 0, 255).astype(np.uint8) for image, grain in zip(made, noise, strict=True)]
            yield frames, eyes, poses


def seen_in(video: Video, finder: EyeFinder) -> tuple[int, int, list[str]]:
    """Frames with the eye open enough, of these how many in which it is found, and how it was cut out."""
    tracker = Tracker(finder, RATE, rests=True)
    count, found, manners = 0, 0, []
    for frame, (x, y, size, _, _, openness) in zip(video.frames, video.truth, strict=True):
        sight = tracker.step(np.ascontiguousarray(frame))
        if sight is not None:
            manners.append(sight.manner + (" mirrored" if sight.place.mirrored else ""))
        if openness < OPEN:
            continue
        count += 1
        near = sight is not None and (
            sight.eye is None or np.hypot(sight.eye.x - x, sight.eye.y - y) < Rules().same_sizes * size
        )
        found += bool(near)
    return count, found, manners


def verdict(frames: list[np.ndarray], recognizer: Recognizer, region: str, finder: EyeFinder) -> tuple[str, str]:
    """What `predict` says, and what it takes for most probable."""
    recognizer.reset()
    moments = watch(array_frames(frames, RATE), recognizer, Region(region), finder)  # type: ignore[arg-type]
    beliefs = [list(m.reading.probabilities.values()) for m in moments if m.reading is not None]
    if not beliefs:
        return "no eye", "no eye"
    mean = np.mean(beliefs, axis=0)
    best = EMOTIONS[int(mean.argmax())]
    return (best if mean.max() >= recognizer.certain else "uncertain"), best


def in_headsets(kinds: list[str], people: int, finder: EyeFinder, recognizer: Recognizer) -> dict[str, Any]:
    report: dict[str, Any] = {}
    every = []
    for variety in ("see", "wild"):
        for lighting in LIGHTINGS:
            counts = np.zeros(2, int)
            manners: dict[str, int] = {}
            same, sides = [], 0
            for kind in kinds:
                most = open_people(kind, SEED, VARIETIES[variety]).count or people
                for subject in range(min(people, most)):
                    video = headset_video(kind, variety, lighting, subject)
                    count, found, how = seen_in(video, finder)
                    counts += (count, found)
                    sides += sum(("mirrored" in manner) == (video.truth[0, 4] > 0.5) for manner in how)
                    for manner in how:
                        manners[manner] = manners.get(manner, 0) + 1
                    frames = [np.ascontiguousarray(frame) for frame in video.frames]
                    by_hand = [f[:, ::-1].copy() for f in frames] if video.truth[0, 4] > 0.5 else frames
                    same.append(
                        (verdict(frames, recognizer, "auto", finder), verdict(by_hand, recognizer, "full", finder))
                    )
            every += same
            report[f"{variety} {lighting}"] = {
                "frames": int(counts[0]), "found_percent": round(100 * counts[1] / counts[0], 2), "manners": manners,
                "side_right_percent": round(100 * sides / sum(manners.values()), 2), **agreement(same),
            }  # fmt: skip
    return report | {"all": agreement(every)}


def agreement(pairs: list[tuple[tuple[str, str], tuple[str, str]]]) -> dict[str, Any]:
    return {
        "sequences": len(pairs),
        "verdicts_equal_percent": round(100 * float(np.mean([a[0] == b[0] for a, b in pairs])), 2),
        "most_probable_equal_percent": round(100 * float(np.mean([a[1] == b[1] for a, b in pairs])), 2),
    }


def strayed(places: list[Place | None]) -> float | None:
    """How far the crop's centre is from its mean at most, after it has settled, in shares of its side."""
    rest = [place for place in places[SETTLED:] if place is not None]
    if len(rest) < len(places) - SETTLED:
        return None
    at = np.array([(place.x, place.y) for place in rest])
    return float(np.linalg.norm(at - at.mean(0), axis=1).max() / np.mean([place.width for place in rest]))


def held_still(root: Path, cast: Path, emotions: int, finder: EyeFinder, recognizer: Recognizer) -> dict[str, Any]:
    streams, courses, whole, errors, same, blinking = [], [], [], [], [], 0
    aside: dict[float, list[Any]] = {0.01: [], 0.02: []}
    for frames, eyes, poses in portrait_videos(root, cast, emotions):
        tracker, importing = Tracker(finder, RATE, rests=True), Tracker(finder, RATE)
        sights = [tracker.step(frame) for frame in frames]
        whole.append(sum(sight is not None for sight in sights) / len(sights))
        streams.append(strayed([None if sight is None else sight.place for sight in sights]))
        times = 33_333 * np.arange(len(frames))
        found = held_path([importing.step(frame) for frame in frames], times, times, frames[0].shape)
        courses.append(None if found is None else strayed(list(found.places)))
        between = float(np.linalg.norm(eyes[1] - eyes[0]))
        true = crop_around(*eyes[0], between, False)
        errors += [
            (np.hypot(s.place.x - true.x, s.place.y - true.y) / between, s.place.width / between - 1)
            for s in sights
            if s
        ]
        blinking += any(pose.closure > 0.8 for pose in poses)
        by_hand = verdict([true.cut(frame, SIZE) for frame in frames], recognizer, "full", finder)
        same.append((verdict(frames, recognizer, "auto", finder), by_hand))
        for share, pairs in aside.items():
            right, down = share * between * np.array([np.cos(len(pairs)), np.sin(len(pairs))])
            other = replace(true, x=true.x + right, y=true.y + down)
            cut = [other.cut(frame, SIZE) for frame in frames]
            pairs.append((verdict(cut, recognizer, "full", finder), by_hand))
    report: dict[str, Any] = {
        "videos": len(streams),
        "with_a_blink": blinking,
        "found_percent": round(100 * float(np.mean(whole)), 2),
    }
    for name, values in (("stream", streams), ("course", courses)):
        known = np.array([value for value in values if value is not None])
        report[name] = {
            "median_percent": round(100 * float(np.median(known)), 2),
            "p95_percent": round(100 * float(np.quantile(known, 0.95)), 2),
            "below_1_percent_of_crop": round(100 * float((known < 0.01).sum()) / len(values), 1),
        }
    place, size = np.array(errors).T
    report["median_error_of_the_crop_percent"] = round(100 * float(np.median(place)), 2)
    report["median_error_of_its_side_percent"] = round(100 * float(np.median(size)), 2)
    report["auto_beside_by_hand"] = agreement(same)
    for share, pairs in aside.items():
        report[f"by_hand_{100 * share:.0f}_percent_aside_beside_by_hand"] = agreement(pairs)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("--cast", type=Path, required=True)
    parser.add_argument("--finder", type=Path, help="another file than the one in the package")
    parser.add_argument("--people", type=int, default=20, help="people of each kind in a headset, for each lighting")
    parser.add_argument("--emotions", type=int, default=2, help="videos of each portrait")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    finder, recognizer = EyeFinder(open_network(options.finder)), Recognizer(rate_hz=RATE)
    roles = {role_of(member.name) for member in open_cast(options.cast).members}
    kinds = [DRAWN, str(options.cast)]
    report: dict[str, Any] = {"version": __version__, "people": sorted(roles)}
    report["still"] = held_still(options.portraits, options.cast, options.emotions, finder, recognizer)
    report["headset"] = in_headsets(kinds, options.people, finder, recognizer)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
