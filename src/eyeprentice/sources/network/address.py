"""An address of a source: `rtsp://`, `rtsps://`, `http://` or `https://`, as the user gave it."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from eyeprentice.words.errors import InputError, without_secrets

SCHEMES = ("http", "https", "rtsp", "rtsps")
TODO = "give an address such as http://192.168.1.20/video or rtsp://192.168.1.20:554/stream"
_BEGINNING = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def is_address(source: object) -> bool:
    """Whether a source is meant as an address, of whatever kind."""
    return isinstance(source, str) and _BEGINNING.match(source) is not None


@dataclass(frozen=True)
class Address:
    """Where to ask, and as whom."""

    url: str
    """Without the user's name and password."""
    scheme: str
    user: str | None
    password: str
    shown: str
    """What may be printed: also without what stands behind a question mark, which may be a password."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Raises `InputError` for an address of another kind, or that is none."""
        shown, doubtful = without_secrets(text), _without_all_before_at(text)
        scheme = text.partition("://")[0].lower()
        if scheme not in SCHEMES:
            raise InputError(doubtful, f"addresses of the kind {scheme} are not opened", TODO)
        try:
            parts = urlsplit(text)
            host, port, user = parts.hostname, parts.port, parts.username
        except ValueError:
            raise InputError(doubtful, "is not an address", TODO) from None
        if not host or port == 0 or not re.fullmatch(r"[\x21-\x7e]+", text) or "\\" in text:
            raise InputError(doubtful, "is not an address", TODO)
        place = parts.netloc.rpartition("@")[2]
        url = urlunsplit((scheme, place, parts.path or "/", parts.query, ""))
        name = None if user is None else unquote(user)
        return cls(url, scheme, name, unquote(parts.password or ""), shown)


def _without_all_before_at(text: str) -> str:
    """What may be printed of an address that is none: its password may be what makes it none (a blank, a slash)."""
    scheme, _, rest = text.partition("://")
    if "@" in rest:
        return without_secrets(f"{scheme}://***@{rest.rpartition('@')[2]}")
    return without_secrets(text)
