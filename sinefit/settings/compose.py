"""Where the project's configs lie, and how Hydra is told of values and versions."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def config_folder() -> Path:
    """Where the project's YAML files are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


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
