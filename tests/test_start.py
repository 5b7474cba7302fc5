"""Starting up: help, completion, tables and imports load no more than they need."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from run_folders import write_sweep

from sinefit.settings.compose import config_folder
from sinefit.settings.help import print_help

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("torch", "pandas", "hydra", "omegaconf", "matplotlib", "plotly", "scipy")


def run_code(code: str, folder: Path) -> tuple[str, set[str]]:
    """What Python code prints as a process of its own, and the heavy packages that it has loaded."""
    report = f"import sys; print(*set(sys.modules) & set({HEAVY}), file=sys.stderr)"
    process = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=folder,
        env=os.environ | {"COMP_LINE": "sinefit optimizer=", "COMP_POINT": "18"},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout, set(process.stderr.split())


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("import sinefit", ""),
        ("import sinefit.run", ""),
        ("import sys; sys.argv = ['sinefit', '--help']; from sinefit.run import main; main()", "optimizer="),
        (
            "import sys; sys.argv = ['sinefit', '-sc', 'query=bash']; from sinefit.run import main; main()",
            "optimizer=adam",
        ),
        ("import sys; sys.argv = ['sinefit', '--cfg', 'job']; from sinefit.run import main; main()", "seed:"),
    ],
)
def test_answers_at_once(code: str, answer: str, tmp_path: Path) -> None:
    """What trains nothing loads Hydra at most, and leaves no file."""
    printed, loaded = run_code(code, tmp_path)
    assert answer in printed
    assert loaded <= ({"hydra", "omegaconf"} if code != "import sinefit" else set())
    assert list(tmp_path.iterdir()) == []


def test_a_table_loads_no_more_than_pandas(tmp_path: Path) -> None:
    """`sinefit-results table` reads records without torch, Hydra or what draws and computes."""
    write_sweep(tmp_path / "sweep", ["optimizer=sgd"], ["optimizer=adam"])
    code = "from sinefit.cli.main import app; app(['table', 'sweep'], standalone_mode=False)"
    printed, loaded = run_code(code, tmp_path)
    assert "adam" in printed
    assert loaded == {"pandas"}


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_help_names_every_choice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """Each choice stands in the help with what it is, beside it or below it, within the terminal's width."""
    monkeypatch.setenv("COLUMNS", str(columns))
    print_help(config_folder())
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    groups = [path for path in config_folder().iterdir() if path.is_dir() and path.name != "hydra"]
    names = [
        str(file.relative_to(group).with_suffix("")) for group in groups for file in group.rglob("[!_]*.yaml")
    ]
    assert "quick/siren" in names
    for name in names:
        places = [k for k, line in enumerate(lines) if line == f"  {name}" or line.startswith(f"  {name}  ")]
        assert len(places) == names.count(name)
        for place in places:
            assert lines[place].split(maxsplit=1)[1:] or lines[place + 1].startswith("      ")


def test_help_for_a_reader_that_leaves_early(tmp_path: Path) -> None:
    """A closed pipe, as by ``| head -1``, is no error."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "sinefit.run", "--help"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
