"""The application: the page's files, the model, and the stream of frames, behind the guard; and its server."""

import json
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from eyeprentice import __version__
from eyeprentice.app.serving.guard import Guard, refused
from eyeprentice.app.serving.page import Page, served
from eyeprentice.app.serving.places import Places
from eyeprentice.app.serving.protocols import Stream, connect
from eyeprentice.app.serving.release import Released, release_of
from eyeprentice.app.serving.stream import Streams
from eyeprentice.eye.network import DEFAULT as FINDER
from eyeprentice.eye.upright import DEFAULT as UPRIGHT
from eyeprentice.runtime import Moment
from eyeprentice.runtime.activity import OPERATIONS
from eyeprentice.runtime.model import DEFAULT, StepModel, open_model
from eyeprentice.runtime.recognizer import CERTAIN
from eyeprentice.runtime.usual import HABITS
from eyeprentice.words import limits
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class Serving:
    """What is served to whom."""

    host: str = "127.0.0.1"
    token: str | None = None
    model: Path | None = None
    certain: float = CERTAIN
    clients: int = limits.CLIENTS
    tell: Callable[[Moment], None] | None = None
    """Called with every moment of one of the streams, in the stream's thread."""


def build_app(serving: Serving, page: Page | None = None) -> ASGIApp:
    """The ASGI application; raises `InputError` if the page was not built or the model cannot be used."""
    page = page or Page()
    model = open_model(serving.model)
    networks = [served(path.read_bytes()) for path in (serving.model or DEFAULT, FINDER, UPRIGHT)]
    streams = Streams(model, serving.certain, serving.clients, serving.tell)
    description = describe_model(model, "packaged" if serving.model is None else serving.model.name)
    told = {"version": __version__, "certain": serving.certain, "largest_message": limits.MESSAGE_BYTES}
    said = json.dumps([description, told], sort_keys=True)
    release = release_of([*page.tags(), *(network.tag for network in networks), said])
    files = page.of(release)

    async def show_page(request: Request) -> Response:
        return files.respond(request)

    async def show_model(_: Request) -> Response:
        return JSONResponse(description)

    async def give_model(request: Request) -> Response:
        return networks[0].respond(request)

    async def give_finder(request: Request) -> Response:
        return networks[1].respond(request)

    async def give_upright(request: Request) -> Response:
        return networks[2].respond(request)

    async def show_status(_: Request) -> Response:
        now = {"release": release, "clients": streams.clients, "most_clients": streams.most}
        return JSONResponse({**told, **now})

    async def not_found(_: Request, __: Exception) -> Response:
        return refused(404, "no such page", "open /")

    async def not_allowed(_: Request, __: Exception) -> Response:
        return refused(405, "this is asked for with GET alone", "see docs/live.md")

    application = Starlette(
        routes=[
            Route("/api/model", show_model),
            Route("/api/model.onnx", give_model),
            Route("/api/finder.onnx", give_finder),
            Route("/api/upright.onnx", give_upright),
            Route("/api/status", show_status),
            WebSocketRoute("/api/stream", streams.serve),
            Route("/{path:path}", show_page),
        ],
        exception_handlers={404: not_found, 405: not_allowed},
    )
    return Guard(Released(application, release), serving.host, serving.token)


def describe_model(model: StepModel, name: str) -> dict[str, Any]:
    """What a client needs to run the model by itself, as `GET /api/model` tells it."""
    text = model.metadata.get(OPERATIONS)
    return {
        "name": name,
        "labels": list(EMOTIONS),
        "units": list(model.units),
        "size": model.size,
        "steps": model.steps,
        "skip": model.skip,
        "sharpness": model.sharpness,
        "forgetting_hz": model.forgetting_hz,
        "habits": asdict(HABITS),
        "operations": None if text is None else json.loads(text),
        "state": {name: list(array.shape) for name, array in model.rest().items()},
    }


def build_server(serving: Serving, page: Page | None = None) -> uvicorn.Server:
    """The server, not running yet."""
    config = uvicorn.Config(
        build_app(serving, page), log_level="error", access_log=False, server_header=False, date_header=False,
        http=cast("Any", partial(connect, places=Places())), ws=Stream, ws_per_message_deflate=False,
        ws_ping_interval=20, ws_ping_timeout=limits.CLIENT_SILENT_SECONDS, backlog=limits.ACCEPTED_AT_ONCE,
        timeout_graceful_shutdown=2, lifespan="off",
    )  # fmt: skip
    return _Server(config)


class _Server(uvicorn.Server):
    """asyncio has one number for how many connections may wait, and how many are taken in one go; here they are two."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(limits.CONNECTIONS)
