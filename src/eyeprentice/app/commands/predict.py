from pathlib import Path

from eyeprentice.app.live.answer import Answer
from eyeprentice.app.live.given import expanded, is_endless
from eyeprentice.app.live.reading import How, read_alone
from eyeprentice.app.live.saving import refuse_overwriting, save_segments, save_table
from eyeprentice.app.live.several import read_several
from eyeprentice.app.live.telling import say_what_helps
from eyeprentice.app.osc.addresses import Convention
from eyeprentice.app.osc.sending import at_its_pace, sender_to, sent_too
from eyeprentice.eye.levelling import check_rotate, parse_rotate
from eyeprentice.eye.region import Region
from eyeprentice.runtime.model import open_model
from eyeprentice.runtime.neutral import parse_neutral
from eyeprentice.runtime.units import UnitNames, names_of
from eyeprentice.sources.frames import open_frames
from eyeprentice.words.errors import InputError, without_secrets


def predict(
    sources: list[str],
    *,
    eye: str = "auto",
    json: bool = False,
    save: Path | None = None,
    csv: Path | None = None,
    segments: Path | None = None,
    model: Path | None = None,
    certain: float = 0.6,
    raw: str | None = None,
    rate: float | None = None,
    mirror: bool = False,
    rotate: str = "0",
    neutral: str = "auto",
    unit_names: UnitNames = "facs",
    osc: str | None = None,
    osc_as: Convention = "eyeprentice",
) -> None:
    """Recognise the emotion in a video, a folder of pictures, a recording, a camera or raw frames, frame by frame.

    Prints one line for each frame, then from when to when which emotion was shown, and how much of the time that is. Of
    several sources, it prints the answers and a table of them; it exits with 1 if some of them failed, and with 2 if
    all did. It does not need torch, and its memory does not grow with the length of the video.

    Example: eyeprentice predict video.mp4 --save video.webm

    Args:
        sources: a file, a folder, a camera's number (0), the address of a camera or a video in your network (http://,
            rtsp://), or - for raw frames on standard input; several files and folders can be given, and patterns such
            as 'videos/*.mp4'
        eye: auto follows the right eye of a face, or the only eye that is seen, or takes the whole picture if that is
            itself an eye, and says which; right and left follow that eye; both reads both and combines what they show;
            full takes the whole picture, as a headset's camera gives it; x,y,w,h takes a part of it
        json: print a JSON line for each frame, and one with the segments of each source, or with what failed
        save: write a video (.webm, or .mp4 where OpenCV can encode H.264) of the frames with the eye and its readings,
            or a picture (.png) of the timeline; of one source
        csv: write the readings as a table, one row for each frame of each source
        segments: write the segments as a table (CSV), one row for each segment of each source
        model: a file written by export; by default the model in the package
        certain: lowest probability at which an emotion is named, in a frame and in a segment; below it: uncertain
        raw: size of raw frames: 640x480 for grey, 640x480x3 for RGB
        rate: frames a second of the source, if it has no times or wrong ones
        mirror: the frames show a left eye; only with --eye full or x,y,w,h, because the others see this themselves
        rotate: by how many degrees pictures are turned clockwise before anything is looked for (0, 90, 180 or 270), for
            cameras that are mounted upside down or sideways; auto: as the eye shows
        neutral: what change is measured against: auto learns from each source what the face usually looks like; none;
            a file that shows the same person with a neutral face, from the same camera; or the number of seconds at the
            beginning of each source in which the face is neutral
        unit_names: what action units are called in JSON lines and tables: facs (AU1, AU2, ...) or arkit (browInnerUp,
            ...)
        osc: HOST:PORT that every reading is sent to as OSC, over UDP, those of a file at its own pace; of one source
        osc_as: which addresses are used: eyeprentice, its own; vrcft, those of avatars for VRCFaceTracking; eyetrackvr,
            those of EyeTrackVR
    """
    if not 0 <= certain <= 1:
        raise InputError("certain", f"{certain:g} is not a probability", "give a number from 0 to 1")
    region, names = Region.parse(eye), expanded(sources)
    alone = len(names) == 1
    check_rotate(turn := parse_rotate(rotate), region)
    if save is not None and not alone:
        todo = "give one source, or keep all of them in one table with --csv FILE"
        raise InputError("save", f"a picture or a video shows one source, and {len(names)} are given", todo)
    if osc is not None and not alone:
        raise InputError("osc", f"readings of one source are sent, and {len(names)} are given", "give one source")
    face = parse_neutral(neutral)
    neutral_file = [face] if isinstance(face, Path) else []
    refuse_overwriting([save, csv, segments], names, *neutral_file, *([] if model is None else [model]))
    if neutral_file and not alone:
        open_frames(neutral_file[0])  # an error in it is one, not one of each source
    opened = open_model(model)
    names_of(opened.units, unit_names)  # before a frame is read
    how = How(opened, region, certain, mirror, turn, neutral, raw, rate, json, unit_names)
    ended = None
    with (
        sender_to(osc, osc_as, opened.units) as send,
        save_table(csv, opened.units, unit_names) as table,
        save_segments(segments) as keep,
    ):
        if alone:
            answers = [Answer(shown := without_secrets(names[0]), certain)]
            pace = send if send is None or is_endless(names[0]) else at_its_pace(send)
            with table.of(shown) as note:
                ended = read_alone(names[0], how, answers[0], sent_too(note, pace), save)
        else:
            told = read_several(names, how, table)
            answers = [answer for answer in told.answers if answer.source not in told.faults]
            if not told.has_rows:
                told.end()
        for answer in answers:
            keep(answer.source, answer.segments)
    if ended is not None:
        raise ended  # after what was read is written
    if alone:
        answers[0].check()
    say_what_helps(answers, opened)
    if not alone:
        told.end()
