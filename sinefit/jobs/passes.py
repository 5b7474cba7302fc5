"""Rungs under launchers that run jobs one by one: Hydra runs the sweep to each rung, then to the end.

Each job sees by its sweep's folder how far it is to be trained, whatever process it is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.jobs.race import Race
from sinefit.jobs.replay import unnamed_word
from sinefit.jobs.rungs import GOING_ON, bracket_of
from sinefit.settings.words import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from omegaconf import DictConfig

    from sinefit.jobs.job import Job
    from sinefit.jobs.sweep import Sweep
    from sinefit.settings.command import Command


class Passes:
    """The passes of a sweep.

    Args:
        config: of the sweep, as composed, with the hydra node.
        sweep: is told what rungs decide.
        jobs: of the sweep, in their order; none under a launcher that trains to rungs by itself, or of a
            sweeper that alone knows them.
    """

    def __init__(self, config: DictConfig, sweep: Sweep, jobs: Sequence[Job]) -> None:
        self._config = config
        self._sweep = sweep
        self._jobs = [job for job in jobs if bracket_of(job) is not None]
        numbers = (jobs[0].number, jobs[-1].number) if jobs else (0, 0)
        self._race = Race(sweep.folder, numbers, config.hydra.sweeper.get("max_batch_size"))

    def run(self, words: Sequence[str], hand_over: Callable[[Sequence[str], Sweep], None]) -> None:
        """Let Hydra run the sweep, until no job waits at a rung.

        Args:
            words: for Hydra.
            hand_over: lets Hydra do what words say.
        """
        hand_over(words, self._sweep)
        while True:
            self._race.collect(self._jobs)
            decisions = self._race.decide()
            if not decisions:
                return
            self._sweep.say(self._race.describe(decisions))
            hand_over(self._go_on(words), self._sweep)

    def _go_on(self, words: Sequence[str]) -> list[str]:
        """The words for a pass behind a rung; Hydra writes nothing into the folders of jobs any more."""
        kept = [word for word in words if key_of(word) not in {"resume", "hydra.output_subdir"}]
        unnamed = self._config.hydra.job.config.override_dirname.exclude_keys
        named = [] if "resume" in unnamed else [unnamed_word([*unnamed, "resume"])]
        return [*kept, *named, f"resume={GOING_ON}", "hydra.output_subdir=null"]


def require_listed_jobs(config: DictConfig, command: Command) -> None:
    """Refuse rungs where jobs run one by one and only their sweeper knows them: nobody could rank them.

    Args:
        config: of the sweep, as composed, with the hydra node.
        command: that composed it.

    Raises:
        SinefitError: saying what to type.
    """
    is_fused = str(config.hydra.launcher._target_).endswith("FusedLauncher")
    if is_fused or command.jobs is not None:
        return
    typed = [
        str(each.input_line) for each in command.overrides if "trainer.halving" in str(each.key_or_group)
    ]
    if typed:
        msg = (
            f"{' '.join(typed)}: the jobs are known only to hydra/sweeper="
            f"{config.hydra.runtime.choices.get('hydra/sweeper')}, and this launcher runs them one by one,"
            " so that none can be ranked; type hydra/launcher=fused"
        )
        raise SinefitError(msg)
