"""The files of the page, as `make web` built them into the package. Large ones lie there compressed."""

import gzip
import hashlib
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from eyeprentice.app.serving.guard import refused
from eyeprentice.words.errors import InputError

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
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}


ENCODINGS = {".br": "br", ".gz": "gzip"}
"""Endings of compressed files, the one that makes them smallest first."""


@dataclass(frozen=True)
class Served:
    """A file as it is sent: plain, and compressed in some ways. What takes long is done when it is made."""

    kind: str
    variants: Mapping[str, bytes]
    """By the name of their encoding in HTTP; the plain file is called `identity`."""

    plain: bytes = field(init=False)
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        variants = self.variants
        plain = variants["identity"] if "identity" in variants else gzip.decompress(variants["gzip"])
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "tag", f'"{hashlib.sha256(plain).hexdigest()[:24]}"')

    def respond(self, request: Request) -> Response:
        """In the smallest form that the client takes; nothing, where it has the file already."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        taken = {word.split(";")[0].strip() for word in request.headers.get("accept-encoding", "").split(",")}
        for encoding in ENCODINGS.values():
            if encoding in taken and encoding in self.variants:
                headers["Content-Encoding"] = encoding
                return Response(self.variants[encoding], headers=headers, media_type=self.kind)
        return Response(self.plain, headers=headers, media_type=self.kind)


def served(content: bytes, kind: str = "application/octet-stream") -> Served:
    """Content that is compressed now."""
    return Served(kind, {"gzip": gzip.compress(content, 9, mtime=0), "identity": content})


class Page:
    """All files of the built page, in memory; raises `InputError` if it was not built."""

    def __init__(self, folder: Path = BUILT) -> None:
        if not (folder / "index.html").is_file():
            todo = "run `make web` in the folder of the source, or install a wheel; or use live --terminal"
            raise InputError("live", "its page was not built", todo)
        found: dict[str, dict[str, bytes]] = {}
        for path in sorted(folder.iterdir()):
            encoding = ENCODINGS.get(path.suffix, "identity")
            name = path.name if encoding == "identity" else path.stem
            found.setdefault(f"/{name}", {})[encoding] = path.read_bytes()
        self.files = {
            name: Served(KINDS.get(Path(name).suffix, "application/octet-stream"), variants)
            for name, variants in found.items()
        }
        self.files["/"] = self.files["/index.html"]

    def tags(self) -> list[str]:
        """What tells these files from others."""
        return [f"{name} {file.tag}" for name, file in sorted(self.files.items())]

    def of(self, release: str) -> "Page":
        """The same files; the page asks for all others with this name of their release."""
        page = copy(self)
        html = self.files["/"].plain.replace(b"{release}", release.encode())
        index = Served(KINDS[".html"], {"identity": html})
        page.files = {**self.files, "/": index, "/index.html": index}
        return page

    def respond(self, request: Request) -> Response:
        file = self.files.get(request.url.path)
        return refused(404, "no such page", "open /") if file is None else file.respond(request)
