"""What Hydra itself costs a job: an app whose task does nothing, or only reads, under `fused` and `basic`."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import run_process, show

APP = """
import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf
from sinefit.settings.compose import config_folder

def task(config):
    if {reads}:
        OmegaConf.to_container(config, resolve=True)
        HydraConfig.get().job.num
    return 0.0

if {batched}:
    task.batched = lambda jobs, **options: [0.0 for _ in jobs]

hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="config")(task)()
"""
SIDES = {
    "fused": ("fused", True, False, 1000),
    "fused, singly": ("fused", False, False, 500),
    "fused, singly, reading": ("fused", False, True, 500),
    "basic": ("basic", False, False, 50),
}
"""Name to the launcher, whether there is a batched task, whether a task looks at all of its config and at
Hydra's, and how many jobs are run."""


def benchmark_empty(rounds: int) -> None:
    """The processor time of a job beyond starting up, with a batched task and without."""
    spent: dict[str, list[float]] = {name: [] for name in SIDES}
    folder = Path(tempfile.mkdtemp())
    try:
        for _ in range(rounds):
            for name, (launcher, batched, reads, jobs) in SIDES.items():
                few, many = (
                    sweep(folder, launcher, count, batched=batched, reads=reads) for count in (1, jobs)
                )
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


def sweep(folder: Path, launcher: str, jobs: int, *, batched: bool, reads: bool) -> float:
    """Seconds of processor time of a whole process.

    Args:
        folder: where the process gets a folder of its own.
        launcher: the choice of `hydra/launcher`.
        jobs: how many, at least 1.
        batched: whether the app has a batched task.
        reads: whether its task looks at its config and at Hydra's.
    """
    own = Path(tempfile.mkdtemp(dir=folder))
    (own / "app.py").write_text(APP.format(batched=batched, reads=reads))
    arguments = ["app.py", "-m", f"hydra/launcher={launcher}", f"seed=range(0,{jobs})"]
    return run_process(arguments, own).processor_seconds
