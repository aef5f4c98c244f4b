from pathlib import Path

from eyeprentice.layout.merge import TABLE, merge_datasets


def merge(data: list[Path], out: Path, *, same_people: bool = False) -> None:
    """Make one dataset of several. Images are linked where the disk allows it, so that they take no room.

    Event frames and action units are there afterwards if all of the datasets have them. OUT/sources.csv tells what each
    sequence was called before.

    Example: eyeprentice merge data/drawn data/cast data/both

    Args:
        data: two or more datasets in SEE's layout
        out: folder to make
        same_people: equal numbers mean equal people, as in datasets that were simulated from one cast with other seeds;
            otherwise people of two datasets are different people
    """
    merged = merge_datasets(data, out, same_people)
    print(f"{out}: {merged.sequences} sequences of {merged.people} people from {len(data)} datasets; see {out / TABLE}")
    if merged.left_out:
        print(f"left out, because not all of the datasets have it: {', '.join(merged.left_out)}")
