from pathlib import Path

from eyeprentice.data.layout.merge import TABLE, merge_datasets


def merge(data: list[Path], out: Path, *, same_people: bool = False) -> None:
    """Make one dataset from several. Images are hard links if the disk allows it, so they take no space.

    The new dataset has event frames and action units if all of the datasets have them. OUT/sources.csv says what each
    sequence was called before.

    Example: eyeprentice merge data/drawn data/reenacted data/both

    Args:
        data: two or more datasets in SEE's layout
        out: folder to write; it must not exist
        same_people: people with the same number are the same person, as in datasets simulated from one cast with
            several seeds; by default, people of two datasets are different people
    """
    merged = merge_datasets(data, out, same_people)
    print(f"{out}: {merged.sequences} sequences of {merged.people} people from {len(data)} datasets; see {out / TABLE}")
    if merged.left_out:
        told = {"event": "event frames", "unit": "action units"}
        left_out = " or ".join(told.get(folder, folder) for folder in merged.left_out)
        print(f"{out}: has no {left_out}, because not all of the datasets have them")
