"""What an address of HTTP gives: pictures without end (MJPEG, as cameras send them), or a video file.

Only the host that was named is asked: redirects are refused, proxies are not used, and playlists are not read.
"""

import atexit
import contextlib
import http.client
import re
import shutil
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.scratch import scratch_prefix
from eyeprentice.sources.network.address import Address
from eyeprentice.sources.network.newest import Newest
from eyeprentice.sources.pictures import decode_picture
from eyeprentice.sources.videos import HEAD_BYTES, PATIENCE, suffix_of
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once

OTHER = "give another address: MJPEG (multipart) and video files (MP4, AVI, MKV, WebM) are read"
CHUNK = 1 << 16
HEADER_BYTES = 4096
"""Of what stands before a picture."""


def open_http(address: Address) -> Any:
    """The answer, not read yet; raises `InputError` where there is none, or it is not what can be read."""
    opener = urllib.request.OpenerDirector()
    handlers: list[Any] = [urllib.request.HTTPHandler(), urllib.request.HTTPSHandler()]
    handlers += [urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor()]
    if address.user is not None:
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, address.url, address.user, address.password)
        handlers += [urllib.request.HTTPBasicAuthHandler(known), urllib.request.HTTPDigestAuthHandler(known)]
    for handler in handlers:
        opener.add_handler(handler)
    request = urllib.request.Request(address.url, headers={"User-Agent": "eyeprentice", "Connection": "close"})
    try:
        return _in_time(lambda: opener.open(request, timeout=limits.NETWORK_SECONDS))
    except urllib.error.HTTPError as error:
        error.close()
        raise InputError(address.shown, *_refusal(error.code)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise InputError(address.shown, f"cannot be opened ({_reason(error)})", "check the address") from None


def _in_time(call: Callable[[], Any]) -> Any:
    """What the call gives or raises; `TimeoutError` if it takes too long, though a byte comes now and then."""
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(limits.NETWORK_SECONDS)


def _refusal(code: int) -> tuple[str, str]:
    if 300 <= code < 400:
        return f"answers with another address ({code}), which is not followed", "give that address, if you trust it"
    if code in (401, 403):
        return f"wants a name and a password ({code})", "give them before the host, as NAME:PASSWORD@HOST"
    return f"answers with an error ({code})", "check the address"


def _reason(error: BaseException) -> str:
    """In words that hold nothing of the address."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"no answer within {limits.NETWORK_SECONDS:g} s"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return "the answer is not HTTP" if isinstance(error, http.client.HTTPException) else type(reason).__name__


def boundary_of(response: Any, address: Address) -> bytes | None:
    """What stands between the pictures of MJPEG; None if the answer is something else. Raises `InputError`."""
    kind = response.headers.get("Content-Type", "")
    if not kind.lower().startswith("multipart/"):
        return None
    match = re.search(r'boundary="?([^";,]+)"?', kind, re.IGNORECASE)
    name = match[1].strip().lstrip("-") if match else ""
    if not name:
        response.close()
        raise InputError(address.shown, "does not say what stands between its pictures (boundary)", OTHER)
    return b"--" + name.encode("latin-1", "replace")


def download(response: Any, address: Address) -> Path:
    """A file that holds the whole answer until this process ends; raises `InputError` if it is no video file."""
    with contextlib.closing(response):
        return _downloaded(response, address)


def _downloaded(response: Any, address: Address) -> Path:
    kind = response.headers.get_content_type()
    head = _all_of(response, address, HEAD_BYTES)
    suffix = suffix_of(head)
    if suffix is None:
        raise InputError(address.shown, f"is not a video (its type is {kind})", OTHER)
    folder = Path(tempfile.mkdtemp(prefix=scratch_prefix()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path, size = folder / f"video{suffix}", 0
    with path.open("wb") as file:
        while head:
            size += len(head)
            if size > limits.DOWNLOAD_BYTES:
                what = f"is a video of more than {limits.DOWNLOAD_BYTES >> 20} MB"
                raise InputError(address.shown, what, "download it, and give the file")
            try:
                file.write(head)
            except OSError as error:
                raise InputError(path, f"cannot be written ({error.strerror})", "make room there") from None
            head = _all_of(response, address, CHUNK)
    return path


def _all_of(response: Any, address: Address, count: int) -> bytes:
    """So many bytes, fewer at the end."""
    content, deadline = b"", time.monotonic() + limits.NETWORK_SECONDS
    try:
        while len(content) < count and (came := response.read1(count - len(content))):
            content += came
            if time.monotonic() > deadline:
                what = f"comes too slowly ({len(content):,} bytes in {limits.NETWORK_SECONDS:g} s)"
                raise InputError(address.shown, what, "download it, and give the file")
    except http.client.IncompleteRead:
        raise InputError(address.shown, "is cut short", "try again") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise InputError(address.shown, f"cannot be read ({_reason(error)})", "try again") from None
    if len(content) < count and (response.length or 0) > 0:
        raise InputError(address.shown, "is cut short", "try again")
    return content


def mjpeg_frames(response: Any, boundary: bytes, address: Address) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Times in µs since the first picture came, and pictures (H, W): the newest where they come faster than are read.

    A damaged one is left out. Raises `InputError` where the stream ends or stalls, or holds no pictures.
    """
    began, damaged = None, 0
    for came_us, content in Newest(_parts(response, boundary, address)):
        try:
            image = decode_picture(content, Path(address.shown))
        except InputError as error:
            damaged += 1
            if damaged > PATIENCE:
                raise InputError(address.shown, *error.parts[1:]) from None
            note_once(f"{address.shown}: damaged pictures are left out")
            continue
        damaged, began = 0, came_us if began is None else began
        yield came_us - began, image
    raise InputError(address.shown, "gives no more pictures", "check the camera and the network")


def _parts(response: Any, boundary: bytes, address: Address) -> Generator[tuple[int, bytes], None, None]:
    """When each part had come, and what it holds."""
    with contextlib.closing(response):
        yield from _parts_of(_Buffer(response, address), boundary)


def _parts_of(buffer: "_Buffer", boundary: bytes) -> Iterator[tuple[int, bytes]]:
    buffer.until(re.compile(re.escape(boundary)), limits.MESSAGE_BYTES)
    while (head := buffer.until(re.compile(rb"\r?\n\r?\n"), HEADER_BYTES)) is not None:
        if head.startswith(b"--"):
            return
        length = re.search(rb"content-length:\s*([0-9]{1,8})\s*(?:\r?\n|$)", head, re.IGNORECASE)
        if length is None:
            content = buffer.until(re.compile(rb"\r?\n" + re.escape(boundary)), limits.MESSAGE_BYTES)
        else:
            content = buffer.take(int(length[1]))
        if content is None:
            return
        yield time.monotonic_ns() // 1000, content
        if length is not None and buffer.until(re.compile(re.escape(boundary)), HEADER_BYTES) is None:
            return


class _Buffer:
    """Bytes that came and were not taken; a part must have come within `NETWORK_SECONDS`."""

    def __init__(self, response: Any, address: Address) -> None:
        self._response, self._address, self._bytes = response, address, bytearray()

    def until(self, pattern: re.Pattern[bytes], most: int) -> bytes | None:
        """What stands before the pattern, which is taken, too; None at the end of the stream."""
        deadline, searched = time.monotonic() + limits.NETWORK_SECONDS, 0
        while (found := pattern.search(self._bytes, searched)) is None:
            if len(self._bytes) > most:
                raise InputError(self._address.shown, "is not the MJPEG that it says it is", OTHER)
            searched = max(0, len(self._bytes) - 256)
            if not self._more(deadline):
                return None
        return self._taken(found.start(), found.end())

    def take(self, count: int) -> bytes | None:
        if count > limits.MESSAGE_BYTES:
            what = f"sends pictures of more than {limits.MESSAGE_BYTES:,} bytes"
            raise InputError(self._address.shown, what, "choose smaller ones in the camera's settings")
        deadline = time.monotonic() + limits.NETWORK_SECONDS
        while len(self._bytes) < count:
            if not self._more(deadline):
                return None
        return self._taken(count, count)

    def _more(self, deadline: float) -> bool:
        try:
            came: bytes = self._response.read1(CHUNK)
        except (OSError, http.client.HTTPException, ValueError, AttributeError):  # closed meanwhile, or silent
            return False
        self._bytes += came
        return bool(came) and time.monotonic() < deadline

    def _taken(self, count: int, through: int) -> bytes:
        content = bytes(self._bytes[:count])
        del self._bytes[:through]
        return content
