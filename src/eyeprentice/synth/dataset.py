"""Writes a simulated dataset in SEE's layout: the same seed gives the same bytes, whatever the number of processes."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.events.frame import INTERVAL_US
from eyeprentice.events.representation import event_frames, frame_borders
from eyeprentice.events.simulate import DVS
from eyeprentice.events.simulate import simulate as simulate_events
from eyeprentice.files import new_folder
from eyeprentice.layout import MODALITIES, Annotation, SequenceName, write_annotations, write_images
from eyeprentice.progress import progress
from eyeprentice.synth.expression import sample_length, sample_motion
from eyeprentice.synth.person import Person, sample_person
from eyeprentice.synth.render import Glint, render_sequence
from eyeprentice.synth.roles import EVEN, Shares, plan_roles
from eyeprentice.synth.sensor import ORDINARY_EXPOSURE, photograph, sample_light
from eyeprentice.synth.skin import make_face, shade
from eyeprentice.synth.variety import SEE, Variety, degrade, look, move_light, place_camera, vary_motion, vary_person
from eyeprentice.vocabulary import EMOTIONS, Subset

PERSON, CAMERA = 1_000_001, 1_000_002
"""Keys of the random numbers that variety draws for a person."""


@dataclass(frozen=True)
class Plan:
    """One sequence to simulate; all of it follows from these few numbers."""

    name: SequenceName
    subset: Subset
    seed: int
    size: int
    variety: Variety = SEE


def write_dataset(
    out: Path,
    sequences: int,
    subjects: int,
    size: int,
    seed: int,
    jobs: int | None = None,
    variety: Variety = SEE,
    shares: Shares = EVEN,
) -> None:
    """Simulates `sequences` by `subjects` people, `size` pixels square, and writes them as `out` in SEE's layout."""
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"{jobs} processes", "give 1 or more")
    plans = plan(sequences, subjects, size, seed, variety, shares)
    jobs = jobs or len(os.sched_getaffinity(0))
    with new_folder(out) as folder, progress("simulating", len(plans)) as advance:
        context = multiprocessing.get_context("spawn")  # forking a process that has threads is not safe
        with ProcessPoolExecutor(jobs, context) as pool:
            for _ in pool.map(_write, plans, [folder] * len(plans), chunksize=4):
                advance("")
        annotations = {str(p.name): Annotation(p.subset, p.name.emotion, (0, p.name.length - 1)) for p in plans}
        write_annotations(folder, annotations)


def plan(
    sequences: int, subjects: int, size: int, seed: int, variety: Variety = SEE, shares: Shares = EVEN
) -> list[Plan]:
    """The sequences to simulate, as `plan_roles` shares them out."""
    if size < 32:
        raise InputError("synth", f"{size} pixels are too few to draw an eye", "give a size of 32 or more")
    plans = []
    for index, role in enumerate(plan_roles(sequences, subjects, shares, random_numbers(seed))):
        person = person_of(seed, role.subject, variety)
        rng = random_numbers(seed, role.subject, EMOTIONS.index(role.emotion), role.take)
        name = SequenceName(
            index + 1, f"{role.subject + 1:03d}", person.sex, person.age, person.degree,
            role.lighting, role.emotion, sample_length(rng), role.take,
        )  # fmt: skip
        plans.append(Plan(name, role.subset, seed, size, variety))
    return plans


def simulate(plan: Plan) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Frames and event frames of one sequence, each (T, size, size)."""
    name, variety = plan.name, plan.variety
    subject = int(name.subject) - 1
    person = person_of(plan.seed, subject, variety)
    camera = place_camera(person, plan.size, variety, random_numbers(plan.seed, subject, CAMERA))
    rng = random_numbers(plan.seed, subject, EMOTIONS.index(name.emotion), name.take, 1)
    extra = random_numbers(plan.seed, subject, EMOTIONS.index(name.emotion), name.take, 2)  # of what variety adds
    face = make_face(person, plan.size)
    light, second = sample_light(name.lighting, rng), sample_light(name.lighting, extra)
    motion = sample_motion(name.emotion, name.length, person.mobility, rng)
    other = sample_motion(EMOTIONS[extra.integers(len(EMOTIONS))], name.length, person.mobility, extra)
    motion = vary_motion(motion, other, variety, extra)
    lamp = Glint(0.45 * light.direction[0], 0.5 * light.direction[1], rng.uniform(0.10, 0.18), rng.uniform(0.8, 2.5))
    window = Glint(rng.uniform(-0.4, 0.4), rng.uniform(-0.3, 0.3), rng.uniform(0.06, 0.12), rng.uniform(0.0, 1.2))
    shades = [shade(face, lit.direction, light.ambient) for lit in (light, second)]
    shadings = move_light(shades[0], shades[1], name.length, variety, extra)
    radiance = look(render_sequence(face, shadings, motion, [lamp, window]), camera)
    times = INTERVAL_US * np.arange(1, name.length + 1)
    seen = radiance * np.float32(light.exposure / ORDINARY_EXPOSURE)
    looked = [(0, seen[0]), *zip(times.tolist(), seen, strict=True)]  # it was there before the first frame
    packets = simulate_events(looked, DVS(), rng, upsampling=False)
    events = list(event_frames(packets, frame_borders(times), plan.size, plan.size))
    return degrade(photograph(radiance, light, rng), variety, extra), np.stack(events)


def _write(plan: Plan, folder: Path) -> None:
    cv2.setNumThreads(1)
    for modality, images in zip(MODALITIES, simulate(plan), strict=True):
        write_images(folder, modality, plan.name, images)


def person_of(seed: int, subject: int, variety: Variety) -> Person:
    return vary_person(sample_person(random_numbers(seed, subject)), variety, random_numbers(seed, subject, PERSON))


def random_numbers(*key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(key[0], spawn_key=key[1:]))
