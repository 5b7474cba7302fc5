"""A job: the settings of one run and where its record goes, whoever runs it; independent of training."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from sinefit.record.folder import RunFolder
from sinefit.record.hydra_files import as_typed, read_invocation
from sinefit.settings.code import hash_code
from sinefit.settings.content import with_content
from sinefit.settings.plain import hash_settings, hydra_globals, plain_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from omegaconf import DictConfig


class LaunchedJob(Protocol):
    """What a launcher gives the batched task: a job whose configs are built when they are looked at."""

    num: int

    @property
    def config(self) -> DictConfig:
        """The task's config."""

    def plain_config(self) -> dict[str, Any] | None:
        """The values of `config`, resolved; None if that takes the config itself."""

    @property
    def output_dir(self) -> str:
        """The job's folder."""

    @property
    def overrides(self) -> list[str]:
        """As typed."""

    @property
    def choices(self) -> dict[str, str | None]:
        """Config group to choice."""

    @property
    def hydra_config(self) -> DictConfig:
        """The whole config, with the hydra node."""

    def active(self) -> AbstractContextManager[Any]:
        """Let log, working directory and Hydra's globals be the job's."""


@dataclass(frozen=True)
class Job:
    """A run's settings and where its record goes.

    Attributes:
        settings: the task's config as plain values.
        folder: the run folder.
        overrides: as typed on the command line; of a rerun, as typed for the run that it repeats.
        choices: config group to choice.
        is_single: whether it is a run of its own, rather than a job of a sweep.
        number: of the job in its sweep.
        started: when.
        active: makes log, working directory and Hydra's globals the job's, while a block runs.
    """

    settings: dict[str, Any]
    folder: RunFolder
    overrides: tuple[str, ...]
    choices: dict[str, str]
    is_single: bool
    number: int = 0
    started: datetime = field(default_factory=lambda: datetime.now().astimezone())
    active: Callable[[], AbstractContextManager[Any]] = nullcontext

    @cached_property
    def config_hash(self) -> str:
        """Of what decides the run's numbers: settings, and the content of a table."""
        return hash_settings(with_content(self.settings))

    @cached_property
    def code(self) -> dict[str, str]:
        """The digests of the files with code of one's own that it needs."""
        return hash_code(self.settings)

    def describe(self) -> dict[str, Any]:
        """The part of a `Result` that does not depend on how the run ended."""
        from sinefit.record.environment import describe_environment  # noqa: PLC0415 - only a run needs it

        return {
            "seed": self.settings["seed"] if isinstance(self.settings.get("seed"), int) else 0,
            "config_hash": self.config_hash,
            "choices": {
                group: name for group, name in self.choices.items() if not group.startswith("hydra/")
            },
            "overrides": list(self.overrides),
            "started": self.started.isoformat(timespec="seconds"),
            "environment": describe_environment() | {"code": self.code},
        }


def job_from_hydra(config: DictConfig) -> Job:
    """The job that Hydra is running now, from the config that it handed to the task."""
    hydra_config = HydraConfig.get()
    is_single = hydra_config.mode != RunMode.MULTIRUN
    folder = RunFolder(hydra_config.runtime.output_dir)
    overrides, choices = hydra_config.overrides.task, hydra_config.runtime.choices
    if config.rerun:
        first = RunFolder(config.rerun).read_result()
        overrides, choices = first.overrides, first.choices
    elif config.resume and is_single:
        started = read_invocation(folder.path)
        overrides, choices = started.overrides, started.choices
    return Job(
        settings=plain_settings(config),
        folder=folder,
        overrides=tuple(as_typed(overrides)),
        choices=_only_chosen(choices),
        is_single=is_single,
        number=0 if is_single else int(hydra_config.job.num),
    )


def find_sweep_folder() -> Path:
    """The folder of the sweep whose job Hydra is running now."""
    hydra_config = HydraConfig.get()
    return Path(hydra_config.runtime.cwd, hydra_config.sweep.dir)


def job_from_launcher(launched: LaunchedJob) -> Job:
    """A job of a batch."""
    settings = launched.plain_config()
    if settings is None:
        with hydra_globals(launched.hydra_config):
            settings = plain_settings(launched.config)
    return Job(
        settings=settings,
        folder=RunFolder(launched.output_dir, durable=False),
        overrides=tuple(as_typed(launched.overrides)),
        choices=_only_chosen(launched.choices),
        is_single=False,
        number=launched.num,
        active=launched.active,
    )


def _only_chosen(choices: Mapping[str, str | None] | Iterable[Any]) -> dict[str, str]:
    return {group: choice for group, choice in dict(choices).items() if choice}
