"""Scores as a table in the terminal, in the columns of SEEN's paper."""

from rich.table import Table

from eyeprentice.judging.scoring import Scores, Share
from eyeprentice.words.errors import printable
from eyeprentice.words.terminal import open_console

EMOTION_COLUMNS = {
    "Ha": "happiness", "Sa": "sadness", "An": "angry", "Di": "disgust", "Su": "surprise", "Fe": "fear", "Ne": "neutral",
}  # fmt: skip
LIGHTING_COLUMNS = {"Nor": "normal", "Over": "Overexposed", "Low": "Low", "HDR": "HDR"}


def table_columns(scores: Scores) -> dict[str, Share]:
    """SEEN's table: recall of each emotion, accuracy under each lighting, WAR and UAR."""
    return {
        **{short: scores.per_emotion[emotion] for short, emotion in EMOTION_COLUMNS.items()},
        **{short: scores.per_lighting[lighting] for short, lighting in LIGHTING_COLUMNS.items()},
        "WAR": scores.war,
        "UAR": scores.uar,
    }


def print_scores(scores: Scores, title: str) -> None:
    columns = table_columns(scores)
    table = Table(
        "%", title=printable(title), title_justify="left", title_style="bold", pad_edge=False, collapse_padding=True
    )
    for short in columns:
        table.add_column(short, justify="right", no_wrap=True)
    table.add_row("recall", *(_text(share.value) for share in columns.values()), style="bold")
    table.add_row("95 % from", *(_text(share.low) for share in columns.values()))
    table.add_row("to", *(_text(share.high) for share in columns.values()))
    console = open_console()
    if not console.is_terminal:
        console = open_console(width=120)
    console.print(table)
    console.print(
        f"{scores.sequences} sequences, mean of {scores.repeats} repeats; intervals: bootstrap over {scores.resampled};"
        f" calibration error (ECE) {scores.ece:.1f} %",
        highlight=False,
    )


def _text(value: float) -> str:
    return "–" if value != value else f"{value:.1f}"
