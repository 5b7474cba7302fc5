"""A tree in the manner of lightning-hydra-template, with Lightning itself, under the launcher `fused`.

Its groups are data, model, callbacks, logger, trainer, paths, extras, hydra, experiment and debug. Its task
is wrapped, builds everything by `hydra.utils.instantiate`, and returns the metric to optimize. Left out
are rootutils (a line of `train.py` sets PROJECT_ROOT), colored logs, loggers that are services, and eval.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parent / "lightning_tree"
EXPERIMENTS = ["example", "wide", "debugged"]
Files = dict[str, bytes]


def sweep(folder: Path, launcher: str) -> Files:
    """Type a sweep over the tree's experiments; all that it leaves."""
    words = [
        "-m",
        f"hydra/launcher={launcher}",
        f"experiment={','.join(EXPERIMENTS)}",
        "hydra.sweep.dir=swept",
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "train.py", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    swept = folder / "swept"
    files = {str(path.relative_to(swept)): path.read_bytes() for path in swept.rglob("*") if path.is_file()}
    shutil.rmtree(swept)
    return files


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, Files]:
    """What the same sweep leaves under the launchers fused and basic, in the same place."""
    folder = tmp_path_factory.mktemp("tree") / "it's a tree ü"
    shutil.copytree(TREE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return sweep(folder, "fused"), sweep(folder, "basic")


def without_launcher(text: bytes, launcher: str) -> str:
    """Hydra's record of a job without the three places that name its launcher."""
    content = text.decode()
    assert f"{launcher.capitalize()}Launcher" in content
    content = content.replace(f"hydra/launcher={launcher}", "").replace(f"hydra/launcher: {launcher}", "")
    # Basic under Hydra 1.4 resolves the environment in place, which its record then shows; fused does not.
    content = re.sub(r"RUN_NAME: run \d+\n", "RUN_NAME: run ${hydra:job.num}\n", content)
    return re.sub(r"  launcher:\n(?:    .*\n)+", "", content)


def test_the_files_are_those_of_the_basic_launcher(swept: tuple[Files, Files]) -> None:
    """Configs, weights, metrics and printed trees are byte-equal; `hydra.yaml` but for the launcher."""
    fused, basic = swept
    assert fused.keys() == basic.keys()
    assert {"0/checkpoints/last.ckpt", "1/csv/version_0/metrics.csv", "2/.hydra/config.yaml"} <= fused.keys()
    for name in fused:
        if name.endswith(("hydra.yaml", "multirun.yaml")):
            assert without_launcher(fused[name], "fused") == without_launcher(basic[name], "basic")
        elif not name.endswith(("train.log", "debug.log")):
            assert fused[name] == basic[name], name


def test_the_logs_are_those_of_the_basic_launcher(swept: tuple[Files, Files]) -> None:
    """Each job logs into its own file, by the name and the level of its own config."""
    logs = [
        {
            name: re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "TIME", text.decode())
            for name, text in files.items()
            if name.endswith(("train.log", "debug.log"))
        }
        for files in swept
    ]
    assert logs[0] == logs[1]
    assert sorted(logs[0]) == ["0/train.log", "1/train.log", "2/debug.log"]
    assert all(text.count("Output dir: ") == 1 for text in logs[0].values())


def test_the_environment_is_each_job_s_own(swept: tuple[Files, Files]) -> None:
    """`hydra.job.env_set` is seen by the job that sets it and by no other."""
    seen = [json.loads(swept[0][f"{num}/environment.json"]) for num in range(3)]
    assert [each["RUN_NAME"] for each in seen] == ["run 0", "run 1", "run 2"]
    assert [each["DEBUGGED"] for each in seen] == [None, None, "yes"]


def test_the_optimized_metric_is_returned(swept: tuple[Files, Files]) -> None:
    """What a job returns is the metric that its experiment names, as its own log tells it."""
    for num, (log, metric) in enumerate([("train", "val"), ("train", "val"), ("debug", "train")]):
        status, value = json.loads(swept[0][f"{num}/returned.json"])
        assert status == "COMPLETED"
        assert f"<{metric}/loss={value}>" in swept[0][f"{num}/{log}.log"].decode()
