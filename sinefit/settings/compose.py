"""From overrides to a composed config, by Hydra's compose API; knows nothing of what a run is."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra

from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from omegaconf import DictConfig

NOT_HERE = ("resume", "rerun")


def config_folder() -> Path:
    """Where the project's YAML files are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


def compose(arguments: Sequence[str], conf: Path) -> DictConfig:
    """The config for what was typed: overrides, and ``--config-dir DIR``.

    Raises:
        SinefitError: if something else was typed.
    """
    parser = argparse.ArgumentParser(prog="sinefit gradients", add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir", "-cd")
    known, words = parser.parse_known_args(arguments)
    foreign = [word for word in words if word.startswith("-") or word.partition("=")[0] in NOT_HERE]
    if foreign:
        got = " ".join(foreign)
        msg = f"gradients takes settings and --config-dir DIR, got {got}; type for example model=siren"
        raise SinefitError(msg)
    if known.config_dir is not None:
        folder = Path(known.config_dir).absolute()
        if not folder.is_dir():
            msg = f"--config-dir must be a folder, got {known.config_dir}"
            raise SinefitError(msg)
        words.append(f"hydra.searchpath=[{quote(f'file://{folder}')}]")
    with hydra.initialize_config_dir(str(conf), **hydra_options(hydra.initialize_config_dir)):
        return hydra.compose("config", overrides=words)


def hydra_options(function: Callable[..., Any]) -> dict[str, Any]:
    """What a function of Hydra must be told so that Hydra 1.3 and later versions behave alike."""
    return {"version_base": "1.3"} if "version_base" in inspect.signature(function).parameters else {}


def quote(text: str) -> str:
    r"""`text` as a value in Hydra's override grammar.

    >>> print(quote("it's"))
    'it\'s'
    """
    escaped = text.replace("\\'", "\\\\'").replace("'", "\\'").replace("${", "\\${")
    return f"'{escaped}'"
