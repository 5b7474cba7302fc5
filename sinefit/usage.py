"""``sinefit --help``: how to call it, and what can be chosen, read from the first lines of `conf/`.

Composes nothing, so that it answers at once.
"""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = """\
sinefit fits functions (sin x first) with small neural networks, as Hydra experiments.

Usage
  sinefit [GROUP=NAME ...] [KEY=VALUE ...]       train, evaluate and save one run
  sinefit -m [KEY=A,B,C ...]                     a sweep: one run for every combination
  sinefit gradients [KEY=VALUE ...]              what backward() and autograd.grad() do
                                                 on these settings; trains nothing

Examples
  sinefit                                        the default run: sin x, 1-10-1, ReLU, SGD
  sinefit model.hidden_size=32 optimizer=adam    other numbers and choices
  sinefit +experiment=seed seed=3                a ready-made experiment
  sinefit -m optimizer=sgd,adam 'seed=range(0,5)' ten runs
  sinefit --cfg job optimizer=adam               show all settings; train nothing
"""

TAIL = """\
A run is saved in outputs/runs/DATE/TIME: result.json (metrics), history.csv,
prediction.csv, model.pt, fit.png, run.log.
A sweep is saved in outputs/sweeps/DATE/TIME and ends as a table; `sinefit-results --help` says more.

  --config-dir DIR         groups and choices of your own from DIR
  hydra.run.dir=DIR        save the run in DIR; hydra.sweep.dir=DIR a sweep
  resume=DIR               go on with a killed sweep (with -m) or run
  rerun=DIR                train a past run again and compare
  --cfg job                show all settings; --cfg hydra shows Hydra's
  --hydra-help             Hydra's own flags
  --version                versions
  eval "$(sinefit -sc install=bash)"             tab completion (bash; also zsh, fish)
"""


def print_help(conf: Path) -> None:
    """Print the page, with every group and choice below the folder `conf`."""
    width = shutil.get_terminal_size((100, 24)).columns
    print(HEAD)  # noqa: T201 - the page itself
    for group in sorted(path for path in conf.iterdir() if path.is_dir() and path.name != "hydra"):
        choose = f"+{group.name}" if group.name == "experiment" else group.name
        print(f"{choose}=")  # noqa: T201
        for line in describe_group(group, width):
            print(line)  # noqa: T201
    print(f"\n{TAIL}", end="")  # noqa: T201


def describe_group(group: Path, width: int) -> Iterator[str]:
    """A line a choice: its name, and what its file says of itself; then the names in folders below."""
    for file in sorted(group.glob("*.yaml")):
        text = f"  {file.stem:<14} {describe_choice(file)}"
        yield from textwrap.wrap(text, width, subsequent_indent=" " * 17) or [text]
    for folder in sorted(path for path in group.iterdir() if path.is_dir()):
        names = ", ".join(f"{folder.name}/{file.stem}" for file in sorted(folder.glob("*.yaml")))
        yield from textwrap.wrap(names, width, initial_indent="  ", subsequent_indent="  ")


def describe_choice(file: Path) -> str:
    """What stands after the command in the first comment, or in the comment below it."""
    with file.open(encoding="utf-8") as lines:
        comments = [line[1:].strip() for line in lines if line.startswith("#")]
    command, *rest = [comment for comment in comments if not comment.startswith("@package")] or [""]
    return command.partition(": ")[2] or next(iter(rest), "")
