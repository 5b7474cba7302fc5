"""The entry: a composed config is instantiated, trained and recorded.

``sinefit ARGS`` and ``python -m sinefit.run ARGS`` are the same. Starting up, helping and completing
load no torch; a run does.
"""

from __future__ import annotations

import os
import re
import sys

from sinefit.interrupts import INTERRUPTS, start

if __name__ == "__main__":
    # Before anything takes time; and as the module that others import, so that a task pickled for another
    # process names it.
    start()

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from sinefit.errors import SinefitError
from sinefit.jobs.ended import Ended
from sinefit.settings.code import read_code_anew
from sinefit.settings.command import read_command
from sinefit.settings.compose import SET_UP, config_folder
from sinefit.settings.help import print_help, version
from sinefit.settings.packaged import packaged_folder
from sinefit.settings.shuffles import draw_orders
from sinefit.settings.targets import hydra_options
from sinefit.terminal import explain_output, patient_output

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from omegaconf import DictConfig

    from sinefit.jobs.job import LaunchedJob
    from sinefit.jobs.objectives import Objectives
    from sinefit.jobs.sweep import Sweep
    from sinefit.settings.command import Command


class Task:
    """Trains and records one run, or one job of a sweep: what Hydra calls.

    Its attribute `batched` does so for many jobs at once: what the launcher `fused` calls.

    Args:
        sweep: the sweep that this process runs, which is told of jobs; None for a single run, and in
            the processes of other launchers.
        prints_summary: whether a single run prints how it ended.
    """

    def __init__(self, sweep: Sweep | None = None, *, prints_summary: bool = True) -> None:
        self.sweep = sweep
        self.prints_summary = prints_summary

    def __reduce__(self) -> tuple[type[Task], tuple[()]]:
        """A task that is sent to another process leaves the sweep behind."""
        return Task, ()

    def __call__(self, config: DictConfig) -> Objectives:
        """Train and record the run that Hydra has set up.

        Args:
            config: the task's config.

        Returns:
            The objectives as the sweeper optimizes them, see `objectives_for_sweeper`.

        Raises:
            Exception: what a single run raised; a job of a sweep records it, and the sweep goes on.
            SweepStopped: after the failed job of a sweep with ``on_error=stop``.
            KeyboardInterrupt: after an interrupted run was recorded with what it had.
        """
        from sinefit.jobs.hydra_folder import write_hydra_files  # noqa: PLC0415 - starting up does without
        from sinefit.jobs.job import find_sweep_folder, job_from_hydra  # noqa: PLC0415
        from sinefit.jobs.life import Lives, load_torch  # noqa: PLC0415
        from sinefit.jobs.objectives import objectives_for_sweeper, read_directions  # noqa: PLC0415
        from sinefit.jobs.progress import Reporter, RunReporter  # noqa: PLC0415
        from sinefit.jobs.reuse import find_own_result  # noqa: PLC0415
        from sinefit.jobs.rungs import GOING_ON, OwnRungs, ToTheEnd  # noqa: PLC0415
        from sinefit.jobs.worker import end_with_sweep  # noqa: PLC0415
        from sinefit.record.folder import RunFolder  # noqa: PLC0415

        if self.sweep is None and HydraConfig.get().mode == RunMode.MULTIRUN:
            end_with_sweep(find_sweep_folder())
        load_torch()
        job = job_from_hydra(config)
        begins = config.resume and config.resume != GOING_ON
        if begins and not job.is_single and find_own_result(job) is None:
            write_hydra_files(job.folder.path, config, HydraConfig.instance())
        repeated = RunFolder(config.rerun).read_result() if config.rerun else None
        course = ToTheEnd(repeated) if job.is_single else OwnRungs(find_sweep_folder())
        alone = RunReporter(prints_summary=self.prints_summary)
        lives = Lives([job], alone if job.is_single else self.sweep or Reporter(), course)
        lives.live_one()
        error = lives.errors.get(0)
        if error is not None and (job.is_single or 0 not in lives.results):
            raise error
        if 0 not in lives.results:  # it waits at a rung
            return float("nan")
        return objectives_for_sweeper(lives.results[0], read_directions(HydraConfig.get().sweeper))

    def prepare(self, jobs: Sequence[LaunchedJob]) -> Collection[int]:
        """Compare a batch of jobs with what is on disk; the launcher calls it before it writes anything.

        Returns:
            The numbers of jobs that are done, whose files stay as they are.

        Raises:
            SinefitError: if a job does not fit what its folder holds.
        """
        from sinefit.jobs.preparing import prepare_jobs  # noqa: PLC0415 - only sweeps need it

        assert self.sweep is not None  # noqa: S101 - batches are launched in the process of the sweep
        return prepare_jobs(jobs, self.sweep)

    def batched(self, jobs: Sequence[LaunchedJob], **options: Any) -> list[Objectives | Exception]:  # noqa: ANN401 - checked by `Options`
        """Train and record a batch of jobs.

        Args:
            jobs: the batch, as the launcher gives it.
            options: the launcher's own settings.

        Returns:
            What each job returns to the sweeper.
        """
        from sinefit.jobs.batch import Options, run_batch  # noqa: PLC0415 - only sweeps need it
        from sinefit.jobs.objectives import objectives_for_sweeper, read_directions  # noqa: PLC0415

        settings = Options(**options)
        assert self.sweep is not None  # noqa: S101 - batches are launched in the process of the sweep
        directions = read_directions(jobs[0].hydra_config.hydra.sweeper if jobs else {})
        return run_batch(
            jobs, settings, self.sweep, lambda result: objectives_for_sweeper(result, directions)
        )


def main() -> None:
    """The console command ``sinefit``; mistakes end it with one message, not with a traceback."""
    arguments = sys.argv[1:]
    if {"--help", "-h"} & set(arguments):
        print_help(_folder_to_show())
        return
    if "--version" in arguments:
        print(f"sinefit {version()} (Hydra {hydra.__version__})")  # noqa: T201 - the answer itself
        return
    if {"-sc", "--shell-completion"} & set(arguments) and (line := os.environ.get("COMP_LINE")):
        from sinefit.settings.completion import complete, find_config_dir  # noqa: PLC0415 - asked for by shells

        suggestions = complete(line, _folder_to_show())
        if suggestions is not None:
            print(("\n" if "query=fish" in arguments else " ").join(suggestions))  # noqa: T201 - the answer itself
            return
        own = find_config_dir(line)
        arguments += [] if own is None else ["--config-dir", str(own)]
    with patient_output() as output, _environment_for_hydra() as wants_traceback:
        code = _start_or_explain(arguments, wants_traceback=wants_traceback)
        output.flush()
        trouble = explain_output(output.error)
        if trouble is not None:
            print(f"sinefit: {trouble}", file=sys.stderr)  # noqa: T201 - the message itself
    if code or trouble is not None:
        sys.exit(code or 1)


def _folder_to_show() -> Path:
    """The config folder; the packaged one if one's own cannot be used, which a run tells."""
    try:
        return config_folder()
    except SinefitError:
        return packaged_folder()


@contextmanager
def _environment_for_hydra() -> Iterator[bool]:
    """Let Hydra raise its exceptions instead of printing them; whether somebody wants a traceback."""
    before = dict(os.environ)
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # What can follow `sinefit gradients` is completed as it is without that word.
    os.environ["COMP_LINE"] = re.sub(r"^(\S+ )gradients ", r"\1", os.environ.get("COMP_LINE", ""))
    try:
        yield before.get("HYDRA_FULL_ERROR") == "1"
    finally:
        for name in ("HYDRA_FULL_ERROR", "COMP_LINE"):
            os.environ.pop(name, None)
            os.environ.update({name: before[name]} if name in before else {})


def _start_or_explain(arguments: list[str], *, wants_traceback: bool) -> int:
    """Do what was typed; a mistake is one message. The exit code."""
    INTERRUPTS.install()
    try:
        return do(arguments).code
    except KeyboardInterrupt:
        return INTERRUPTS.exit_code()
    except Exception as error:
        from sinefit.settings.mistakes import explain_all  # noqa: PLC0415 - only when something is wrong

        if wants_traceback:
            raise
        print(f"sinefit: {explain_all(error, arguments, _folder_to_show())}", file=sys.stderr)  # noqa: T201 - the message itself
        return 1


def do(arguments: list[str], *, prints_end: bool = True) -> Ended:
    """Do what was typed: show gradients, answer a question, train a run or a sweep.

    Args:
        arguments: the words.
        prints_end: whether metrics or the table are printed at the end.

    Raises:
        SinefitError: if that cannot be done; as Hydra's and OmegaConf's errors it says what to type.
    """
    try:
        os.getcwd()  # noqa: PTH109 - the only question that a deleted folder does not answer
    except FileNotFoundError as error:
        msg = "the working directory has been deleted; type cd and the name of another"
        raise SinefitError(msg) from error
    if arguments and arguments[0].partition("=")[0] in SET_UP:
        from sinefit.settings.set_up import set_up  # noqa: PLC0415 - only these commands need it

        set_up(arguments, print)
        return Ended()
    read_code_anew()
    if arguments[:1] == ["gradients"]:
        from sinefit.lessons.show import show_gradients  # noqa: PLC0415 - only this command needs it

        show_gradients(arguments[1:], config_folder())
        return Ended()
    from sinefit.jobs.replay import replaying  # noqa: PLC0415 - questions are answered without

    with replaying(draw_orders(arguments), config_folder()) as (words, conf):
        command = read_command(words, conf)
        hand_over = partial(_run_hydra, conf, command.config, prints_summary=prints_end)
        if command.config is None:
            hand_over(words, None)
            return Ended()
        _check(command)
        from sinefit.jobs.starting import start_run, start_sweep  # noqa: PLC0415 - what is wrong is told without

        if command.is_sweep:
            return start_sweep(command.config, command, hand_over, prints_table=prints_end)
        return start_run(command.config, command, hand_over)


def _check(command: Command) -> None:
    """Look for all mistakes before anything is written, and say what is worth a word.

    Raises:
        SinefitError: if nothing could be trained.
    """
    from sinefit.jobs.batch import read_options  # noqa: PLC0415 - questions are answered without
    from sinefit.settings.init import note_unused_folder  # noqa: PLC0415
    from sinefit.settings.mistakes import look_for_mistakes  # noqa: PLC0415
    from sinefit.settings.notes import note  # noqa: PLC0415

    assert command.config is not None  # noqa: S101 - the command is no question
    if command.is_sweep:
        read_options(command.config.hydra.launcher)
    look_for_mistakes(command)
    for line in (*note(command), *note_unused_folder()):
        print(f"sinefit: {line}", file=sys.stderr)  # noqa: T201 - the message itself


def _run_hydra(
    conf: Path,
    config: DictConfig | None,
    words: Sequence[str],
    sweep: Sweep | None,
    *,
    prints_summary: bool,
) -> None:
    """Let Hydra do what was typed.

    Args:
        conf: the folder of the main config.
        config: as composed, with the hydra node; None for a question that runs nothing.
        words: what was typed.
        sweep: is told of jobs; None for a single run or a question.
        prints_summary: whether a single run prints how it ended.
    """
    sys.argv[1:] = words
    task = Task(sweep, prints_summary=prints_summary)
    hydra.main(config_path=str(conf), config_name="config", **hydra_options(config))(task)()
