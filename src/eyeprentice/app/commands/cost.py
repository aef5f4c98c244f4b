from pathlib import Path
from typing import Any

from rich.table import Table

from eyeprentice.files.whole import write_json
from eyeprentice.words.errors import InputError
from eyeprentice.words.terminal import print_table


def cost(
    run: Path,
    *,
    data: Path,
    out: Path | None = None,
    clips: int = 70,
    beside: list[Path] = [],  # noqa: B006
) -> None:
    """Count the operations of a model on clips, and compare them with SEEN, the teacher and an ANN of the same shape.

    Firing rates, and the operations on spikes, are measured on clips of sequences that the run was not trained on.
    SEEN (at its published 90x90) and the teacher are untrained in this table: their multiplications are counted,
    their spikes are not. To compare with trained models, name their runs with --beside.

    Example: eyeprentice cost runs/student --data data/simulated

    Args:
        run: folder of a finished run; default names the weights in the package
        data: dataset to measure firing rates on
        out: file to write (.json); by default cost.json in the run's folder, and none for the packaged run `default`
        clips: number of clips
        beside: other finished runs to add to the table
    """
    if out is not None and out.is_dir():
        raise InputError(out, "is a folder", "give the name of a file")
    if clips < 1:
        raise InputError("clips", f"{clips} clips", "give 1 or more")
    from eyeprentice.deploy.costing import cost_report
    from eyeprentice.learning.runs import place_for

    place = place_for(run, "cost.json", out)
    report = cost_report(run, data, clips, {str(path): path for path in beside})
    if place is not None:
        write_json(place, report)
    _print(report)
    print("nothing was written; --out FILE.json keeps the figures" if place is None else f"{place}: written")


def _print(report: dict[str, Any]) -> None:
    rows = report["rows"]
    ours = rows[report["model"]]
    title = f"a clip ({report['sampling']}), mean of {report['clips']}"
    table = Table(title=title, pad_edge=False)
    columns = ("pixels", "parameters", "dense MAC", "MAC", "AC", "energy µJ", "times", "with memory µJ", "times")
    for column in ("model", *columns):
        table.add_column(column, justify="left" if column == "model" else "right")
    for name, row in rows.items():
        operations = (row[key] for key in ("dense_macs", "macs", "acs"))
        table.add_row(
            name, f"{row['size']}x{row['size']}", f"{row['params']:,}",
            *("not counted" if count is None else f"{count / 1e6:.1f} M" for count in operations),
            *(text for key in ("energy_uj", "energy_with_memory_uj")
              for text in (f"{row[key]:.1f}", f"{row[key] / ours[key]:.1f}")),
        )  # fmt: skip
    below = []
    if any(row["acs"] is None for row in rows.values()):
        below.append("The energy of untrained models is that of their multiplications alone, zeros included.")
    rates = ", ".join(f"{name} {100 * rate:.1f} %" for name, rate in report["firing_rate"].items())
    below.append(f"firing rates, of what each layer is given (channels x map): {rates}")
    if "latency_ms" in report:
        one, two = report["latency_ms"]["1"], report["latency_ms"]["2"]
        below.append(
            f"a frame, ONNX Runtime: {one['p50']} ms (p99 {one['p99']}) on one thread, "
            f"{two['p50']} ({two['p99']}) on two;"
            f" first answer after {report['cold_start_s']} s, peak memory {report['peak_memory_mb']} MB"
        )
    cheaper = [
        f"{name}{suffix}"
        for key, suffix in (("energy_uj", ""), ("energy_with_memory_uj", ", memory counted"))
        for name, row in rows.items()
        if row[key] < ours[key]
    ]
    if cheaper:
        below.append(f"cheaper than the {report['model']}: {', '.join(cheaper)}")
    print_table(table, 140, *below)
