"""The files of the page, as `make web` built them into the package. Large ones lie there compressed."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from eyeprentice.errors import InputError
from eyeprentice.serving.guard import refused

BUILT = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".json": "application/json",
    ".webm": "video/webm",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class _File:
    content: bytes
    kind: str
    tag: str
    zipped: bool


class Page:
    """All files of the built page, in memory; raises `InputError` if it was not built."""

    def __init__(self, folder: Path = BUILT) -> None:
        if not (folder / "index.html").is_file():
            todo = "run `make web` in the folder of the source, or install a wheel; or use live --terminal"
            raise InputError("live", "its page was not built", todo)
        self.files = {f"/{path.name.removesuffix('.gz')}": _read(path) for path in folder.iterdir() if path.is_file()}
        self.files["/"] = self.files["/index.html"]

    def respond(self, request: Request) -> Response:
        file = self.files.get(request.url.path)
        if file is None:
            return refused(404, "no such page", "open /")
        headers = {"ETag": file.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.zipped:
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
            else:
                content = gzip.decompress(content)
        return Response(content, headers=headers, media_type=file.kind)


def _read(path: Path) -> _File:
    content, zipped = path.read_bytes(), path.suffix == ".gz"
    kind = KINDS.get(Path(path.name.removesuffix(".gz")).suffix, "application/octet-stream")
    return _File(content, kind, f'"{hashlib.sha256(content).hexdigest()[:24]}"', zipped)
