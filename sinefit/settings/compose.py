"""Where the project's configs lie, and how a value is written in Hydra's grammar."""

from __future__ import annotations

import re
from pathlib import Path


def config_folder() -> Path:
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
