"""A picture in a notebook, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.record.files import write_atomically
from sinefit.results.picture_files import ENDINGS, render_picture
from sinefit.results.plots.kinds import draw, join_charts
from sinefit.results.plots.request import Request

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd

    from sinefit.results.plots.chart import Chart

_WIDTH_PX = 800


@dataclass(frozen=True)
class Picture:
    """A picture of a table: a notebook shows it, `save` writes it.

    Attributes:
        chart: what is drawn.
    """

    chart: Chart

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file, all of it or nothing.

        Args:
            path: FILE.png, FILE.svg, or FILE.html, which can be zoomed.

        Returns:
            The file.

        Raises:
            SinefitError: if the ending is another, or the file cannot be written.
        """
        file = Path(path)
        check_file(file, ENDINGS)
        write_atomically(file, render_picture(self.chart, file.suffix.lower()))
        return file

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """For notebooks."""
        return render_picture(self.chart, ".png"), {"width": _WIDTH_PX}

    def __repr__(self) -> str:
        return f"<Picture: {self.chart.title}; .save('picture.png') writes it>"


def check_file(file: Path, endings: Sequence[str]) -> None:
    """Refuse the name of a file that is none of these.

    Raises:
        SinefitError: if it has another ending, or lies in no folder.
    """
    if file.suffix.lower() not in endings:
        msg = f"a file must end in {', '.join(endings)}, got {str(file)!r}"
        raise SinefitError(msg)
    if not file.parent.is_dir():
        msg = f"{file}: there is no folder {file.parent}; make it first, or name another file"
        raise SinefitError(msg)


def draw_picture(  # noqa: PLR0913, PLR0917 - the options of a picture
    table: pd.DataFrame,
    kind: str,
    metric: str | Sequence[str] | None = None,
    x: str | None = None,
    y: str | None = None,
    by: str | Sequence[str] = (),
) -> Picture:
    """A picture of a table.

    Args:
        table: from `sinefit.collect`.
        kind: what is drawn, such as ``curves``.
        metric: what is shown, several as panels; the runs' objective if None.
        x: the setting along x.
        y: the setting along y.
        by: settings whose combinations are told apart; all swept ones if there are none.

    Raises:
        SinefitError: if there is no such kind, or the table has not what it shows.
    """
    metrics = [metric or ""] if metric is None or isinstance(metric, str) else list(metric)
    keys = (by,) if isinstance(by, str) else tuple(by)
    return Picture(join_charts([draw(kind, Request(table, name, x, y, keys)) for name in metrics]))
