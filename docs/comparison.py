"""Puts a finished benchmark into docs/results.md: python docs/comparison.py OUT NAME (from the project's root).

OUT is what `benchmark`, `benchmarks/comparison.py` or `benchmarks/apprenticeship.py` wrote. Its tables go between the
two marks of that NAME in the page, and its figures into docs/measurements/NAME.json. The picture of the one called
`comparison` goes beside the page.
"""

import json
import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).parent


def main(out: Path, name: str) -> None:
    begin, end = f"<!-- tables of {name} -->\n", f"<!-- end of {name} -->\n"
    page = DOCS / "results.md"
    text = page.read_text("utf-8")
    before, _, rest = text.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        sys.exit(f"{page}: lacks one of the marks {begin.strip()} and {end.strip()}")
    tables = (out / "benchmark.md").read_text("utf-8")
    page.write_text(f"{before}{begin}{tables}{end}{after}", "utf-8")
    if name == "comparison":
        shutil.copyfile(out / "pareto.png", DOCS / "comparison.png")
    results = json.loads((out / "benchmark.json").read_text("utf-8"))
    rows = {entry: json.dumps(told, ensure_ascii=False) for entry, told in results["entries"].items()}
    lines = ",\n".join(f'  "{entry}": {row}' for entry, row in rows.items())
    pairs = ",\n".join(f"  {json.dumps(row)}" for row in results["differences"])
    text = f'{{\n "entries": {{\n{lines}\n }},\n "differences": [\n{pairs}\n ]\n}}\n'
    (DOCS / "measurements" / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
