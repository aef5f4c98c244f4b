"""What is said once of a stream, whatever is shown of it: what is doubtful, and what helps."""

from collections.abc import Iterable, Iterator, Sequence

from eyeprentice.app.live.answer import Answer
from eyeprentice.eye.decoding import pairs_in
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.runtime import Moment, shares
from eyeprentice.runtime.model import DEFAULT, StepModel
from eyeprentice.runtime.segmenting import NO_EYE, UNCERTAIN
from eyeprentice.words.notes import note, note_once

LOST = (
    "reference lost: the eye does not look like the face that change was measured against (another person, or the "
    "picture moved); it is learnt anew, unless --neutral is none"
)
LOOKED_AT, APART_S = 5, 0.2
"""So many of the first frames are looked at, at this distance, to see whether --eye full is right."""
DOUBTFUL = 0.5
"""Share of the time with an eye; if more of it is uncertain, it is said what helps."""
HELP = (
    "what can help: a neutral face to compare with (--neutral 3 for the first 3 s, or --neutral FILE), more and even "
    "light on the eye, a camera that is nearer, and a face that looks towards it"
)


class Teller:
    """Called with every moment of a source; says once what a user should know, with the `source` if it is named."""

    def __init__(self, source: str = "") -> None:
        self._before = f"{source}: " if source else ""
        self._said = {"lost": False, "faces": False}

    def __call__(self, moment: Moment) -> None:
        if moment.lost:
            self._say("lost", LOST)
        if moment.faces > 1 and moment.place is not None:
            x, y = round(moment.place.x), round(moment.place.y)
            one = f"the largest is read, its eye at {x},{y}"
            self._say("faces", f"several faces are seen; {one}; --eye x,y,w,h reads a fixed part of the picture")

    def _say(self, what: str, text: str) -> None:
        if not self._said[what]:
            note(self._before + text)
        self._said[what] = True


def doubting_full(moments: Iterable[Moment], source: str) -> Iterator[Moment]:
    """The moments; says where the pictures that are taken for an eye show a face, or no eye at all."""
    finder, faces, eyes, looked, next_s = EyeFinder(), 0, 0, 0, 0.0
    for moment in moments:
        if looked < LOOKED_AT and moment.time_s >= next_s:
            found = finder.search(moment.image)
            faces, eyes = faces + bool(pairs_in(found, finder.rules)), eyes + bool(found)
            looked, next_s = looked + 1, moment.time_s + APART_S
            if looked == LOOKED_AT:
                _say_of_full(source, looked, faces, eyes)
        yield moment
    if 0 < looked < LOOKED_AT:
        _say_of_full(source, looked, faces, eyes)


def _say_of_full(source: str, looked: int, faces: int, eyes: int) -> None:
    if 2 * faces > looked:
        note_once(f"{source}: --eye full takes the whole picture for an eye, but it shows a face; use --eye auto")
    elif not eyes:
        note_once(
            f"{source}: no eye is seen in the picture, which --eye full takes for one; look at it, or use --eye auto"
        )


def say_what_helps(answers: Sequence[Answer], model: StepModel) -> None:
    """At the end: what to try where much is uncertain, and what the model learnt from."""
    doubtful = [answer.source for answer in answers if answer.read and not answer.still and _is_doubtful(answer)]
    if doubtful:
        which = doubtful[0] if len(answers) == 1 else f"{len(doubtful)} of {len(answers)} sources"
        note(f"{which}: uncertain for more than half of the time; {HELP}")
    if any(answer.read for answer in answers):
        note(learnt_from(model))


def _is_doubtful(answer: Answer) -> bool:
    share = shares(answer.segments)
    return share[UNCERTAIN] > DOUBTFUL * (1 - share[NO_EYE])


def learnt_from(model: StepModel) -> str:
    """What a model learnt from, and what that means for real faces, in a sentence."""
    if model.path == DEFAULT:
        return (
            "the packaged model learnt from drawn people and from people who were re-enacted from portraits; it often "
            "reads real faces wrongly (docs/weights.md)"
        )
    data = (
        f"the dataset {model.metadata['data']}" if "data" in model.metadata else "a dataset that its file does not name"
    )
    return f"{model.path} learnt from {data}; how well it reads other people, only a test on them says (evaluate)"
