import torch

from eyeprentice.data.clips import Clip
from eyeprentice.data.moment_labels import label_moment
from eyeprentice.words.vocabulary import EMOTIONS

NAMES = ("AU1", "AU6", "blink")
ANGRY, HAPPY, NEUTRAL = (EMOTIONS.index(name) for name in ("angry", "happiness", "neutral"))


def clip_of(*units: list[list[float]]) -> Clip:
    """(T, B, U) from one table (T, U) for each clip."""
    told = torch.tensor(units).transpose(0, 1)
    return Clip(torch.zeros(*told.shape[:2], 1, 4, 4), None, told)


def test_a_batch_worked_out_by_hand():
    clip = clip_of(
        [[0.00, 0.00, 0.0], [0.03, 0.11, 0.0]],  # relaxed
        [[0.00, 0.00, 0.0], [0.00, 0.12, 0.0]],  # reaches the threshold in its last step
        [[0.02, 0.00, 0.9], [0.00, 0.05, 1.0]],  # only blinks
        [[0.90, 0.00, 0.0], [0.00, 0.00, 0.0]],  # was to be seen in its first step
        [[0.20, 0.30, 0.0], [0.20, 0.30, 0.0]],  # neutral stays neutral, whatever moves
    )
    labels = torch.tensor([ANGRY, HAPPY, HAPPY, ANGRY, NEUTRAL])
    seen = label_moment(clip, labels, NAMES, 0.12)
    assert seen.tolist() == [NEUTRAL, HAPPY, NEUTRAL, ANGRY, NEUTRAL]
    assert labels.tolist() == [ANGRY, HAPPY, HAPPY, ANGRY, NEUTRAL]


def test_without_units_or_a_threshold_labels_stay():
    labels = torch.tensor([ANGRY])
    relaxed = clip_of([[0.0, 0.0, 0.0]])
    assert label_moment(relaxed, labels, NAMES, 0.0).tolist() == [ANGRY]
    assert label_moment(relaxed._replace(units=None), labels, (), 0.12).tolist() == [ANGRY]
