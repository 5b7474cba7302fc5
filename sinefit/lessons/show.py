"""``sinefit gradients SETTINGS``: what `backward` and `autograd.grad` do, shown on the model that one has.

A command of its own and no config choice, because it is no run: `hydra.main` would give it a folder, a log
and a record. Hydra's compose API reads the same settings and writes nothing. Knows nothing of autograd:
it composes, and prints the lessons of `sinefit.lessons`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sinefit.settings.command import compose
from sinefit.settings.plain import plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from torch import Tensor

    from sinefit.core.experiment import Experiment
    from sinefit.core.gradients import Differentiable
    from sinefit.lessons.lesson import Lesson
    from sinefit.lessons.trace import Batch

_WIDEST = 100
"""Lines of words longer than this are hard to read."""
_NARROW = 70
"""Below this many columns tables stand closer."""


def show_gradients(arguments: Sequence[str], conf: Path) -> None:
    """Compose the settings below `conf`, and print all lessons on the first batch of the run.

    Raises:
        SinefitError: if the settings make no run that could start.
    """
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.lessons.lessons import teach  # noqa: PLC0415 - loads torch
    from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    settings = plain_settings(compose(arguments, conf))
    experiment = build_experiment(settings)
    torch.set_num_threads(settings["num_threads"])
    batch = first_batch(experiment)
    console = Console()
    console.print(Text(describe(settings, batch), style="bold"))
    console.print(Text("A gradient is shown by its length: the root of the sum of its squares.", style="dim"))
    for number, lesson in enumerate(teach(batch), start=1):
        print_lesson(number, lesson, console)


def first_batch(experiment: Experiment) -> Batch:
    """The run as it stands before its first step: initial weights, and its first batch.

    Raises:
        SinefitError: if the run could not start.
    """
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.core.experiment import draw_samples  # noqa: PLC0415 - loads torch
    from sinefit.core.losses import compute_loss  # noqa: PLC0415 - loads torch
    from sinefit.core.plain import Training  # noqa: PLC0415 - loads torch
    from sinefit.lessons.trace import Batch  # noqa: PLC0415 - loads torch

    with torch.random.fork_rng():
        training = Training(experiment, draw_samples(experiment))
        training.model.train()
        inputs, targets = next(iter(training.loader))

    def objective(network: Differentiable) -> Tensor:
        return compute_loss(experiment.loss, network, inputs, targets)

    return Batch(training.model, objective, targets)


def describe(settings: dict[str, Any], batch: Batch) -> str:
    """One line: what the gradients are of."""
    loss = settings["loss"]["_target_"].rpartition(".")[2]
    points = f"{len(batch.targets)} point{'s' if len(batch.targets) > 1 else ''}"
    return f"{type(batch.model).__name__} and {loss}, the first batch of {points}, seed {settings['seed']}"


def print_lesson(number: int, lesson: Lesson, console: Console) -> None:
    """A heading, a few sentences, and what was measured."""
    width = min(console.width, _WIDEST)
    console.print()
    console.print(Text(f"{number}. {lesson.title}", style="bold cyan"), width=width)
    console.print(Text(lesson.words), width=width)
    if lesson.rows:
        print_table(lesson.columns, lesson.rows, console)
    if lesson.facts:
        print_grid((), [[show_cell(value) for value in fact] for fact in lesson.facts], console)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], console: Console) -> None:
    """A table with a header; where it is too wide, several that each begin with the first column."""
    cells = [[show_cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(row[number].cell_len for row in cells)) for number, name in enumerate(columns)]
    for chosen in columns_side_by_side(widths, console):
        print_grid([columns[at] for at in chosen], [[row[at] for at in chosen] for row in cells], console)


def columns_side_by_side(widths: Sequence[int], console: Console) -> Iterator[list[int]]:
    """Which columns fit beside the first; that one may take half of the width, and is folded beyond."""
    gap = gap_between(console)
    room = min(console.width, _WIDEST) - gap
    first = min(widths[0], room // 2)
    chosen, used = [0], first
    for number, width in enumerate(widths[1:], start=1):
        if len(chosen) > 1 and used + gap + width > room:
            yield chosen
            chosen, used = [0], first
        chosen.append(number)
        used += gap + width
    yield chosen


def gap_between(console: Console) -> int:
    """Spaces between columns."""
    return 1 if console.width < _NARROW else 2


def print_grid(columns: Sequence[str], rows: Sequence[Sequence[Text]], console: Console) -> None:
    """Cells without lines between them; without a header if no columns are named."""
    gap, width = gap_between(console), min(console.width, _WIDEST)
    grid = Table.grid(padding=(0, gap, 0, 0))
    grid.show_header = bool(columns)
    grid.header_style = "dim"
    for number in range(len(rows[0])):
        is_name = columns and number == 0
        most = (width - gap) // 2 if is_name else None
        grid.add_column(Text(columns[number] if columns else ""), overflow="fold", max_width=most)
    for row in rows:
        grid.add_row(*row)
    console.print()
    console.print(Padding(grid, (0, 0, 0, gap), expand=False), width=width)


def show_cell(value: object) -> Text:
    """A measured value: a tensor by its length, what was raised by its first sentence."""
    from torch import Tensor  # noqa: PLC0415 - loaded with the lessons

    if isinstance(value, Tensor):
        return Text(f"{value.detach().double().norm().item():.4g}")
    if isinstance(value, RuntimeError):
        first = str(value).partition(". ")[0]
        return Text(f"{type(value).__name__}: {first}", style="red")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if value is None:
        return Text("None", style="dim")
    return Text(str(value))
