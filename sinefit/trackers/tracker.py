"""The contract between what is sent and where it is sent to: `Tracker` says where, `Destination` takes it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Protocol

from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep


class Destination(Protocol):
    """A place of a tracker that is open to be written to.

    Attributes:
        shown: the place in words, for people.
        notes: sentences on what could not be sent as it is.
        at_once: how many runs are best written at once; a kill loses no more than these.
    """

    @property
    def shown(self) -> str: ...  # noqa: D102 - see above
    @property
    def notes(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def at_once(self) -> int: ...  # noqa: D102

    def begin(self, sweep: SentSweep | None, identities: Sequence[str]) -> Mapping[str, str]:
        """Make room for runs of a sweep; what is there of them already, and whole.

        Args:
            sweep: None for single runs.
            identities: of the runs.

        Returns:
            The digest of what is there by its identity: of runs, and of the sweep.
        """

    def write(self, runs: Sequence[SentRun]) -> None:
        """Write runs of the sweep, instead of what is there of them: each whole or not at all."""

    def end(self, sweep: SentSweep) -> None:
        """Write what is known of the sweep as a whole, instead of what is there of it."""


class Tracker(Protocol):
    """Where runs are sent, in a tracker's own settings: a frozen value, checked when it is made.

    Attributes:
        history: how many points of a curve are sent, or ``all``.
    """

    @property
    def history(self) -> int | str: ...  # noqa: D102 - see above

    def place(self) -> str:
        """A text that is the same for the same place; only one process sends there at a time."""

    def opened(self) -> AbstractContextManager[Destination]:
        """The place, open while the block runs.

        Raises:
            SinefitError: if it cannot be reached; in the block, if it cannot be written.
        """


def require_packages(tracker: str, extra: str, *packages: str) -> None:
    """Check that the packages of an extra are there.

    Args:
        tracker: what needs them.
        extra: of sinefit.
        packages: as they are imported.

    Raises:
        SinefitError: naming those that are missing.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        verb = "which cannot be found"
        msg = f"{tracker} needs {', '.join(missing)}, {verb}; type pip install 'sinefit[{extra}]'"
        raise SinefitError(msg)
