"""Accuracy against cost: what no other model beats in both is the front."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from eyeprentice.figures import COLOURS, INK

PANELS = (("energy_uj", "energy of a clip, µJ"), ("macs", "operations of a clip (MAC)"))


def pareto_figure(points: Mapping[str, tuple[Mapping[str, Any], list[float]]], title: str) -> Figure:
    """`points`: name -> its size, and WAR with its interval."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    for axes, (key, label) in zip(figure.subplots(1, 2, sharey=True), PANELS, strict=True):
        cheap_first = sorted(points.items(), key=lambda item: item[1][0][key])
        best, front = float("-inf"), []
        for name, (size, (war, low, high)) in cheap_first:
            leads = war > best
            if leads:
                best = war
                front.append((size[key], war))
            colour = COLOURS[2] if leads else COLOURS[0]
            axes.errorbar(size[key], war, [[war - low], [high - war]], fmt="o", color=colour, markersize=5, capsize=2)
            axes.annotate(name, (size[key], war), (5, 4), textcoords="offset points", fontsize=7, color=INK)
        axes.step(*zip(*front, strict=True), where="post", color=COLOURS[2], linewidth=1)
        axes.set(xscale="log", xlabel=label)
        axes.margins(x=0.18)
        axes.spines[["top", "right"]].set_visible(False)
        if key == PANELS[0][0]:
            axes.set_ylabel("WAR, %")
    figure.suptitle(title, fontsize=10)
    return figure
