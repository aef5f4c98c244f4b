"""What is said once of a stream, whatever is shown of it."""

from eyeprentice.runtime import Moment
from eyeprentice.words.notes import note_once

LOST = (
    "reference lost: the eye does not look like the face that change was measured against (another person, or the "
    "picture moved); it is learnt anew, unless --neutral is none"
)


def say_if_lost(moment: Moment, source: str = "") -> None:
    """Says it at the first moment at which it happens, of each `source` that is named."""
    if moment.lost:
        note_once(f"{source}: {LOST}" if source else LOST)
