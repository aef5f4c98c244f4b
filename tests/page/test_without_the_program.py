"""The program that serves the page is ended, is there again, or was never there: what is said, and what goes on."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.serving.app import Serving
from tests.page.cameras import wait_for_badge
from tests.page.conftest import Open
from tests.served import served

pytestmark = pytest.mark.slow  # many pages are opened

RELEASE = "() => document.documentElement.dataset.release"
CACHES = "() => caches.keys()"
WHOLLY = """async (release) => {
    while (String(await caches.keys()) !== release) await new Promise((resolve) => setTimeout(resolve, 50));
}"""
ICONS = """async () => {
    const manifest = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
    return manifest.icons.map(({ src, sizes, type }) => [src, sizes, type]);
}"""


def test_the_page_can_be_installed_and_opens_without_the_program(open_page: Open, pictures: list[Path]):
    with served(Serving()) as address:
        opened = open_page(address=f"http://{address}/", service_workers="allow").go()
        page = opened.page
        page.wait_for_selector("#kept:visible")
        page.check("#where-full")
        opened.read_files(*pictures[:6])
        read = opened.probabilities()
        session = page.context.new_cdp_session(page)
        hindrances = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [each["errorId"] for each in hindrances] == ["in-incognito"]  # as all pages of tests are
        for name, sizes, kind in page.evaluate(ICONS):
            answer = page.request.get(opened.address + name)
            assert answer.headers["content-type"] == kind
            if kind == "image/png":
                image = cv2.imdecode(np.frombuffer(answer.body(), np.uint8), cv2.IMREAD_UNCHANGED)
                assert f"{image.shape[1]}x{image.shape[0]}" == sizes
                assert image.std() > 20
    page.wait_for_selector("text=The program that serves this page has ended.")
    assert "the page opens without it" in page.inner_text("#program")
    opened.go()
    page.check("#where-full")
    opened.read_files(*pictures[:6])
    assert np.array_equal(opened.probabilities(), read)
    page.click("#clip")
    wait_for_badge(opened, "simulated clip")
    assert "in this browser" in page.inner_text("#engine")


def test_another_release_replaces_all_of_the_one_before(open_page: Open):
    with served(Serving()) as address:
        opened = open_page(address=f"http://{address}/", service_workers="allow").go()
        page = opened.page
        page.wait_for_selector("#kept:visible")
        before = page.evaluate(RELEASE)
        assert page.evaluate(CACHES) == [before]
    with served(Serving(certain=0.7), port=int(address.split(":")[1])):
        page.wait_for_selector("text=with another network or of another release")
        opened.go()
        after = page.evaluate(RELEASE)
        assert after != before
        page.evaluate(WHOLLY, after)
        for path in ("app.js", "api/model.onnx"):
            assert page.request.get(f"{opened.address}{path}?release={before}").status == 409
            kept = page.request.get(f"{opened.address}{path}?release={after}").headers["cache-control"]
            assert "immutable" in kept
    opened.go()
    assert page.evaluate(RELEASE) == after


def test_a_server_that_is_lost_while_it_reads_is_said_and_reading_goes_on_when_it_is_back(
    open_page: Open, long_pictures: list[Path]
):
    with served(Serving()) as address:
        opened = open_page(address=f"http://{address}/").go("?engine=server")
        page = opened.page
        page.check("#where-full")
        page.set_input_files("#file", [str(path) for path in long_pictures])
        page.wait_for_selector("#save-json:enabled")
    page.wait_for_selector("text=The program that runs the network does not answer any more.")
    page.wait_for_selector("text=Nothing is read without it: start")
    with served(Serving(), port=int(address.split(":")[1])):
        wait_for_badge(opened, " – ended")
        assert len(opened.saved()["frames"]) == len(long_pictures)
        assert not page.is_visible("#trouble")
        page.wait_for_selector("#program", state="hidden")


def test_what_cannot_be_loaded_at_first_is_said_and_asked_for_until_it_is_there(open_page: Open, pictures: list[Path]):
    opened = open_page()
    page = opened.page
    missing = "**/api/model?*"
    page.route(missing, lambda route: route.abort())
    page.goto(opened.address)
    page.wait_for_selector("text=Api/model is missing")
    page.route("**/ort-wasm.wasm*", lambda route: route.abort())
    page.unroute(missing)
    page.wait_for_selector("text=Ort-wasm.wasm is missing")
    page.unroute("**/ort-wasm.wasm*")
    page.wait_for_selector("#trouble", state="hidden")
    page.wait_for_selector("text=The network runs in this browser")
    opened.read_files(*pictures[:2])
