"""``resume=DIR`` and ``rerun=DIR``: an earlier sweep or run, started again with its own settings.

Both are rewritten into ordinary arguments for Hydra before it sees them.
"""

from __future__ import annotations

import itertools
import shlex
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from sinefit.errors import ForeignRecordError, RecordError, SinefitError
from sinefit.jobs.folders import shown_from_here
from sinefit.record.folder import SWEEP_NAMES, RunFolder
from sinefit.record.hydra_files import read_sweep
from sinefit.record.nested import flatten
from sinefit.record.neutral import NOT_HASHED
from sinefit.settings.compose import quote
from sinefit.settings.init import is_own_folder
from sinefit.settings.plain import plain_settings
from sinefit.settings.saved import restore_config
from sinefit.settings.trust import check_targets, check_words, read_trust
from sinefit.settings.words import key_of
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

KEYS = ("resume", "rerun", "resume.failed", "trust")
UNNAMED = "hydra.job.config.override_dirname.exclude_keys"


@contextmanager
def replaying(arguments: list[str], conf: Path) -> Iterator[tuple[list[str], Path]]:
    """What Hydra gets instead of the arguments, and the folder of the config.

    Args:
        arguments: what was typed.
        conf: the folder of the config groups.

    Raises:
        SinefitError: if the folder holds no sweep or run that can be started again.
    """
    words = {key: _read_value(arguments, key) for key in KEYS}
    trust = read_trust(None if words["trust"] is None else words["trust"].strip("[]").split(","))
    if words["resume"] is None and words["rerun"] is None:
        if trust:
            msg = "trust=PACKAGE stands beside resume=DIR or rerun=DIR: what you type yourself is trusted"
            raise SinefitError(msg)
        yield arguments, conf
        return
    if words["resume"] is not None and words["rerun"] is not None:
        msg = "resume=DIR goes on with a killed run or sweep, rerun=DIR repeats a finished run: type one"
        raise SinefitError(msg)
    rest = [word for word in arguments if key_of(word) not in KEYS]
    folder = Path(words["resume"] or words["rerun"] or "").absolute()
    is_sweep = any((folder / name).exists() for name in SWEEP_NAMES)
    if words["resume"] is not None and is_sweep:
        keeps_failures = _keeps_failures(words["resume.failed"])
        yield _resume_sweep(folder, rest, trust, keeps_failures=keeps_failures), _main_folder(folder, conf)
        return
    if folder.is_dir() and not (is_sweep or RunFolder(folder).config.exists()):
        msg = f"{folder} holds neither a run nor a sweep that had begun; start it again as it was typed"
        raise RecordError(msg)
    _refuse_settings(rest, folder, allowed={"picture"})
    if is_sweep:
        msg = f"{folder} holds a sweep; {_to_type('rerun', folder / '0')} trains one of its jobs again"
        raise SinefitError(msg)
    with tempfile.TemporaryDirectory(prefix="sinefit-") as temporary:
        saved = restore_config(folder)
        check_targets(plain_settings(saved), folder, trust, is_own=True)
        if {"-m", "--multirun"} & set(rest):
            msg = f"{folder} holds a single run, and no sweep; remove -m"
            raise SinefitError(msg)
        added = _rerun(folder, saved) if words["resume"] is None else _resume_run(folder)
        yield [*rest, *added, _trust_word(trust)], _write_config(saved, Path(temporary), conf)


def _rerun(folder: Path, saved: DictConfig) -> list[str]:
    """What is added to the arguments to train the run in `folder` again, by the engine that trained it.

    Raises:
        RecordError: if it holds no finished run, or one of another sinefit.
    """
    try:
        engine = RunFolder(folder).read_result().engine.get("name")
    except ForeignRecordError:
        raise
    except RecordError as error:
        msg = f"{error}; {_to_type('resume', folder)} goes on with it"
        raise RecordError(msg) from error
    # `auto` takes native for a single run wherever that can be.
    is_named = saved.get("engine") == "auto" and engine in {"plain", "compiled", "eager"}
    return [f"rerun={quote(str(folder))}", *([f"engine={engine}"] if is_named else [])]


def _resume_run(folder: Path) -> list[str]:
    """What is added to the arguments to go on with the single run in `folder`; its `.hydra` is left as it is.

    Raises:
        SinefitError: if it is done, or of another sinefit. A `result.json` that cannot be read is no result.
    """
    if is_finished(folder):
        again = _to_type("rerun", folder)
        msg = f"{folder} holds a finished run: nothing is left to do; {again} trains it again"
        raise SinefitError(msg)
    return [f"hydra.run.dir={quote(str(folder))}", "hydra.output_subdir=null", "resume=all"]


def is_finished(folder: Path) -> bool:
    """Whether a run's folder holds a result with which nothing is left to do.

    Raises:
        ForeignRecordError: if it is of another sinefit.
    """
    try:
        return RunFolder(folder).read_result().status != Status.INTERRUPTED
    except ForeignRecordError:
        raise
    except RecordError:
        return False


def _resume_sweep(
    folder: Path, rest: list[str], trust: tuple[str, ...], *, keeps_failures: bool
) -> list[str]:
    """The arguments that the sweep in `folder` was started with, for its own folder.

    Raises:
        RecordError: if it cannot be read.
        SinefitError: if other settings stand beside ``resume=DIR``.
    """
    _refuse_settings(rest, folder, allowed={"on_error"})
    _, started = read_sweep(folder)
    check_words(started, folder, trust)
    now, then = ({key_of(word) for word in words} for words in (rest, started.overrides))
    # What is typed now and was not then must not change the folders that are named after what is typed.
    new = sorted({"resume", "trust", "on_error"} & {"resume", "trust", *now} - then - set(started.unnamed))
    dropped = now | {"hydra.sweep.dir", "hydra.mode", "resume", "trust", *([UNNAMED] if new else [])}
    typed = [*started.overrides, *started.hydra_overrides]
    kept = [word for word in typed if key_of(word) not in dropped]
    if new:
        kept.append(unnamed_word([*started.unnamed, *new]))
    mode = [] if {"-m", "--multirun"} & set(rest) else ["-m"]
    which = "unfinished" if keeps_failures else "all"
    own = [f"hydra.sweep.dir={quote(str(folder))}", f"resume={which}", _trust_word(trust)]
    return [*mode, *started.flags, *rest, *kept, *own]


def _main_folder(folder: Path, conf: Path) -> Path:
    """Where the main config of the sweep in `folder` is: one's own folder stays it, wherever one is now.

    Args:
        folder: of the sweep.
        conf: the config folder here.
    """
    main = Path(read_sweep(folder)[1].main_dir)
    return main if is_own_folder(main) else conf


def unnamed_word(keys: Iterable[str]) -> str:
    """The word that leaves settings out of folders' names that list the overrides."""
    return f"{UNNAMED}=[{','.join(map(quote, keys))}]"


def _trust_word(trust: tuple[str, ...]) -> str:
    """The last word on what is trusted: whatever a saved config or somebody's config file says of it."""
    return f"trust=[{','.join(trust)}]"


def _refuse_settings(words: Sequence[str], folder: Path, *, allowed: Collection[str]) -> None:
    """Check that nothing but these settings, flags and Hydra's own settings stands beside ``resume=DIR``.

    Raises:
        SinefitError: naming what does.
    """
    settings = {word: word.partition("=")[0] for word in words if "=" in word or word.startswith("~")}
    foreign = [
        word for word, key in settings.items() if key not in allowed and not key.startswith(("-", "hydra"))
    ]
    if foreign:
        msg = f"the settings are those of {folder}; remove {' '.join(foreign)}"
        raise SinefitError(msg)


def _write_config(saved: DictConfig, temporary: Path, conf: Path) -> Path:
    """A config folder whose main config is the one that a run had, for Hydra as it is set up now."""
    main = OmegaConf.load(conf / "config.yaml")
    assert isinstance(main, DictConfig)  # noqa: S101 - the project's own file
    hydra_defaults = [choice for choice in main.defaults if "hydra" in str(choice)]
    known = {key: main[key] for key in main if key not in {"defaults", "hydra"}}
    rebuilt: dict[Any, Any] = {"defaults": [*hydra_defaults, "_self_"], **known}
    rebuilt |= {**{str(key): saved[key] for key in saved}, "resume": None, "rerun": None, "trust": None}
    config = OmegaConf.merge(OmegaConf.create(rebuilt), {"hydra": main.hydra})
    OmegaConf.save(config, temporary / "config.yaml")
    shutil.copytree(conf / "hydra", temporary / "hydra")
    return temporary


def check_unchanged(config: DictConfig, folder: Path) -> None:
    """Compare the settings of a resumed sweep with those that it was started with.

    Args:
        config: of the sweep, as composed now.
        folder: of the sweep.

    Raises:
        SinefitError: if a setting that decides numbers has changed; nothing is overwritten then.
    """
    plain = OmegaConf.to_container(config, resolve=False)
    assert isinstance(plain, dict)  # noqa: S101 - a composed config is a mapping
    then = flatten(read_sweep(folder)[0])
    now = flatten({key: node for key, node in plain.items() if key != "hydra"})
    changed = [
        f"{key}: {_show(then, key)} then, {_show(now, key)} now"
        for key in sorted(then.keys() | now.keys())
        if then.get(key) != now.get(key) and key.partition(".")[0] not in NOT_HASHED
    ]
    if changed:
        msg = f"the config has changed since {folder} was started; nothing is run\n" + "\n".join(changed)
        raise SinefitError(msg)


def _show(settings: Mapping[str, Any], key: str) -> str:
    return repr(settings[key]) if key in settings else "not there"


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


def require_other_folder(repeated: str | None, folder: Path) -> None:
    """Refuse to write a repeated run over the one that it repeats.

    Args:
        repeated: the folder of the run that is repeated; None if none is.
        folder: where the new one goes.
    """
    if repeated is not None and folder.resolve() == Path(repeated).resolve():
        msg = f"rerun={folder} would overwrite the run that it repeats; type another hydra.run.dir=FOLDER"
        raise SinefitError(msg)


def tell_restart(folder: Path) -> None:
    """Say so if a resumed run has no checkpoint, so that it begins anew."""
    if not RunFolder(folder).checkpoint.exists():
        hint = "trainer.checkpoint_every=100, typed when a run is started, would save one every 100 epochs"
        print(f"{folder} holds no checkpoint: it is trained from its first epoch ({hint})", file=sys.stderr)  # noqa: T201 - the message itself


def tell_resume(folder: Path, *, is_sweep: bool) -> None:
    """Say what is to be typed to go on with a run or a sweep that did not end as it was meant to.

    Args:
        folder: its own.
        is_sweep: which of the two it is.
    """
    command = f"sinefit {'-m ' if is_sweep else ''}{_to_type('resume', shown_from_here(folder))}"
    print(f"to go on with it, type: {command}", file=sys.stderr)  # noqa: T201 - the message itself


def _to_type(key: str, folder: Path) -> str:
    """A word to type, quoted for the shell."""
    return shlex.quote(f"{key}={folder}")


def _read_value(arguments: Sequence[str], key: str) -> str | None:
    """What was typed for a key, however it is added; None for ``null``.

    Raises:
        SinefitError: if nothing was.
    """
    values = [word.partition("=")[2] for word in arguments if key_of(word) == key]
    if values and not values[-1].strip("'\""):
        msg = f"{key}= needs a value; type {key}=FOLDER"
        raise SinefitError(msg)
    return None if not values or values[-1] == "null" else values[-1]


def _keeps_failures(value: str | None) -> bool:
    if value not in {None, "true", "false"}:
        msg = f"resume.failed must be true or false, got {value!r}"
        raise SinefitError(msg)
    return value == "false"
