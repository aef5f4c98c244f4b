"""A server of this process that really listens, for what starlette's test client cannot do."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from eyeprentice.app.serving.app import Serving, build_server
from eyeprentice.app.serving.connections import Address
from eyeprentice.app.serving.page import Page


@contextmanager
def served(serving: Serving, page: Page | None = None, port: int = 0) -> Iterator[str]:
    """Host and port of a server; without a page, with the one that `make web` built. Raises `InputError`."""
    server = build_server(serving, page)
    listener = Address("127.0.0.1", port, None).listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
