"""``sinefit --help``: how to call it, and what can be chosen, read from the first lines of `conf/`.

Composes nothing, so that it answers at once.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from sinefit.settings.experiments import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Entry = tuple[str, str]

WHAT = "sinefit fits functions (sin x first) and tables with small neural networks, as Hydra experiments."
USAGE = (
    ("sinefit [GROUP=NAME ...] [KEY=VALUE ...]", "train, evaluate and save one run"),
    ("sinefit -m [KEY=A,B,C ...]", "a sweep: one run for every combination"),
    (
        "sinefit gradients [KEY=VALUE ...]",
        "what backward() and autograd.grad() do on these settings; trains nothing",
    ),
    ("sinefit init [FOLDER]", "copy the config folder into ./conf or FOLDER/conf, to change it there"),
)
EXAMPLES = (
    ("sinefit", "the default run: a good fit of sin x in a second"),
    ("sinefit model.hidden_size=64 optimizer=sgd", "other numbers and choices"),
    ("sinefit +experiment=seed seed=3", "a ready-made experiment: the textbook's settings"),
    ("sinefit data=table data.path=a.csv data.target=y", "a table of your own: y from all other columns"),
    ("sinefit -m optimizer=sgd,adam 'seed=range(0,5)'", "ten runs"),
    ("sinefit -m +search=first_search", "a random search; docs/searching.md says how to search"),
    ("sinefit --cfg job optimizer=adam", "show all settings; train nothing"),
)
RESULT = (
    "A run is saved in outputs/runs/DATE/TIME: result.json (metrics), history.csv, prediction.csv, model.pt,"
    " fit.png, run.log. A sweep is saved in outputs/sweeps/DATE/TIME and ends as a table;"
    " `sinefit-results --help` says more."
)
OPTIONS = (
    ("--config-dir DIR", "groups and choices of your own from DIR"),
    ("hydra.run.dir=DIR", "save the run in DIR; hydra.sweep.dir=DIR a sweep"),
    ("resume=DIR", "go on with a killed sweep (with -m) or run"),
    ("rerun=DIR", "train a past run again and compare"),
    ("--cfg job", "show all settings; --cfg hydra shows Hydra's"),
    ("--hydra-help", "Hydra's own flags"),
    ("--version", "versions"),
    ("--install-completion", "let Tab complete words in bash, zsh or fish; --remove-completion"),
)
WIDEST = 100
"""Longer lines are hard to read."""
LEAST = 30
"""Descriptions narrower than this stand below what they describe."""


def version() -> str:
    """The version of sinefit that is installed."""
    from importlib.metadata import version as installed_version  # noqa: PLC0415 - takes 7 ms

    return installed_version("sinefit")


def print_help(conf: Path) -> None:
    """Print the page, with every group and choice below the folder `conf`."""
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    try:
        print("\n".join(describe(conf, width)), flush=True)  # noqa: T201 - the page itself
    except BrokenPipeError:  # as by `| head`: what Python still writes at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def describe(conf: Path, width: int) -> Iterator[str]:
    """The page's lines, none longer than `width` where words allow it."""
    yield from textwrap.wrap(WHAT, width)
    for title, entries in (("Usage", USAGE), ("Examples", EXAMPLES)):
        yield from ("", title)
        yield from in_columns(entries, width)
    yield ""
    for group in sorted(path for path in conf.iterdir() if path.is_dir() and path.name != "hydra"):
        yield f"+{group.name}=" if group.name in GROUPS else f"{group.name}="
        files = sorted(group.rglob("[!_]*.yaml"), key=lambda file: (len(file.parts), file))
        choices = [(str(file.relative_to(group).with_suffix("")), describe_choice(file)) for file in files]
        yield from in_columns(choices, width)
    yield ""
    yield from textwrap.wrap(RESULT, width)
    yield ""
    yield from in_columns(OPTIONS, width)


def in_columns(entries: Sequence[Entry], width: int) -> Iterator[str]:
    r"""Names on the left, descriptions on the right, or below where they have no room.

    >>> print(*in_columns([("a", "one two"), ("bcd", "three four")], 40), sep="\n")
      a    one two
      bcd  three four
    """
    left = max(len(name) for name, _ in entries) + 4
    is_narrow = width - left < LEAST
    indent = " " * (6 if is_narrow else left)
    for name, description in entries:
        start = indent if is_narrow else f"  {name}".ljust(left)
        if is_narrow:
            yield f"  {name}"
        yield from textwrap.wrap(description, width, initial_indent=start, subsequent_indent=indent)


def describe_choice(file: Path) -> str:
    """What stands after the command in the first comment, or in the comment below it."""
    with file.open(encoding="utf-8") as lines:
        comments = [line[1:].strip() for line in lines if line.startswith("#")]
    command, *rest = [comment for comment in comments if not comment.startswith("@package")] or [""]
    return command.partition(": ")[2] or next(iter(rest), "")
