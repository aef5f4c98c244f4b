"""What the site does with pages that are written for GitHub, so that both can show them.

Pages link to files outside `docs` as GitHub wants it (`../SECURITY.md`). The site has these files under `source/`, and
the links of its pages are turned towards them. A link to a file that does not exist is left, and the strict build
refuses it. GitHub needs no empty line before a list or a table, Python-Markdown does.
Blocks of LaTeX (```math) become MathML, which browsers draw by themselves.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, relpath

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"(\]\(|src=\")([^)#\s\":]+)")
"""A relative link of Markdown or the address of a picture, without its anchor."""


def on_config(config):
    fence = {"name": "math", "class": "equation", "format": _equation}
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}
    return config


def on_files(files: Files, *, config) -> Files:
    waiting = list(files.documentation_pages())
    for page in waiting:  # grows meanwhile: pages that are added may link to more
        for _, link in LINK.findall(page.content_string):
            path = (_original(page).parent / link).resolve()
            uri = _uri(path)
            if path.is_file() and uri not in files.src_uris and path.is_relative_to(ROOT):
                files.append(File.generated(config, uri, abs_src_path=str(path)))
                if path.suffix == ".md":
                    waiting.append(files.src_uris[uri])
    return files


def on_page_markdown(markdown: str, *, page, **_) -> str:
    def turned(match: re.Match[str]) -> str:
        path = (_original(page.file).parent / match[2]).resolve()
        return match[1] + relpath(_uri(path), dirname(page.file.src_uri) or ".") if path.is_file() else match[0]

    return "\n".join(_parted(LINK.sub(turned, markdown).splitlines()))


def _parted(lines: Sequence[str]) -> Iterator[str]:
    """An empty line before each list and table that has none."""
    code = False
    for before, line in pairwise(["", *lines]):
        begins = any(line.startswith(mark) and not before.startswith((mark, "  ")) for mark in ("- ", "|"))
        if begins and before.strip() and not code:
            yield ""
        yield line
        code ^= line.startswith("```")


def _equation(source: str, *_, **__) -> str:
    return f'<div class="equation">{convert(source, display="block")}</div>'


def _original(file: File) -> Path:
    return Path(file.abs_src_path or DOCS / file.src_uri)


def _uri(path: Path) -> str:
    """Where a file of the repository is in the site."""
    return str(path.relative_to(DOCS)) if path.is_relative_to(DOCS) else f"source/{path.relative_to(ROOT)}"
