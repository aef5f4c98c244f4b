"""Puts a finished benchmark into docs/results.md: python docs/comparison.py OUT (from the project's root).

OUT is what `benchmark` or `benchmarks/comparison.py` wrote. Its tables go between the two marks of the page, its
picture beside the page, and its figures into docs/measurements/.
"""

import json
import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).parent
BEGIN, END = "<!-- tables of benchmark.md -->\n", "<!-- end of benchmark.md -->\n"


def main(out: Path) -> None:
    page = DOCS / "results.md"
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{page}: lacks one of the marks {BEGIN.strip()} and {END.strip()}")
    tables = (out / "benchmark.md").read_text("utf-8")
    page.write_text(f"{before}{BEGIN}{tables}{END}{after}", "utf-8")
    shutil.copyfile(out / "pareto.png", DOCS / "comparison.png")
    results = json.loads((out / "benchmark.json").read_text("utf-8"))
    rows = {name: json.dumps(told, ensure_ascii=False) for name, told in results["entries"].items()}
    lines = ",\n".join(f'  "{name}": {row}' for name, row in rows.items())
    pairs = ",\n".join(f"  {json.dumps(row)}" for row in results["differences"])
    text = f'{{\n "entries": {{\n{lines}\n }},\n "differences": [\n{pairs}\n ]\n}}\n'
    (DOCS / "measurements" / "comparison_h200.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
