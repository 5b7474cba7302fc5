"""The entry: a composed config is instantiated, trained and recorded.

``sinefit ARGS`` and ``python -m sinefit.run ARGS`` are the same. Starting up, helping and completing
load no torch; a run does.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import OmegaConf, open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import SinefitError, show_any_text
from sinefit.interrupts import INTERRUPTS
from sinefit.settings.code import read_code_anew
from sinefit.settings.command import count_jobs, read_command
from sinefit.settings.compose import config_folder, hydra_options, quote
from sinefit.settings.help import print_help, version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from omegaconf import DictConfig

    from sinefit.jobs.job import LaunchedJob
    from sinefit.jobs.sweep import Sweep
    from sinefit.record.result import Result


class Task:
    """Trains and records one run, or one job of a sweep: what Hydra calls.

    Its attribute `batched` does so for many jobs at once: what the launcher `fused` calls.

    Args:
        sweep: the sweep that this process runs, which is told of jobs; None for a single run, and in
            the processes of other launchers.
    """

    def __init__(self, sweep: Sweep | None = None) -> None:
        self.sweep = sweep

    def __reduce__(self) -> tuple[type[Task], tuple[()]]:
        """A task that is sent to another process leaves the sweep behind."""
        return Task, ()

    def __call__(self, config: DictConfig) -> float:
        """Train and record the run that Hydra has set up.

        Args:
            config: the task's config.

        Returns:
            The objective as the sweeper optimizes it, see `objective_for_sweeper`.

        Raises:
            Exception: what a single run raised; a job of a sweep records it, and the sweep goes on.
            SweepStopped: after the failed job of a sweep with ``on_error=stop``.
            KeyboardInterrupt: after an interrupted run was recorded with what it had.
        """
        from sinefit.jobs.job import job_from_hydra  # noqa: PLC0415 - starting up does without
        from sinefit.jobs.life import Lives, load_torch  # noqa: PLC0415
        from sinefit.jobs.progress import Reporter, RunReporter  # noqa: PLC0415

        load_torch()
        job = job_from_hydra(config)
        lives = Lives([job], RunReporter() if job.is_single else self.sweep or Reporter())
        lives.live_one()
        error = lives.errors.get(0)
        if error is not None and (job.is_single or 0 not in lives.results):
            raise error
        return objective_for_sweeper(lives.results[0], HydraConfig.get().sweeper)

    def batched(self, jobs: Sequence[LaunchedJob], **options: Any) -> list[float | Exception]:  # noqa: ANN401 - checked by `Options`
        """Train and record a batch of jobs.

        Args:
            jobs: the batch, as the launcher gives it.
            options: the launcher's own settings.

        Returns:
            What each job returns to the sweeper.
        """
        from sinefit.jobs.batch import Options, run_batch  # noqa: PLC0415 - only sweeps need it

        settings = Options(**options)
        assert self.sweep is not None  # noqa: S101 - batches are launched in the process of the sweep
        sweeper = jobs[0].hydra_config.hydra.sweeper if jobs else {}
        return run_batch(jobs, settings, self.sweep, lambda result: objective_for_sweeper(result, sweeper))


def objective_for_sweeper(result: Result, sweeper: Any) -> float:  # noqa: ANN401 - a node of Hydra's
    """A run's objective, such that what its sweeper holds for better is better.

    Args:
        result: of the run.
        sweeper: the node ``hydra.sweeper``, perhaps with a ``direction`` as Optuna's has it.
    """
    wanted = str(sweeper.get("direction") or "minimize").rpartition(".")[2].lower()
    value = float(result.objective["value"])
    return value if wanted == result.objective["direction"] else -value


def main() -> None:
    """The console command ``sinefit``; mistakes end it with one message, not with a traceback."""
    show_any_text()
    arguments = sys.argv[1:]
    if {"--help", "-h"} & set(arguments):
        print_help(config_folder())
        return
    if "--version" in arguments:
        print(f"sinefit {version()} (Hydra {hydra.__version__})")  # noqa: T201 - the answer itself
        return
    with _environment_for_hydra() as wants_traceback:
        code = _start_or_explain(arguments, wants_traceback=wants_traceback)
    if code:
        sys.exit(code)


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
        return start(arguments)
    except KeyboardInterrupt:
        return INTERRUPTS.exit_code()
    except (SinefitError, HydraException, OmegaConfBaseException, ValueError, OSError) as error:
        from sinefit.settings.explain import can_explain  # noqa: PLC0415 - only when something is wrong
        from sinefit.settings.mistakes import explain_all  # noqa: PLC0415

        is_ours = isinstance(error, SinefitError | HydraException | OmegaConfBaseException)
        if wants_traceback or not (is_ours or can_explain(error)):
            raise
        print(f"sinefit: {explain_all(error, arguments, config_folder())}", file=sys.stderr)  # noqa: T201 - the message itself
        return 1


def start(arguments: list[str]) -> int:
    """Do what was typed: show gradients, answer a question, train a run or a sweep; the exit code."""
    read_code_anew()
    if arguments[:1] == ["gradients"]:
        from sinefit.lessons.show import show_gradients  # noqa: PLC0415 - only this command needs it

        show_gradients(arguments[1:], config_folder())
        return 0
    from sinefit.jobs.replay import replaying  # noqa: PLC0415 - questions are answered without

    with replaying(arguments, config_folder()) as (words, conf):
        command = read_command(words, conf)
        if command.config is None:
            _run_hydra(conf, words, Task())
            return 0
        if not command.is_sweep:
            return start_run(command.config, words, conf)
        return start_sweep(command.config, words, conf, count_jobs(command.config, command.overrides))


def start_run(config: DictConfig, words: Sequence[str], conf: Path) -> int:
    """Look for mistakes, claim a folder, and let Hydra run a single run; the exit code.

    Args:
        config: as composed, with the hydra node.
        words: what was typed.
        conf: the folder of the main config.
    """
    from sinefit.jobs.folders import claim_folder  # noqa: PLC0415 - questions are answered without
    from sinefit.jobs.replay import tell_versions  # noqa: PLC0415
    from sinefit.jobs.reuse import tell_differences  # noqa: PLC0415
    from sinefit.record.files import check_writable_again, remove_leftovers  # noqa: PLC0415
    from sinefit.record.folder import RunFolder  # noqa: PLC0415
    from sinefit.settings.mistakes import look_for_mistakes  # noqa: PLC0415

    look_for_mistakes(config)
    if config.rerun or config.resume:
        tell_versions(Path(config.rerun or config.hydra.run.dir))
    folder = claim_folder(config, "run")
    if config.resume:
        check_writable_again(folder)
        remove_leftovers(folder)
    _run_hydra(conf, _with_folder(words, "hydra.run.dir", folder), Task())
    return int(config.rerun is not None and tell_differences(RunFolder(folder), RunFolder(config.rerun)))


def start_sweep(config: DictConfig, words: Sequence[str], conf: Path, num_jobs: int | None) -> int:
    """Claim a folder, let Hydra run a sweep, and end it with its table; the exit code.

    Args:
        config: as composed, with the hydra node.
        words: what was typed.
        conf: the folder of the main config.
        num_jobs: how many jobs there will be, or None if only the sweeper knows.
    """
    from sinefit.jobs.sweep import Sweep  # noqa: PLC0415 - questions are answered without

    launcher = config.hydra.launcher
    if launcher.get("dry_run") is True:
        import tempfile  # noqa: PLC0415 - only dry runs need it

        with tempfile.TemporaryDirectory(prefix="sinefit-") as nowhere:
            sweep = Sweep(Path(nowhere), config.objective, None, in_processes=False)
            _run_hydra(conf, _with_folder(words, "hydra.sweep.dir", Path(nowhere)), Task(sweep))
        return 0
    folder = _claim_sweep(config)
    in_processes = not str(launcher._target_).endswith(("BasicLauncher", "FusedLauncher"))
    sweep = Sweep(folder.absolute(), config.objective, num_jobs, in_processes=in_processes)
    return _run_sweep(sweep, conf, _with_folder(words, "hydra.sweep.dir", folder))


def _claim_sweep(config: DictConfig) -> Path:
    """The sweep's folder, with a copy of its config in it, from which it can be resumed after any death."""
    from sinefit.jobs.folders import claim_folder, name_folder  # noqa: PLC0415 - questions are answered without
    from sinefit.jobs.replay import check_unchanged, tell_versions  # noqa: PLC0415
    from sinefit.record.files import check_writable_again, remove_leftovers, write_atomically  # noqa: PLC0415
    from sinefit.record.folder import SWEEP_COPY_NAME  # noqa: PLC0415
    from sinefit.record.hydra_files import read_sweep  # noqa: PLC0415
    from sinefit.settings.trust import remember_words  # noqa: PLC0415

    if config.resume:
        folder = name_folder(config, "sweep")
        check_writable_again(folder)
        check_unchanged(config, folder)
        tell_versions(folder)
        remove_leftovers(folder)
        return folder
    folder = claim_folder(config, "sweep")
    with read_write(config.hydra), open_dict(config.hydra):
        typed = OmegaConf.to_container(config.hydra.overrides.hydra, resolve=False)
        others = [word for word in typed if not str(word).startswith("hydra.sweep.dir=")]  # type: ignore[union-attr]
        config.hydra.sweep.dir = str(folder)
        config.hydra.overrides.hydra = [*others, f"hydra.sweep.dir={quote(str(folder))}"]
    write_atomically(folder / SWEEP_COPY_NAME, OmegaConf.to_yaml(config).encode())
    remember_words(read_sweep(folder)[1])
    return folder


def _run_sweep(sweep: Sweep, conf: Path, words: Sequence[str]) -> int:
    """Let Hydra run a sweep; whatever ends it, its table is written. The exit code."""
    from sinefit.jobs.life import SweepStopped  # noqa: PLC0415 - questions are answered without

    code = 0
    try:
        with sweep:
            _run_hydra(conf, words, Task(sweep))
    except SweepStopped:
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTS.exit_code()
    finally:
        has_failures = sweep.finish()
    return code or int(has_failures)


def _with_folder(words: Sequence[str], key: str, folder: Path) -> list[str]:
    """The words for Hydra, with the claimed folder instead of what was typed or configured."""
    others = [word for word in words if not word.startswith(f"{key}=")]
    return [*others, f"{key}={quote(str(folder))}"]


def _run_hydra(conf: Path, words: Sequence[str], task: Callable[[DictConfig], Any]) -> None:
    sys.argv[1:] = words
    options = {"config_path": str(conf), "config_name": "config", **hydra_options(hydra.main)}
    hydra.main(**options)(task)()


if __name__ == "__main__":
    # The module that others import, so that a task pickled for another process names it.
    from sinefit.run import main as imported_main

    imported_main()
