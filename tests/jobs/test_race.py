"""What a rung does with runs that diverged, failed or were taken over, and what a given-up race leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from made_records import make_result

from sinefit.errors import SinefitError
from sinefit.jobs.job import Job
from sinefit.jobs.passes import require_listed_jobs
from sinefit.jobs.race import Race
from sinefit.jobs.rungs import Held, bracket_of
from sinefit.record.folder import RunFolder
from sinefit.settings.command import read_command
from sinefit.settings.compose import config_folder

if TYPE_CHECKING:
    from pathlib import Path

HALVING = {"keep": 0.5, "at": [2, 4]}


def make_job(folder: Path, number: int, **settings: Any) -> Job:
    """A job that competes in the rmse."""
    known = {"trainer": {"halving": HALVING}, "objective": "rmse", "seed": 0, "model": number}
    run = RunFolder(folder / str(number))
    return Job(known | settings, run, (), {}, is_single=False, number=number)


def decide(folder: Path, **changes: Any) -> dict[int, int]:
    """Who is out of a race in which job 0 has ended before with a good value, and 1 and 2 wait."""
    race, jobs = Race(folder, (0, 2)), [make_job(folder, number) for number in range(3)]
    for job in jobs:
        race.enter(job)
    race.end(jobs[0], make_result(metrics={"rmse": 0.01}, **changes))
    race.wait(Held(jobs[1], None), 0.5)
    race.wait(Held(jobs[2], None), 0.25)
    (decision,) = race.decide()
    assert race.going.keys() == {1, 2}
    assert decision.of == 2 + (0 in decision.out or not changes)
    return decision.out


def test_a_converged_run_competes_with_its_final_value(tmp_path: Path) -> None:
    """Two of three go on: it and the better of the others."""
    assert decide(tmp_path) == {1: 3}


def test_a_diverged_run_is_the_worst(tmp_path: Path) -> None:
    """Whatever its last finite parameters were worth."""
    assert decide(tmp_path, status="diverged") == {0: 3}


@pytest.mark.parametrize("changes", [{"status": "failed"}, {"taken_from": "elsewhere"}], ids=str)
def test_what_has_no_value_at_the_rung_is_not_ranked(tmp_path: Path, changes: dict[str, str]) -> None:
    """One of two goes on; a run that was trained to its end elsewhere would win unfairly."""
    assert decide(tmp_path, **changes) == {1: 2}


def test_a_race_that_is_given_up_keeps_what_waits(tmp_path: Path) -> None:
    """As checkpoints, which a resumed sweep goes on from; not of runs that have a result."""
    race, jobs = Race(tmp_path, (0, 1)), [make_job(tmp_path, number) for number in range(2)]
    for job in jobs:
        race.enter(job)
        race.wait(Held(job, {"epoch": job.number}), 0.5)
    (decision,) = race.decide()
    assert decision.out == {1: 2}
    jobs[1].folder.write(None, make_result(status="pruned"))
    race.save()
    assert [job.folder.load() for job in jobs] == [{"epoch": 0}, None]


@pytest.mark.parametrize("halving", [None, {}, {"keep": 0.5, "at": []}, {"keep": 0.5, "at": "x"}], ids=str)
def test_a_job_without_rungs_has_no_bracket(tmp_path: Path, halving: object) -> None:
    """Nor one whose settings will be refused."""
    assert bracket_of(make_job(tmp_path, 0, trainer={"halving": halving})) is None


def test_jobs_that_only_their_sweeper_knows_need_the_fused_launcher() -> None:
    """One by one they could not be ranked; the message says so and what to type."""
    words = ("-m", "hydra/launcher=basic", "seed=0,1", "trainer.halving.keep=0.5", "trainer.halving.at=[2]")
    sweeper = "hydra.sweeper._target_=hydra_plugins.some_sweeper.Some"
    command = read_command([*words, sweeper], config_folder())
    assert command.config is not None
    with pytest.raises(SinefitError, match=r"trainer.halving.at=\[2\].*hydra/launcher=fused"):
        require_listed_jobs(command.config, command)
    known = read_command(words, config_folder())
    assert known.config is not None
    require_listed_jobs(known.config, known)
