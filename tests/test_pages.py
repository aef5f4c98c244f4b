"""What the pages say about the code is what the code says."""

import re
import tomllib

import pytest

from tests.conftest import ROOT

OUTSIDE = ("README.md", "SECURITY.md", "CONTRIBUTING.md")
PAGES = (*OUTSIDE, *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))))


def test_the_layers_that_are_drawn_are_those_that_are_checked():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    drawn = (ROOT / "docs" / "design.md").read_text("utf-8").split("## Code layout")[1].split("```")[1]
    layers = [re.split(r"  +", line)[0] for line in drawn.strip().splitlines()]
    assert layers == [layer.replace("eyeprentice.", "") for layer in contract["layers"]]


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_links_to_are_there(page: str):
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_a_page_shows_have_the_options_it_gives_them(page: str):
    from eyeprentice.app import cli, options

    shown = re.findall(r"(?:^|`)eyeprentice (\w+) ([^`#\n]*)", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    for name, words in shown:
        if name == "COMMAND":
            continue
        found = options.options_of(cli.load_command(name))
        known = {option.shown for option in found} | {f"--{option.name.split('.')[0]}" for option in found}
        known |= {"--config", "--extend", "--help"}
        given = {word.replace("_", "-").split(".")[0] for word in re.findall(r"--[\w.-]+", words)}
        assert given <= known, f"eyeprentice {name} {words}"


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in a link."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"(?s)```.*?```", "", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_headings_that_a_page_links_to_are_there(page: str):
    links = re.findall(r"\]\(([^)\s]*?)#([^)\s]+)\)", (ROOT / page).read_text("utf-8"))
    for path, anchor in links:
        if not path.startswith("http"):
            target = (ROOT / page).parent / path if path else ROOT / page
            assert anchor in anchors(target.read_text("utf-8")), f"{path}#{anchor}"
