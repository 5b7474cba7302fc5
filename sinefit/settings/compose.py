"""Where the project's configs lie, and how a value is written in Hydra's grammar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sinefit.settings.init import find_own_folder
from sinefit.settings.packaged import packaged_folder

if TYPE_CHECKING:
    from pathlib import Path

SET_UP = ("init", "--install-completion", "--remove-completion")
"""Commands that train nothing and compose nothing, see `sinefit.settings.set_up`."""


def config_folder() -> Path:
    """The folder of the main config: one's own here, see `sinefit.settings.init`, else the packaged one.

    Raises:
        SinefitError: if one's own cannot be used.
    """
    return find_own_folder() or packaged_folder()


def quote(text: str) -> str:
    r"""`text` as a value in Hydra's override grammar, where backslashes count only before a quote.

    >>> print(quote("it's"), quote("a\\"))
    'it\'s' 'a\\'
    """
    escaped = re.sub(r"(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text)
    return f"'{escaped}'".replace("${", "\\${")
