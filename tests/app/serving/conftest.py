"""A server with a page of three files, and one that really listens."""

import threading
import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.page import Page

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    import gzip

    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "app.js.gz").write_bytes(gzip.compress(b"// " + b"x" * 1000))
    return Page(folder)


@pytest.fixture
def client(page: Page) -> TestClient:
    return TestClient(build_app(Serving(), page), base_url="http://127.0.0.1:8731")


@pytest.fixture
def guarded(page: Page) -> TestClient:
    return TestClient(build_app(Serving(host="0.0.0.0", token=TOKEN), page), base_url="http://192.168.7.7:8731")


@pytest.fixture
def listening(page: Page) -> Iterator[str]:
    """Host and port of a server in this process, for what a test client cannot do."""
    from eyeprentice.app.serving import run

    server = run.server(Serving(), page)
    listener = run.listening(run.Address("127.0.0.1", 0, None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
