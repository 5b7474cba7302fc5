"""The loop of a sweep: batches of trials are launched, and what became of them is told; knows no sampler."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra_plugins.sinefit_search._listing import describe_briefly, describe_fully
from hydra_plugins.sinefit_search._space import read_space
from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hydra.core.utils import JobReturn
    from hydra.plugins.launcher import Launcher
    from hydra.types import HydraContext, TaskFunction
    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._space import Space, Trial
    from omegaconf import DictConfig

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where the trials of a sweep come from."""

    @property
    def num_done(self) -> int:
        """How many trials are not launched, since they have ended before; those at the start."""
        ...

    def batches(self) -> Iterator[list[Trial]]:
        """The trials, those of a batch launched together; a batch is asked for when all before are told."""
        ...

    def tell(self, trials: Sequence[Trial], returns: Sequence[Sequence[JobReturn]]) -> None:
        """Hear what became of a batch.

        Args:
            trials: of the batch.
            returns: for each trial, what its repeats returned.
        """
        ...


class Listed:
    """The trials of grids and random draws, which are known before the start.

    Args:
        space: has them.
    """

    def __init__(self, space: Space) -> None:
        self.trials = list(space.trials())

    @property
    def num_done(self) -> int:
        """All are launched."""
        return 0

    def batches(self) -> Iterator[list[Trial]]:
        """The trials in order, all at once."""
        yield self.trials

    def tell(self, trials: Sequence[Trial], returns: Sequence[Sequence[JobReturn]]) -> None:
        """Raise what failed a job first, as Hydra's basic sweeper does."""
        del trials
        for each in (result for results in returns for result in results):
            _ = each.return_value


class Sweep:
    """A sweep by a launcher.

    Args:
        context: Hydra's.
        task_function: the app's.
        config: of the sweep.
        launcher: runs its jobs.
        options: of the sweeper.
    """

    def __init__(
        self,
        context: HydraContext,
        task_function: TaskFunction,
        config: DictConfig,
        launcher: Launcher,
        options: Options,
    ) -> None:
        self._context = context
        self._task_function = task_function
        self._config = config
        self._launcher = launcher
        self._options = options

    def run(self, arguments: Sequence[str], validate: Callable[[Any], None]) -> list[Sequence[JobReturn]]:
        """Run all jobs; what became of them comes back, a list for each batch of the launcher.

        Args:
            arguments: as typed, those of the app alone.
            validate: raises what is wrong with jobs that cannot be composed.
        """
        loader = self._context.config_loader
        parser = OverridesParser.create(config_loader=loader)
        space = read_space(self._options, parser.parse_overrides(list(arguments)), loader)
        sweep_dir = Path(self._config.hydra.sweep.dir)
        is_dry = self._config.hydra.launcher.get("dry_run") is True
        source = None
        if not self._options.is_learning:
            source = Listed(space)
        trials = None if source is None else source.trials
        for line in describe_fully(space, trials) if is_dry else describe_briefly(space, trials):
            log.info(line)
        if is_dry and source is None:
            return []
        sweep_dir.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self._config, sweep_dir / "multirun.yaml")
        return self._launch_all(space, source or self._study(space, sweep_dir), validate)

    def _study(self, space: Space, sweep_dir: Path) -> Source:
        from hydra_plugins.sinefit_search._samplers import require_packages  # noqa: PLC0415 - as below

        require_packages(str(self._options.sampler))
        from hydra_plugins.sinefit_search._study import make_study  # noqa: PLC0415 - loads optuna

        return make_study(space, self._options, sweep_dir, self._task_function)

    def _launch_all(
        self, space: Space, source: Source, validate: Callable[[Any], None]
    ) -> list[Sequence[JobReturn]]:
        launched: list[Sequence[JobReturn]] = []
        num = source.num_done * space.num_repeats
        for trials in source.batches():
            jobs = [[*trial.words, *repeat] for trial in trials for repeat in space.repeats]
            size = space.batch_size or len(jobs)
            results: list[JobReturn] = []
            for start in range(0, len(jobs), size):
                batch = jobs[start : start + size]
                validate(batch)
                launched.append(self._launcher.launch(batch, initial_job_idx=num))
                results += launched[-1]
                num += len(batch)
            per_trial = [
                results[start : start + space.num_repeats]
                for start in range(0, len(results), space.num_repeats)
            ]
            source.tell(trials, per_trial)
        return launched
