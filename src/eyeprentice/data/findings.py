"""What can be found in a dataset: faults, and hints at what is not wrong but good to know."""

from dataclasses import dataclass

KINDS = {
    "no-annotations": "the annotation file is missing, malformed or empty",
    "annotation": "a sequence's annotation is incomplete or malformed",
    "name": "a name that is not SEE's pattern, or uses other words",
    "label": "a label that is not an emotion",
    "label-and-name": "the label and the name tell different emotions",
    "subset": "neither training nor testing",
    "segment": "a segment outside the sequence",
    "missing": "listed, but no frames there",
    "wrong-folder": "in the folder of another emotion",
    "unlisted": "a folder that no annotation lists",
    "no-counterpart": "frames without event frames",
    "unequal": "not as many event frames as frames",
    "units": "a file of action units that is missing, malformed or does not fit the frames",
    "length-and-name": "the name tells another number of frames",
    "gap": "numbers of frames are left out",
    "empty": "an image of no bytes",
    "unreadable": "an image that cannot be read, or was cut short",
    "size": "an image of another size than the rest",
    "flat": "an image of one single level",
    "near-duplicate": "all but the same sequence in training and in testing",
    "shared-subject": "a person in training and in testing",
    "no-samples": "emotions, lightings or subsets that no sequence shows",
}
"""What can be found, in words."""
HINTS = ("shared-subject", "no-samples")
"""Kinds that are no faults: they limit what the official split can tell, and many a good dataset is so."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a dataset, or a hint."""

    kind: str  # one of KINDS
    where: str  # a path relative to the dataset, or a name
    what: str

    @property
    def hint(self) -> bool:
        return self.kind in HINTS
