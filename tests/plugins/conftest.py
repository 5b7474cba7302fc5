"""Gives the tests of the launcher an app to sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hydra_versions import register_resolver
from omegaconf import OmegaConf
from sweeping import App

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hydra_restore_singletons: None) -> Iterator[App]:  # noqa: ARG001
    """Give an app in a folder with a hostile name, and leave Hydra's singletons as they were."""
    folder = tmp_path / "it's a=fold,er ü"
    folder.mkdir()
    register_resolver("twice", lambda number: 2 * number, replace=True)
    yield App(folder, monkeypatch)
    OmegaConf.clear_resolver("twice")
