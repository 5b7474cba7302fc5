"""Starting up: help, completion and imports load no torch."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sinefit.run import config_folder
from sinefit.usage import print_help

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


def test_help_names_every_choice(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each choice stands in the help with what it is, within a narrow terminal's width."""
    monkeypatch.setenv("COLUMNS", "60")
    print_help(config_folder())
    out = capsys.readouterr().out
    groups = [path for path in config_folder().iterdir() if path.is_dir() and path.name != "hydra"]
    assert groups
    for group in groups:
        for file in group.glob("*.yaml"):
            lines = [line for line in out.splitlines() if line.startswith(f"  {file.stem} ")]
            assert len(lines) == sum((other / file.name).exists() for other in groups)
            assert all(len(line.split()) > 1 and len(line) <= 60 for line in lines)
        below = {f"{file.parent.name}/{file.stem}" for file in group.glob("*/*.yaml")}
        assert below <= {word.rstrip(",") for word in out.split()}
