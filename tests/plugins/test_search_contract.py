"""Hydra's own contract suites for sweepers, passed by `search`; and Hydra finds it."""

from __future__ import annotations

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.test_utils.launcher_common_tests import BatchedSweeperTestSuite, IntegrationTestSuite
from hydra_plugins.sinefit_search.search_sweeper import SearchSweeper

# Hydra's suites start sweeps without version_base, which Hydra 1.3 itself warns of.
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::UserWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"
    ),
    pytest.mark.usefixtures("as_hydra_1_1"),
]


def test_hydra_discovers_the_sweeper() -> None:
    """Hydra finds the plugin by its own scan."""
    assert SearchSweeper.__name__ in [each.__name__ for each in Plugins.instance().discover(Sweeper)]


def test_a_sweep_before_setup_is_refused() -> None:
    """Who calls the class without Hydra is told the order."""
    with pytest.raises(RuntimeError, match="Hydra calls setup first"):
        SearchSweeper().sweep([])


@pytest.mark.parametrize(
    ("launcher_name", "overrides"), [("basic", ["hydra/sweeper=search", "hydra.sweeper.max_batch_size=2"])]
)
class TestBatches(BatchedSweeperTestSuite):
    """Hydra's suite for sweepers that launch several batches."""


@pytest.mark.parametrize(("task_launcher_cfg", "extra_flags"), [({}, ["-m", "hydra/sweeper=search"])])
class TestIntegration(IntegrationTestSuite):
    """Hydra's suite that runs apps in processes of their own."""
