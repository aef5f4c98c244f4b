"""Every kind of recording that docs/formats.md lists: how it is written, and what becomes of it.

The same list drives the tests and is compared with the rows of the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import dv_processing as dv
import h5py
import numpy as np

from tests.sources.events import prophesee_files as files
from tests.sources.events.recordings import WRITERS, columns, compound, random_events

EVENTS = random_events(2000)
EPOCH_S = 1_500_821_246


@dataclass(frozen=True)
class Case:
    """A row of the page: what the file is, its name here, and what becomes of it."""

    table: str
    what: str
    name: str
    write: Callable[[Path], Any]
    becomes: str = "read"
    """`read`, or what is said: `refused: ...` or `read, and said: ...`."""
    shift_us: int = 0
    """How much later the times are than those of `EVENTS`."""

    has_events: bool = True

    @property
    def row(self) -> str:
        return f"| {self.what} | {self.becomes} |"


def raw(encode: Callable[[np.ndarray], np.ndarray], *lines: str, change: Any = None) -> Callable[[Path], Any]:
    header = "".join(f"% {line}\n" for line in lines)
    return lambda path: files.write_raw(path, header, (change or (lambda words: words))(encode(EVENTS)))


def swapped(words: np.ndarray) -> np.ndarray:
    """The upper half of each word of 64 bits first."""
    return words << 32 | words >> 32


def h5(tree: Callable[[], dict[str, Any]], **attributes: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            for name, value in tree().items():
                file[name] = value
            for name, value in attributes.items():
                where, _, attribute = name.rpartition("__")
                file[where.replace("_", "/") or "/"].attrs[attribute] = value

    return write


def npz(tree: Callable[[], dict[str, Any]]) -> Callable[[Path], None]:
    return lambda path: np.savez(path, **tree())


def named(*names: str, prefix: str = "", **changed: Any) -> dict[str, Any]:
    """The columns t, x, y and p by other names."""
    plain = columns(EVENTS) | changed
    return {prefix + name: plain[field] for name, field in zip(names, "txyp", strict=True)}


def table(order: str, scale: float = 1.0, shift: float = 0.0, minus: bool = False) -> np.ndarray:
    """Four columns without names."""
    plain = {name: column.astype(np.float64) for name, column in columns(EVENTS).items()}
    plain["t"] = plain["t"] * scale + shift
    plain["p"] = plain["p"] * 2 - 1 if minus else plain["p"]
    return np.stack([plain[field] for field in order], axis=1)


def seconds() -> np.ndarray:
    return EVENTS["t_us"] / 1e6


def prophesee_compound() -> np.ndarray:
    rows = np.empty(len(EVENTS), [("x", "<u2"), ("y", "<u2"), ("p", "<i2"), ("t", "<i8")])
    for ours, theirs in zip(("t_us", "x", "y", "polarity"), "txyp", strict=True):
        rows[theirs] = EVENTS[ours]
    return rows


def polarities(off: Any, on: Any, dtype: Any) -> np.ndarray:
    return np.where(EVENTS["polarity"], on, off).astype(dtype)


def write_frames(path: Path) -> None:
    """AEDAT4 of a camera without events."""
    writer = dv.io.MonoCameraWriter(str(path), dv.io.MonoCameraWriter.FrameOnlyConfig("test", (60, 40)))
    for number in range(3):
        writer.writeFrame(dv.Frame(1000 + 33_333 * number, np.full((40, 60), 80 * number, np.uint8)))


def odd(value: int) -> np.ndarray:
    p = columns(EVENTS)["p"].astype(np.int16)
    p[100] = value
    return p


def mixed() -> np.ndarray:
    p = polarities(-1, 1, np.int8)
    p[::7] = 0
    return p


DSEC = partial(named, "t", "x", "y", "p", prefix="events/")
COLUMNS = ("t", "x", "y", "p")
TAKEN = "read, and said: the columns of its table have no names; they are taken for"
CANNOT = "which is brighter cannot be told"
UNIT = "the unit of its times cannot be told"

CASES = (
    Case("RAW", "EVT2, `% evt 2.0`", "a.raw", raw(files.evt2, "evt 2.0")),
    Case("RAW", "EVT2, `% format EVT2;height=40;width=60`", "a.raw", raw(files.evt2, "format EVT2;height=40;width=60")),
    Case("RAW", "EVT2.1, `% evt 2.1`", "a.raw", raw(files.evt21, "evt 2.1")),
    Case("RAW", "EVT2.1, `% format EVT21;endianness=little;height=320;width=320` (GenX320)", "a.raw",
         raw(files.evt21, "format EVT21;endianness=little;height=320;width=320")),
    Case("RAW", "EVT2.1 with the halves of its words swapped, `% endianness legacy` (IMX636)", "a.raw",
         raw(files.evt21, "evt 2.1", "endianness legacy", change=swapped)),
    Case("RAW", "the same without `% endianness`: its words tell", "a.raw",
         raw(files.evt21, "evt 2.1", change=swapped)),
    Case("RAW", "EVT3, `% evt 3.0`", "a.raw", raw(files.evt3, "evt 3.0", "end")),
    Case("RAW", "EVT3, `% format EVT3;height=720;width=1280`", "a.raw",
         raw(files.evt3, "format EVT3;height=720;width=1280", "geometry 1280x720", "end")),
    Case("RAW", "any of them in big order, `% endianness big`", "a.raw",
         raw(files.evt3, "evt 3.0", "endianness big", change=lambda words: words.byteswap())),
    Case("RAW", "no encoding in the header (`% date`, `% integrator_name`, `% system_ID`): EVT2, if its words fit that",
         "a.raw",
         raw(files.evt2, "date 2017-03-29", "integrator_name Prophesee", "system_ID 21")),
    Case("RAW", "a header that its words contradict", "a.raw", raw(files.evt3, "evt 2.0"),
         "refused: its header says EVT2, but its data are EVT3"),
    Case("RAW", "the same of EVT2 and EVT2.1, whose words have the same kinds", "a.raw", raw(files.evt21, "evt 2.0"),
         "refused: its header says EVT2, but its data are EVT21"),
    Case("RAW", "`% endianness` that its words contradict", "a.raw", raw(files.evt3, "evt 3.0", "endianness big"),
         "refused: its header says that the order of bytes is big, but that of its data is little"),
    Case("RAW", "`% format HISTO3D`, `DIFF3D` and other formats without events", "a.raw",
         raw(files.evt2, "format HISTO3D"), "refused: its encoding is HISTO3D, which is not read"),
    Case("DAT", "CD events, version 2", "a.dat", partial(files.write_dat, events=EVENTS,
         header="% Data file containing CD events.\n% Version 2\n% Width 60\n% Height 40\n")),
    Case("DAT", "2D events (N-CARS)", "a.dat", partial(files.write_dat, events=EVENTS,
         header="% Data file containing Event2D events.\n% Version 2\n", kind=0)),
    Case("DAT", "version 1 (ATIS, 304x240)", "a.dat", partial(files.write_dat, events=EVENTS,
         header="% Data file containing TD events.\n% Version 1\n", kind=0, version=1)),
    Case("DAT", "no line that says what it contains: its bytes tell", "a.dat",
         partial(files.write_dat, events=EVENTS, header="% date 2019-01-01\n")),
    Case("DAT", "external triggers (type 14)", "a.dat", partial(files.write_dat, events=EVENTS,
         header="% Data file containing ExtTrigger events.\n% Version 2\n", kind=14),
         "refused: it holds no events of pixels, but of type 14"),
    Case("AEDAT4", "events", "a.aedat4", lambda path: WRITERS["a.aedat4"](path, EVENTS)),
    Case("AEDAT4", "frames alone: no events", "a.aedat4", write_frames, has_events=False),
    Case("HDF5", "`events`, a compound of `t`, `x`, `y` and `p`", "a.h5", lambda path: WRITERS["a.h5"](path, EVENTS)),
    Case("HDF5", "`events/{t,x,y,p}`", "a.hdf5", lambda path: WRITERS["b.hdf5"](path, EVENTS)),
    Case("HDF5", "DSEC: `events/{t,x,y,p}`, `ms_to_idx` and `t_offset`, which is added to the times", "a.h5",
         h5(lambda: {**DSEC(), "ms_to_idx": np.arange(9), "t_offset": np.int64(49_599_300_523)}),
         shift_us=49_599_300_523),
    Case("HDF5", "rpg, e2vid: `events/{ts,xs,ys,ps}`, times in seconds", "a.h5",
         h5(lambda: named("ts", "xs", "ys", "ps", prefix="events/", t=seconds()))),
    Case("HDF5", "MVSEC: `davis/left/events`, a table of x, y, t and p, times in seconds since 1970", "a.h5",
         h5(lambda: {"davis/left/events": table("xytp", 1e-6, EPOCH_S, minus=True)}), f"{TAKEN} x, y, t, p",
         shift_us=EPOCH_S * 10**6),
    Case("HDF5", "MVSEC with two cameras", "a.h5",
         h5(lambda: {f"davis/{side}/events": table("xytp", 1e-6, EPOCH_S, minus=True) for side in ("right", "left")}),
         "read, and said: davis/left/events is read, and not davis/right/events", EPOCH_S * 10**6),
    Case("HDF5", "Prophesee: `CD/events`, a compound of `x`, `y`, `p` and `t`, beside triggers", "a.h5",
         h5(lambda: {"CD/events": prophesee_compound(),
                     "EXT_TRIGGER/events": np.zeros(3, [("p", "<i2"), ("t", "<i8"), ("id", "<i2")])})),
    Case("HDF5", "columns at the top: `t`, `x`, `y`, `p`", "a.h5", h5(partial(named, *COLUMNS))),
    Case("HDF5", "long names: `timestamps`, `x_coordinates`, `y_coordinates`, `polarities`", "a.h5",
         h5(partial(named, "timestamps", "x_coordinates", "y_coordinates", "polarities"))),
    Case("HDF5", "another layout", "a.h5", h5(lambda: {"events/t": np.arange(5), "frames": np.zeros((2, 3, 4))}),
         "refused: a layout that is not known; it holds events/t (5), frames (2x3x4)"),
    Case("NPZ", "`t`, `x`, `y`, `p`", "a.npz", lambda path: WRITERS["b.npz"](path, EVENTS)),
    Case("NPZ", "`events`, a compound", "a.npz", lambda path: WRITERS["a.npz"](path, EVENTS)),
    Case("NPZ", "`arr_0` or any other name, a compound", "a.npz", npz(lambda: {"arr_0": compound(EVENTS)})),
    Case("NPZ", "`events`, `arr_0` or `data`, a table of t, x, y, p (or t, y, x, p, which looks the same)", "a.npz",
         npz(lambda: {"arr_0": table("txyp")}), f"{TAKEN} t, x, y, p"),
    Case("NPZ", "the same of x, y, t, p", "a.npz", npz(lambda: {"events": table("xytp")}), f"{TAKEN} x, y, t, p"),
    Case("NPZ", "the same of x, y, p, t", "a.npz", npz(lambda: {"data": table("xypt")}), f"{TAKEN} x, y, p, t"),
    Case("NPZ", "the same, stored column by column (`np.array([t, x, y, p]).T`) or one below the other", "a.npz",
         npz(lambda: {"arr_0": np.asfortranarray(table("txyp"))}), f"{TAKEN} t, x, y, p"),
    Case("NPZ", "the same beside tables of other names", "a.npz",
         npz(lambda: {"boxes": table("txyp")[:50], "events": table("txyp")}), f"{TAKEN} t, x, y, p"),
    Case("NPZ", "the same with p or t between x and y, such as t, x, p, y", "a.npz",
         npz(lambda: {"arr_0": table("txpy")}),
         "refused: their order cannot be told by what they hold"),
    Case("NPZ", "several of these", "a.npz", npz(lambda: {"right": compound(EVENTS[:9]), "left": compound(EVENTS)}),
         "read, and said: left is read, and not right"),
    Case("NPZ", "a table of another name, or several of which none is called events", "a.npz",
         npz(lambda: {"gaze": table("txyp")}), "refused: a layout that is not known; it holds gaze (2000x4)"),
    Case("NPZ", "long names: `timestamp`, `x`, `y`, `polarity`", "a.npz",
         npz(partial(named, "timestamp", "x", "y", "polarity"))),
    Case("NPZ", "another layout", "a.npz", npz(lambda: {"pictures": np.zeros(3)}),
         "refused: a layout that is not known; it holds pictures (3)"),
    Case("numbers", "whole times: µs", "a.npz", npz(partial(named, *COLUMNS))),
    Case("numbers", "whole times since 1970 that are too large for µs: ns", "a.npz",
         npz(lambda: named(*COLUMNS, t=EVENTS["t_us"] * 1000 + EPOCH_S * 10**9)), shift_us=EPOCH_S * 10**6),
    Case("numbers", "floating-point times without fractions: µs", "a.npz",
         npz(lambda: named(*COLUMNS, t=EVENTS["t_us"].astype(np.float64)))),
    Case("numbers", "floating-point times with fractions over at most 10 s: seconds", "a.npz",
         npz(lambda: named(*COLUMNS, t=seconds()))),
    Case("numbers", "a name such as `t_ms`: that unit", "a.npz",
         npz(lambda: named("t_ms", "x", "y", "p", t=EVENTS["t_us"] / 1e3))),
    Case("numbers", "`unit` or `time_unit` of the times, of their group or of the file, an attribute or a text", "a.h5",
         h5(lambda: named(*COLUMNS, prefix="events/", t=EVENTS["t_us"] * 1000), events__unit="ns")),
    Case("numbers", "times of NumPy's types `datetime64` and `timedelta64`", "a.npz",
         npz(lambda: named(*COLUMNS, t=(EVENTS["t_us"] * 1000).astype("m8[ns]")))),
    Case("numbers", "another unit", "a.h5", h5(partial(named, *COLUMNS), t__units="ticks of 80 MHz"),
         "refused: the unit 'ticks of 80 MHz' of its times is not known"),
    Case("numbers", "`t_offset` beside times in µs, an attribute or a number: µs, added to the times", "a.npz",
         npz(lambda: {**named(*COLUMNS), "t_offset": 5_000_000}), shift_us=5_000_000),
    Case("numbers", "`t_offset` with a unit of its own (an attribute `unit`, or a name such as `t_offset_us`)", "a.npz",
         npz(lambda: {**named(*COLUMNS, t=seconds()), "t_offset_us": 5_000_000}), shift_us=5_000_000),
    Case("numbers", "`t_offset` without one, beside times that are not in µs", "a.npz",
         npz(lambda: {**named(*COLUMNS, t=seconds()), "t_offset": 5_000_000}),
         "refused: its times are in s, and the unit of its t_offset (5000000) is not told"),
    Case("numbers", "columns of (N, 1) or (1, N)", "a.npz",
         npz(lambda: {name: column[:, None] for name, column in named(*COLUMNS).items()})),
    Case("numbers", "columns of several lengths", "a.npz", npz(lambda: named(*COLUMNS, p=np.zeros(7))),
         "refused: its t, x, y and p differ in length: 2,000, 2,000, 2,000, 7"),
    Case("numbers", "columns of texts, objects or complex numbers", "a.npz",
         npz(lambda: named(*COLUMNS, p=np.where(EVENTS["polarity"], "on", "off"))),
         "refused: its columns must be numbers, but 'p' is <U3"),
    Case("numbers", "coordinates or times that are true or false", "a.npz",
         npz(lambda: named(*COLUMNS, x=EVENTS["polarity"])),
         "refused: its columns must be numbers, but 'x' is true or false"),
    Case("numbers", "floating-point times with fractions over more than 10 s, few and not since 1970", "a.npz",
         npz(lambda: named(*COLUMNS, t=EVENTS["t_us"] / 1e3 + 0.0001)), f"refused: {UNIT}"),
    Case("numbers", "times of 32-bit floating point that are seconds since 1970", "a.npz",
         npz(lambda: named(*COLUMNS, t=(seconds() + EPOCH_S).astype(np.float32))),
         "refused: its times are stored so coarsely"),
    Case("numbers", "polarities 0 and 1, or true and false", "a.npz",
         npz(lambda: named(*COLUMNS, p=EVENTS["polarity"]))),
    Case("numbers", "polarities -1 and 1", "a.npz", npz(lambda: named(*COLUMNS, p=polarities(-1, 1, np.int8)))),
    Case("numbers", "the same in a type without sign: 255 and 1", "a.npz",
         npz(lambda: named(*COLUMNS, p=polarities(255, 1, np.uint8)))),
    Case("numbers", "polarities 1 and 2: 2 is brighter", "a.npz",
         npz(lambda: named(*COLUMNS, p=polarities(1, 2, np.uint8)))),
    Case("numbers", "polarities 0 and 255: 255 is brighter", "a.npz",
         npz(lambda: named(*COLUMNS, p=polarities(0, 255, np.uint8)))),
    Case("numbers", "polarities -1, 0 and 1", "a.npz", npz(lambda: named(*COLUMNS, p=mixed())),
         f"refused: its polarities are -1, 0 and 1, so {CANNOT}"),
    Case("numbers", "other polarities", "a.npz", npz(lambda: named(*COLUMNS, p=odd(7))),
         f"refused: its polarities are 0, 1 and 7, so {CANNOT}"),
    Case("numbers", "coordinates with fractions", "a.npz",
         npz(lambda: named(*COLUMNS, x=columns(EVENTS)["x"] + 0.5)), "refused: a coordinate is no whole number"),
    Case("numbers", "coordinates below 0 or above 65535", "a.npz",
         npz(lambda: named(*COLUMNS, x=columns(EVENTS)["x"].astype(np.int32) - 1)),
         "refused: a coordinate is negative"),
)  # fmt: skip
