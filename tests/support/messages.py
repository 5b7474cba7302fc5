"""Every message of the product on one page: `messages.json` holds what each of these command lines prints.

``python tests/support/messages.py`` writes the file anew; `test_messages.py` compares.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typed_results
import typed_runs
import typed_sweeps
from bad_tables import write_bad_tables
from hydra.core.singleton import Singleton
from known_sweep import write_known_sweep
from run_folders import write_run, write_sweep
from table_runs import write_table, write_table_run
from typed_runs import QUICK
from typed_sweeps import HALVED

from sinefit.cli.main import main as sinefit_results
from sinefit.run import main as sinefit

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).with_suffix(".json")
COMMANDS = typed_runs.COMMANDS | typed_sweeps.COMMANDS | typed_results.COMMANDS
COMPUTED = (
    QUICK,
    "rerun=halved",
    "trainer=quick hydra.run.dir",
    "rerun=single hydra",
    "-m resume=trained",
    "--format",
)
"""Commands whose numbers have other last digits on other machines."""
NORMAL = [
    (r"\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d(-\d+)?", "DATE/TIME"),
    (r"/[^\s'\"]*/conf\b", "CONF"),
    (r"\bin \d[\d.]* (ms|s|min)", "in TIME"),
    (r"\d[\d.]* s(?= (of )?training)", "TIME"),
    (r"sinefit \d[\w.+]*", "sinefit VERSION"),
    (r"Hydra \d[\w.+]*", "Hydra VERSION"),
    (r"0x[0-9a-f]+", "ADDRESS"),
    (r"[ \t]+$", ""),
]
"""Of what differs from machine to machine and from call to call."""
NUMBERS = [(r"-?\b\d+\.\d+(e[-+]?\d+)?\b|\b\d+e-\d+\b", "#"), (r"(?<=\S) {2,}", "  ")]
"""Of what was computed, and the room that its digits take."""


def list_commands() -> Iterator[tuple[str, str, bool]]:
    """Chapter, command line, and whether its numbers are left out."""
    for chapter, lines in COMMANDS.items():
        program = chapter.partition(":")[0]
        for line in filter(None, map(str.strip, lines.splitlines())):
            yield chapter, f"{program} {line}", any(part in line for part in COMPUTED)


def make_place(folder: Path) -> None:
    """What the commands need, in a folder for each program.

    Args:
        folder: there come trained, broken and empty folders and a config folder of one's own in ``sinefit``,
            and sweeps whose numbers are known in ``sinefit-results``.
    """
    runs, tables = (folder / name for name in ("sinefit", "sinefit-results"))
    write_known_sweep(tables / "outputs" / "sweeps" / "known", write_run)
    write_sweep(tables / "other", ["optimizer=sgd", "seed=0"], ["optimizer=sgd", "seed=1"])
    _write_table_runs(tables)
    write_bad_tables(runs / "tables")
    for place in (runs, tables):
        write_run(place / "unfinished", "seed=3", finished=False)
        (place / "empty").mkdir()
    for name, text in {
        "sinefit-results/broken.txt": "",
        "sinefit/unfinished/.hydra/config.yaml": "{model: {}, dtype: float32}",
        "sinefit/untrusted/.hydra/config.yaml": "{model: {_target_: theirs.Net}, dtype: float32}",
        "sinefit/broken/multirun.yaml": "hydra: [",
        "sinefit/own/model/broken.yaml": "a: [",
        "sinefit/own/model/twice.yaml": "a: 1\na: 2\n",
        "sinefit/own/model/tab.yaml": "a:\n\tb: 1\n",
        "sinefit/own/experiment/headless.yaml": "seed: 3\n",
        "sinefit/own/model/untargeted.yaml": "hidden_size: 3\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    tell(f"sinefit {QUICK} picture=false hydra.run.dir=single", folder)
    tell(f"sinefit -m {QUICK} seed=0,1 hydra.sweep.dir=trained", folder)
    tell(f"sinefit -m {QUICK} optimizer.lr=0.1,0.01,0.001 {HALVED} hydra.sweep.dir=halved", folder)
    for sweep in ("outputs/sweeps/known", "other"):
        tell(f"sinefit-results table {sweep}", folder)


def _write_table_runs(folder: Path) -> None:
    """Two runs on a table in the folder `on_table`, one on another table, and files to predict."""
    rows = write_table(folder / "rows.csv")
    for part in range(2):
        word = f"data.fold={part}"
        write_table_run(folder / "on_table" / str(part), folder / "rows.csv", word, part=part)
    write_table(folder / "others" / "rows.csv", seed=1)
    write_table_run(folder / "on_other_file", folder / "others" / "rows.csv")
    rows[["length", "y"]].to_csv(folder / "narrow.csv", index=False)
    rows.assign(color="pink").to_csv(folder / "pink.csv", index=False)
    rows.to_csv(folder / "german.csv", index=False, sep=";", decimal=",")
    rows.assign(predicted_y=0.0).to_csv(folder / "predicted.csv", index=False)


def tell(command: str, place: Path, *, is_computed: bool = False) -> list[str]:
    """What a command line prints in its program's folder, with its exit code; times and places made equal.

    Args:
        command: as typed.
        place: made by `make_place`.
        is_computed: whether its numbers differ from machine to machine, and are left out.
    """
    program, *words = shlex.split(command)
    here = (place / program).resolve()
    out, err = io.StringIO(), io.StringIO()
    code: int | str | None = 0
    arguments = sys.argv
    sys.argv = [program, *words]
    try:
        with (
            contextlib.chdir(here),
            _clean_slate(width=200 if is_computed else 100),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            (sinefit_results if program == "sinefit-results" else sinefit)()
    except SystemExit as stop:
        code = stop.code
    except Exception as error:  # noqa: BLE001 - what users would see as a traceback
        code = f"none, but a traceback: {type(error).__name__}: {error}"
    finally:
        sys.argv = arguments
    text = out.getvalue() + err.getvalue()
    for pattern, equal in [(re.escape(str(here)), "HERE"), *NORMAL, *(NUMBERS if is_computed else [])]:
        text = re.sub(pattern, equal, text, flags=re.MULTILINE)
    # How far a sweep is, in a line of its own, depends on the machine's speed; its last line does not.
    text = re.sub(r"^(\d+)/(?!\1 )\d+ jobs done.*\n", "", text, flags=re.MULTILINE)
    return [f"exit code {code or 0}", *text.strip("\n").split("\n")]


@contextlib.contextmanager
def _clean_slate(width: int) -> Iterator[None]:
    """Put back what a command leaves in its process: Hydra's singletons, log handlers, the environment."""
    singletons, environment = Singleton.get_state(), dict(os.environ)
    handlers = logging.getLogger().handlers[:]
    os.environ |= {"COLUMNS": str(width), "TERM": "dumb", "NO_COLOR": "1"}
    os.environ.pop("HYDRA_FULL_ERROR", None)
    try:
        yield
    finally:
        Singleton.set_state(singletons)
        os.environ.clear()
        os.environ.update(environment)
        for handler in logging.getLogger().handlers[:]:
            if handler not in handlers:
                handler.close()
                logging.getLogger().removeHandler(handler)


if __name__ == "__main__":
    found: dict[str, dict[str, list[str]]] = {name: {} for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        make_place(Path(folder))
        for chapter, command, is_computed in list_commands():
            found[chapter][command] = tell(command, Path(folder), is_computed=is_computed)
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
