"""A sweep in a process of its own, from the shell's call to the files on disk, under both launchers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra_plugins.sinefit_fused as plugin
from omegaconf import OmegaConf, open_dict

if TYPE_CHECKING:
    from sweeping import App

PROGRAM = """
import logging
import hydra

def task(config):
    logging.getLogger(__name__).info("seed %s", config.seed)

def batched(jobs, **options):
    for job in jobs:
        with job.active():
            task(job.config)
    return [None] * len(jobs)

task.batched = batched

if __name__ == "__main__":
    hydra.main(config_path="conf", config_name="config")(task)()
"""


def swept(app: App, launcher: str) -> dict[str, Any]:
    """The files of a sweep, without the settings of the launcher."""
    where = app.folder / "out"
    command = [sys.executable, "app.py", "-m", f"hydra/launcher={launcher}", "hydra.sweep.dir=out"]
    command += ["optimizer=sgd,adam", "optimizer.lr=0.1,1", "doubled=0", "text='a b'", "+other=[x]"]
    paths = os.pathsep.join([str(Path(plugin.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        command, cwd=app.folder, env=os.environ | {"PYTHONPATH": paths}, check=True, capture_output=True
    )
    files: dict[str, Any] = {}
    for path in sorted(where.glob("[0-9]*/**/*")):
        if path.name == "hydra.yaml":
            config = OmegaConf.load(path)
            with open_dict(config):
                del (
                    config.hydra.launcher,
                    config.hydra.overrides.hydra,
                    config.hydra.runtime.choices["hydra/launcher"],
                )
            files[str(path.relative_to(where))] = OmegaConf.to_yaml(config)
        elif path.is_file():
            files[str(path.relative_to(where))] = path.read_bytes() if path.suffix == ".yaml" else None
    where.rename(app.folder / f"out of {launcher}")
    return files


def test_process_leaves_the_files_of_the_basic_launcher(app: App) -> None:
    """The files of the jobs are those that Hydra's basic launcher leaves, and the logs say the same."""
    (app.folder / "app.py").write_text(PROGRAM)
    assert swept(app, "fused") == swept(app, "basic")
    logs = [(app.folder / f"out of {name}" / "3" / "app.log").read_text() for name in ("fused", "basic")]
    assert logs[0].partition("]")[2] == logs[1].partition("]")[2] == "[__main__][INFO] - seed 0\n"
