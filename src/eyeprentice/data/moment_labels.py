"""Labels of the moment: a clip in which nothing of its sequence's emotion is to be seen yet is labelled neutral.

A sequence begins and often ends with a relaxed face, and a clip of it starts anywhere. Under the sequence's label, some
clips of relaxed faces are called angry, others happy: what a network learns from them is to tell emotions where there
are none, from who the person is and how they are lit. Where a dataset tells action units, these clips are known.
Testing keeps the sequence's label, as the field's protocol has it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from eyeprentice.data.clips import Clip
from eyeprentice.data.layout import BLINK
from eyeprentice.words.vocabulary import EMOTIONS

NEUTRAL = EMOTIONS.index("neutral")


def label_moment(clip: Clip, labels: Tensor, unit_names: Sequence[str], threshold: float) -> Tensor:
    """Labels (B,) of clips whose units are `unit_names`: neutral where no unit reaches `threshold` in any step.

    A blink is nobody's emotion, and counts as no unit. Without units, or with a threshold of 0, the labels stay.
    """
    if clip.units is None or not threshold:
        return labels
    counted = torch.tensor([name != BLINK for name in unit_names])
    shown = torch.where(counted.to(clip.units.device, non_blocking=True), clip.units, 0).amax((0, 2))  # (B,)
    return labels.masked_fill(shown < threshold, NEUTRAL)
