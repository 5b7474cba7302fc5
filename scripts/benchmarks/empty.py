"""What Hydra itself costs a job: an app whose task does nothing, under `fused` and `basic`."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import run_process, show

APP = """
import hydra
from sinefit.run import config_folder

def task(config):
    return 0.0

def batched(jobs, **options):
    return [0.0 for _ in jobs]

task.batched = batched
hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="config")(task)()
"""
JOBS = 1000
BASIC_JOBS = 50


def benchmark_empty(rounds: int) -> None:
    """1,000 jobs under `fused`, and 50 under `basic`, whose cost a job is taken for all."""
    seconds: dict[str, list[float]] = {"fused": [], "basic": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for launcher, jobs in (("fused", JOBS), ("basic", BASIC_JOBS)):
                few, many = (sweep(folder, launcher, count) for count in (1, jobs))
                seconds[launcher].append((many - few) / (jobs - 1))
    each = {name: 1000 * statistics.median(values) for name, values in seconds.items()}
    ratios = [b / f for b, f in zip(seconds["basic"], seconds["fused"], strict=True)]
    rows = [(name, f"{value:.2f} ms") for name, value in each.items()]
    rows.append(("basic / fused", f"{statistics.median(ratios):.0f}"))
    show("Hydra's cost of a job with an empty task, beyond starting up", ("launcher", "a job"), rows)


def sweep(folder: str, launcher: str, jobs: int) -> float:
    """Seconds of a whole process with so many jobs."""
    own = Path(tempfile.mkdtemp(dir=folder))
    (own / "app.py").write_text(APP)
    arguments = [
        "app.py",
        "-m",
        f"hydra/launcher={launcher}",
        f"seed=range(0,{jobs})",
    ]
    return run_process(arguments, own).seconds
