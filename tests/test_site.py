"""The pages as a site: whole, without a word to another computer, and opened from files."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.browser import chromium
from tests.conftest import ROOT, Once

ASKS = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"'\s>]+)")
"""What a browser fetches by itself; links that a reader may follow are others."""
IN_STYLES = re.compile(r"(?:url\(|@import\s*)[\"']?((?:https?:)?//[^\"')]+)")


def build(folder: Path, configuration: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(configuration), "-d", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def site(once: Once) -> Path:
    pytest.importorskip("material", reason="mkdocs-material is not installed")

    def make(folder: Path) -> None:
        built = build(folder)
        assert built.returncode == 0, built.stdout + built.stderr
        assert (built.stdout + built.stderr).count("\n") <= 20

    return once("site", make)


def test_the_site_asks_no_other_computer_for_anything(site: Path):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    assert {page.name: ASKS.findall(page.read_text("utf-8")) for page in pages} == {page.name: [] for page in pages}
    for style in site.rglob("*.css"):
        assert IN_STYLES.findall(style.read_text("utf-8")) == [], style
    assert ASKS.findall('<link rel="stylesheet" href="https://fonts.googleapis.com/css">') != []


def test_the_site_holds_what_its_pages_link_to(site: Path):
    broken = []
    for page in set(site.rglob("*.html")) - {site / "404.html"}:
        for link in re.findall(r"<a [^>]*?href=\"([^\"#]+)", page.read_text("utf-8")):
            if not link.startswith(("http", "mailto:")) and not (page.parent / link).exists():
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []
    assert (site / "source" / "SECURITY.html").is_file()


def test_equations_and_docstrings_are_on_their_pages(site: Path):
    assert (site / "method.html").read_text("utf-8").count('<math xmlns="http://www.w3.org/1998/Math/MathML"') >= 7
    runtime = (site / "api" / "runtime.html").read_text("utf-8")
    for name in ("read", "Stream", "Recognizer", "Reading", "segments"):
        assert f'id="eyeprentice.runtime.{name}"' in runtime


def test_no_page_shows_its_markup(site: Path):
    """Lists, tables and code blocks that Python-Markdown takes for text, because it is stricter than GitHub."""
    raw = re.compile(r"<(p|td)>(?:(?!</\1>).)*?(\| ?---|\n- |```|\n#+ |\]\()", re.DOTALL)
    for page in site.rglob("*.html"):
        article = page.read_text("utf-8").partition("<article")[2].partition("</article")[0]
        assert raw.search(article) is None, page
    assert raw.search("<p>as follows:\n- one</p>")


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path, site: Path):
    """The settings of this site, with two pages of which one is wrong."""
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    alone = {key: settings[key] for key in ("site_name", "strict", "validation")}
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(alone), "utf-8")
    for wrong in ("[there](nowhere.md)", "[there](index.md#nowhere)"):
        (tmp_path / "docs" / "index.md").write_text(f"# Page\n{wrong}\n")
        built = build(tmp_path / "built", tmp_path / "mkdocs.yml")
        assert built.returncode != 0
        assert "nowhere" in built.stderr + built.stdout


@pytest.mark.slow
def test_the_site_is_read_and_searched_from_files(site: Path, playwright: Any):
    browser = playwright.chromium.launch(executable_path=chromium())
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    wide = []
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path.name)
    assert wide == []  # no page scrolls sideways on a phone
    page.goto((site / "index.html").as_uri())
    page.locator("label[for=__search]").first.click()
    page.locator(".md-search-result__meta", has_text="Type to start").wait_for()  # its index is read
    page.locator("[data-md-component=search-query]").press_sequentially("registration")
    found = page.locator(".md-search-result__link").first
    found.wait_for()
    found.click()
    assert "registration" in page.inner_text("article").lower()
    browser.close()
    assert len(asked) > 100
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert faults == []
