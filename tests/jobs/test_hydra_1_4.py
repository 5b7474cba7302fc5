"""Under Hydra 1.4 runs have the bits that they have under 1.3; `scripts/test-hydra-1.4` runs these."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest
from hydra_plugins.sinefit_fused.fused_launcher import FusedLauncher
from hydra_versions import IS_1_4

if TYPE_CHECKING:
    from pathlib import Path

needs_1_4 = pytest.mark.skipif(not IS_1_4, reason="this is Hydra 1.3")
SWEEP = ("-m", "optimizer=sgd,adam", "seed=1,2", "model=fourier,mlp", "trainer.max_epochs=3")


def parameters(python: str, folder: Path, name: str, *arguments: str) -> dict[str, bytes]:
    """What a command in a process of its own trains, by job; it may warn of nothing."""
    command = [python, "-m", "sinefit.run", *SWEEP, *arguments, f"hydra.sweep.dir={name}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stdout + done.stderr
    assert (folder / name / "results.csv").exists()
    return {path.parent.name: path.read_bytes() for path in (folder / name).glob("*/model.pt")}


def test_the_launcher_is_an_entry_point() -> None:
    """Hydra 1.4 finds the launcher where packages name their plugins."""
    (found,) = [each for each in entry_points(group="hydra.plugins") if each.name == "fused"]
    assert found.load().__name__ == FusedLauncher.__name__


@needs_1_4
@pytest.mark.parametrize("launcher", ["fused", "basic", "joblib"])
def test_parameters_equal_those_of_hydra_1_3(tmp_path: Path, launcher: str) -> None:
    """`model.pt` has the same bytes under both versions, and neither warns."""
    ours = parameters(sys.executable, tmp_path, "of 1.4", f"hydra/launcher={launcher}")
    theirs = parameters(os.environ["PYTHON_WITH_HYDRA_1_3"], tmp_path, "of 1.3", f"hydra/launcher={launcher}")
    assert len(ours) == 8
    assert ours == theirs


@needs_1_4
def test_ray_trains_the_same_bits(tmp_path: Path) -> None:
    """Ray's launcher runs the task as it is, to the bits of the fused launcher."""
    by_ray = parameters(sys.executable, tmp_path, "by ray", "hydra/launcher=ray", "engine=plain")
    fused = parameters(sys.executable, tmp_path, "fused", "engine=plain")
    assert by_ray == fused
