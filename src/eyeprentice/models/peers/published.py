"""What the peers were published with, and how a model here is made to be counted beside it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """Figures of one model, as a paper or the authors' code has them."""

    parameters: int | None
    """With `classes` outputs; None where nothing was published."""
    classes: int
    gmacs: float | None
    """Of `steps` pictures of `side` x `side`; the field's tables call them GFLOPs."""
    steps: int
    side: int
    source: str


SEEN = "SEEN's paper (arXiv 2310.04043)"
PUBLISHED: dict[str, Published] = {
    "seen": Published(6_078_655, 7, 0.907, 4, 90, "SEEN's code"),
    "eyemotion": Published(23_834_568, 1000, 5.7, 1, 299, f"Inception-v3 without its auxiliary classifier; {SEEN}"),
    "emo": Published(None, 7, 0.3, 1, 64, SEEN),
    "resnet18_lstm": Published(None, 7, 7.9, 16, 112, SEEN),
    "resnet50_gru": Published(None, 7, 17.3, 16, 112, SEEN),
    "resnet3d": Published(33_200_000, 400, 8.3, 16, 112, f"Hara et al., CVPR 2018; {SEEN}"),
    "r2plus1d": Published(31_505_325, 400, 42.4, 16, 112, f"torchvision's r2plus1d_18; {SEEN}"),
    "former_dfer": Published(18_000_000, 7, 8.3, 16, 112, f"Zhao and Liu, ACM MM 2021; {SEEN}"),
}
"""Name of a model -> what was published. Neither parameters nor sizes of the recurrent parts were, of some."""
