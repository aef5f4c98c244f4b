"""Changes bytes as accidents and attackers do: a pure function of the content and a random generator."""

import random
from collections.abc import Sequence

INTERESTING = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
)
TOKENS = (
    b"\x00",
    b"-1",
    b"0",
    b"99999999999999999999",
    b"1e400",
    b"NaN",
    b"../",
    b"%n",
    b"\xff\xfe",
    b"[/x]",
    b"\x1b[2J",
)


def mutate(content: bytes, rng: random.Random, others: Sequence[bytes] = (), tokens: Sequence[bytes] = ()) -> bytes:
    """One to eight changes, one after another; `others` are spliced in, and `tokens` mean something in this format."""
    changed = bytearray(content)
    for _ in range(1 << rng.randrange(4)):
        _change(changed, rng, others, (*TOKENS, *tokens))
    return bytes(changed)


def _change(content: bytearray, rng: random.Random, others: Sequence[bytes], tokens: Sequence[bytes]) -> None:
    # the beginning is where a format says what it asks for
    at = rng.randrange(len(content) + 1) if rng.random() < 0.5 else min(len(content), int(rng.expovariate(1 / 64)))
    length = 1 << rng.randrange(12)
    kind = rng.randrange(9)
    if kind == 0 and content:
        content[min(at, len(content) - 1)] ^= 1 << rng.randrange(8)
    elif kind == 1:
        width = rng.choice((1, 2, 4, 8))
        value = rng.choice(INTERESTING) & ((1 << 8 * width) - 1)
        content[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))
    elif kind == 2:
        del content[at:]
    elif kind == 3:
        del content[at : at + length]
    elif kind == 4:
        content[at:at] = content[at : at + length] * rng.choice((1, 2, 16))
    elif kind == 5:
        content[at : at + length] = rng.randbytes(length)
    elif kind == 6 and others:
        other = rng.choice(others)
        start = rng.randrange(len(other) + 1)
        content[at : at + length] = other[start : start + length]
    elif kind == 7:
        content[at : at + rng.randrange(8)] = rng.choice(tokens) * rng.choice((1, 1, 1, 3))
    else:
        digits = [place for place, byte in enumerate(content[:4096]) if 48 <= byte <= 57]
        if digits:
            place = rng.choice(digits)
            content[place : place + 1] = rng.choice((b"0", b"9", b"-7", b"99999999999", b"1e9", b".5", b"9" * 400))
