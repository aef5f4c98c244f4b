"""Fake cameras of Chromium, and a page that tells which of their tracks are live."""

from pathlib import Path

from tests.page.conftest import Open, Opened

ALLOWED = "--use-fake-ui-for-media-stream"
TWO = "--use-fake-device-for-media-stream=device-count=2"
WATCHED = """
    window.tracks = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.gate = null; // while it is a promise, cameras are given when it resolves
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await ask(wanted);
        window.tracks.push(...stream.getVideoTracks());
        await window.gate;
        return stream;
    };
    window.live = () => window.tracks.filter((track) => track.readyState === "live").length;
"""
CLOSE_GATE = "() => { window.gate = new Promise((resolve) => (window.openGate = resolve)); }"
BADGE = "text => document.getElementById('badge').textContent.endsWith(text)"


def with_cameras(open_page: Open, camera: Path | None = None, query: str = "", **context) -> Opened:
    """Two fake cameras; or one that shows this file."""
    shown = [TWO] if camera is None else [TWO.split("=")[0], f"--use-file-for-fake-video-capture={camera}"]
    opened = open_page(ALLOWED, *shown, **context)
    opened.page.add_init_script(WATCHED)
    opened.go(query)
    opened.page.check("#where-full")
    return opened


def wait_for_badge(opened: Opened, text: str) -> None:
    opened.page.wait_for_function(BADGE, arg=text)


def live_tracks(opened: Opened) -> int:
    return opened.page.evaluate("live()")
