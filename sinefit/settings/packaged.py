"""Where the config files lie that come with sinefit."""

from __future__ import annotations

from pathlib import Path


def packaged_folder() -> Path:
    """The project's YAML files: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"
