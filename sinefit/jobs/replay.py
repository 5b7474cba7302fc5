"""``resume=DIR`` and ``rerun=DIR``: an earlier sweep or run, started again with its own settings.

Both are rewritten into ordinary arguments for Hydra before it sees them.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from sinefit.errors import RecordError, SinefitError
from sinefit.record.folder import SWEEP_NAME, RunFolder
from sinefit.settings.compose import quote
from sinefit.settings.saved import read_config, read_multirun
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def again(arguments: list[str], conf: Path) -> Iterator[tuple[list[str], Path]]:
    """What Hydra gets instead of `arguments`: arguments, and the folder of the config.

    Raises:
        SinefitError: if the folder holds no sweep or run that can be started again.
    """
    words = {key: _value(arguments, key) for key in ("resume", "rerun")}
    if words["resume"] is None and words["rerun"] is None:
        yield arguments, conf
        return
    if words["resume"] is not None and words["rerun"] is not None:
        msg = "resume=DIR goes on with a killed run or sweep, rerun=DIR repeats a finished run: type one"
        raise SinefitError(msg)
    rest = [word for word in arguments if word.partition("=")[0] not in {"resume", "rerun", "resume.failed"}]
    folder = Path(words["resume"] or words["rerun"] or "").absolute()
    if words["resume"] is not None and (folder / SWEEP_NAME).exists():
        yield resumed_sweep(folder, rest, _keeps_failures(arguments)), conf
        return
    refuse_settings(rest, folder, {"picture"})
    if (folder / SWEEP_NAME).exists():
        msg = f"{folder} holds a sweep; {_type('rerun', folder / '0')} trains one of its jobs again"
        raise SinefitError(msg)
    with tempfile.TemporaryDirectory(prefix="sinefit-") as temporary:
        saved = saved_config(folder, Path(temporary), conf)
        if {"-m", "--multirun"} & set(rest):
            msg = f"{folder} holds a single run, and no sweep; remove -m"
            raise SinefitError(msg)
        added = repeated_run(folder) if words["resume"] is None else resumed_run(folder)
        yield [*rest, *added], saved


def repeated_run(folder: Path) -> list[str]:
    """What is added to the arguments to train the run in `folder` again.

    Raises:
        RecordError: if it holds no finished run.
    """
    try:
        RunFolder(folder).read_result()
    except RecordError as error:
        msg = f"{error}; {_type('resume', folder)} goes on with it"
        raise RecordError(msg) from error
    return [f"rerun={quote(str(folder))}"]


def resumed_run(folder: Path) -> list[str]:
    """What is added to the arguments to go on with the single run in `folder`; its `.hydra` is left as it is.

    Raises:
        SinefitError: if it is done. A `result.json` that cannot be read is no result.
    """
    try:
        is_done = RunFolder(folder).read_result().status != Status.INTERRUPTED
    except RecordError:
        is_done = False
    if is_done:
        msg = (
            f"{folder} holds a finished run: nothing is left to do; {_type('rerun', folder)} trains it again"
        )
        raise SinefitError(msg)
    return [f"hydra.run.dir={quote(str(folder))}", "hydra.output_subdir=null", "resume=all"]


def refuse_settings(words: list[str], folder: Path, allowed: set[str]) -> None:
    """Check that nothing but these settings, flags and Hydra's own settings stands beside ``resume=DIR``.

    Raises:
        SinefitError: naming what does.
    """
    settings = [word for word in words if "=" in word or word.startswith("~")]
    keys = [word.partition("=")[0] for word in settings]
    foreign = [
        word
        for word, key in zip(settings, keys, strict=True)
        if key not in allowed and not key.startswith(("-", "hydra"))
    ]
    if foreign:
        msg = f"the settings are those of {folder}; remove {' '.join(foreign)}"
        raise SinefitError(msg)


def resumed_sweep(folder: Path, rest: list[str], keeps_failures: bool) -> list[str]:  # noqa: FBT001 - the setting
    """The arguments that the sweep in `folder` was started with, for its own folder.

    Raises:
        RecordError: if it cannot be read.
        SinefitError: if other settings stand beside ``resume=DIR``.
    """
    refuse_settings(rest, folder, {"on_error"})
    hydra = read_multirun(folder)["hydra"]
    given = {word.partition("=")[0] for word in rest}
    dropped = given | {"hydra.sweep.dir", "hydra.mode", "resume"}
    typed = [*hydra["overrides"]["task"], *hydra["overrides"]["hydra"]]
    kept = [word for word in typed if word.partition("=")[0].lstrip("+") not in dropped]
    sources = [
        source for source in hydra["runtime"]["config_sources"] if source["provider"] == "command-line"
    ]
    flags = [flag for source in sources for flag in ("--config-dir", source["path"])]
    mode = [] if {"-m", "--multirun"} & set(rest) else ["-m"]
    which = "unfinished" if keeps_failures else "all"
    return [*mode, *flags, *rest, *kept, f"hydra.sweep.dir={quote(str(folder))}", f"resume={which}"]


def saved_config(folder: Path, temporary: Path, conf: Path) -> Path:
    """A config folder whose main config is the one that the run in `folder` had.

    Raises:
        RecordError: if the folder holds no config of a run.
    """
    saved = read_config(RunFolder(folder))
    main = OmegaConf.load(conf / "config.yaml")
    assert isinstance(main, DictConfig)  # noqa: S101 - the project's own file
    hydra_defaults = [choice for choice in main.defaults if "hydra" in str(choice)]
    known = {key: main[key] for key in main if key not in {"defaults", "hydra"}}
    rebuilt = {
        "defaults": [*hydra_defaults, "_self_"],
        **known,
        **dict(saved.items()),
        "resume": None,
        "rerun": None,
    }
    config = OmegaConf.merge(OmegaConf.create(rebuilt), {"hydra": main.hydra})
    OmegaConf.save(config, temporary / "config.yaml")
    shutil.copytree(conf / "hydra", temporary / "hydra")
    return temporary


def _type(key: str, folder: Path) -> str:
    """What to type, quoted for the shell."""
    return shlex.quote(f"{key}={folder}")


def _value(arguments: list[str], key: str) -> str | None:
    values = [word.partition("=")[2] for word in arguments if word.partition("=")[0] == key]
    if values and values[-1] in {"", "null"}:
        return None
    return values[-1] if values else None


def _keeps_failures(arguments: list[str]) -> bool:
    value = _value(arguments, "resume.failed")
    if value not in {None, "true", "false"}:
        msg = f"resume.failed must be true or false, got {value!r}"
        raise SinefitError(msg)
    return value == "false"
