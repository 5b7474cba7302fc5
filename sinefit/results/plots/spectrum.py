"""What runs with `probe=spectrum` have learned of each frequency, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import RecordError, SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Heat, Line, Panel
from sinefit.results.plots.groups import find_groups, keep_best

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request

AMPLITUDE = "amplitude_"
MOST_PANELS = 4
MOST_COLUMNS = 60
WRITTEN_EVERY = 12


def draw_spectrum(request: Request) -> Chart:
    """A panel a group: how much of each frequency's amplitude is there, the median over the group's runs.

    Up to seven frequencies are lines, with the middle half of the runs as band; more are a heat map.

    Raises:
        SinefitError: if no run was watched by such a probe.
    """
    keys = list(request.by) or request.keys
    groups, notes = keep_best(find_groups(request, keys), MOST_PANELS, request.metric)
    panels = []
    for group in groups:
        names, steps, amplitudes = _read(request, group)
        if names:
            panels.append(_panel(group.name, names, steps, amplitudes))
    if not panels:
        msg = (
            f"none of the {len(request.table)} runs has a spectrum; type probe=spectrum when they are trained"
        )
        raise SinefitError(msg)
    notes.append("amplitude: the network's by the target's; medians over runs")
    title = f"what is learned of each frequency{f', by {chr(44).join(keys)}' if keys else ''}"
    return Chart(title, tuple(panels), notes=tuple(notes))


def _read(request: Request, group: Group) -> tuple[list[str], list[float], NDArray[np.float64]]:
    """Frequencies (F,), steps (S,) and amplitudes (R, S, F) of a group's runs, as far as all of them came."""
    tables = []
    for folder in request.runs.table["folder"].iloc[group.rows].tolist():
        try:
            rows = RunFolder(str(folder)).read_probe()
        except RecordError:
            continue
        names = [name for name in rows[0] if name.startswith(AMPLITUDE)] if rows else []
        if names:
            tables.append((names, [[row["step"], *(row[name] for name in names)] for row in rows]))
    same = [rows for names, rows in tables if names == tables[0][0]]
    if not same:
        return [], [], np.empty((0, 0, 0))
    length = min(map(len, same))
    numbers = np.array([rows[:length] for rows in same], dtype=float)
    names = [name.removeprefix(AMPLITUDE) for name in tables[0][0]]
    return names, numbers[0, :, 0].tolist(), numbers[:, :, 1:]


def _panel(title: str, names: list[str], steps: list[float], amplitudes: NDArray[np.float64]) -> Panel:
    low, middle, high = np.nanquantile(amplitudes, [0.25, 0.5, 0.75], axis=0)
    if len(names) <= MOST_LINES:
        lines = tuple(
            Line(
                f"frequency {name}", steps, middle[:, k].tolist(), k, low[:, k].tolist(), high[:, k].tolist()
            )
            for k, name in enumerate(names)
        )
        return Panel(title, Axis("optimizer step"), Axis("amplitude, by the target's"), lines)
    chosen = np.unique(np.linspace(0, len(steps) - 1, MOST_COLUMNS).round().astype(int))
    heat = Heat(
        colours=np.clip(middle[chosen].T[::-1], 0, 1).tolist(),
        texts=[[""] * len(chosen)] * len(names),
        label="amplitude, by the target's (1 and more: 1)",
    )
    across = Axis(
        "optimizer step",
        categories=tuple(f"{steps[at]:g}" for at in chosen),
        ticks=tuple(range(WRITTEN_EVERY - 1, len(chosen), WRITTEN_EVERY)),
    )
    return Panel(title, across, Axis("frequency", categories=tuple(names[::-1])), heat=heat)
