"""The emotion in a stream, drawn in the terminal while it runs."""

import time
from collections.abc import Iterable

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from eyeprentice.app.live.telling import Teller
from eyeprentice.runtime import Moment
from eyeprentice.runtime.units import UnitNames, named
from eyeprentice.sources.frames import FrameSource

REDRAWN_HZ = 12


def show(moments: Iterable[Moment], frames: FrameSource, console: Console, names: UnitNames = "facs") -> None:
    """Draws moments as they come, those of a file at its own pace; Ctrl-C ends it."""
    say = Teller()
    began, busy, started = time.monotonic(), 0.0, time.monotonic()
    with Live(console=console, refresh_per_second=REDRAWN_HZ) as screen:
        try:
            for moment in moments:
                busy += time.monotonic() - started
                say(moment)
                screen.update(view(moment, 1000 * busy / (moment.frame + 1), names))
                if not frames.is_live:  # a camera gives frames when they are there; a file must be held back
                    time.sleep(max(0.0, began + moment.time_s + 1 / frames.rate_hz - time.monotonic()))
                started = time.monotonic()
        except KeyboardInterrupt:
            pass


def view(moment: Moment, busy_ms: float, names: UnitNames = "facs") -> Group:
    """What is shown of a moment: the answer, and a bar for each emotion and each action unit."""
    manner = f"   eye: {moment.manner}" if moment.manner else ""
    calibration = f"   calibration: {moment.calibration}"
    footer = Text(
        f"{moment.time_s:7.1f} s   {busy_ms:.1f} ms a frame{manner}{calibration}   Ctrl-C ends it", style="dim"
    )
    if (reading := moment.reading) is None:
        return Group(Text("no eye was found; give its place with --eye x,y,w,h, or use --eye full"), footer)
    answer = Text(reading.emotion if reading.certain else "uncertain", style="bold")
    bars = Table.grid(padding=(0, 1))
    for name, value in (reading.probabilities | named(reading.units, names)).items():
        bars.add_row(name, ProgressBar(total=1.0, completed=value, width=40), f"{100 * value:3.0f} %")
    affect = Text(f"valence {reading.valence:+.2f}   arousal {reading.arousal:+.2f}")
    return Group(answer, bars, affect, footer)
