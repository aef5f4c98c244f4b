"""What is known of a source, and the usual words for emotions, in tables, options and names."""

import re
import unicodedata
from dataclasses import dataclass, replace

from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS, Subset

EMOTION_WORDS = {
    "angry": ("angry", "anger", "furious"),
    "disgust": ("disgust", "disgusted"),
    "fear": ("fear", "fearful", "afraid", "scared", "frightened"),
    "happiness": ("happiness", "happy", "joy", "joyful"),
    "neutral": ("neutral",),
    "sadness": ("sadness", "sad"),
    "surprise": ("surprise", "surprised"),
}
"""Words that are taken for an emotion. Each is one that no dataset uses for something else: `calm` is not neutral."""
KNOWN_WORDS = ", ".join(word for emotion in EMOTIONS for word in EMOTION_WORDS[emotion])
OLDEST = 120
"""Years that are believed to be an age."""
_NEGATIONS = ("not", "no", "non", "without", "never")
_MEANING = {word: emotion for emotion, words in EMOTION_WORDS.items() for word in words}


@dataclass(frozen=True)
class Label:
    """What is known of a source; None where it is not."""

    emotion: str | None = None
    subject: str | None = None
    lighting: str | None = None
    sex: str | None = None
    age: int | None = None
    subset: Subset | None = None


def usual_letters(text: str) -> str:
    """The text in letters of usual width (`ｓａｄ` is sad), without blanks around and characters that are not seen."""
    letters = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Cf").strip()


def plain(word: str) -> str:
    """A word as it is compared: `usual_letters`, without capitals."""
    return usual_letters(word).casefold()


def check_label(label: Label, where: str) -> Label:
    """The same label in the vocabulary's spelling; raises `InputError` for words outside it, and ages of nobody."""
    emotion, lighting = label.emotion, label.lighting
    if label.age is not None and not 0 <= label.age <= OLDEST:
        raise InputError(where, f"{label.age} is not an age", f"write whole years, {OLDEST} at most")
    if emotion is not None and plain(emotion) not in _MEANING:
        raise InputError(where, f"'{emotion}' is not an emotion", f"use one of {KNOWN_WORDS}")
    spelt = {plain(word): word for word in LIGHTINGS}
    if lighting is not None and plain(lighting) not in spelt:
        raise InputError(where, f"'{lighting}' is not a lighting", f"use one of {', '.join(LIGHTINGS)}")
    return replace(
        label,
        emotion=_MEANING[plain(emotion)] if emotion else None,
        lighting=spelt[plain(lighting)] if lighting else None,
    )


def emotions_in(name: str) -> list[str]:
    """The emotions that the words of a name tell, `HappyFace_01` happiness; what is negated counts as nothing known.

    A negated word, `not_happy`, gives the emotion and `not` before it, which is no emotion.
    """
    found = set[str]()
    name = unicodedata.normalize("NFKC", name)
    for spelling in (name, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)):  # SEE has a folder neutraL
        words = re.findall(r"[^\W\d_]+", spelling.lower())
        for before, word in zip(["", *words], words, strict=False):
            if word in _MEANING:
                found.add(f"not {_MEANING[word]}" if before in _NEGATIONS else _MEANING[word])
    return sorted(found)
