"""SEE's layout of a dataset on disk, read and written here and nowhere else.

```
DATA/emotion.json                                   subset, label and segment of each sequence
DATA/frame/<emotion>/<sequence>/00000.jpg           grey frames; folders in any case (SEE has `neutraL`)
DATA/event/<emotion>/<sequence>/00000.png           one event frame for each frame, or no such folder (SEE has JPEG)
DATA/event.json                                     what event frames are, where they are not like SEE's
DATA/unit/<emotion>/<sequence>.csv                  action units of each frame, or no such folder (not in SEE)
```
"""

from eyeprentice.data.layout.annotations import ANNOTATIONS, Annotation, read_annotations, write_annotations
from eyeprentice.data.layout.folders import (
    MODALITIES,
    Folder,
    Modality,
    find_folder,
    find_sequences,
    sequence_folder,
    write_images,
)
from eyeprentice.data.layout.images import Images
from eyeprentice.data.layout.names import SequenceName
from eyeprentice.data.layout.representation import REPRESENTATION, read_representation, write_representation
from eyeprentice.data.layout.sequences import SequenceFiles, check_counterparts, read_sequences
from eyeprentice.data.layout.units import UNITS, Intensities, find_units, read_units, write_units
from eyeprentice.words.vocabulary import BLINK

__all__ = [
    "ANNOTATIONS",
    "BLINK",
    "MODALITIES",
    "REPRESENTATION",
    "UNITS",
    "Annotation",
    "Folder",
    "Images",
    "Intensities",
    "Modality",
    "SequenceFiles",
    "SequenceName",
    "check_counterparts",
    "find_folder",
    "find_sequences",
    "find_units",
    "read_annotations",
    "read_representation",
    "read_sequences",
    "read_units",
    "sequence_folder",
    "write_annotations",
    "write_images",
    "write_representation",
    "write_units",
]
