"""What Hydra calls around a run and around a sweep, before anything is written.

Hydra turns an exception of a callback into a warning, hence `SystemExit`.
"""

from __future__ import annotations

import itertools
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import RecordError, SinefitError
from sinefit.interrupts import loading_modules
from sinefit.jobs.sweep import SWEEP
from sinefit.record.files import remove_leftovers, write_atomically
from sinefit.record.folder import SWEEP_COPY_NAME, SWEEP_NAME, RunFolder
from sinefit.settings.compose import quote
from sinefit.settings.plain import NOT_HASHED, plain_settings
from sinefit.settings.saved import read_multirun

if TYPE_CHECKING:
    from collections.abc import Iterator


class AroundRuns(Callback):
    """Looks for mistakes before a folder is made, gives each run and sweep a folder of its own."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 - Hydra's interface
        """Set the experiment up once for its errors, and make the folder."""
        try:
            look_for_mistakes(config)
            if config.rerun or config.resume:
                tell_versions(Path(config.rerun or config.hydra.run.dir))
            config.hydra.run.dir = str(claim_folder(config, "run"))
            if config.resume:
                remove_leftovers(Path(config.hydra.run.dir))
        except SinefitError as error:
            _exit_with(error)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 - Hydra's interface
        """Make the sweep's folder, tell every job of it, and begin to show progress."""
        try:
            if config.resume:
                folder = Path(config.hydra.sweep.dir)
                check_unchanged(config, folder)
                remove_leftovers(folder)
            else:
                folder = claim_folder(config, "sweep")
            with open_dict(config):
                config.hydra.sweep.dir = str(folder)
                others = [
                    word for word in config.hydra.overrides.hydra if not word.startswith("hydra.sweep.dir=")
                ]
                config.hydra.overrides.hydra = [*others, f"hydra.sweep.dir={quote(str(folder))}"]
            if not config.resume:
                write_atomically(folder / SWEEP_COPY_NAME, OmegaConf.to_yaml(config).encode())
        except SinefitError as error:
            _exit_with(error)
        SWEEP.begin(folder.absolute(), config.objective, count_jobs(config))


def look_for_mistakes(config: DictConfig) -> None:
    """Set a run up without training it.

    Raises:
        SinefitError: if it could not start. Whatever else somebody's own code raises is left for the run to
            meet again, which records it.
    """
    with loading_modules():
        from sinefit.core.experiment import check  # noqa: PLC0415 - loads torch
        from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    try:
        check(build_experiment(plain_settings(config)), config.objective)
    except SinefitError:
        raise
    except Exception:  # noqa: BLE001 - see above
        return


def claim_folder(config: DictConfig, kind: str) -> Path:
    """Make the folder of a run or a sweep; a second one of the same second gets ``-2`` behind its name.

    A folder that was typed is taken as it is, unless it holds a sweep already.

    Raises:
        RecordError: if it cannot be made or written, or holds a sweep.
    """
    key = f"hydra.{kind}.dir"
    try:
        name = OmegaConf.select(config, key)
    except OmegaConfBaseException as error:
        msg = f"{key} refers to nothing: {str(error).splitlines()[0]}; type {key}=FOLDER"
        raise RecordError(msg) from error
    if not name:
        msg = f"{key} must be a folder, got {name!r}; type {key}=FOLDER"
        raise RecordError(msg)
    wanted = Path(name)
    typed = any(word.startswith(f"{key}=") for word in config.hydra.overrides.hydra)
    try:
        if typed:
            wanted.mkdir(parents=True, exist_ok=True)
            if kind == "sweep" and (wanted / SWEEP_NAME).exists():
                resume = shlex.quote(f"resume={wanted}")
                msg = f"{wanted} holds a sweep: type {resume} to go on with it, or another {key}=FOLDER"
                raise RecordError(msg)
            try_writing(wanted)
            return wanted
        wanted.parent.mkdir(parents=True, exist_ok=True)
        for folder in _numbered(wanted):
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            try_writing(folder)
            return folder
    except OSError as error:
        msg = f"the {kind} folder {wanted} cannot be written: {error.strerror}; type {key}=FOLDER"
        raise RecordError(msg) from error
    raise AssertionError


def try_writing(folder: Path) -> None:
    """Write a byte into a folder and take it back.

    Raises:
        OSError: if it cannot be written, also where the permissions say that it can.
    """
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(b"\0")


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))


def count_jobs(config: DictConfig) -> int | None:
    """How many jobs the basic sweeper makes of the overrides; None for sweepers that decide as they go."""
    if not config.hydra.sweeper._target_.endswith("BasicSweeper"):
        return None
    parser = OverridesParser.create()
    words = [*config.hydra.overrides.task]
    params = config.hydra.sweeper.get("params") or {}
    words += [f"{key}={value}" for key, value in params.items()]
    count = 1
    for override in parser.parse_overrides(words):
        if override.is_sweep_override():
            count *= sum(1 for _ in override.sweep_string_iterator())
    return count


def check_unchanged(config: DictConfig, folder: Path) -> None:
    """Compare the settings of a resumed sweep with those that it was started with.

    Raises:
        SinefitError: if a setting that decides numbers has changed; nothing is overwritten then.
    """

    def flat(node: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401 - any config value
        if not isinstance(node, dict):
            return {path: node}
        return {key: v for name in node for key, v in flat(node[name], f"{path}.{name}".lstrip(".")).items()}

    then = flat({key: node for key, node in read_multirun(folder).items() if key != "hydra"})
    plain = OmegaConf.to_container(config, resolve=False)
    assert isinstance(plain, dict)  # noqa: S101 - a composed config is a mapping
    now = flat({key: node for key, node in plain.items() if key != "hydra"})
    changed = [
        f"{key}: {then.get(key)!r} then, {now.get(key)!r} now"
        for key in sorted(then.keys() | now.keys())
        if then.get(key) != now.get(key) and key not in NOT_HASHED
    ]
    if changed:
        msg = f"the config has changed since {folder} was started; nothing is run\n" + "\n".join(changed)
        raise SinefitError(msg)
    tell_versions(folder)


def tell_versions(folder: Path) -> None:
    """Say which versions differ from those that trained what `folder` holds: a run, or a sweep's jobs."""
    from sinefit.record.environment import describe_environment  # noqa: PLC0415 - only here and in runs

    now = describe_environment()
    for path in itertools.chain(folder.glob("result.json"), folder.glob("*/result.json")):
        try:
            then = RunFolder(path.parent).read_result().environment
        except RecordError:
            continue
        different = [
            f"{key} {then.get(key)} then, {now[key]} now" for key in now if then.get(key) != now[key]
        ]
        if different:
            print(f"other versions: {'; '.join(different)}", file=sys.stderr)  # noqa: T201 - the message itself
        return


def _exit_with(error: SinefitError) -> None:
    print(f"sinefit: {error}", file=sys.stderr)  # noqa: T201 - the message itself
    raise SystemExit(1) from None
