"""Configs composed fast equal those of Hydra's own loader, for random sweeps, and so do the refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from hydra_plugins.sinefit_fused._loader import SweepLoader
from hydra_versions import set_version_base
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sweeping import App

# Each line is a family of overrides of one key; jobs of a sweep draw from the same families, as sweeps do.
FAMILIES = [
    ["optimizer=sgd", "optimizer=adam", "optimizer=nosuch"],
    ["optimizer.lr=1", "optimizer.lr=0.1", "optimizer.lr='x y'", "optimizer.lr=${seed}", "optimizer.lr=null"],
    ["~optimizer.lr", "optimizer.name=a"],
    ["db=mysql", "db=postgres", "~db", "~db=mysql"],
    ["db.port=1", "db.port=[1,2]", "db.rows.first=2", "+db.more=3", "++db.port=7"],
    ["+db@second=mysql", "+db@second=postgres"],
    ["second.port=1", "second.port={a:1}", "++second.port=5"],
    ["+experiment=one", "+experiment=two", "+experiment=[one,two]"],
    ["seed=1", "seed=2", "seed=true", "seed=1.0", "seed=[]"],
    ["rate=1", "rate=-0.0", "rate=nan", "rate=???"],
    ["layers=[1]", "layers=[]", "layers=[[1],2]", "layers.0=5", "layers=3"],
    ["deep.er.est=1", "deep.er={est:2}", "deep=null", "~deep.er", "deep.er.other='q: r'"],
    ["+new=1", "+new=[1]", "+new={a:1}", "+new.key=2"],
    ["++alias.x=1", "alias=3", "points.x=4", "alias=${deep}"],
    ["hydra.job.name=a", "hydra.job.name=b", "hydra.sweep.subdir=${seed}"],
    ["hydra/job_logging=stdout", "hydra/job_logging=none"],
    ["needed=1", "needed=a,b", "not an override", "=", "nosuch=1"],
]
SWEEPS = st.lists(st.sampled_from(FAMILIES), unique_by=id, min_size=1, max_size=5).flatmap(
    lambda families: st.lists(st.tuples(*map(st.sampled_from, families)), min_size=2, max_size=6),
)


@pytest.fixture
def hydra(app: App) -> Iterator[Hydra]:
    """Give Hydra for the app, in the app's folder."""
    app.monkeypatch.chdir(app.folder)
    set_version_base("1.3")
    yield Hydra.create_main_hydra_file_or_module(str(app.folder / "app.py"), None, "conf", "app")
    GlobalHydra.instance().clear()


def outcome(loader: Any, master: DictConfig, overrides: list[str]) -> Any:
    """What a loader makes of a job: the config's text, or what it raises."""
    try:
        config = loader.load_sweep_config(master, overrides)
        assert isinstance(config, DictConfig)
        assert config._get_flag("struct")
        return OmegaConf.to_yaml(config)
    except Exception as error:  # noqa: BLE001 - refusals are compared, too
        # Hydra 1.4 parses all overrides of a job at once, and says at which place this one stands.
        text = re.sub(r"^Error when parsing index: .*\n", "", str(error))
        return (type(error), text, str(error.__cause__))


@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sweep=SWEEPS)
def test_random_sweeps_are_composed_as_by_hydra(hydra: Hydra, sweep: list[tuple[str, ...]]) -> None:
    """Every job of a random sweep, legal or not, comes out as from Hydra's loader, in any order and twice."""
    master = hydra.compose_config(
        "config", ["hydra/launcher=fused"], RunMode.MULTIRUN, with_log_configuration=False
    )
    fast = SweepLoader(hydra.config_loader)
    for overrides in [*sweep, sweep[0]]:
        expected = outcome(hydra.config_loader, master, list(overrides))
        assert outcome(fast, master, list(overrides)) == expected, overrides
