"""Where the project's configs lie, and how a value is written in Hydra's grammar."""

from __future__ import annotations

import re
from pathlib import Path

SET_UP = ("init", "--install-completion", "--remove-completion")
"""Commands that train nothing and compose nothing, see `sinefit.settings.set_up`."""


def config_folder() -> Path:
    """The folder of the main config: one's own here, see `sinefit.settings.init`, else the packaged one.

    Raises:
        SinefitError: if one's own cannot be used.
    """
    from sinefit.settings.init import find_own_folder  # noqa: PLC0415 - it knows this module

    return find_own_folder() or packaged_folder()


def packaged_folder() -> Path:
    """Where the project's YAML files are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


def quote(text: str) -> str:
    r"""`text` as a value in Hydra's override grammar, where backslashes count only before a quote.

    >>> print(quote("it's"), quote("a\\"))
    'it\'s' 'a\\'
    """
    escaped = re.sub(r"(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text)
    return f"'{escaped}'".replace("${", "\\${")
