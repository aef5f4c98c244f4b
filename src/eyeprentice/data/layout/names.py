"""Names of sequences: who shows what, under which light, for how long."""

import re
from dataclasses import dataclass
from typing import Any

from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.names import WORD
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

_NUMBER = "[0-9]{1,9}"
_PARTS: dict[str, tuple[type[int] | type[str], str]] = {
    "index": (int, _NUMBER), "subject": (str, _NUMBER), "sex": (str, WORD), "age": (int, _NUMBER),
    "degree": (str, WORD), "lighting": (str, WORD), "emotion": (str, WORD), "length": (int, _NUMBER),
    "take": (int, _NUMBER),
}  # fmt: skip
_NAME = re.compile("_".join(f"{'take' * (part == 'take')}(?P<{part}>{how})" for part, (_, how) in _PARTS.items()))


@dataclass(frozen=True)
class SequenceName:
    """One person showing one emotion once.

    `[index]_[subject]_[sex]_[age]_[degree]_[lighting]_[emotion]_[length]_take[k]`:
    `str(SequenceName.parse(text)) == text` for every name of SEE. `subject` and `take` are three digits wide.
    Raises `InputError` for parts of which no name can be made that reads the same again.
    """

    index: int
    subject: str
    sex: str
    age: int
    degree: str
    lighting: str
    emotion: str
    length: int
    take: int

    def __post_init__(self) -> None:
        for part, (kind, pattern) in _PARTS.items():
            if not _fits(value := getattr(self, part), kind, pattern):
                what = f"{part} is {_shown(value)}, which cannot be a part of a name"
                raise InputError("a sequence's name", what, "give words without _ / \\ and :, and whole numbers from 0")
        if len(str(self).encode()) > limits.NAME_BYTES:
            raise InputError(str(self), f"a name of more than {limits.NAME_BYTES} bytes", "give shorter words")
        if self.emotion not in EMOTIONS:
            raise InputError(str(self), f"'{self.emotion}' is not an emotion", f"use one of {', '.join(EMOTIONS)}")
        if self.lighting not in LIGHTINGS:
            raise InputError(str(self), f"'{self.lighting}' is not a lighting", f"use one of {', '.join(LIGHTINGS)}")

    @classmethod
    def parse(cls, text: str) -> "SequenceName":
        """Reads a sequence's name; raises `InputError` if it is none or uses words outside the vocabulary."""
        if (match := _NAME.fullmatch(text)) is None:
            raise InputError(
                text, "not a sequence name", "write it like 1_001_man_24_Master_normal_angry_45_take000 (SEE's pattern)"
            )
        part = match.groupdict()
        return cls(
            index=int(part["index"]),
            subject=part["subject"],
            sex=part["sex"],
            age=int(part["age"]),
            degree=part["degree"],
            lighting=part["lighting"],
            emotion=part["emotion"],
            length=int(part["length"]),
            take=int(part["take"]),
        )

    def __str__(self) -> str:
        return (
            f"{self.index}_{self.subject}_{self.sex}_{self.age}_{self.degree}"
            f"_{self.lighting}_{self.emotion}_{self.length}_take{self.take:03d}"
        )


def _fits(value: Any, kind: type, pattern: str) -> bool:
    if type(value) is not kind:  # True is no number here
        return False
    return 0 <= value < 10**9 if isinstance(value, int) else re.fullmatch(pattern, str(value)) is not None


def _shown(value: Any) -> str:
    return "too large" if isinstance(value, int) and abs(value) > 10**20 else repr(value)[:40]
