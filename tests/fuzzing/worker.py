"""Feeds one parser with mutated files, one after another, and notes what is no refusal in one line.

What it does is a function of the seed and the number of an input, so any input can be made again.
"""

import contextlib
import io
import json
import mmap
import random
import struct
import traceback
from pathlib import Path

from eyeprentice.words.errors import InputError
from tests.fuzzing.mutate import mutate
from tests.fuzzing.parsers import PARSERS, Parser


class Surroundings:
    """A folder in which a parser finds intact files, of which one at a time is replaced by a mutated one."""

    def __init__(self, parser: Parser, folder: Path) -> None:
        self.parser, self.folder = parser, folder
        self.paths = parser.prepare(folder)
        self.intact = [path.read_bytes() for path in self.paths]

    def make(self, seed: int, number: int) -> tuple[int, bytes]:
        """Which file is replaced by the input of that number, and its content."""
        rng = random.Random(f"{seed} {number}")
        which = rng.randrange(len(self.paths))
        return which, mutate(self.intact[which], rng, self.intact, self.parser.tokens)

    def read(self, which: int, content: bytes) -> str | None:
        """What went wrong: a traceback, if it was anything but a refusal in one line."""
        path = self.paths[which]
        path.write_bytes(content)
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
                self.parser.read(self.folder, path)
        except InputError as error:
            return None if "\n" not in str(error) and str(error).isprintable() else f"not one line: {error!r}"
        except SystemExit as exit_:
            lines = said.getvalue().splitlines()
            refused = exit_.code in (0, 1, None) or (exit_.code == 2 and lines and lines[-1].startswith("error: "))
            return None if refused else f"exit code {exit_.code}: {said.getvalue()[-2000:]}"
        except Exception:
            return traceback.format_exc()
        finally:
            path.write_bytes(self.intact[which])
        return None


def work(name: str, seed: int, first: int, folder: Path, count: mmap.mmap, failures: Path) -> None:
    """Reads inputs from number `first` on for ever, and writes the number of each into `count` before it is read."""
    surroundings = Surroundings(PARSERS[name], folder)
    number = first
    while True:
        count[:8] = struct.pack("<q", number)
        which, content = surroundings.make(seed, number)
        said = surroundings.read(which, content)
        if said is not None:
            with failures.open("a") as file:
                file.write(json.dumps({"parser": name, "seed": seed, "number": number, "said": said}) + "\n")
        number += 1
