"""A client's frames become readings, in a thread of the client's own: the newest frame wins."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from eyeprentice.app.serving.messages import MessageError, Order, Start, said
from eyeprentice.eye.levelling import levelled
from eyeprentice.eye.upright import Turn
from eyeprentice.runtime import Moment, Recognizer, watch
from eyeprentice.runtime.activity import Activities
from eyeprentice.runtime.model import StepModel
from eyeprentice.runtime.units import named, names_of
from eyeprentice.sources.frames import FrameSource, Timed
from eyeprentice.sources.turning import Degrees
from eyeprentice.words import limits

ARRIVALS = 60
"""Frames over which it is measured how many come in a second."""


class NewestFrame:
    """A place for one frame between who sends and who reads: `put` never waits, and replaces one that was not read.

    Iterating waits for a frame, until `close`; it gives the frame's number among all that were put, from 0, when it was
    put, in µs of a clock that only rises, and the frame.
    """

    def __init__(self) -> None:
        self._there = threading.Condition()
        self._frame: bytes | None = None
        self._put_us = self._count = 0
        self._closed = False

    def put(self, frame: bytes) -> None:
        with self._there:
            self._frame, self._put_us = frame, time.monotonic_ns() // 1000
            self._count += 1
            self._there.notify()

    def close(self) -> None:
        with self._there:
            self._closed = True
            self._there.notify()

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        while True:
            with self._there:
                self._there.wait_for(lambda: self._closed or self._frame is not None)
                if self._closed or self._frame is None:
                    return
                number, put_us, frame = self._count - 1, self._put_us, self._frame
                self._frame = None
            yield number, put_us, frame


class ClientReader:
    """`offer(frame)` and `order(...)` from outside; `say` is called with every message to the client, and may wait.

    `tell` is called with every moment, numbered as the client's frames are.
    """

    def __init__(
        self,
        start: Start,
        model: StepModel,
        certain: float,
        say: Callable[[str], None],
        tell: Callable[[Moment], None] | None = None,
    ) -> None:
        self.start, self.say, self.tell = start, say, tell
        self.recognizer = Recognizer(model, rate_hz=start.rate_hz, certain=certain, mirror=start.mirror)
        self.recognizer.automatic = start.automatic
        self.activities = Activities(model)
        self.unit_names = names_of(model.units, start.unit_names)
        self.ended: Future[None] = Future()
        """Done as soon as nothing is read any more; what was wrong with a frame, if that is why."""
        self._frames = NewestFrame()
        self._orders: deque[Order] = deque()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._began, self._skipped, self._number = 0.0, 0, -1
        self._last_us, self._offset_us = 0, None  # type: tuple[int, int | None]
        self._turned: Degrees = 0 if start.rotate == "auto" else start.rotate
        self._seems_turned: Degrees = 0
        self._put: deque[tuple[int, int]] = deque(maxlen=ARRIVALS)
        self._thread.start()

    def offer(self, frame: bytes) -> None:
        """A newer frame: it replaces one that was not read yet."""
        self._frames.put(frame)

    def order(self, order: Order) -> None:
        """Obeyed before the next frame; raises `MessageError` if too many wait for one."""
        if len(self._orders) >= limits.ORDERS:
            raise MessageError("message", f"{limits.ORDERS} orders wait for a frame", "send frames between orders")
        self._orders.append(order)

    def close(self) -> None:
        """Ends the thread; waits for the frame that it is reading."""
        self._frames.close()
        self._thread.join()

    def _run(self) -> None:
        self.ended.set_running_or_notify_cancel()
        try:
            self._read()
        except ConnectionError:  # the client has gone
            self.ended.set_result(None)
        except BaseException as error:
            self.ended.set_exception(error)
        else:
            self.ended.set_result(None)

    def _read(self) -> None:
        source = FrameSource("frames", "raw", self.start.rate_hz, "an option", self._decoded, is_live=True)
        region, rotate = self.start.region, self.start.rotate
        source = levelled(source, rotate, region, told=self._learn_turn)
        for moment in watch(source, self.recognizer, region):
            if self.tell is not None:
                self.tell(replace(moment, frame=self._number))
            step_ms = 1000 * (time.perf_counter() - self._began)
            self.say(said("reading", **self._told(moment), step_ms=round(step_ms, 2)))

    def _decoded(self) -> Iterator[Timed]:
        for number, put_us, content in self._frames:
            self._began = time.perf_counter()
            while self._orders:
                self._obey(self._orders.popleft())
            self._skipped, self._number = number - self._number - 1, number
            self._put.append((number, put_us))
            sent_us, image = self.start.decoded(content)
            of_clock = {"rate": round(1e6 * number / self.start.rate_hz), "arrival": put_us, "sent": sent_us}
            yield self._counted(of_clock[self.start.times]), image

    def _learn_turn(self, turn: Turn) -> None:
        """Which way up the frames are; it comes before the first frame that is turned so."""
        if self.start.rotate == "auto":
            self._turned = turn.degrees
        else:
            self._seems_turned = turn.degrees

    def _counted(self, t_us: int) -> int:
        """Time since the first frame; after a reset it goes on, whatever the client's clock says then."""
        if self._offset_us is None:
            beginning = self._last_us + round(1e6 / self.start.rate_hz) if self._last_us else 0
            self._offset_us = beginning - t_us
        self._last_us = t_us + self._offset_us
        return self._last_us

    def _obey(self, order: Order) -> None:
        if order.kind == "neutral":
            self.recognizer.begin_neutral(order.seconds)
        elif order.kind == "forget_neutral":
            self.recognizer.forget_neutral()
        else:
            self.recognizer.reset()
            self._offset_us = None
            self._seems_turned = 0

    def _told(self, moment: Moment) -> dict[str, Any]:
        reading = moment.reading
        told: dict[str, Any] = {"frame": self._number, "skipped": self._skipped, "time_s": round(moment.time_s, 4)}
        (earlier, earlier_us), (number, put_us) = self._put[0], self._put[-1]
        told["arriving_hz"] = round(1e6 * (number - earlier) / max(1, put_us - earlier_us), 1) or None
        told |= {"turned": self._turned, "seems_turned": self._seems_turned}
        told |= {"calibration": self.recognizer.calibration, "reference_lost": moment.lost, "eye": reading is not None}
        if reading is not None and moment.place is not None:
            box = [round(value, 1) for value in moment.place.box]
            told |= {"eye_manner": moment.manner, "eye_box": box, "faces": moment.faces}
            told |= {"emotion": reading.emotion, "probability": round(reading.probability, 5)}
            told |= {"certain": reading.certain}
            told["probabilities"] = {name: round(value, 5) for name, value in reading.probabilities.items()}
            told |= {"valence": round(reading.valence, 5), "arousal": round(reading.arousal, 5)}
            units = named(reading.units, self.start.unit_names)
            told["units"] = {name: round(value, 5) for name, value in units.items()}
            if self.activities.layers:
                activity = self.activities.of(self.recognizer.state)
                told |= {"spikes": list(activity.spikes), "energy_uj": round(activity.energy_uj, 4)}
        return told
