"""Debian's Chromium, driven by one Playwright in each process: a second one beside it cannot be started."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest


def chromium() -> str:
    """The browser of this machine; none is downloaded."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (path := shutil.which(name)) is not None:
            return path
    pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as started:
        yield started
