"""Runs sweeps of a small app in this process, under the fused launcher and under Hydra's basic one.

For the comparison both run under the name `fused`, so that even the launcher's own settings in `hydra.yaml`
agree: the reference is `FusedLauncher` with the methods of Hydra's `BasicLauncher`.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra_plugins.sinefit_fused import fused_launcher
from hydra_versions import set_version_base
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest
    from hydra.core.utils import JobReturn

GLOBAL = "# @package _global_\n"
FILES = {
    "config.yaml": """
defaults:
  - optimizer: sgd
  - db: mysql
  - optional extra: null
  - _self_
seed: 0
lr: ${optimizer.lr}
rate: 1.5
flag: true
nothing: null
text: plain
needed: ???
layers: [8, 16]
deep: {er: {est: 1, other: x}}
number: ${hydra:job.num}
folder: ${hydra:runtime.output_dir}
year: ${now:%Y}
home: ${oc.env:SINEFIT_TEST_HOME,nowhere}
doubled: ${twice:${seed}}
points: {x: 1, y: 2}
alias: ${points}
'on': off-key
""",
    "optimizer/sgd.yaml": "name: sgd\nlr: 0.01\nmomentum: 0.9\n",
    "optimizer/adam.yaml": "name: adam\nlr: 0.001\nbetas: [0.9, 0.999]\n",
    "db/mysql.yaml": "host: localhost\nport: 3306\n",
    "db/postgres.yaml": "host: other\nport: 5432\nrows: {first: 1}\n",
    "extra/notes.yaml": "note: 'a: b'\n",
    "experiment/one.yaml": GLOBAL + "defaults: [override /optimizer: adam]\nexperiment: one\nseed: 7\n",
    "experiment/two.yaml": GLOBAL + "defaults: [override /db: postgres]\nexperiment: two\nrate: 2\n",
    "typed.yaml": "defaults: [typed_schema, _self_]\nsize: 3\n",
}


def read_everything(config: DictConfig) -> Any:
    """All that a task can see of its config and of Hydra's, resolved."""
    hydra = HydraConfig.get()
    missing = OmegaConf.is_missing(config, "needed") if "needed" in config else None
    seen = OmegaConf.to_container(config, resolve=True)
    return {
        "config": seen,
        "needed": missing,
        "num": hydra.job.num,
        "dir": hydra.runtime.output_dir,
        "id": hydra.job.id,
    }


def one_by_one(task: Callable[[DictConfig], Any]) -> Callable[..., list[Any]]:
    """A batched task that runs the jobs one after the other."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        results = []
        for job in jobs:
            with job.active():
                try:
                    results.append(task(job.config))
                except Exception as error:  # noqa: BLE001
                    results.append(error)
        return results

    return batched


@dataclass
class Swept:
    """What a sweep returned and left on the disk."""

    returns: list[JobReturn]
    files: dict[str, bytes]

    def texts(self, ending: str) -> dict[str, str]:
        """The files with this ending, without the times in them."""
        return {
            name: re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "TIME", data.decode())
            for name, data in self.files.items()
            if name.endswith(ending)
        }


class App:
    """A Hydra app in a folder, which can be swept."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.conf = folder / "conf"
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a config file."""
        (self.conf / name).parent.mkdir(parents=True, exist_ok=True)
        (self.conf / name).write_text(text)

    def sweep(self, *overrides: str, sweep_dir: str | None = None, **how: Any) -> Swept:
        """Sweep the app with Hydra's own sweeper; see `optimize` for the arguments."""
        returns, files = self._run(overrides, sweep_dir, **how)
        return Swept([each for batch in returns for each in batch], files)

    def optimize(self, *overrides: str, **how: Any) -> dict[str, bytes]:
        """Sweep with a sweeper that returns nothing, and give the files.

        Args:
            overrides: The command line.
            how: `task`; `make_batched`, which makes the batched task, None for none; `basic` for the
                reference; `config_name`; `version_base`.
        """
        return self._run(overrides, None, **how)[1]

    def _run(  # noqa: PLR0913 - the ways to run an app
        self,
        overrides: Sequence[str],
        sweep_dir: str | None,
        *,
        task: Any = read_everything,
        make_batched: Any = one_by_one,
        basic: bool = False,
        config_name: str = "config",
        version_base: str | None = "1.3",
    ) -> tuple[Any, dict[str, bytes]]:
        set_version_base(version_base)
        where = self.folder / "out put='ä'" if sweep_dir is None else self.folder / sweep_dir
        given = ["hydra/launcher=fused", *overrides]
        if sweep_dir is None:
            quoted = str(where).replace("'", "\\'")
            given.append(f"hydra.sweep.dir='{quoted}'")

        def function(config: DictConfig) -> Any:
            return task(config)

        if make_batched is not None:
            function.batched = make_batched(task)  # type: ignore[attr-defined]
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            if basic:
                self._use_basic(patch)
            hydra = Hydra.create_main_hydra_file_or_module(str(self.folder / "app.py"), None, "conf", "app")
            try:
                returns = hydra.multirun(config_name, function, given)
            finally:
                GlobalHydra.instance().clear()
        files = {
            str(path.relative_to(where)): path.read_bytes() for path in where.rglob("*") if path.is_file()
        }
        shutil.rmtree(where)
        return returns, files

    def _use_basic(self, patch: pytest.MonkeyPatch) -> None:
        Plugins.instance()
        for name in ("setup", "launch"):
            patch.setattr(fused_launcher.FusedLauncher, name, getattr(BasicLauncher, name))
