"""What the launcher promises to a batched task, to callbacks and to sweepers."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobStatus
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra_plugins.sinefit_fused.config import FusedLauncherConf
from hydra_versions import trusting
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sweeping import App


def making(batched: Callable[..., Any]) -> Callable[[Any], Any]:
    """What `App.sweep` takes for a batched task."""
    return lambda _task: batched


def test_batched_task_is_called_once_a_batch_with_the_options(app: App) -> None:
    """A batch is one call, whose options are the launcher's own fields."""
    calls = []

    def batched(jobs: Sequence[Any], **options: object) -> list[int]:
        calls.append(([job.num for job in jobs], options))
        return [10 * job.num for job in jobs]

    swept = app.sweep(
        "seed=1,2,3",
        "hydra.sweeper.max_batch_size=2",
        "hydra.launcher.workers=3",
        make_batched=making(batched),
    )
    options = {"dry_run": False, "workers": 3}
    assert calls == [([0, 1], options), ([2], options)]
    assert [each.return_value for each in swept.returns] == [0, 10, 20]


def test_job_says_what_it_is(app: App) -> None:
    """A job has its number, overrides, choices, folder and configs."""
    seen: list[Any] = []

    def batched(jobs: Sequence[Any], **_options: object) -> list[None]:
        seen.extend(
            (
                job.num,
                job.id,
                job.overrides,
                job.choices["optimizer"],
                job.config.lr,
                job.hydra_config.hydra.job.num,
            )
            for job in jobs
        )
        assert all(os.path.isabs(job.output_dir) and os.path.isdir(job.output_dir) for job in jobs)  # noqa: PTH112, PTH117
        assert all("hydra" not in job.config and "hydra" in job.hydra_config for job in jobs)
        return [None] * len(jobs)

    app.sweep("optimizer=sgd,adam", make_batched=making(batched))
    assert seen == [
        (0, "0", ["optimizer=sgd"], "sgd", 0.01, 0),
        (1, "1", ["optimizer=adam"], "adam", 0.001, 1),
    ]


def test_failed_job_leaves_the_others_alone(app: App) -> None:
    """An exception in the results is the failure of that job, with its status and value as in Hydra."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        return [ValueError("seed 2 is bad") if job.config.seed == 2 else job.config.seed for job in jobs]

    app.monkeypatch.setattr(
        "hydra.core.utils.JobReturn.return_value", property(lambda self: self._return_value)
    )
    returns = app.sweep("seed=1,2,3", make_batched=making(batched)).returns
    assert [each.status for each in returns] == [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.COMPLETED]
    assert [str(each._return_value) for each in returns] == ["1", "seed 2 is bad", "3"]


def test_failure_is_raised_by_the_sweeper(app: App) -> None:
    """The sweeper raises the first failure when all jobs are done, as under the basic launcher."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        return [ValueError(f"bad {job.num}") for job in jobs]

    with pytest.raises(ValueError, match="bad 0"):
        app.sweep("seed=1,2", make_batched=making(batched))


@pytest.mark.parametrize(
    ("result", "message"),
    [(lambda _jobs: [1], "got 1 for 2 jobs"), (lambda _jobs: 1 / 0, "division by zero")],
)
def test_broken_batched_task_fails_its_jobs(app: App, result: Callable[[Any], Any], message: str) -> None:
    """A batched task that raises, or returns too few results, has failed all its jobs, clearly."""

    def batched(jobs: Sequence[Any], **_options: object) -> Any:
        return result(jobs)

    with pytest.raises((ValueError, ZeroDivisionError), match=message):
        app.sweep("seed=1,2", make_batched=making(batched))


def test_interrupt_ends_the_sweep(app: App) -> None:
    """Ctrl-C in a batched task is nobody's failure: it goes through."""

    def batched(_jobs: Sequence[Any], **_options: object) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app.sweep("seed=1,2", make_batched=making(batched))


def test_active_gives_a_job_its_own_process_state(app: App) -> None:
    """In `active` folder, environment, HydraConfig and log are the job's; after it they are as before."""
    logger = logging.getLogger("app.inside")

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        before = (
            Path.cwd(),
            logging.getLogger().handlers,
            os.environ.get("SEED"),
            HydraConfig.instance().cfg,
        )
        for job in jobs:
            for turn in ("first", "second"):
                with job.active():
                    logger.info("%s turn of %s", turn, job.num)
                    assert Path.cwd().samefile(job.output_dir)
                    assert os.environ["SEED"] == "a b"
                    assert HydraConfig.get().job.num == job.num
                    assert HydraConfig.get().runtime.output_dir == job.output_dir
            after = (
                Path.cwd(),
                logging.getLogger().handlers,
                os.environ.get("SEED"),
                HydraConfig.instance().cfg,
            )
            assert before == after
        return [None] * len(jobs)

    swept = app.sweep(
        "seed=1,2", "hydra.job.chdir=true", "+hydra.job.env_set.SEED='a b'", make_batched=making(batched)
    )
    assert swept.texts(".log") == {
        f"{num}/app.log": "".join(
            f"[TIME][app.inside][INFO] - {word} turn of {num}\n" for word in ("first", "second")
        )
        for num in (0, 1)
    }


def test_interleaved_jobs_keep_their_logs_apart(app: App) -> None:
    """Jobs that take turns, one even inside another, write into their own logs alone."""
    logger = logging.getLogger("app")

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        for word in ("begin", "end"):
            for job in jobs:
                with job.active():
                    logger.info("%s %s", word, job.num)
        with jobs[0].active():
            with jobs[1].active():
                logger.info("inner")
            logger.info("outer")
        return [None] * len(jobs)

    logs = app.sweep("seed=1,2", make_batched=making(batched)).texts(".log")
    head = "[TIME][app][INFO] - "
    assert logs["0/app.log"] == f"{head}begin 0\n{head}end 0\n{head}outer\n"
    assert logs["1/app.log"] == f"{head}begin 1\n{head}end 1\n{head}inner\n"


def test_jobs_have_an_empty_log_before_anything_is_logged(app: App) -> None:
    """A job's log file is there even if the batched task never makes the job active."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[None]:
        return [None] * len(jobs)

    assert app.sweep("seed=1,2", make_batched=making(batched)).texts(".log") == {
        "0/app.log": "",
        "1/app.log": "",
    }


def test_jobs_share_the_time_of_the_sweep(app: App) -> None:
    """What `${now:...}` gave for the sweep's folder it gives in each job's config, to the microsecond."""
    overrides = ["year='${now:%f}'", "hydra.sweep.dir='rel/${now:%f}'", "seed=1,2"]
    swept = app.sweep(*overrides, task=lambda config: config.year, sweep_dir="rel")
    folders = {name.partition("/")[0] for name in swept.files}
    assert len(folders) == 1
    assert {each.return_value for each in swept.returns} == folders


class Told(Callback):
    """A callback that writes down what it is told, and what the process looks like then."""

    notes: ClassVar[list[Any]] = []

    def on_job_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Note the start of a job."""
        task = (kwargs["task_function"].__name__, OmegaConf.is_readonly(config.hydra))
        self.notes.append(("start", config.hydra.job.num, config.seed, task, HydraConfig.get().job.num))
        logging.getLogger("told").info("start %s", config.seed)

    def on_job_end(self, config: DictConfig, job_return: Any, **_kwargs: object) -> None:
        """Note the end of a job."""
        self.notes.append(("end", config.hydra.job.num, config.hydra.runtime.output_dir, job_return.status))
        self.notes.append(
            (OmegaConf.to_yaml(config), OmegaConf.to_yaml(job_return.cfg), os.environ.get("TOLD"))
        )
        logging.getLogger("told").info("end %s", config.seed)


def test_callbacks_hear_what_the_basic_launcher_tells_them(app: App) -> None:
    """Callbacks get each job's start and end, in order, with Hydra's configs; all starts come first."""
    heard = []
    target = f"{Told.__module__}.Told"
    app.write(
        "told.yaml", f"defaults: [config, _self_]\nhydra: {{callbacks: {{told: {{_target_: {target}}}}}}}\n"
    )
    for basic in (False, True):
        Told.notes.clear()
        with trusting(Told.__module__):
            swept = app.sweep("seed=1,2,3", "+hydra.job.env_set.TOLD=x", config_name="told", basic=basic)
        heard.append((copy.copy(Told.notes), swept.texts(".log")))
    (ours, our_logs), (theirs, their_logs) = heard
    assert [note for note in ours if note[0] == "start"] == [note for note in theirs if note[0] == "start"]
    assert [note for note in ours if note[0] != "start"] == [note for note in theirs if note[0] != "start"]
    assert [note[0] for note in ours[:3]] == ["start"] * 3
    assert our_logs == their_logs
    assert "end 2" in our_logs["1/app.log"]


def test_config_file_edited_in_mid_sweep_does_not_change_the_sweep(app: App) -> None:
    """Later batches see files as they were at the start, not yet chosen ones included."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        app.write("optimizer/adam.yaml", "name: edited\nlr: 5\n")
        app.write("optimizer/sgd.yaml", "name: edited\nlr: 5\n")
        return [job.config.optimizer.name for job in jobs]

    swept = app.sweep(
        "optimizer=sgd,adam", "seed=1,2", "hydra.sweeper.max_batch_size=1", make_batched=making(batched)
    )
    assert [each.return_value for each in swept.returns] == ["sgd", "sgd", "adam", "adam"]


def test_dry_run_writes_no_job_folder(app: App) -> None:
    """In a dry run the batched task is asked, and nothing but the sweep's own file is written."""

    def batched(jobs: Sequence[Any], *, dry_run: bool, **_options: object) -> list[Any]:
        assert dry_run
        with jobs[0].active():
            return [job.config.seed for job in jobs]

    swept = app.sweep("seed=1,2", "hydra.launcher.dry_run=true", make_batched=making(batched))
    assert [each.return_value for each in swept.returns] == [1, 2]
    assert list(swept.files) == ["multirun.yaml"]


def test_dry_run_of_a_task_that_is_not_batched_runs_nothing(app: App) -> None:
    """In a dry run a task function that is not batched is not called."""

    def task(_config: Any) -> None:
        pytest.fail("the task was called in a dry run")

    swept = app.sweep("seed=1,2", "hydra.launcher.dry_run=true", task=task, make_batched=None)
    assert list(swept.files) == ["multirun.yaml"]


@pytest.mark.parametrize("copied", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy])  # noqa: S301
def test_returns_can_be_pickled_and_copied(app: App, copied: Callable[[Any], Any]) -> None:
    """A JobReturn whose configs nobody has looked at yet survives pickling and copying."""
    returns = [copied(each) for each in app.sweep("seed=1,2", "rate=1", task=str).returns]
    assert [each.cfg.seed for each in returns] == [1, 2]
    assert [each.hydra_cfg.hydra.job.num for each in returns] == [0, 1]
    assert all(type(each.cfg) is DictConfig for each in returns)


def test_each_job_gets_a_config_of_its_own(app: App) -> None:
    """A batched task that changes one job's config changes no other's, nor the files."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        configs = [job.config for job in jobs]
        configs[0].optimizer.lr = 77
        return [json.dumps(OmegaConf.to_container(config.optimizer)) for config in configs]

    returns = app.sweep("seed=1,2", make_batched=making(batched)).returns
    assert ["77" in each.return_value for each in returns] == [True, False]


def test_plain_config_holds_the_values_of_the_config(app: App) -> None:
    """A job's plain values are its config's, references followed, and belong to this job alone."""
    app.write(
        "simple.yaml",
        "defaults: [optimizer: sgd, _self_]\nlr: ${optimizer.lr}\nseed: 0\nname: '正弦'\n"
        "inner: {copies: [x, '${name}'], again: '${optimizer.lr}', none: null}\n",
    )

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        expected = [OmegaConf.to_container(job.config, resolve=True) for job in jobs]
        for job in jobs:
            plain = job.plain_config()
            plain["inner"]["copies"].append("changed")
            if isinstance(plain["seed"], list):
                plain["seed"].append("changed")
        return [(job.plain_config(), each) for job, each in zip(jobs, expected, strict=True)]

    words = ["seed=[1],[2],'a b',null", "optimizer=sgd,adam", "optimizer.lr=1e-3,5", "name=7,true"]
    swept = app.sweep(*words, config_name="simple", make_batched=making(batched))
    assert len(swept.returns) == 32
    assert all(repr(each.return_value[0]) == repr(each.return_value[1]) for each in swept.returns)


@pytest.mark.parametrize("text", ["${oc.env:HOME}", "run ${seed}", r"\${lr}", "${hydra:job.num}", "${.rate}"])
def test_plain_config_leaves_to_omegaconf_what_is_not_evident(app: App, text: str) -> None:
    """It is None then, never a guess."""

    def batched(jobs: Sequence[Any], **_options: object) -> list[Any]:
        return [job.plain_config() for job in jobs]

    app.write("one.yaml", f"seed: 0\nlr: 1\nrate: 2\ntext: '{text}'\n")
    swept = app.sweep("seed=1,2", config_name="one", make_batched=making(batched))
    assert [each.return_value for each in swept.returns] == [None, None]


@pytest.mark.parametrize("batch_size", ["null", "1"])
def test_jobs_that_would_share_a_folder_are_refused_before_they_start(app: App, batch_size: str) -> None:
    """The message names both jobs, the folder and the setting."""
    with pytest.raises(HydraException, match=r"jobs 0 and 1 .*/same: hydra\.sweep\.subdir=same"):
        app.sweep("seed=1,2", "hydra.sweep.subdir=same", f"hydra.sweeper.max_batch_size={batch_size}")
    assert not (app.folder / "out put='ä'" / "same" / "1").exists()


def test_option_of_ones_own_reaches_the_batched_task(app: App) -> None:
    """A field more in the launcher's config is an argument more of the batched task; no code in between."""
    calls = []

    @dataclass
    class WithPatience(FusedLauncherConf):
        patience: int = 3

    ConfigStore.instance().store(group="hydra/launcher", name="fused_with_patience", node=WithPatience)

    def batched(jobs: Sequence[Any], **options: object) -> list[None]:
        calls.append(options)
        return [None] * len(jobs)

    chosen = ("hydra/launcher=fused_with_patience", "hydra.launcher.patience=5", "seed=1,2")
    app.sweep(*chosen, make_batched=making(batched))
    assert calls == [{"dry_run": False, "workers": None, "patience": 5}]
