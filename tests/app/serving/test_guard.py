"""Who is let through: hosts, origins, tokens; and what browsers are told."""

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.connections import Address
from eyeprentice.app.serving.page import Page
from eyeprentice.words.errors import InputError
from tests.app.serving.conftest import TOKEN


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8731", "localhost:8731", "localhost", "[::1]:8731", "LOCALHOST:1", "localhost:65535",
        "[::ffff:127.0.0.1]:8731",
    ],
)  # fmt: skip
def test_this_machine_is_served_under_its_own_names(client: TestClient, host: str):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8731", "127.0.0.1.evil.example", "", "localhost.:8731",
        "[::1%; script-src * x]", "[::1%25lo]:8731", "::1", "[127.0.0.1", "127.0.0.1]", "[::1]x", "127.0.0.1:",
        "localhost:1:2",
        "127.0.0.1; x", "127.0.0.1 x", "127.0.0.1:8731; script-src *", "127.0.0.1:999999", "user@localhost",
        "localhost/", "[[::1]]", "[1.2.3.4]", "[127.0.0.1]:8731", "[1:2]", "[::1", "1.2.3", "2130706433",
        "localhost:65536", "localhost:99999", "127.0.0.1:65536", "[::1]:99999",
    ],
)  # fmt: skip
def test_another_name_for_this_machine_is_refused(client: TestClient, host: str):
    """As DNS rebinding uses it."""
    answer = client.get("/api/model", headers={"host": host})
    assert answer.status_code == 421
    assert host == "" or host not in answer.headers["content-security-policy"]
    assert answer.json()["todo"] == "open the address that `live` printed"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null", "http://localhost:8731"])
def test_a_page_from_elsewhere_is_refused(client: TestClient, origin: str):
    assert client.get("/api/model", headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://127.0.0.1:8731/api/stream", headers={"origin": origin}),
    ):
        pass


def test_the_page_itself_is_served(client: TestClient):
    own = {"origin": "http://127.0.0.1:8731"}
    assert client.get("/api/model", headers=own).status_code == 200
    with client.websocket_connect("ws://127.0.0.1:8731/api/stream", headers=own) as socket:
        socket.send_text("{}")
        assert socket.receive_json()["type"] == "error"


def test_browsers_are_told_to_run_nothing_from_elsewhere(client: TestClient):
    for path in ("/", "/api/model", "/nowhere"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "unsafe-inline" not in policy
        assert "connect-src 'self' ws://127.0.0.1:8731" in policy
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"


def test_a_token_is_needed_for_everything(guarded: TestClient):
    for path in ("/", "/app.js", "/api/model", "/api/model.onnx", "/api/status", "/nowhere"):
        assert guarded.get(path).status_code == 401
        assert guarded.get(path, headers={"authorization": "Bearer 0123456789abcdeg"}).status_code == 401
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("ws://192.168.7.7:8731/api/stream"):
        pass
    assert guarded.get("/?token=wrong").status_code == 401
    known = {"authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/api/model", headers=known).status_code == 200
    with guarded.websocket_connect("ws://192.168.7.7:8731/api/stream", headers=known) as socket:
        socket.send_text("{}")
        assert socket.receive_json()["type"] == "error"


def test_a_token_in_the_address_becomes_a_cookie(guarded: TestClient):
    answer = guarded.get(f"/?token={TOKEN}&engine=server", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?engine=server")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert guarded.get("/").status_code == 200  # the client keeps cookies


@pytest.mark.parametrize(
    ("host", "port", "token", "said"),
    [
        ("0.0.0.0", 1, None, "host: others can reach 0.0.0.0, so it needs a token; give --token "),
        ("192.168.1.2", 1, None, "host: others can reach"),
        ("example.org", 1, None, "host: others can reach"),
        ("127.0.0.1", 70000, None, "port: 70000 is not a port"),
        ("127.0.0.1", 1, "short", "token: it must have at least 16"),
        ("127.0.0.1", 1, "with space 0123456789", "token: it must have"),
    ],
)
def test_addresses_that_others_reach_need_a_token(host: str, port: int, token: str | None, said: str):
    with pytest.raises(InputError) as told:
        Address(host, port, token)
    assert str(told.value).startswith(said)


def test_addresses_as_they_are_printed():
    assert Address("127.0.0.1", 0, None).url(5) == "http://127.0.0.1:5/"
    assert Address("::1", 0, None).url(5) == "http://[::1]:5/"
    assert Address("0.0.0.0", 0, TOKEN).url(5) == f"http://0.0.0.0:5/?token={TOKEN}"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("//other/", "/other/"),
        ("///other/", "/other/"),
        ("/%2fother/", "/other/"),
        ("/%5cother/", "/other/"),
        ("/%5c/other/", "/other/"),
        ("//user@other:80/x", "/user@other:80/x"),
        ("/api/model", "/api/model"),
    ],
)
def test_a_token_in_the_address_leads_to_no_other_server(guarded: TestClient, path: str, location: str):
    answer = guarded.get(f"http://192.168.7.7:8731{path}?token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_a_name_in_brackets_is_not_the_host_of_that_name(page: Page):
    client = TestClient(build_app(Serving(host="192.168.7.7", token=TOKEN), page))
    known = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/api/model", headers=known | {"host": "192.168.7.7"}).status_code == 200
    assert client.get("/api/model", headers=known | {"host": "[192.168.7.7]"}).status_code == 421
