"""What Tab completes beyond Hydra's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sinefit.settings.completion import complete
from sinefit.settings.compose import config_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with choices of one's own and some runs."""
    for path in ("own/model/mine.yaml", "own/instrument/scope.yaml", "runs/a/result.json", "run.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("line", "suggestions"),
    [
        ("sinefit --config-dir own model=m", ["mine", "mlp", "mlp_sigmoid", "mlp_tanh"]),
        ("sinefit --config-dir=own -m model=siren,mi", ["siren,mine"]),
        ("sinefit -cd own +instrument=", ["scope"]),
        ("sinefit model=mi", []),
        ("sinefit -m +experiment=quick/si", ["quick/siren"]),
        ("sinefit data=_", []),
        ("sinefit resume=ru", ["runs/"]),
        ("sinefit rerun=runs/", ["runs/a/"]),
        ("sinefit hydra.sweep.dir=o", ["own/"]),
        ("sinefit resume=nowhere/", []),
    ],
)
def test_values_are_completed(line: str, suggestions: list[str]) -> None:
    """Choices of both folders, also in folders of a group and behind commas; folders, not files."""
    key = line.rsplit(maxsplit=1)[-1].partition("=")[0]
    assert complete(line, config_folder()) == [f"{key}={value}" for value in suggestions]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("line", "folders"), [("sinefit --config-dir o", ["own/"]), ("sinefit -cd ", ["own/", "runs/"])]
)
def test_the_folder_of_choices_is_completed(line: str, folders: list[str]) -> None:
    """Behind the option itself."""
    assert complete(line, config_folder()) == folders


@pytest.mark.parametrize(
    "line", ["sinefit mod", "sinefit seed=", "sinefit hydra/launcher=f", "sinefit model.hi"]
)
def test_the_rest_is_left_to_hydra(line: str) -> None:
    """It knows names of settings and its own groups."""
    assert complete(line, config_folder()) is None
