"""What is said once of a stream, whatever is shown of it."""

from eyeprentice.runtime import Moment
from eyeprentice.words.notes import note_once

LOST = (
    "reference lost: the eye does not look like the face that change was measured against (another person, or the "
    "picture moved); it is learnt anew, unless --neutral is none"
)


def say_if_lost(moment: Moment) -> None:
    """Says it at the first moment at which it happens."""
    if moment.lost:
        note_once(LOST)
