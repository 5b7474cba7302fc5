"""Starting up: help, completion and imports load no torch."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sinefit.run import config_folder
from sinefit.settings.help import print_help

if TYPE_CHECKING:
    from pathlib import Path

REPORT = "import sys; print('torch' in sys.modules, 'pandas' in sys.modules, file=sys.stderr)"


@pytest.mark.parametrize(
    "code",
    [
        "import sinefit",
        "import sinefit.run",
        "import sys; sys.argv = ['sinefit', '--help']; from sinefit.run import main; main()",
        "import sys; sys.argv = ['sinefit', '-sc', 'query=bash']; from sinefit.run import main; main()",
        "import sys; sys.argv = ['sinefit', '--cfg', 'job']; from sinefit.run import main; main()",
    ],
)
def test_torch_is_not_loaded(code: str, tmp_path: Path) -> None:
    """Neither torch nor pandas is imported by what should answer at once."""
    environment = os.environ | {"COMP_LINE": "sinefit optimizer=", "COMP_POINT": "18"}
    process = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stderr.strip() == "False False"
    if "query=bash" in code:
        assert "optimizer=adam" in process.stdout
    assert list(tmp_path.iterdir()) == []


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
