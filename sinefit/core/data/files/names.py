"""Checks of a table's column names, before anything else is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sinefit.core.data.files.typed import shorten
from sinefit.errors import SinefitError, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COLUMNS = 10_000
_MOST_SHOWN = 5


def check_names(path: str, names: Sequence[str]) -> None:
    """The columns of a table have names of their own, and are not too many.

    Args:
        path: of the file.
        names: as the file has them, without blanks around them.

    Raises:
        SinefitError: if there are too many, or if some are empty or occur twice.
    """
    if not names:
        msg = f"{path} has no columns"
        raise SinefitError(msg)
    if len(names) > MOST_COLUMNS:
        msg = (
            f"{path} has {len(names):,} columns, more than the {MOST_COLUMNS:,} that are read; "
            "does it have its rows and columns interchanged?"
        )
        raise SinefitError(msg)
    found = []
    if unnamed := [str(index + 1) for index, name in enumerate(names) if not name]:
        found.append(
            f"{path} has {plural(len(unnamed), 'column')} without a name: number {_some(unnamed)}; "
            "name them in the header (pandas leaves out its index with to_csv(index=False))"
        )
    if twice := [
        f"{shorten(name)} ({count} times)" for name, count in Counter(names).items() if name and count > 1
    ]:
        found.append(f"{path} has columns of the same name: {_some(twice)}; rename them in the file")
    if found:
        raise SinefitError("\n".join(found))


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_SHOWN:,} more" if len(words) > _MOST_SHOWN else ""
    return ", ".join(words[:_MOST_SHOWN]) + more
