"""Gives the tests of the plugins an app to sweep, and Hydra's suites the Hydra that they are written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hydra import version
from hydra_versions import IS_1_4, register_resolver
from omegaconf import OmegaConf
from sweeping import App

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


collect_ignore = ["lightning_tree"]  # an app of its own, which loads Lightning


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hydra_restore_singletons: None) -> Iterator[App]:  # noqa: ARG001
    """Give an app in a folder with a hostile name, and leave Hydra's singletons as they were."""
    folder = tmp_path / "it's a=fold,er ü"
    folder.mkdir()
    register_resolver("twice", lambda number: 2 * number, replace=True)
    yield App(folder, monkeypatch)
    OmegaConf.clear_resolver("twice")


@pytest.fixture
def as_hydra_1_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hydra 1.1, in which jobs change folder: the suites of 1.3 take it for granted."""
    if not IS_1_4:
        monkeypatch.setattr(version.VersionBase.instance(), "version_base", version.__compat_version__)
