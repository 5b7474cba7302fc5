"""A run or a sweep that has ended is sent to a tracker; what goes wrong there leaves its record as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from sinefit.errors import SinefitError
from sinefit.jobs.folders import shown_from_here
from sinefit.record.neutral import TRACKER, is_of_tracker
from sinefit.results.sentences import say
from sinefit.settings.plain import plain_settings
from sinefit.settings.words import name_of

if TYPE_CHECKING:
    from pathlib import Path

    from omegaconf import DictConfig

    from sinefit.settings.command import Command


def require_one_tracker(command: Command) -> None:
    """Refuse several values of the tracker, or of a setting of it: a sweep is sent to one.

    Args:
        command: that starts the sweep.

    Raises:
        SinefitError: naming what was typed.
    """
    several = [
        str(each.input_line)
        for each in command.overrides
        if is_of_tracker(name_of(each)) and each.is_sweep_override()
    ]
    if several:
        msg = (
            f"{' '.join(several)}: a sweep is sent to one tracker; type one value, and send it elsewhere when"
            " it has ended: sinefit-results send DIR --to NAME"
        )
        raise SinefitError(msg)


def send_at_end(config: DictConfig, folder: Path) -> bool:
    """Send a run or a sweep that has ended, if its config names a tracker.

    Args:
        config: of it, as composed.
        folder: of it.

    Returns:
        Whether nothing is left to send; if something is, it was said what to type.

    Raises:
        KeyboardInterrupt: if somebody stops it; likewise.
    """
    if not config.get(TRACKER):
        return True
    from sinefit.settings.build import build_tracker  # noqa: PLC0415 - most runs are sent nowhere
    from sinefit.trackers.telling import command_to_send, send_and_tell  # noqa: PLC0415

    console, paths = Console(stderr=True), [str(shown_from_here(folder))]
    tracker = build_tracker(plain_settings(config))
    try:
        return not send_and_tell(tracker, paths, console).broken
    except SinefitError as error:
        later = f"the record is whole; to send it later, type: {command_to_send(tracker, paths)}"
        say(f"not sent: {error}; {later}", console)
    return False
