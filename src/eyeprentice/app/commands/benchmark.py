from pathlib import Path

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import REPEATS


def benchmark(
    data: list[Path],
    *,
    out: Path,
    plan: Path | None = None,
    models: list[str] = [],  # noqa: B006
    seeds: list[int] = [],  # noqa: B006
    repeats: int = REPEATS,
    control_repeats: int = 5,
    processes: int = 1,
    minutes: float | None = None,
    latency: bool = False,
    accelerator: str = "auto",
) -> None:
    """Train and test many models on the same data by the same protocol, and write one table of them.

    The first dataset is learnt from; people of it who are not learnt from are tested, and so are those of the other
    datasets. Runs of several seeds, apprentices with their teachers and sweeps over settings are in one plan
    (docs/benchmark.md). If it is interrupted, run the same command again: finished runs are kept.

    Example: eyeprentice benchmark data/simulated --models student apprentice seen --out build/benchmark

    Args:
        data: datasets in SEE's layout; the first one is learnt from
        out: folder of the runs and of benchmark.md, .json, .csv and pareto.png
        plan: YAML file that says what is run (docs/benchmark.md); by default every model of this package
        models: names of the plan's entries to run, with their teachers; by default all
        seeds: random seeds; by default those of the plan
        repeats: number of clips from each sequence in a test
        control_repeats: the same in the controls, where something is taken from the clips
        processes: number of runs at a time; with several GPUs, on each of them
        minutes: end after this time and write the table of what is finished; by default, when all is done
        latency: measure at the end how long a frame takes on one processor core (needs the extra export)
        accelerator: device to compute on: cpu, cuda, mps or auto
    """
    if min(repeats, control_repeats, processes) < 1:
        raise InputError("options", "repeats, control-repeats and processes count things", "give 1 or more")
    if minutes is not None and not minutes > 0:
        raise InputError("minutes", f"in {minutes:g} minutes nothing can be done", "give more than 0, or leave it out")
    from dataclasses import replace

    from eyeprentice.studies.benchmark.plan import PACKAGED, check_count, check_seeds, read_plan
    from eyeprentice.studies.benchmark.run import RunSettings, run_plan

    read = read_plan(plan or PACKAGED)
    chosen = read.only(models) if models else read
    if seeds:
        check_seeds("seeds", seeds)
        check_count("seeds", len(chosen.entries), len(seeds))
        chosen = replace(chosen, seeds=tuple(seeds))
    how = RunSettings(repeats, control_repeats, accelerator, processes, minutes, latency)
    faults = run_plan(chosen, data, out, how)
    print((out / "benchmark.md").read_text("utf-8"))
    print(f"{out / 'benchmark.md'}: written")
    if faults:
        name, fault = next(iter(faults.items()))
        raise InputError(
            out, f"{len(faults)} runs failed; {name}: {fault}", "mend that, and run the same command again"
        )
