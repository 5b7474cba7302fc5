"""The field's experiments in their quick form, as sweeps through the fused launcher: what is known comes out.

The full forms and their numbers are in docs/experiments.md. The command that draws the picture there draws
the quick form here too.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sinefit import collect
from sinefit.cli.main import app
from sinefit.record.folder import RunFolder
from sinefit.results.plots import draw
from sinefit.results.plots.request import Request
from sinefit.run import config_folder

if TYPE_CHECKING:
    import pandas as pd

_SPEC = importlib.util.spec_from_file_location("pictures", Path(__file__).parents[2] / "scripts/pictures.py")
assert _SPEC is not None
assert _SPEC.loader is not None
pictures = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(pictures)

ZERO = 0.5**0.5
"""The error of always answering 0 to a sine: its root mean square."""
DEEPXDE = 0.0100
"""The relative L2 error of DeepXDE's own demo: the median of ``scripts/deepxde_demo.py 40``."""
NAMES = sorted(path.stem for path in (config_folder() / "experiment" / "quick").glob("*.yaml"))


def sweep(name: str, folder: Path) -> pd.DataFrame:
    """The table of an experiment's quick form."""
    command = [
        sys.executable,
        "-m",
        "sinefit.run",
        "-m",
        f"+experiment=quick/{name}",
        "hydra.sweep.dir=sweep",
    ]
    environment = {**os.environ, "COLUMNS": "120"}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert " in a stack" in done.stderr + done.stdout
    table = collect(folder / "sweep")
    assert set(table["status"]) == {"completed"}
    draw_as_documented(name, folder)
    return table


def draw_as_documented(name: str, folder: Path) -> None:
    """Draw the sweep by the command that docs/experiments.md shows below the experiment's."""
    shown, arguments = pictures.read_commands()[name]
    place = f"outputs/sweeps/{name}"
    assert shown == ["-m", f"+experiment={name}", f"hydra.sweep.dir={place}"]
    drawn = [str(folder / "sweep") if word == place else word for word in arguments]
    app([*drawn, "--output", str(folder / "picture.png")], standalone_mode=False)
    assert (folder / "picture.png").stat().st_size > 10_000


def medians(table: pd.DataFrame, by: str, metric: str) -> dict[object, float]:
    """A metric's median for each value of a setting."""
    return {key: float(group[metric].median()) for key, group in table.groupby(by)}


def test_every_quick_form_has_a_full_one() -> None:
    """Seven, each with its sweep and its picture in docs/experiments.md."""
    full = {path.stem for path in (config_folder() / "experiment").glob("*.yaml")}
    assert set(NAMES) <= full
    assert len(NAMES) == 7
    assert sorted(pictures.read_commands()) == NAMES


def test_sobolev(tmp_path: Path) -> None:
    """Czarnecki 2017: six points with derivatives are worth ten without, and far better than six without."""
    table = sweep("sobolev", tmp_path)
    error = {key: float(group["rmse"].median()) for key, group in table.groupby(["loss", "data.num_points"])}
    assert error["sobolev", 6] < 1.25 * error["mse", 10]
    assert 5 * error["sobolev", 6] < error["mse", 6]
    assert 2 * error["sobolev", 10] < error["mse", 10]


def test_snake(tmp_path: Path) -> None:
    """Ziyin 2020: beyond the points snake stays near the sine; the others are worse than answering 0."""
    error = medians(sweep("snake", tmp_path), "model", "extrapolation_rmse")
    assert error["snake"] < 0.8 * ZERO
    for name in ("mlp", "mlp_tanh", "mlp_sigmoid"):
        assert error[name] > max(ZERO, 3 * error["snake"])


def test_siren(tmp_path: Path) -> None:
    """Sitzmann 2020: the derivative of a sine network is ten times nearer to the signal's."""
    error = medians(sweep("siren", tmp_path), "model", "derivative_rmse")
    assert 10 * error["siren"] < min(error["mlp"], error["mlp_tanh"])


def test_f_principle(tmp_path: Path) -> None:
    """Xu 2019: the error falls first at the lower of two frequencies, in every run."""
    table = sweep("f_principle", tmp_path)
    for job in range(2):
        looks = RunFolder(tmp_path / "sweep" / str(job)).read_probe()
        first = next(look for look in looks if look["spectral_error_1"] < 0.5)
        assert first["spectral_error_4"] > 0.9
    later = table["half_step_4"].fillna(float("inf"))
    assert (3 * table["half_step_1"] < later).all()
    assert (table["spectral_error_1"] < table["spectral_error_4"]).all()


def test_spectral_bias(tmp_path: Path) -> None:
    """Rahaman 2019: low frequencies reach half amplitude first, also where high ones are stronger."""
    table = sweep("spectral_bias", tmp_path)
    steps = table[[f"half_step_{k}" for k in (2, 4, 6, 8)]].fillna(float("inf"))
    assert len(steps) == 2
    for _, row in steps.iterrows():
        assert row.is_monotonic_increasing
        assert 2 * row.iloc[0] < row.iloc[-1]
    chart = draw("spectrum", Request(table))
    assert [len(panel.lines) for panel in chart.panels] == [4, 4]


def test_fourier_features(tmp_path: Path) -> None:
    """Tancik 2020: p = 0 overfits, infinity underfits, and one between is best where it was not trained."""
    table = sweep("fourier_features", tmp_path)
    table["p"] = table["model.exponent"].astype(float)
    trained, tested = medians(table, "p", "train_loss"), medians(table, "p", "rmse")
    flat, middle, steep = 0.0, 1.0, float("inf")
    assert trained[flat] < 1e-3 * trained[steep]
    assert 1.3 * tested[middle] < min(tested[flat], tested[steep])


def test_deepxde_function(tmp_path: Path) -> None:
    """Equal settings, equal errors: some runs are at or below DeepXDE's median, half within 1.4 times it."""
    error = sweep("deepxde_function", tmp_path)["relative_l2_error"]
    # Of 90 runs 39 % were at or below it and 91 % within 1.4 times: chance alone hardly fails ten.
    assert error.min() <= DEEPXDE
    assert error.median() < 1.4 * DEEPXDE


@pytest.mark.parametrize("name", NAMES)
def test_the_first_lines_name_command_and_paper(name: str) -> None:
    """The command that runs it, and where it comes from."""
    lines = (config_folder() / "experiment" / f"{name}.yaml").read_text().splitlines()
    assert lines[1] == f"# sinefit -m +experiment={name}"
    assert "arXiv" in lines[2]
