"""One sequence: a person moves under a lamp, and a frame camera and an event camera look.

The event camera sees the scene as often as it must for nothing to move by more than about a pixel between two looks,
which the motion, being known at every instant, tells beforehand. The frame camera's shutter averages the last of these
looks. Where nobody asks for events, the frame camera looks once a frame, and nothing is blurred by motion.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events
from eyeprentice.sources.events.representation import INTERVAL_US, REPRESENTATIONS, frame_borders
from eyeprentice.sources.events.simulate import DVS, advance, rest
from eyeprentice.synth.camera import Camera, degrade, look, move_camera, photograph, place_camera
from eyeprentice.synth.drawing import Floats, Image
from eyeprentice.synth.expressions import sample_rest
from eyeprentice.synth.face import ACTION_UNITS, Face, Lamp, Pose
from eyeprentice.synth.light import ORDINARY_EXPOSURE, Light, lamp_of, move_light, sample_light
from eyeprentice.synth.motion import INSTANTS, Motion, sample_motion, vary_motion
from eyeprentice.synth.people import open_people, random_numbers
from eyeprentice.synth.plan import SequencePlan
from eyeprentice.words.vocabulary import EMOTIONS

CAMERA = 1_000_002
"""Key of the random numbers that place a person's camera."""
AT_REST = 1_000_004
"""Key of those that say what a person's relaxed face looks like."""

TONE = 0.06
"""Deviation of what a relaxed face shows of each unit from one day to another."""
EXPOSED = 0.4
"""How differently it may be exposed then, in natural log units."""


class Simulated(NamedTuple):
    """What is written of a sequence of T frames."""

    frames: NDArray[np.uint8]  # (T, S, S)
    events: NDArray[np.uint8] | None  # the same: events since the frame before, in the representation of the plan
    units: NDArray[np.float32]  # (T, 9) of ACTION_UNITS and the closure by a blink, at each frame's moment


def simulate_sequence(plan: SequencePlan) -> Simulated:
    """Frames, event frames and action units of one sequence; all of them follow from the plan."""
    name, variety, size = plan.name, plan.variety, plan.size
    subject = int(name.subject) - 1
    key = plan.seed, subject, EMOTIONS.index(name.emotion), name.take
    rng, extra = random_numbers(*key, 1), random_numbers(*key, 2)  # the second, of what variety adds
    person = open_people(plan.people, plan.seed, variety).person(subject)
    face = person.face(size)
    camera = place_camera(face.eye, size, variety, random_numbers(plan.seed, subject, CAMERA))
    light, second = (sample_light(name.lighting, numbers, variety.hard_light) for numbers in (rng, extra))
    course = bool(random_numbers(*key, 4).random() < variety.course)
    widths = variety.breadth, variety.measured
    motion = sample_motion(name.emotion, name.length, person.mobility, rng, plan.posed, course, *widths)
    other = sample_motion(EMOTIONS[extra.integers(len(EMOTIONS))], name.length, person.mobility, extra)
    motion = vary_motion(motion, other, variety, extra)
    motion = replace(motion, rest=sample_rest(variety.resting, random_numbers(plan.seed, subject, AT_REST)))
    lamps = move_light(lamp_of(light, rng), lamp_of(second, extra), name.length, variety, extra)
    events = None
    if plan.representation is None:
        radiance = np.stack([look(face.render(motion.pose(at), lamps[at]), camera) for at in motion.moments])
    else:
        radiance, packets = film(face, motion, lamps, light, camera, rng)
        borders = frame_borders(INTERVAL_US * np.arange(1, name.length + 1))
        events = np.stack(list(REPRESENTATIONS[plan.representation](packets, borders, size, size)))
    before = random_numbers(*key, 5)
    if before.random() < variety.retaken:
        radiance[0] = another_day(face, motion.rest, name.lighting, camera, before)
    frames = photograph(radiance, light, rng, for_display=bool(extra.random() < variety.display))
    units = np.column_stack([motion.units, motion.blink])[motion.moments].astype(np.float32)
    return Simulated(degrade(frames, variety, extra), events, units)


def another_day(face: Face, rest: Floats, lighting: str, camera: Camera, rng: np.random.Generator) -> Image:
    """The same person on another day (S, S): nearly as relaxed, in other light of the same kind, looking elsewhere."""
    units = np.clip(rest + rng.normal(0, TONE, len(ACTION_UNITS)), 0, 1)
    gaze = rng.normal(0, 0.3, 2).clip(-1, 1).tolist()
    radiance = face.render(Pose(units, gaze=(gaze[0], gaze[1])), lamp_of(sample_light(lighting, rng), rng))
    return look(radiance, move_camera(camera, len(radiance), rng)) * np.float32(np.exp(rng.uniform(-EXPOSED, EXPOSED)))


def film(
    face: Face, motion: Motion, lamps: list[Lamp], light: Light, camera: Camera, rng: np.random.Generator
) -> tuple[Image, list[Events]]:
    """Radiance of every frame, (T, S, S), with what the shutter blurs, and the events, a packet between two looks.

    `lamps` are of every instant. The event camera's time starts one frame before the first frame.
    """
    dvs, gain = DVS(), np.float32(light.exposure / ORDINARY_EXPOSURE)
    seen = look(face.render(motion.pose(0), lamps[0]), camera)
    state = rest((0, seen * gain), dvs, rng)
    frames, packets = [], []
    for number, looks in enumerate(count_looks(motion, seen.shape[0] * camera.magnification)):
        step = INSTANTS // looks
        pictures = []
        for instant in range(INSTANTS * number + step, INSTANTS * (number + 1) + 1, step):
            seen = look(face.render(motion.pose(instant), lamps[instant]), camera)
            events, state = advance(state, (instant * INTERVAL_US // INSTANTS, seen * gain), dvs, rng)
            pictures.append(seen)
            packets.append(events)
        open_for = max(1, round(light.shutter * looks))
        frames.append(np.mean(pictures[-open_for:], axis=0) if open_for > 1 else pictures[-1])
    return np.stack(frames), packets


def count_looks(motion: Motion, scale: float) -> list[int]:
    """How often to look in the time up to each frame: the least of 1, 2, 4, 8 that lets nothing move by 1 / `scale`."""
    path = motion.path().reshape(motion.frames, INSTANTS) * scale
    needed = np.full(motion.frames, INSTANTS)
    for looks in (4, 2, 1):
        longest = path.reshape(motion.frames, looks, -1).sum(axis=2).max(axis=1)
        needed[longest <= 1] = looks
    return [int(looks) for looks in needed]
