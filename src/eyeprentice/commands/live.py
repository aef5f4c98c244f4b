import time
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from eyeprentice.errors import InputError
from eyeprentice.ingest.eye import Region
from eyeprentice.live.eye import Eye
from eyeprentice.live.frames import open_frames
from eyeprentice.runtime import Reading, Recognizer

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
    """Watch the emotion in a camera's picture, or in a video as it plays, in the terminal. Ctrl-C ends it.

    Example: eyeprentice live 0

    Args:
        source: a camera's number, a video, a folder of pictures or a recording
        eye: auto finds and follows it; full takes the whole picture; or x,y,w,h
        model: a file that export wrote; by default the one that comes with the package
        certain: probability from which on an emotion is named
        rate: frames a second, where the source does not say or says wrong
        mirror: the frames show a left eye (auto sees that itself, where it sees the face)
    """
    if not 0 <= certain <= 1 or (rate is not None and not rate > 0):
        raise InputError("live", "certain is a probability, and a rate is above 0", "see --help")
    region, frames = Region.parse(eye), open_frames(source, rate_hz=rate)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    finder = Eye(region, recognizer.model.size)
    plays = not source.isdecimal()  # a camera gives frames when they are there; a file must be held back
    console, began, busy = Console(), time.monotonic(), 0.0
    if not console.is_terminal:
        raise InputError("live", "draws on a terminal, and this is none", "use predict in a pipe")
    with Live(console=console, refresh_per_second=REDRAWN_HZ) as screen:
        try:
            for number, frame in enumerate(frames.images):
                started = time.monotonic()
                cut = finder.cut(frame)
                reading = None if cut is None else recognizer.step(cut)
                busy += time.monotonic() - started
                screen.update(view(reading, number / frames.rate_hz, 1000 * busy / (number + 1)))
                if plays:
                    time.sleep(max(0.0, began + (number + 1) / frames.rate_hz - time.monotonic()))
        except KeyboardInterrupt:
            pass


def view(reading: Reading | None, seconds: float, busy_ms: float) -> Group:
    """What is shown of a moment: the answer, and a bar for each emotion."""
    footer = Text(f"{seconds:7.1f} s   {busy_ms:.1f} ms a frame   Ctrl-C ends it", style="dim")
    if reading is None:
        return Group(Text("no eye found yet; --eye full or --eye x,y,w,h names its place"), footer)
    answer = Text(reading.emotion if reading.certain else "uncertain", style="bold")
    bars = Table.grid(padding=(0, 1))
    for emotion, value in reading.probabilities.items():
        bars.add_row(emotion, ProgressBar(total=1.0, completed=value, width=40), f"{100 * value:3.0f} %")
    return Group(answer, bars, footer)
