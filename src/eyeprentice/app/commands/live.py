from pathlib import Path

from eyeprentice.app.live.in_terminal import show
from eyeprentice.app.osc.addresses import Convention
from eyeprentice.app.osc.sending import sender_to, sent
from eyeprentice.eye.levelling import Rotate, parse_rotate
from eyeprentice.eye.region import Region
from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.model import open_model
from eyeprentice.runtime.neutral import watch_calibrated
from eyeprentice.runtime.units import UnitNames, names_of
from eyeprentice.sources.frames import open_frames
from eyeprentice.words.errors import InputError
from eyeprentice.words.terminal import open_console


def live(
    source: str | None = None,
    *,
    terminal: bool = False,
    host: str = "127.0.0.1",
    port: int = 8731,
    token: str | None = None,
    browser: bool = False,
    model: Path | None = None,
    certain: float = 0.6,
    eye: str = "auto",
    rate: float | None = None,
    mirror: bool = False,
    rotate: str = "0",
    neutral: str = "auto",
    unit_names: UnitNames = "facs",
    osc: str | None = None,
    osc_as: Convention = "eyeprentice",
) -> None:
    """Open a page that reads an eye from a camera or a video while you watch. Ctrl-C ends it.

    The page computes in your browser; no picture leaves your computer. With --terminal, the emotion is shown in the
    terminal instead, from SOURCE.

    Example: eyeprentice live --browser

    Args:
        source: with --terminal: a camera's number or address, a video, a folder of pictures or a recording
        terminal: show the emotion in the terminal instead of a page
        host: address to listen on; another one than this computer's own needs --token
        port: port to listen on; 0 takes any that is free
        token: letters and digits that whoever opens the page must have; it is part of the address that is printed
        browser: open the page in the browser of this computer
        model: a file written by export; by default the model in the package
        certain: lowest probability at which an emotion is named; below it: uncertain
        eye: with --terminal: auto follows the right eye of a face, or the only eye that is seen, or takes the whole
            picture if that is itself an eye; right and left follow that eye; both reads both; full takes the whole
            picture; x,y,w,h takes a part of it
        rate: with --terminal: frame rate of the source, if the file does not state it correctly
        mirror: with --terminal: the frames show a left eye; only with --eye full or x,y,w,h, because the others see
            this themselves
        rotate: with --terminal: 0, 90, 180 or 270: by how many degrees pictures are turned clockwise before anything is
            looked for; auto: as the eye in them shows
        neutral: with --terminal: what change is measured against: auto learns from the source what the face usually
            looks like; none; a file that shows the person with a neutral face; or the number of seconds at the
            beginning of the source in which the face is neutral
        unit_names: with --terminal: what action units are called: facs (AU1, AU2, ...) or arkit (browInnerUp, ...)
        osc: HOST:PORT that every reading is sent to as OSC, over UDP: what the terminal shows or, without --terminal,
            the readings of a program that sends frames to this server
        osc_as: which addresses are used: eyeprentice, its own; vrcft, those of avatars for VRCFaceTracking; eyetrackvr,
            those of EyeTrackVR
    """
    if not 0 <= certain <= 1:
        raise InputError("certain", f"{certain:g} is not a probability", "give a number from 0 to 1")
    if terminal:
        _in_terminal(source, eye, model, certain, rate, mirror, parse_rotate(rotate), neutral, unit_names, osc, osc_as)
        return
    chosen = (source, eye, rate, mirror, rotate, neutral, unit_names)
    if chosen != (None, "auto", None, False, "0", "auto", "facs"):
        what = "a source and its options are chosen in the page"
        raise InputError("live", what, "give --terminal too, or leave them out")
    _as_page(host, port, token, browser, model, certain, osc, osc_as)


def _in_terminal(
    source: str | None,
    eye: str,
    model: Path | None,
    certain: float,
    rate: float | None,
    mirror: bool,
    rotate: Rotate,
    neutral: str,
    names: UnitNames,
    osc: str | None,
    osc_as: Convention,
) -> None:
    if source is None:
        raise InputError("SOURCE", "is required with --terminal", "give a camera's number (0) or a video")
    region, frames = Region.parse(eye), open_frames(source, rate_hz=rate)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    names_of(recognizer.model.units, names)  # before a frame is read
    console = open_console()
    if not console.is_terminal:
        raise InputError("live", "needs a terminal", "use predict if the output is a file or a pipe")
    with sender_to(osc, osc_as, recognizer.model.units) as send:
        moments = watch_calibrated(frames, recognizer, region, neutral, rotate)
        show(sent(moments, send), frames, console, names)


def _as_page(
    host: str,
    port: int,
    token: str | None,
    browser: bool,
    model: Path | None,
    certain: float,
    osc: str | None,
    osc_as: Convention,
) -> None:
    from eyeprentice.app.serving.app import Serving, build_server
    from eyeprentice.app.serving.connections import Address

    address = Address(host, port, token)
    with sender_to(osc, osc_as, () if osc is None else open_model(model).units) as send:
        server = build_server(Serving(host, token, model, certain, tell=send))
        listener = address.listen()
        url = address.url(listener.getsockname()[1])
        print(f"Open {url} in a browser of this computer. Ctrl-C ends it.", flush=True)
        if send is not None:
            print(
                f"Readings of a program that sends frames to /api/stream go to {osc}; those of the page do not.",
                flush=True,
            )
        if browser:
            import webbrowser

            webbrowser.open(url)
        server.run(sockets=[listener])
