from pathlib import Path
from typing import Literal

from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note
from eyeprentice.words.vocabulary import FORGETTING_HZ, SHARPNESS

ENDINGS = {"onnx": ".onnx", "onnx-int8": ".onnx", "nir": ".nir"}
"""Of the file that is written, by its format."""


def _with_ending(out: Path, ending: str) -> str:
    """The name with that ending instead of its own: d.pt and d.onnx.bak become d.onnx, student-0.5 student-0.5.onnx."""
    stem = out.name if out.suffix[1:].isdecimal() else out.stem
    return (Path(stem).stem if Path(stem).suffix.lower() in ENDINGS.values() else stem) + ending


def export(
    run: Path,
    *,
    out: Path,
    format: Literal["onnx", "onnx-int8", "nir"] = "onnx",
    data: Path | None = None,
    clips: int = 500,
    input: Literal["any", "ready"] = "any",
    sharpness: float = SHARPNESS,
    forgetting_hz: float = FORGETTING_HZ,
) -> None:
    """Write a trained model as a file for a device, and compare the file with PyTorch on test clips.

    Any model that needs only frames can be written as ONNX; one call of the file reads one frame. NIR is for students.
    An ONNX file also gives the action units that the model has learnt; a NIR file gives the emotions alone. Beside a
    NIR file OUT.nir, OUT-pairs.nir is written: ten clips of simulated people and their logits, to check a simulator by.

    Example: eyeprentice export runs/student --format onnx --data data/simulated --out student.onnx

    Args:
        run: folder of a finished run
        out: file to write; its name ends with .onnx, or with .nir for a NIR graph
        format: onnx; onnx-int8, a student whose weights have 8 bits where spikes come in; or nir, whose input is what
            the first layer is given
        data: dataset to take test clips from, of people that the run was not trained on; by default 21 clips of
            simulated people
        clips: number of test clips
        input: any accepts 8-bit grey or RGB frames of every size; ready, which is faster, only grey ones of the
            model's size
        sharpness: weight of one frame's evidence in a stream (docs/deploy.md)
        forgetting_hz: how fast a stream's evidence is forgotten, per second (docs/deploy.md)
    """
    from eyeprentice import __version__
    from eyeprentice.deploy.trial import trial_clips
    from eyeprentice.learning.runs import load_model, read_record, weights_digest

    if out.is_dir():
        raise InputError(out, "is a folder", "give the name of a file")
    if out.suffix.lower() != ENDINGS[format]:
        what = f"a file of the format {format} has a name that ends with {ENDINGS[format]}"
        others = [name for name, ending in ENDINGS.items() if ending == out.suffix.lower()]
        instead = f", or choose --format {' or '.join(others)}" if others else ""
        raise InputError(out, what, f"give {_with_ending(out, ENDINGS[format])}{instead}")
    if clips < 1 or not sharpness > 0 or not forgetting_hz > 0:
        raise InputError("export", "clips, sharpness and forgetting_hz must be above 0", "see --help")
    model, config = load_model(run)
    trial = trial_clips(run, config, data, clips)
    record = read_record(run)
    if format == "nir":
        from eyeprentice.deploy.neuromorphic import to_nir, write_nir
        from eyeprentice.deploy.nir_check import compare_nir, write_pairs
        from eyeprentice.deploy.trial import simulated_clips

        facts = {"weights": weights_digest(run), "training_data": record.content}
        facts |= {"eyeprentice.version": __version__, "sampling": str(config.sampling)}
        write_nir(to_nir(model, config.size, facts), out)
        if record.units:
            note(f"{out}: holds the emotions alone; the {len(record.units)} action units are left out")
        difference = compare_nir(out, model, trial.frames, trial.labels)
        pairs = out.with_name(f"{out.stem}-pairs.nir")
        number = write_pairs(out, pairs, model, simulated_clips(config.sampling, config.size, people=2)[0])
        note(f"{pairs}: {number} clips of simulated people, as the graph is given them, and their logits")
    else:
        from eyeprentice.deploy.integer import integer_student
        from eyeprentice.deploy.onnx import compare, facts_of, to_onnx, write_onnx
        from eyeprentice.deploy.step import exported_step

        written = model if format == "onnx" else integer_student(model, config.size)
        step = exported_step(written, config.size, ready=input == "ready", units=record.units)
        write_onnx(to_onnx(step), step, config, out, facts_of(run, sharpness, forgetting_hz, format))
        difference = compare(out, model, trial.frames, trial.labels)
    units = "" if difference.units is None else f"; action units differ by at most {difference.units:.2g}"
    print(
        f"{out}: {out.stat().st_size:,} bytes; the logits are those of PyTorch (within 1e-4) on {difference.equal} of "
        f"{difference.clips} clips of {trial.source}, the largest difference is {difference.largest:.2g}; "
        f"{difference.decisions} decisions differ, WAR changes by {difference.war_points:+.2f} points{units}"
    )
