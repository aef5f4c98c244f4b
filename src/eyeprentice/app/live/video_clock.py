"""How moments, which have times of their own, become a video of even frames that keeps these times."""

import math

SLOWEST_HZ, FASTEST_HZ = 1.0, 120.0
"""Frame rates that a video is written with: players show no more, and seek badly in less."""
LONGEST_S = 60.0
"""A moment is shown for so long at most: a pause of hours would be a million frames."""


class VideoClock:
    """Frame n of the video shows the latest moment of the time n / `rate_hz`, within half a frame.

    Moments that come faster are left out, slower ones are repeated. Of longer pauses, `left_out_s` is what is missing.
    """

    def __init__(self, source_hz: float) -> None:
        self.rate_hz = round(min(max(source_hz, SLOWEST_HZ), FASTEST_HZ), 2)  # OpenCV rounds finer ones
        self.left_out_s = 0.0
        self._usual_s = 1 / source_hz
        self._first_s: float | None = None
        self._last_s = 0.0
        self._written = 0

    def before(self, time_s: float) -> int:
        """How many frames show the moment before, now that the next one comes at `time_s`."""
        if self._first_s is None:
            self._first_s = self._last_s = time_s
        self.left_out_s += max(0.0, time_s - self._last_s - LONGEST_S)
        self._last_s = time_s
        due = math.ceil((time_s - self._first_s - self.left_out_s) * self.rate_hz - 0.5)
        frames = max(0, due - self._written)
        self._written += frames
        return frames

    def at_the_end(self) -> int:
        """How many frames show the last moment: as long as the source's frames usually last."""
        if self._first_s is None:
            return 0
        frames = self.before(self._last_s + min(self._usual_s, LONGEST_S))
        return frames if self._written else 1
