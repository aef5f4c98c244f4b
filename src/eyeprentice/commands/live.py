import time
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from eyeprentice.errors import InputError
from eyeprentice.eye.region import Region
from eyeprentice.frames import open_frames
from eyeprentice.runtime import Moment, Recognizer, watch
from eyeprentice.terminal import open_console

REDRAWN_HZ = 12


def live(
    source: str,
    *,
    eye: str = "auto",
    model: Path | None = None,
    certain: float = 0.6,
    rate: float | None = None,
    mirror: bool = False,
) -> None:
    """Show the emotion in a camera's picture, or in a video while it plays, in the terminal. Ctrl-C ends it.

    Example: eyeprentice live 0

    Args:
        source: a camera's number, a video, a folder of pictures or a recording
        eye: auto follows the right eye of a face, or the only eye that is seen, or takes the whole picture if that is
            itself an eye; right and left follow that eye; both reads both; full takes the whole picture; x,y,w,h takes
            a part of it
        model: a file written by export; by default the model in the package
        certain: lowest probability at which an emotion is named; below it: uncertain
        rate: frame rate of the source, if the file does not state it correctly
        mirror: the frames show a left eye; only with --eye full or x,y,w,h, because the others see this themselves
    """
    if not 0 <= certain <= 1:
        raise InputError("certain", f"{certain:g} is not a probability", "give a number from 0 to 1")
    region, frames = Region.parse(eye), open_frames(source, rate_hz=rate)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    console = open_console()
    if not console.is_terminal:
        raise InputError("live", "needs a terminal", "use predict if the output is a file or a pipe")
    # a camera gives frames when they are there; a file must be held back
    began, busy, started = time.monotonic(), 0.0, time.monotonic()
    with Live(console=console, refresh_per_second=REDRAWN_HZ) as screen:
        try:
            for moment in watch(frames, recognizer, region):
                busy += time.monotonic() - started
                screen.update(view(moment, 1000 * busy / (moment.frame + 1)))
                if not frames.is_live:
                    time.sleep(max(0.0, began + moment.time_s + 1 / frames.rate_hz - time.monotonic()))
                started = time.monotonic()
        except KeyboardInterrupt:
            pass


def view(moment: Moment, busy_ms: float) -> Group:
    """What is shown of a moment: the answer, and a bar for each emotion."""
    manner = f"   eye: {moment.manner}" if moment.manner else ""
    footer = Text(f"{moment.time_s:7.1f} s   {busy_ms:.1f} ms a frame{manner}   Ctrl-C ends it", style="dim")
    if (reading := moment.reading) is None:
        return Group(Text("no eye was found; give its place with --eye x,y,w,h, or use --eye full"), footer)
    answer = Text(reading.emotion if reading.certain else "uncertain", style="bold")
    bars = Table.grid(padding=(0, 1))
    for emotion, value in reading.probabilities.items():
        bars.add_row(emotion, ProgressBar(total=1.0, completed=value, width=40), f"{100 * value:3.0f} %")
    return Group(answer, bars, footer)
