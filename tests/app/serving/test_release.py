"""All that a page loads is of one release; what asks for another one is refused."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.page import Page


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text(
        '<html data-release="{release}"><script src="app.js?release={release}"></script>'
    )
    (folder / "app.js").write_text("1")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "icon-192.png").write_bytes(b"\x89PNG")
    return folder


def opened(folder: Path, certain: float = 0.6) -> TestClient:
    return TestClient(build_app(Serving(certain=certain), Page(folder)), base_url="http://127.0.0.1:8731")


def release(client: TestClient) -> str:
    found = re.findall(r'(?:data-release="|\?release=)([0-9a-f]{16})"', client.get("/").text)
    assert len(found) == 2
    assert set(found) == {client.get("/api/status").json()["release"]}
    return found[0]


def test_other_files_and_other_settings_are_other_releases(built: Path):
    first, again, other = (release(opened(built, certain)) for certain in (0.6, 0.6, 0.7))
    assert first == again != other
    (built / "app.js").write_text("2")
    assert release(opened(built)) != first


def test_a_file_of_this_release_may_be_kept_and_of_another_is_refused(built: Path):
    client = opened(built)
    own = release(client)
    for path in ("/app.js", "/api/model", "/api/model.onnx"):
        kept = client.get(f"{path}?release={own}")
        assert (kept.status_code, kept.headers["cache-control"]) == (200, "private, max-age=31536000, immutable")
        for other in ("0123456789abcdef", f"{own}&release=0", f"{own}x"):
            refusal = client.get(f"{path}?release={other}")
            assert refusal.status_code == 409
            assert refusal.json()["todo"] == "load the page again"
            assert "immutable" not in refusal.headers.get("cache-control", "")
    assert "immutable" not in client.get(f"/nothing?release={own}").headers.get("cache-control", "")
    assert client.get("/").headers["cache-control"] == client.get("/app.js").headers["cache-control"] == "no-cache"
    assert client.get("/", headers={"If-None-Match": client.get("/").headers["etag"]}).status_code == 304


def test_manifest_and_icons_have_their_kinds(built: Path):
    client = opened(built)
    assert client.get("/manifest.webmanifest").headers["content-type"] == "application/manifest+json"
    assert client.get("/icon-192.png").headers["content-type"] == "image/png"
