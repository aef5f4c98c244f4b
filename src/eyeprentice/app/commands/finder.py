from pathlib import Path

from eyeprentice.files.processes import processors
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Precision


def finder(
    portraits: list[Path],
    *,
    out: Path,
    cast: list[Path] = [],  # noqa: B006
    eyes: Path | None = None,
    init: Path | None = None,
    steps: int = 12000,
    minutes: float | None = None,
    batch_size: int = 256,
    learning_rate: float = 0.002,
    drawn: int = 2400,
    textures: int = 2000,
    scenes: int = 2048,
    seed: int = 0,
    jobs: int | None = None,
    accelerator: str = "auto",
    precision: Precision = "32-true",
) -> None:
    """Train the network that finds eyes in pictures, from portraits, people of a cast, drawn people and textures.

    Portraits whose names begin with a number divisible by four, like 012_03, are not learnt from, so that the finder
    can be tested on them; those that leave 1 when divided by eight choose its threshold. The folder that is written
    holds the weights, their scores, the ONNX file, and what was gathered from the portraits (material.npz), which can
    be given instead of them. It contains the faces: protect it as you protect the portraits.

    Example: eyeprentice finder portraits/ --cast data/cast --eyes eyes.csv --out runs/finder

    Args:
        portraits: folders of portraits, each with its landmarks beside it (NAME.tem) or in the table of --eyes; or a
            file material.npz that this command has written
        out: folder to write
        cast: casts made from these portraits (`eyeprentice cast`); their people close their eyes and move their faces
        eyes: CSV table with the columns file, right_x, right_y, left_x and left_y, in pixels
        init: folder of another run of this command, from whose weights training starts
        steps: number of training steps
        minutes: if given, training ends after this time, even if steps are left
        batch_size: number of scenes in a step
        learning_rate: highest learning rate
        drawn: number of drawn people, each in twelve pictures
        textures: number of generated pictures without an eye
        scenes: number of scenes of each shape on which the trained network is scored and its threshold chosen
        seed: seed of all random numbers
        jobs: number of parallel processes for simulating; by default one for each processor
        accelerator: device to compute on: cpu, cuda, mps or auto
        precision: number format of the computation, as Lightning Fabric names it
    """
    from eyeprentice.files.orders import is_made, note_order, order_of
    from eyeprentice.files.whole import new_folder
    from eyeprentice.finder import training
    from eyeprentice.finder.graph import write_graph
    from eyeprentice.finder.material import read_material, write_material
    from eyeprentice.finder.picture_bank import make_bank
    from eyeprentice.learning.devices import open_device

    if min(drawn, textures) < 40:
        raise InputError("finder", "fewer than 40 drawn people or textures", "give more of both")
    if scenes < 16:
        raise InputError("finder", "fewer than 16 scenes to score on", "give more with --scenes")
    start = None if init is None else training.read_finder_weights(init / "weights.safetensors")
    plan = training.FinderTraining(steps, batch_size, learning_rate, seed, minutes)
    jobs = jobs or processors()
    fabric = open_device(accelerator, precision)
    asked = {"plan": plan, "drawn": drawn, "textures": textures, "scenes": scenes, "precision": precision}
    order = order_of("finder", asked, [*_files(portraits), *_files(cast), *_files([eyes]), *_files([init])])
    if is_made(out, order):
        print(f"{out}: done already: this command has written it before")
        return
    gathered = len(portraits) != 1 or portraits[0].suffix != ".npz"
    if gathered:
        from eyeprentice.finder.portraits import gather

        material = gather(portraits, cast, eyes, seed, jobs)
    else:
        material = read_material(portraits[0])
    with new_folder(out) as folder:
        if gathered:
            write_material(folder / "material.npz", material)
        bank = make_bank(material["training"], drawn, textures, seed, jobs, fabric.device)
        network, history = training.train_finder(bank, plan, fabric, start)
        held_out = make_bank(material["validation"], drawn // 10, textures // 4, seed + 1, jobs, fabric.device)
        scores = training.validate_finder(network, held_out, seed, scenes)
        training.write_run(folder, network, history, scores, plan)
        write_graph(folder / "finder.onnx", network, next(iter(scores.values())).threshold, str(plan))
        note_order(folder, order)
    for shape, found in scores.items():
        print(
            f"{shape}: found {100 * found.found:.1f} %, false {100 * found.false:.2f} %, "
            f"place {100 * found.place:.2f} %, size {100 * found.size:.1f} %, side {100 * found.side:.1f} %, "
            f"openness {found.openness:.3f}"
        )
    print(f"{out}: trained")


def _files(places: list[Path] | list[Path | None]) -> list[Path]:
    """All files that are named, or lie in folders that are."""
    given = [place for place in places if place is not None]
    return [
        path for place in given for path in (sorted(place.rglob("*")) if place.is_dir() else [place]) if path.is_file()
    ]
