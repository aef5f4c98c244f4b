"""The application: the page's files, the model, and the stream of frames, behind the guard."""

from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from eyeprentice import __version__
from eyeprentice.app.serving.description import described
from eyeprentice.app.serving.guard import Guard, refused
from eyeprentice.app.serving.page import Page, served
from eyeprentice.app.serving.stream import Streams
from eyeprentice.eye.network import DEFAULT as FINDER
from eyeprentice.runtime.model import DEFAULT, open_model
from eyeprentice.runtime.recognizer import CERTAIN
from eyeprentice.words import limits


@dataclass(frozen=True)
class Serving:
    """What is served to whom."""

    host: str = "127.0.0.1"
    token: str | None = None
    model: Path | None = None
    certain: float = CERTAIN
    clients: int = limits.CLIENTS


def build_app(serving: Serving, page: Page | None = None) -> ASGIApp:
    """The ASGI application; raises `InputError` if the page was not built or the model cannot be used."""
    page = page or Page()
    model = open_model(serving.model)
    networks = [served(path.read_bytes()) for path in (serving.model or DEFAULT, FINDER)]
    streams = Streams(model, serving.certain, serving.clients)
    description = described(model, "packaged" if serving.model is None else serving.model.name)

    async def show_page(request: Request) -> Response:
        return page.respond(request)

    async def show_model(_: Request) -> Response:
        return JSONResponse(description)

    async def give_model(request: Request) -> Response:
        return networks[0].respond(request)

    async def give_finder(request: Request) -> Response:
        return networks[1].respond(request)

    async def show_status(_: Request) -> Response:
        told = {"version": __version__, "clients": streams.clients, "most_clients": streams.most}
        return JSONResponse({**told, "certain": serving.certain, "largest_message": limits.MESSAGE_BYTES})

    async def not_found(_: Request, __: Exception) -> Response:
        return refused(404, "no such page", "open /")

    async def not_allowed(_: Request, __: Exception) -> Response:
        return refused(405, "this is asked for with GET alone", "see docs/live.md")

    application = Starlette(
        routes=[
            Route("/api/model", show_model),
            Route("/api/model.onnx", give_model),
            Route("/api/finder.onnx", give_finder),
            Route("/api/status", show_status),
            WebSocketRoute("/api/stream", streams.serve),
            Route("/{path:path}", show_page),
        ],
        exception_handlers={404: not_found, 405: not_allowed},
    )
    return Guard(application, serving.host, serving.token)
