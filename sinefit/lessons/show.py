"""``sinefit gradients SETTINGS``: what `backward` and `autograd.grad` do, shown on the model that one has.

No run, so it is composed by Hydra's compose API: `hydra.main` would give it a folder, a log and a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sinefit.errors import plural
from sinefit.settings.command import compose
from sinefit.settings.plain import plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sinefit.lessons.lesson import Lesson
    from sinefit.lessons.trace import BatchLoss

_WIDEST = 100
"""Longer lines are hard to read."""
_NARROW = 70
"""Below this many columns tables stand closer."""


def show_gradients(arguments: Sequence[str], conf: Path) -> None:
    """Print all lessons, measured on the first batch of a run.

    Args:
        arguments: the run's settings, as typed.
        conf: the folder of the main config.

    Raises:
        SinefitError: if the settings make no run that could start.
    """
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.lessons.lessons import teach  # noqa: PLC0415 - loads torch
    from sinefit.lessons.trace import first_batch  # noqa: PLC0415 - loads torch
    from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    settings = plain_settings(compose(arguments, conf))
    experiment = build_experiment(settings)
    torch.set_num_threads(settings["num_threads"])
    batch = first_batch(experiment)
    console = Console()
    console.width = min(console.width, _WIDEST)
    console.print(Text(_describe(settings, batch), style="bold"))
    console.print(Text("A gradient is shown by its length: the root of the sum of its squares.", style="dim"))
    for number, lesson in enumerate(teach(batch), start=1):
        _print_lesson(number, lesson, console)


def _describe(settings: dict[str, Any], batch: BatchLoss) -> str:
    """One line: what the gradients are of."""
    loss = settings["loss"]["_target_"].rpartition(".")[2]
    model, points = type(batch.model).__name__, plural(len(batch.targets), "point")
    return f"{model} and {loss}, the first batch of {points}, seed {settings['seed']}"


def _print_lesson(number: int, lesson: Lesson, console: Console) -> None:
    """Print a heading, a few sentences, and what was measured."""
    console.print()
    console.print(Text(f"{number}. {lesson.title}", style="bold cyan"))
    console.print(Text(lesson.words))
    if lesson.rows:
        table = [[_make_cell(value) for value in row] for row in (lesson.columns, *lesson.rows)]
        for chosen in _split_columns(table, console):
            _print_grid([[row[index] for index in chosen] for row in table], console, has_header=True)
    if lesson.facts:
        _print_grid([[_make_cell(value) for value in fact] for fact in lesson.facts], console)


def _split_columns(table: Sequence[Sequence[Text]], console: Console) -> Iterator[list[int]]:
    """Which columns fit beside the first; that one may take half of the width, and is folded beyond."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*table, strict=True)]
    gap = _gap(console)
    room = console.width - gap
    first = min(widths[0], room // 2)
    chosen, used = [0], first
    for index, width in enumerate(widths[1:], start=1):
        if len(chosen) > 1 and used + gap + width > room:
            yield chosen
            chosen, used = [0], first
        chosen.append(index)
        used += gap + width
    yield chosen


def _gap(console: Console) -> int:
    """Spaces between columns."""
    return 1 if console.width < _NARROW else 2


def _print_grid(rows: Sequence[Sequence[Text]], console: Console, *, has_header: bool = False) -> None:
    """Print cells without lines between them."""
    gap = _gap(console)
    grid = Table.grid(padding=(0, gap, 0, 0))
    grid.show_header, grid.header_style = has_header, "dim"
    for index, heading in enumerate(rows[0]):
        widest = (console.width - gap) // 2 if has_header and index == 0 else None
        grid.add_column(heading, overflow="fold", max_width=widest)
    for row in rows[has_header:]:
        grid.add_row(*row)
    console.print()
    console.print(Padding(grid, (0, 0, 0, gap), expand=False))


def _make_cell(value: object) -> Text:
    """A measured value: a tensor by its length, an error by its first sentence."""
    from torch import Tensor  # noqa: PLC0415 - loaded with the lessons

    if isinstance(value, Tensor):
        return Text(f"{value.detach().double().norm().item():.4g}")
    if isinstance(value, RuntimeError):
        first = str(value).partition(". ")[0]
        return Text(f"{type(value).__name__}: {first}", style="red")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    return Text(str(value), style="dim" if value is None else "")
