"""A server with a page of three files, and one that really listens."""

import gzip
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.page import Page
from tests.served import served

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
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
    with served(Serving(), page) as address:
        yield address
