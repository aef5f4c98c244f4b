"""Figures: confusion matrices, learning curves and film strips."""

import base64
import io
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import ConfusionMatrixDisplay

from eyeprentice.judging.scoring import Scores
from eyeprentice.words.vocabulary import EMOTIONS

INK, COLOURS = "#1d2733", ("#8a94a3", "#d9822b", "#1f6feb")


def confusion_figure(scores: Scores, title: str) -> Figure:
    """Predicted against true emotion, in percent of the true one."""
    with np.errstate(invalid="ignore"):
        shares = np.nan_to_num(100 * scores.confusion / scores.confusion.sum(1, keepdims=True))
    figure = Figure(figsize=(4.4, 4.2), layout="constrained")
    axes = figure.subplots()
    display = ConfusionMatrixDisplay(shares, display_labels=EMOTIONS)
    display.plot(
        ax=axes, cmap="Blues", colorbar=False, values_format=".0f", xticks_rotation=45, im_kw={"vmin": 0, "vmax": 100}
    )
    axes.set_title(f"{title}: WAR {scores.war.value:.1f} %", fontsize=10)
    axes.tick_params(labelsize=8)
    axes.set_xlabel("predicted", fontsize=8)
    axes.set_ylabel("shown", fontsize=8)
    return figure


def curves_figure(histories: Mapping[str, Sequence[Mapping[str, float]]]) -> Figure:
    """Accuracy of several runs, epoch by epoch: on the training set (thin) and on the validation people (thick).

    Where there are none, the training set's is the thick one.
    """
    figure = Figure(figsize=(8.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for colour, (name, history) in zip(COLOURS, histories.items(), strict=False):
        epochs = range(1, len(history) + 1)
        axes.plot(epochs, [row["training"] for row in history], color=colour, linewidth=0.8, alpha=0.6)
        watched = [row.get("validation", row["training"]) for row in history]
        axes.plot(epochs, watched, color=colour, linewidth=2, label=name)
    axes.axhline(100 / len(EMOTIONS), color=INK, linewidth=0.8, linestyle=":")
    height = 100 / len(EMOTIONS) + 1.5
    axes.text(0.99, height, "chance", ha="right", fontsize=8, color=INK, transform=axes.get_yaxis_transform())
    axes.set(xlabel="epoch", ylabel="accuracy, %", ylim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return figure


def svg(figure: Figure) -> str:
    """A figure as SVG, to be put into a page as it is."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def film_uri(images: NDArray[np.uint8], quality: int = 80) -> str:
    """Images (T, H, W) side by side as one JPEG in a data URI: CSS plays it by shifting it."""
    coded = cv2.imencode(".jpg", np.concatenate(images, axis=1), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return "data:image/jpeg;base64," + base64.b64encode(coded.tobytes()).decode()
