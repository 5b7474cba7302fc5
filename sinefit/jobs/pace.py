"""How long the rest of a run or a sweep takes, from how fast it went so far."""

from __future__ import annotations

import time

LEAST_SECONDS = 1.0
"""What is younger than that, such as a stack that is still being compiled, tells nothing of its speed."""


class Pace:
    """Tells the time left by the speed of what is trained now; before that is known, by the speed of before.

    Jobs and epochs are counted in parts, so that the half of a job counts as one half.
    """

    def __init__(self) -> None:
        self._since: tuple[float, float] | None = None
        self._seconds_each: float | None = None

    @property
    def is_started(self) -> bool:
        """Whether anything is measured yet."""
        return self._since is not None

    def start(self, done: float) -> None:
        """Measure from here on, since something of another speed begins.

        Args:
            done: what is done by now; also what was found done, which tells nothing of the speed.
        """
        now = time.monotonic()
        if self._since is None or now - self._since[0] >= LEAST_SECONDS:
            self._since = now, done

    def left(self, done: float, total: float | None) -> str:
        """The time left in words, such as ``12 s left``; nothing while it is unknown.

        Args:
            done: what is done by now.
            total: what will be done; None if nobody knows.
        """
        if self._since is not None and done > self._since[1]:
            seconds = time.monotonic() - self._since[0]
            if seconds >= LEAST_SECONDS:
                self._seconds_each = seconds / (done - self._since[1])
        if total is None or self._seconds_each is None or done >= total:
            return ""
        return f"{name_seconds(self._seconds_each * (total - done))} left"


def name_seconds(seconds: float) -> str:
    """A duration in the unit that suits it.

    >>> name_seconds(0.234), name_seconds(75), name_seconds(7300)
    ('0.2 s', '75 s', '2 h 2 min')
    """
    if seconds < 10:  # noqa: PLR2004 - a digit behind the point is worth showing below
        return f"{seconds:.1f} s"
    if seconds < 300:  # noqa: PLR2004 - five minutes
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
