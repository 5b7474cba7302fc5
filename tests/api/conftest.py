"""The command beside the package of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def sinefit_command(sinefit: Callable[..., tuple[int, str, str]]) -> Callable[..., tuple[int, str, str]]:
    """The fixture `sinefit`, by another name."""
    return sinefit
