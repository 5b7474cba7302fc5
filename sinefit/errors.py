"""What sinefit says when it cannot go on; independent of what the settings mean.

Errors that a user can mend derive from `SinefitError` and are printed without a traceback.
"""

from __future__ import annotations

import sysconfig
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class SinefitError(Exception):
    """Something that the user can mend; its text says how."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the text, behind what somebody's own code raised."""
        own = traceback.format_exception(self.__cause__) if self.__cause__ is not None else []
        return [*"".join(own).splitlines(), f"{type(self).__name__}: {self}"]


class RecordError(SinefitError):
    """A run folder that cannot be written, or whose files are missing, broken or foreign."""


class PictureError(SinefitError):
    """A picture that cannot be drawn; whoever asked for it may go on without."""


class ForeignRecordError(RecordError):
    """A run folder that holds the record of other settings or of another sinefit; it is not overwritten."""


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used.

    Attributes:
        setting: the setting's name, a dotted path such as ``model.hidden_size``.
        value: what was given.
        allowed: what would be allowed, as the end of the sentence "SETTING must be ...".
        example: a value that can be typed instead; nothing is suggested when it is None.
        remark: what follows the value in the sentence, with the sign before it.
    """

    setting: str
    value: object
    allowed: str
    example: object = None
    remark: str = ""

    def __str__(self) -> str:
        """One sentence: the setting, what is allowed, the value, and what to type."""
        hint = "" if self.example is None else f"; type for example {self.setting}={self.example}"
        return f"{self.setting} must be {self.allowed}, got {self.value!r}{self.remark}{hint}"


class SettingsError(SinefitError, ValueError):
    """One or more settings that cannot be used, all reported together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """One line a problem."""
        return "\n".join(map(str, self.problems))

    def within(self, prefix: str) -> SettingsError:
        """The same problems with their settings named as parts of `prefix`.

        >>> print(SettingsError([Problem("lr", -1, "positive")]).within("optimizer"))
        optimizer.lr must be positive, got -1
        """
        return SettingsError(replace(p, setting=f"{prefix}.{p.setting}") for p in self.problems)


def describe_error(error: BaseException) -> str:
    """The kind, the text and the last line of one's own code: ``KeyError: 'x' (my_data.py, line 3)``."""
    text = " ".join(str(error).split())
    foreign = str(Path(__file__).parent), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(foreign) and Path(frame.filename).is_file()
    ]
    kind = type(error).__name__
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{kind}: {text}{where}" if text else f"{kind}{where}"


@contextmanager
def blaming(part: str) -> Iterator[None]:
    """Turn whatever code of one's own raises into one sentence.

    Args:
        part: how the sentence begins, such as ``model cannot be built``.

    Raises:
        SinefitError: instead of any other exception, and of ``sys.exit``.
    """
    try:
        yield
    except SinefitError:
        raise
    except (Exception, SystemExit) as error:
        msg = f"{part}: {describe_error(error)}"
        raise SinefitError(msg) from error


def plural(count: int, noun: str) -> str:
    """A count with its noun, for messages.

    Args:
        count: 0 or more.
        noun: in the singular; its plural takes an s.

    >>> plural(1, "job"), plural(2048, "epoch")
    ('1 job', '2,048 epochs')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
