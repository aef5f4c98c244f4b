"""Names of sequences: who shows what, under which light, for how long."""

import re
from dataclasses import dataclass

from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

_NAME = re.compile(
    r"(?P<index>[0-9]{1,9})_(?P<subject>[0-9]{1,9})_(?P<sex>WORD)_(?P<age>[0-9]{1,9})_(?P<degree>WORD)"
    r"_(?P<lighting>WORD)_(?P<emotion>WORD)_(?P<length>[0-9]{1,9})_take(?P<take>[0-9]{1,9})"
    "".replace("WORD", r"[^_/\\:\x00-\x1f\x7f]{1,40}")  # a name becomes part of a path
)


@dataclass(frozen=True)
class SequenceName:
    """One person showing one emotion once.

    `[index]_[subject]_[sex]_[age]_[degree]_[lighting]_[emotion]_[length]_take[k]`:
    `str(SequenceName.parse(text)) == text` for every name of SEE. `subject` and `take` are three digits wide.
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
