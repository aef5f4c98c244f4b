"""Accuracy against cost: what no other model beats in both is the front."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from eyeprentice.judging.figures import COLOURS, INK

PANELS = (("energy_uj", "energy of a clip, µJ"), ("macs", "operations of a clip (MAC)"))
PLACES = [(dx, dy) for far in (5, 12, 20, 30) for dx in (far, -far) for dy in (4, -10, 14, -20, 24, -30)]
"""Where a name may stand, in points from its mark: the nearest that is free is taken."""


def pareto_figure(points: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]], title: str) -> Figure:
    """`points`: name -> its size, and its figures: `war`, a value and its interval, and `war_of_seeds`."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    panels = list(zip(figure.subplots(1, 2, sharey=True), PANELS, strict=True))
    for axes, (key, label) in panels:
        cheap_first = sorted(points.values(), key=lambda point: (point[0][key], -point[1]["war"][0]))
        best, front = float("-inf"), []
        for size, told in cheap_first:
            war, low, high = told["war"]
            if leads := war > best:
                best = war
                front.append((size[key], war))
            colour = COLOURS[2] if leads else COLOURS[0]
            axes.errorbar(size[key], war, [[war - low], [high - war]], fmt="o", color=colour, markersize=5, capsize=2)
            seeds = told["war_of_seeds"]
            axes.plot([size[key]] * len(seeds), seeds, "_", color=colour, markersize=9)
        axes.step(*zip(*front, strict=True), where="post", color=COLOURS[2], linewidth=1)
        axes.set(xscale="log", xlabel=label)
        axes.margins(x=0.2)
        axes.spines[["top", "right"]].set_visible(False)
        if key == PANELS[0][0]:
            axes.set_ylabel("WAR, %")
    figure.suptitle(f"{title}; dots: means with 95 %, dashes: seeds", fontsize=10)
    figure.draw_without_rendering()  # names are placed when scales and margins are known
    for axes, (key, _) in panels:
        marks = {name: (float(size[key]), float(told["war"][0])) for name, (size, told) in points.items()}
        _name(axes, marks, [(x, seed) for x, _, seeds in _spread(points, key) for seed in seeds])
    return figure


def _spread(
    points: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]], key: str
) -> list[tuple[float, float, Sequence[float]]]:
    return [(size[key], told["war"][0], [*told["war"], *told["war_of_seeds"]]) for size, told in points.values()]


def _name(axes: Axes, marks: Mapping[str, tuple[float, float]], taken: Sequence[tuple[float, float]]) -> None:
    """Writes each name beside its mark, where no other name and none of the `taken` places is."""
    places = axes.transData.transform(list(taken))
    full = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in places]
    for name, mark in sorted(marks.items(), key=lambda item: -item[1][1]):
        tried = []
        for dx, dy in PLACES:
            text = axes.annotate(
                name, mark, (dx, dy), textcoords="offset points", fontsize=7, color=INK,
                ha="left" if dx > 0 else "right",
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.4} if abs(dx) > 5 or abs(dy) > 10 else None,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.3},
            )  # fmt: skip
            box = Bbox.from_extents(*text.get_window_extent().extents)
            tried.append((sum(box.overlaps(other) for other in full) + 9 * (not _within(axes, box)), text, box))
            if not tried[-1][0]:
                break
        best = min(tried, key=lambda one: one[0])
        for one in tried:
            if one is not best:
                one[1].remove()
        full.append(best[2])


def _within(axes: Axes, box: Bbox) -> bool:
    x0, y0, x1, y1 = axes.bbox.extents
    return bool(box.x0 >= x0 and box.x1 <= x1 and box.y0 >= y0 and box.y1 <= y1)
