"""``python -m sinefit.cli``."""

from __future__ import annotations

from sinefit.cli import main

main()
