"""`load_run`: a run back in Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import torch

import sinefit as package
from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_folder(sinefit: Command, folder: Path) -> Path:
    """A finished run."""
    assert sinefit("trainer=quick", "data.num_points=40", "dtype=float64", "hydra.run.dir=here")[0] == 0
    return folder / "here"


def test_a_loaded_run_predicts(run_folder: Path) -> None:
    """The model has the trained weights, and calling the run predicts."""
    loaded = package.load_run(run_folder)
    expected = RunFolder(run_folder).read_parameters()
    assert all(map(torch.equal, loaded.model.state_dict().values(), expected.values()))
    assert not loaded.model.training
    x = torch.linspace(-1, 1, 5).unsqueeze(1)
    y = loaded(x)
    assert (y.shape, y.dtype, y.requires_grad) == ((5, 1), torch.float64, False)
    assert torch.equal(y, loaded.model(x.double()))
    assert loaded.result.epochs == len(loaded.history) == 5
    assert loaded.config.model.hidden_size == 32


def test_loading_draws_nothing(run_folder: Path) -> None:
    """The global generator is left alone."""
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    package.load_run(run_folder)
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize("name", ["result.json", "history.csv", "model.pt", ".hydra/config.yaml"])
@pytest.mark.parametrize("content", [None, b"", b"\x80garbage: [", b"{}"])
def test_missing_and_broken_files_are_named(run_folder: Path, name: str, content: bytes | None) -> None:
    """The error names the file that cannot be used."""
    path = run_folder / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(package.RecordError, match=name.rpartition("/")[2]):
        package.load_run(run_folder)


def test_weights_of_another_model_are_refused(run_folder: Path) -> None:
    """Weights that do not fit the config's model are told so."""
    torch.save({"0.weight": torch.zeros(3, 1)}, run_folder / "model.pt")
    with pytest.raises(package.RecordError, match="does not fit the model"):
        package.load_run(run_folder)


@pytest.mark.parametrize("dtype", ["float99", "save", "3", "${nope}"])
def test_another_dtype_is_refused(run_folder: Path, dtype: str) -> None:
    """A config with a dtype that no run has is named, with the value."""
    path = run_folder / ".hydra" / "config.yaml"
    path.write_text(path.read_text().replace("dtype: float64", f"dtype: {dtype}"))
    with pytest.raises(package.RecordError, match=f"config.yaml: dtype must be one of .*{re.escape(dtype)}"):
        package.load_run(run_folder)


def test_dangerous_targets_are_refused(run_folder: Path) -> None:
    """Hydra's policy on targets holds when a run is loaded."""
    path = run_folder / ".hydra" / "config.yaml"
    path.write_text(path.read_text().replace("sinefit.core.models.MLP", "os.system"))
    with pytest.raises(package.SinefitError, match=r"os\.system"):
        package.load_run(run_folder)
