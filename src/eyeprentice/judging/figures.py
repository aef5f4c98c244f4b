"""Figures: confusion matrices, learning curves, accuracy against cost, and film strips."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import ConfusionMatrixDisplay

from eyeprentice.judging.scoring import Scores
from eyeprentice.words.vocabulary import EMOTIONS

LINE_HEIGHT, PUSHES = 0.045, 200
"""Of names beside a picture, as a part of its height; and how often they are moved apart."""
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


def pareto_figure(points: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]], title: str) -> Figure:
    """Accuracy against energy and operations: what no other model beats in both is the front.

    `points`: name -> its size, and its figures: `war`, a value and its interval, and `war_of_seeds`.
    """
    figure = Figure(figsize=(11, 5), layout="constrained")
    panels = (("energy_uj", "energy of a clip, µJ"), ("macs", "operations of a clip (MAC)"))
    for axes, (key, label) in zip(figure.subplots(1, 2, sharey=True), panels, strict=True):
        front: list[tuple[float, float]] = []
        for size, told in sorted(points.values(), key=lambda point: (point[0][key], -point[1]["war"][0])):
            war, low, high = told["war"]
            if leads := not front or war > front[-1][1]:
                front.append((size[key], war))
            colour = COLOURS[2] if leads else COLOURS[0]
            axes.errorbar(size[key], war, [[war - low], [high - war]], fmt="o", color=colour, markersize=5, capsize=2)
            seeds = told["war_of_seeds"]
            axes.plot([size[key]] * len(seeds), seeds, "_", color=colour, markersize=9)
        axes.step(*zip(*front, strict=True), where="post", color=COLOURS[2], linewidth=1)
        axes.set(xscale="log", xlabel=label)
        axes.spines[["top", "right"]].set_visible(False)
        _name_beside(axes, {name: (size[key], told["war"][0]) for name, (size, told) in points.items()})
    figure.axes[0].set_ylabel("WAR, %")
    figure.suptitle(f"{title}; dots: means with 95 %, dashes: seeds", fontsize=10)
    return figure


def _name_beside(axes: Axes, marks: Mapping[str, tuple[float, float]]) -> None:
    """Writes the names in a column beside the axes, as high as their marks where there is room, with a line to each."""
    ordered = sorted(marks.items(), key=lambda item: item[1][1])
    bottom, top = axes.get_ylim()
    heights = np.array([(mark[1] - bottom) / (top - bottom) for _, mark in ordered])
    for _ in range(PUSHES):  # those that stand too close push each other away
        push = np.clip(LINE_HEIGHT - np.diff(heights), 0, None) / 2
        heights[1:] += push
        heights[:-1] -= push
    line = {"arrowstyle": "-", "color": COLOURS[0], "linewidth": 0.4, "relpos": (0, 0.5)}
    for (name, mark), height in zip(ordered, heights, strict=True):
        place = (1.02, height)
        axes.annotate(name, mark, place, "data", "axes fraction", line, fontsize=7, color=INK, va="center")


def svg(figure: Figure) -> str:
    """A figure as SVG, to be put into a page as it is."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def film_uri(images: NDArray[np.uint8], quality: int = 80) -> str:
    """Images (T, H, W) side by side as one JPEG in a data URI: CSS plays it by shifting it."""
    coded = cv2.imencode(".jpg", np.concatenate(images, axis=1), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return "data:image/jpeg;base64," + base64.b64encode(coded.tobytes()).decode()
