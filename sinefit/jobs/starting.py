"""Starts a run or a sweep without mistakes: its folder is claimed, Hydra runs it, its end is told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import OmegaConf, open_dict, read_write

from sinefit.interrupts import INTERRUPTS
from sinefit.jobs import replay
from sinefit.jobs.ended import Ended
from sinefit.jobs.folders import claimed_folder, discard_sweep
from sinefit.jobs.life import SweepStopped
from sinefit.jobs.objectives import words_for_sweeper
from sinefit.jobs.passes import Passes, require_listed_jobs
from sinefit.jobs.preparing import prepare_sweep
from sinefit.jobs.reuse import tell_differences
from sinefit.jobs.sweep import Sweep
from sinefit.jobs.tracking import require_one_tracker, send_at_end
from sinefit.record.files import check_writable_again, remove_leftovers, write_atomically
from sinefit.record.folder import SWEEP_COPY_NAME, RunFolder
from sinefit.record.hydra_files import read_sweep
from sinefit.settings.compose import quote
from sinefit.settings.trust import remember_words

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from sinefit.settings.command import Command

HandOver = Callable[[Sequence[str], Sweep | None], None]
"""Lets Hydra do what words say; a sweep is told of its jobs."""


def start_run(config: DictConfig, command: Command, hand_over: HandOver) -> Ended:
    """Claim a folder, and let Hydra run a single run.

    Args:
        config: as composed, with the hydra node.
        command: that composed it.
        hand_over: lets Hydra do what words say.
    """
    with claimed_folder(config, "run") as folder:
        replay.require_other_folder(config.rerun, folder)
        if config.rerun or config.resume:
            replay.tell_versions(Path(config.rerun or folder))
        if config.resume:
            replay.tell_restart(folder)
            check_writable_again(folder)
            remove_leftovers(folder)
        else:
            RunFolder(folder).clear()
        try:
            hand_over(_with_folder(command.words, "hydra.run.dir", folder), None)
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt) and not replay.is_finished(folder):
                replay.tell_resume(folder, is_sweep=False)
            if RunFolder(folder).result.exists():
                send_at_end(config, folder)
            raise
        is_sent = send_at_end(config, folder)
        differs = config.rerun is not None and tell_differences(RunFolder(folder), RunFolder(config.rerun))
        return Ended(int(differs or not is_sent), folder.absolute())


def start_sweep(
    config: DictConfig, command: Command, hand_over: HandOver, *, prints_table: bool = True
) -> Ended:
    """Claim a folder, let Hydra run a sweep, and end it with its table.

    Args:
        config: as composed, with the hydra node.
        command: that composed it.
        hand_over: lets Hydra do what words say, with the sweep that is to hear of its jobs.
        prints_table: whether the table is printed, too.
    """
    launcher = config.hydra.launcher
    words = [*command.words, *words_for_sweeper(config)]
    if launcher.get("dry_run") is True:
        with tempfile.TemporaryDirectory(prefix="sinefit-") as nowhere:
            sweep = Sweep(Path(nowhere), config.objective, None, in_processes=False)
            hand_over(_with_folder(words, "hydra.sweep.dir", Path(nowhere)), sweep)
        return Ended(int(sweep.failed > 0))
    require_listed_jobs(config, command)
    require_one_tracker(command)
    num_jobs = None if command.jobs is None else len(command.jobs)
    with claimed_folder(config, "sweep") as folder:
        _begin_sweep(config, folder)
        typed = _with_folder(words, "hydra.sweep.dir", folder)
        target = str(launcher._target_)
        is_fused = target.endswith("FusedLauncher")
        in_processes = not (is_fused or target.endswith("BasicLauncher"))
        kind = {"in_processes": in_processes, "is_resumed": bool(config.resume)}
        sweep = Sweep(folder.absolute(), config.objective, num_jobs, **kind, prints_table=prints_table)
        try:
            jobs = prepare_sweep(command, sweep, lists=not is_fused) if config.resume or not is_fused else []
            if config.resume and not is_fused:  # each job writes its own, see `write_hydra_files`
                typed.append("hydra.output_subdir=null")
            batch_size = None if command.jobs is None else command.jobs.batch_size
            passes = Passes(config, sweep, [] if is_fused else jobs, batch_size)
            send = partial(send_at_end, config, folder)
            return Ended(_run_sweep(sweep, partial(passes.run, typed, hand_over), send), sweep.folder)
        finally:
            if not (sweep.has_begun or config.resume):
                discard_sweep(folder)


def _begin_sweep(config: DictConfig, folder: Path) -> None:
    """Leave a copy of the sweep's config, to resume it from after any death; or compare with it."""
    if config.resume:
        check_writable_again(folder)
        replay.check_unchanged(config, folder)
        replay.tell_versions(folder)
    remove_leftovers(folder)
    if config.resume:
        return
    with read_write(config.hydra), open_dict(config.hydra):
        typed = OmegaConf.to_container(config.hydra.overrides.hydra, resolve=False)
        others = [word for word in typed if not str(word).startswith("hydra.sweep.dir=")]  # type: ignore[union-attr]
        config.hydra.sweep.dir = str(folder)
        config.hydra.overrides.hydra = [*others, f"hydra.sweep.dir={quote(str(folder))}"]
    write_atomically(folder / SWEEP_COPY_NAME, OmegaConf.to_yaml(config).encode())
    remember_words(read_sweep(folder)[1])


def _run_sweep(sweep: Sweep, run: Callable[[], None], send: Callable[[], bool]) -> int:
    """Run a sweep; whatever ends it, its table is written, and it is sent. The exit code.

    Args:
        sweep: is told of jobs.
        run: runs it.
        send: sends it to a tracker, if there is one; whether that went well.
    """
    code = 0
    try:
        with sweep:
            run()
    except SweepStopped:
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTS.exit_code()
    except Exception:
        if sweep.has_begun:
            sweep.finish()
            send()
        raise
    with INTERRUPTS.held():
        has_failures = sweep.finish()
        if sweep.has_begun and (code or has_failures):
            replay.tell_resume(sweep.folder, is_sweep=True)
    is_sent = not sweep.has_begun or send()
    return code or int(has_failures or not is_sent)


def _with_folder(words: Sequence[str], key: str, folder: Path) -> list[str]:
    """The words for Hydra, with the claimed folder instead of what was typed or configured."""
    others = [word for word in words if not word.startswith(f"{key}=")]
    return [*others, f"{key}={quote(str(folder))}"]
