"""What Hydra itself costs a job: an app whose task does nothing, under `fused` and `basic`."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import run_process, show

APP = """
import hydra
from sinefit.settings.compose import config_folder

def task(config):
    return 0.0

if {batched}:
    task.batched = lambda jobs, **options: [0.0 for _ in jobs]

hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="config")(task)()
"""
SIDES = {"fused": ("fused", True, 1000), "fused, singly": ("fused", False, 50), "basic": ("basic", False, 50)}
"""Name to the launcher, whether the task has a batched task, and how many jobs are run."""


def benchmark_empty(rounds: int) -> None:
    """The processor time of a job beyond starting up, with a batched task and without."""
    spent: dict[str, list[float]] = {name: [] for name in SIDES}
    folder = Path(tempfile.mkdtemp())
    try:
        for _ in range(rounds):
            for name, (launcher, batched, jobs) in SIDES.items():
                few, many = (sweep(folder, launcher, count, batched=batched) for count in (1, jobs))
                spent[name].append(1000 * (many - few) / (jobs - 1))
    finally:
        shutil.rmtree(folder)
    rows = [
        (
            name,
            f"{statistics.median(each):.2f} ms",
            f"{statistics.median(b / e for b, e in zip(spent['basic'], each, strict=True)):.1f}",
        )
        for name, each in spent.items()
    ]
    show("Hydra's cost of a job with an empty task", ("launcher", "a job", "times faster than basic"), rows)


def sweep(folder: Path, launcher: str, jobs: int, *, batched: bool) -> float:
    """Seconds of processor time of a whole process.

    Args:
        folder: where the process gets a folder of its own.
        launcher: the choice of `hydra/launcher`.
        jobs: how many, at least 1.
        batched: whether the app has a batched task.
    """
    own = Path(tempfile.mkdtemp(dir=folder))
    (own / "app.py").write_text(APP.format(batched=batched))
    arguments = ["app.py", "-m", f"hydra/launcher={launcher}", f"seed=range(0,{jobs})"]
    return run_process(arguments, own).processor_seconds
