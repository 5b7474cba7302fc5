"""An app without a batched task sees under `fused` what it sees under Hydra's basic launcher."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra_versions import trusting
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from sweeping import App, Swept

SEEN: list[Any] = []
WORDS = ("optimizer=sgd,adam", "seed=range(0,3)")


def look(config: DictConfig) -> str:
    """Everything of the process that a job can see, as text."""
    hydra = HydraConfig.get()
    root = logging.getLogger()
    seen = (
        OmegaConf.to_yaml(config, resolve=True),
        (type(config), OmegaConf.is_readonly(config), OmegaConf.is_struct(config)),
        OmegaConf.to_yaml(hydra.job),
        (hydra.runtime.output_dir, hydra.runtime.cwd, dict(hydra.runtime.choices)),
        (str(Path.cwd()), os.environ.get("SINEFIT_TEST_HOME")),
        [(type(each).__name__, each.level, getattr(each, "baseFilename", None)) for each in root.handlers],
        (root.level, list_names(hydra.runtime.output_dir)),
        list_names(f"{hydra.runtime.output_dir}/.hydra"),
    )
    return repr(seen)


def list_names(folder: str) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


class Listener(Callback):
    """Takes down what it is told, and what the process looks like then."""

    def on_job_start(self, config: DictConfig, **told: Any) -> None:
        """Before the task."""
        SEEN.append(("start", sorted(told), config.hydra.job.num, config.seed, look_around()))

    def on_job_end(self, config: DictConfig, job_return: Any, **told: Any) -> None:
        """After the task."""
        ended = (job_return.status, repr(job_return._return_value), OmegaConf.to_yaml(job_return.cfg))
        SEEN.append(("end", sorted(told), config.hydra.job.num, ended, look_around()))


def look_around() -> tuple[Any, ...]:
    """What a callback can see besides what it is told."""
    root = logging.getLogger()
    files = [getattr(each, "baseFilename", None) for each in root.handlers]
    return HydraConfig.get().job.num, str(Path.cwd()), os.environ.get("SINEFIT_TEST_HOME"), files


def sweep_both(app: App, *words: str, task: Any) -> tuple[Swept, Swept]:
    """The same sweep by both launchers, singly."""
    ours, theirs = (app.sweep(*words, task=task, make_batched=None, basic=basic) for basic in (False, True))
    return ours, theirs


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("hydra.job.chdir=true",),
        ("+hydra.job.env_set.SINEFIT_TEST_HOME='a b'",),
        ("hydra.verbose=true",),
        ("hydra/job_logging=stdout",),
    ],
)
def test_a_task_sees_what_it_sees_under_basic(app: App, more: tuple[str, ...]) -> None:
    """Configs, working directory, environment, loggers and folders are the basic launcher's in each job."""
    ours, theirs = sweep_both(app, *WORDS, *more, task=look)
    assert [each.return_value for each in ours.returns] == [each.return_value for each in theirs.returns]
    assert len(ours.returns) == 6


def test_callbacks_hear_what_they_hear_under_basic(app: App) -> None:
    """Callbacks are called with the same configs and returns, in the same order and surroundings."""
    app.write(
        "config.yaml",
        (app.conf / "config.yaml").read_text()
        + f"\nhydra: {{callbacks: {{x: {{_target_: {__name__}.Listener}}}}}}\n",
    )
    heard = []
    for basic in (False, True):
        SEEN.clear()
        words = (*WORDS, "hydra.job.chdir=true", "+hydra.job.env_set.SINEFIT_TEST_HOME='a b'")
        with trusting(Listener.__module__), pytest.raises(ValueError, match="not this one"):
            app.sweep(*words, task=fail_for_one, make_batched=None, basic=basic)
        shutil.rmtree(app.folder / "out put='ä'")
        heard.append(list(SEEN))
    assert heard[0] == heard[1]
    assert len(heard[0]) == 12


def fail_for_one(config: DictConfig) -> int:
    """A task that fails in some of the jobs, and changes its config."""
    config.text = "changed"
    if config.seed == 1:
        msg = "not this one"
        raise ValueError(msg)
    return int(config.seed)


def test_what_a_task_changes_in_its_config_is_in_what_is_returned(app: App) -> None:
    """The config that comes back is the one that the task had."""
    ours, theirs = sweep_both(app, "optimizer=sgd,adam", "seed=2", task=fail_for_one)
    for one, other in zip(ours.returns, theirs.returns, strict=True):
        assert OmegaConf.to_yaml(one.cfg) == OmegaConf.to_yaml(other.cfg)
    assert ours.returns[0].cfg.text == "changed"


def test_a_log_line_of_each_job_is_in_its_own_file(app: App) -> None:
    """What a task logs is written to its job's log, as by the basic launcher."""

    def task(config: DictConfig) -> None:
        logging.getLogger("app").warning("seed %d", config.seed)

    ours, theirs = sweep_both(app, *WORDS, task=task)
    assert ours.texts(".log") == theirs.texts(".log")
    assert len(ours.texts(".log")) == 6


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.sampled_from(["sgd", "adam"]), min_size=1, max_size=2, unique=True),
    st.lists(st.integers(-3, 10**6) | st.floats(allow_nan=False), min_size=1, max_size=3),
    st.booleans(),
)
def test_any_sweep_is_seen_as_under_basic(
    app: App,
    optimizers: list[str],
    rates: list[Any],
    chdir: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever is swept, each task sees the same and leaves the same files."""
    words = (
        f"optimizer={','.join(optimizers)}",
        f"rate={','.join(map(repr, rates))}",
        f"hydra.job.chdir={chdir}",
    )
    ours, theirs = sweep_both(app, *words, task=look)
    assert [each.return_value for each in ours.returns] == [each.return_value for each in theirs.returns]
    yaml = [name for name in theirs.files if name.endswith(".yaml") and "multirun" not in name]
    assert {name: ours.files[name] for name in yaml} == {name: theirs.files[name] for name in yaml}
