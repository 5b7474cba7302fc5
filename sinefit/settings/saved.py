"""What Hydra left in `.hydra` and in `multirun.yaml`, read back; nothing that is read is built or run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sinefit.errors import RecordError
from sinefit.record.folder import SWEEP_COPY_NAME, SWEEP_NAME, as_typed
from sinefit.settings.plain import plain_settings

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.record.folder import RunFolder

_UNREADABLE = (
    OSError,
    YAMLError,
    OmegaConfBaseException,
    UnicodeDecodeError,
    KeyError,
    TypeError,
    AttributeError,
)


def read_config(files: RunFolder) -> DictConfig:
    """The composed config that Hydra saved with a run.

    Raises:
        RecordError: if it is missing, broken, or no config of a run.
    """
    try:
        config = OmegaConf.load(files.config)
    except _UNREADABLE as error:
        msg = f"{files.config} cannot be read as a run's config: {error}"
        raise RecordError(msg) from error
    if not isinstance(config, DictConfig) or not {"model", "dtype"} <= set(config):
        msg = f"{files.config} is no config of a run of sinefit"
        raise RecordError(msg)
    from sinefit.settings.build import DTYPES  # noqa: PLC0415 - loads Hydra

    dtype = plain_settings(config)["dtype"]
    if dtype not in DTYPES:
        msg = f"{files.config}: dtype must be one of {', '.join(DTYPES)}, got {dtype!r}"
        raise RecordError(msg)
    return config


def read_typed(files: RunFolder) -> tuple[list[str], dict[str, str]]:
    """The overrides of a single run as typed, and its choice of each config group, as Hydra saved them.

    Raises:
        RecordError: if they are missing or broken.
    """
    try:
        content: Any = OmegaConf.to_container(OmegaConf.load(files.hydra_config), resolve=False)
        typed, choices = content["hydra"]["overrides"]["task"], content["hydra"]["runtime"]["choices"]
        return as_typed(typed), dict(choices)
    except _UNREADABLE as error:
        reason = f"{type(error).__name__}: {error}"
        msg = f"{files.hydra_config} cannot be read as what was typed for a run: {reason}"
        raise RecordError(msg) from error


def read_multirun(folder: Path) -> dict[str, Any]:
    """The config that Hydra saved with a sweep, references unresolved.

    Raises:
        RecordError: if neither it nor its copy can be read.
    """
    problems = []
    for name in (SWEEP_COPY_NAME, SWEEP_NAME):
        try:
            config = OmegaConf.to_container(OmegaConf.load(folder / name), resolve=False)
            config["hydra"]["overrides"]["task"]  # type: ignore[index,call-overload]
        except (OSError, YAMLError, OmegaConfBaseException, KeyError, TypeError, UnicodeDecodeError) as error:
            problems.append(f"{name}: {type(error).__name__}: {error}")
            continue
        return config  # type: ignore[return-value]
    msg = f"what {folder} was started with cannot be read; start the sweep again ({'; '.join(problems)})"
    raise RecordError(msg)
