"""Hydra's own contract suites for launchers, passed by the fused launcher."""

from __future__ import annotations

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.test_utils.launcher_common_tests import (
    BatchedSweeperTestSuite,
    IntegrationTestSuite,
    LauncherTestSuite,
)
from hydra_plugins.sinefit_fused.fused_launcher import FusedLauncher

# Hydra's suites start sweeps without version_base, which Hydra 1.3 itself warns of.
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::UserWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"
    ),
    pytest.mark.usefixtures("as_hydra_1_1"),
]


def test_hydra_discovers_the_launcher() -> None:
    """Hydra finds the plugin by its own scan."""
    assert FusedLauncher.__name__ in [each.__name__ for each in Plugins.instance().discover(Launcher)]


@pytest.mark.parametrize(("launcher_name", "overrides"), [("fused", [])])
class TestLauncher(LauncherTestSuite):
    """Hydra's suite for single batches."""


@pytest.mark.parametrize(("launcher_name", "overrides"), [("fused", ["hydra.sweeper.max_batch_size=2"])])
class TestBatches(BatchedSweeperTestSuite):
    """Hydra's suite for sweepers that launch several batches."""


@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    [({}, ["-m", "hydra/launcher=fused"])],
)
class TestIntegration(IntegrationTestSuite):
    """Hydra's suite that runs apps in processes of their own."""
