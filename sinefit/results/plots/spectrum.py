"""What runs with `probe=spectrum` have learned of each frequency, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.core.prediction import spread_indices
from sinefit.errors import SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Heat, Panel
from sinefit.results.plots.groups import best_groups, median_line, read_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request

AMPLITUDE = "amplitude_"
MOST_PANELS = 4
MOST_COLUMNS = 60
LABELED_EVERY = 12


def draw_spectrum(request: Request) -> Chart:
    """A panel a group: how much of each frequency's amplitude is there, the median over the group's runs.

    Up to seven frequencies are lines, with the middle half of the runs as band; more are a heat map.

    Raises:
        SinefitError: if no run was watched by such a probe.
    """
    groups, notes = best_groups(request, request.by or request.keys, MOST_PANELS)
    spectra = [(group.name, *_read(request, group)) for group in groups]
    panels = [_panel(*spectrum) for spectrum in spectra if spectrum[1]]
    if not panels:
        msg = (
            f"none of the {len(request.table)} runs has a spectrum; type probe=spectrum when they are trained"
        )
        raise SinefitError(msg)
    notes.append("relative amplitude: that of the network divided by that of the target; median over runs")
    title = request.title("learned amplitude of each frequency")
    return Chart(title, tuple(panels), notes=tuple(notes))


def _read(request: Request, group: Group) -> tuple[list[str], list[float], NDArray[np.float64]]:
    """Frequencies (F,), steps (S,) and amplitudes (R, S, F) of a group's runs, as far as all of them came."""
    tables = read_runs(request, group.rows, RunFolder.read_probe)
    columns = [[name for name in rows[0] if name.startswith(AMPLITUDE)] for rows in tables]
    names = next(filter(None, columns), [])
    same = [
        [[row["step"], *(row[name] for name in names)] for row in rows]
        for found, rows in zip(columns, tables, strict=True)
        if found and found == names
    ]
    if not same:
        return [], [], np.empty((0, 0, 0))
    length = min(map(len, same))
    numbers = np.array([rows[:length] for rows in same], dtype=float)
    amplitudes = numbers[:, :, 1:]
    known = np.flatnonzero(~np.isnan(amplitudes).all(axis=(0, 1)))  # others the target does not have
    return (
        [names[at].removeprefix(AMPLITUDE) for at in known],
        numbers[0, :, 0].tolist(),
        amplitudes[:, :, known],
    )


def _panel(title: str, names: list[str], steps: list[float], amplitudes: NDArray[np.float64]) -> Panel:
    if len(names) <= MOST_LINES:
        lines = tuple(
            median_line(f"frequency {name}", steps, amplitudes[:, :, style], style)
            for style, name in enumerate(names)
        )
        return Panel(title, Axis("optimizer step"), Axis("relative amplitude"), lines)
    middle = np.nanmedian(amplitudes, axis=0)
    chosen = spread_indices(len(steps), MOST_COLUMNS)
    heat = Heat(
        numbers=np.clip(middle[chosen].T[::-1], 0, 1).tolist(),
        texts=[[""] * len(chosen)] * len(names),
        label="relative amplitude (at most 1 is shown)",
    )
    across = Axis(
        "optimizer step",
        categories=tuple(f"{steps[at]:g}" for at in chosen),
        ticks=tuple(range(LABELED_EVERY - 1, len(chosen), LABELED_EVERY)),
    )
    return Panel(title, across, Axis("frequency", categories=tuple(names[::-1])), heat=heat)
