"""The page on screens of three sizes, light and dark: photographed, for somebody to look at; and the docs' pictures.

`pytest tests/page/test_pictures_of_it.py --pictures` writes those of a drawn person into docs; with the variable
EYEPRENTICE_SCREENSHOTS, all pictures go into that folder.
"""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import ROOT
from tests.page.cameras import wait_for_badge
from tests.page.conftest import UNFOLD, Open, Opened

pytestmark = pytest.mark.slow  # many pages are opened

DOCS = ROOT / "docs"
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1280, 800)}
IN_DOCS = {("desktop", "light"): "live", ("desktop", "dark"): "live_dark", ("phone", "light"): "live_phone"}
PAPER = {"light": 244, "dark": 24}
"""How light the page's ground is, about."""


def photographed(opened: Opened, path: Path, size: str, scheme: str) -> np.ndarray:
    """The whole page in this size, as a picture that is also written."""
    width, height = SIZES[size]
    opened.page.emulate_media(color_scheme=scheme, reduced_motion="no-preference")
    opened.page.set_viewport_size({"width": width, "height": height})
    opened.page.wait_for_timeout(300)
    opened.page.screenshot(path=str(path), full_page=True)
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture.shape[1] == width
    assert abs(float(np.median(picture[:, :6])) - PAPER[scheme]) < 12
    return picture


def test_the_page_is_photographed(open_page: Open, tmp_path: Path, video: Path, request: pytest.FixtureRequest):
    wanted = os.environ.get("EYEPRENTICE_SCREENSHOTS")
    for_docs = request.config.getoption("--pictures")
    folder = Path(wanted or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    opened = open_page(viewport={"width": 1280, "height": 800}).go()
    for size in SIZES:
        for scheme in PAPER:
            photographed(opened, folder / f"empty_{size}_{scheme}.png", size, scheme)
    if wanted or for_docs:
        opened.page.click("#clip")
        wait_for_badge(opened, "simulated clip – ended")
    else:  # the clip takes fifteen seconds
        opened.page.check("#where-full")
        opened.read_files(video)
    for size in SIZES:
        for scheme in PAPER:
            path = folder / f"read_{size}_{scheme}.png"
            assert photographed(opened, path, size, scheme).std() > 20
            if for_docs and (size, scheme) in IN_DOCS:
                (DOCS / f"{IN_DOCS[size, scheme]}.png").write_bytes(path.read_bytes())
    opened.page.check("#where-box")
    opened.page.evaluate(UNFOLD)
    for size in SIZES:
        photographed(opened, folder / f"opened_{size}_light.png", size, "light")
    assert opened.complaints == []
