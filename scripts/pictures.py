"""Remakes the pictures of the guide, the README and the experiments from real runs.

.venv/bin/python scripts/pictures.py                     those of the guide and the README, a minute
.venv/bin/python scripts/pictures.py f_principle snake   those of these experiments, in their full form
.venv/bin/python scripts/pictures.py all                 all of them, ten minutes
.venv/bin/python scripts/pictures.py --folder NEW        elsewhere than in docs/pictures

An experiment is run and drawn by the two commands that docs/experiments.md shows.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from playwright.sync_api import sync_playwright

from sinefit.core.data import SampledFunction
from sinefit.core.functions import Sine
from sinefit.core.loader import TensorLoader
from sinefit.record.folder import RunFolder
from sinefit.results.plots.chart import Axis, Chart, Line, Panel
from sinefit.results.plots.panels import epoch_panel, fit_panel
from sinefit.results.plots.static import render_static

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 1500
"""Pixels; wider pictures are made smaller."""
EPOCHS = (1, 5, 20, 100)
RATES = (0.001, 0.01, 0.1, 1.0)


def command(module: str, *arguments: str) -> None:
    """Call one of the project's commands as a process, here."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'sinefit' / 'plugins'}"}
    subprocess.run([sys.executable, "-m", module, *arguments], env=environment, check=True)


def save(chart: Chart, path: Path) -> None:
    """Write a picture of moderate size."""
    path.write_bytes(render_static(chart, "png"))
    shrink(path)


def shrink(path: Path) -> None:
    """Write a picture again with 256 colors, which drawings do not miss, and no wider than a page shows."""
    with Image.open(path) as picture:
        colors = picture.convert("RGB")
    colors.thumbnail((WIDEST, WIDEST))
    small = colors.quantize(256)
    small.save(path, optimize=True)
    print(path, path.stat().st_size)


def draw_batch(path: Path) -> None:
    """The points of sin x, and those of the first batch of seed 0."""
    data = SampledFunction(Sine(), -2 * torch.pi, 2 * torch.pi)
    points = data.draw(seed=0).training
    torch.manual_seed(0)
    dataset = torch.utils.data.TensorDataset(points.inputs, points.targets)
    inputs, targets = next(iter(TensorLoader(dataset, batch_size=32, shuffle=True)))
    shown = (("1,000 points", points.inputs, points.targets, 4), ("a batch of 32", inputs, targets, 1))
    lines = tuple(Line(name, *map(to_list, xy), style, marks="points") for name, *xy, style in shown)
    save(Chart("", (Panel("", Axis("x"), Axis("y"), lines),)), path)


def to_list(column: torch.Tensor) -> list[float]:
    """A column (N, 1) as numbers."""
    return column.flatten().tolist()


def draw_learning(path: Path) -> None:
    """What the network of `experiment=seed` predicts after some epochs."""
    epochs = ",".join(map(str, EPOCHS))
    command("sinefit.run", "-m", "+experiment=seed", f"trainer.max_epochs={epochs}", "hydra.sweep.dir=epochs")
    panels = []
    for job, epoch in enumerate(EPOCHS):
        run = RunFolder(Path("epochs") / str(job))
        rows = run.read_prediction()
        panel = fit_panel(*([row[name] for row in rows] for name in ("x", "target", "prediction")))
        loss = run.read_result().metrics["mse"]
        panels.append(replace(panel, title=f"epoch {epoch}, mean squared error {loss:.2f}"))
    save(Chart("", tuple(panels)), path)


def draw_learning_rates(path: Path) -> None:
    """The loss of each epoch for learning rates from too small to too large."""
    rates = ",".join(map(str, RATES))
    command("sinefit.run", "-m", "+experiment=seed", f"optimizer.lr={rates}", "hydra.sweep.dir=rates")
    lines = []
    for job, rate in enumerate(RATES):
        run = RunFolder(Path("rates") / str(job))
        losses = [row["train_loss"] for row in run.read_history()]
        is_diverged = run.read_result().status == "diverged"
        name = f"lr {rate:g}{f': diverged in epoch {len(losses) + 1}' if is_diverged else ''}"
        lines.append(Line(name, list(range(1, len(losses) + 1)), losses, job))
    save(Chart("", (epoch_panel(lines, "training loss", is_log=True),)), path)


def copy_fit(path: Path) -> None:
    """The picture that a run with the default settings leaves."""
    command("sinefit.run", "hydra.run.dir=good")
    shutil.copy(RunFolder("good").picture, path)
    shrink(path)


def copy_table_fit(path: Path) -> None:
    """The picture that a run on the example table leaves."""
    shutil.copy(ROOT / "docs" / "tables" / "ripening.csv", "ripening.csv")
    words = ("data=table", "data.path=ripening.csv", "data.target=firmness", "hydra.run.dir=table")
    command("sinefit.run", *words)
    shutil.copy(RunFolder("table").picture, path)
    shrink(path)


def draw_sweep(path: Path) -> None:
    """The curves of the guide's sweep, by the command that the guide shows."""
    fixed = ("model=mlp", "scheduler=constant")
    grid = (*fixed, "optimizer=sgd,adam", "model.hidden_size=8,32", "seed=range(0,10)")
    command("sinefit.run", "-m", *grid, "hydra.sweep.dir=sweep")
    by = ("--by", "optimizer,model.hidden_size")
    command("sinefit.cli", "plot", "sweep", "--kind", "curves", *by, "--output", str(path))
    shrink(path)


def photograph_report(path: Path) -> None:
    """The page of the README's sweep, and beside it a run of it on a phone."""
    grid = ("optimizer=sgd,adam", "model.hidden_size=8,16,32", "seed=range(0,10)")
    command("sinefit.run", "-m", *grid, "hydra.sweep.dir=sixty")
    command("sinefit.cli", "report", "sixty", "--output", "report.html")
    page = Path("report.html").absolute().as_uri()
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        wide = browser.new_page(viewport={"width": 1200, "height": 900})
        wide.goto(page)
        wide.screenshot(path=path)
        phone = browser.new_page(viewport={"width": 390, "height": 1000}, device_scale_factor=2)
        phone.goto(page)
        phone.locator('[data-table="runs"] button.open').first.click()
        phone.locator("dialog .main-svg").last.wait_for()
        phone.screenshot(path=path.with_name(f"{path.stem}-phone.png"))
        browser.close()
    shrink(path)
    shrink(path.with_name(f"{path.stem}-phone.png"))


GUIDE: dict[str, Callable[[Path], None]] = {
    "batch": draw_batch,
    "learning": draw_learning,
    "learning-rate": draw_learning_rates,
    "fit": copy_fit,
    "table": copy_table_fit,
    "curves": draw_sweep,
    "report": photograph_report,
}


def read_commands() -> dict[str, tuple[list[str], list[str]]]:
    """What docs/experiments.md shows for each experiment: the arguments of its sweep and of its picture."""
    page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    found = re.findall(
        r"^    sinefit (-m \+experiment=(\w+) .+)\n    sinefit-results (plot .+)$", page, re.MULTILINE
    )
    return {name: (sweep.split(), plot.split()) for sweep, name, plot in found}


def draw_experiment(sweep: list[str], plot: list[str], path: Path) -> None:
    """Run an experiment and draw its picture."""
    command("sinefit.run", *sweep)
    command("sinefit.cli", *plot, "--output", str(path))
    shrink(path)


def main(arguments: list[str]) -> None:
    """Make the chosen pictures in a temporary folder's runs."""
    experiments = read_commands()
    parser = argparse.ArgumentParser(description="Remakes pictures from real runs.")
    parser.add_argument("experiments", nargs="*", metavar="NAME", help=f"all, {', '.join(experiments)}")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "pictures")
    chosen = parser.parse_args(arguments)
    names = list(experiments) if chosen.experiments == ["all"] else chosen.experiments
    if unknown := set(names) - set(experiments):
        parser.error(f"no experiment {', '.join(sorted(unknown))}; type one of all, {', '.join(experiments)}")
    folder = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        os.chdir(temporary)
        for name in names:
            draw_experiment(*experiments[name], folder / f"{name}.png")
        if not names or chosen.experiments == ["all"]:
            for name, draw in GUIDE.items():
                draw(folder / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
