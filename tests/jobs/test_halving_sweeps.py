"""Sweeps with rungs: the same winners and bits fused, job by job, in windows, killed and resumed."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from processes import fork_server
from small_sweeps import table_of

from sinefit.jobs import batch
from sinefit.record.folder import RESULT_NAME, SWEEP_COPY_NAME, RunFolder
from sinefit.record.rungs import RUNGS_NAME, read_decisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processes import ForkServer

    Sinefit = Callable[..., tuple[int, str, str]]

SHARED = ("-m", "data.num_points=40", "trainer.max_epochs=6", "picture=false")
RUNGS = ("trainer.halving.keep=0.5", "trainer.halving.at=[2,4]")
SWEPT = ("optimizer.lr=0.1,0.03,0.003", "engine=auto,plain", "seed=0,1")
"""Six settings with two repeats each; half of them cannot be stacked."""
KILLED = ("optimizer.lr=0.1,0.03,0.003", "engine=auto,plain", "trainer.halving.keep=0.4", RUNGS[1])
RECORDED = ("model.pt", "history.csv", "prediction.csv")
MOMENTS = {"fused": 37, "basic": 61}
"""Of the moments at which a file changes, each so many-th is tried."""
OF_THE_WAY = ("started", "train_seconds", "environment", "engine")
"""Fields of a result that say how it came about."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ForkServer, Path]]:
    """What starts commands without their imports, and the folder that they run in."""
    folder = tmp_path_factory.mktemp('it\'s a=ü "test" [x]')
    with fork_server(cwd=folder, log=folder / "log") as made:
        yield made, folder


@pytest.fixture(scope="module")
def sweeps(server: tuple[ForkServer, Path]) -> Callable[..., Path]:
    """Runs a sweep, the same one only once, and gives its folder."""
    started, folder = server
    known: dict[tuple[str, ...], Path] = {}

    def sweep(*words: str) -> Path:
        if words not in known:
            known[words] = folder / f"sweep{len(known)}"
            started.start(*SHARED, *words, f"hydra.sweep.dir={known[words].name}")
            assert started.exit_code() == 0, (folder / "log").read_text()
        return known[words]

    return sweep


def sweep_of(sinefit: Sinefit, name: str, *words: str) -> Path:
    """Run a sweep in this process; its folder."""
    code, out, err = sinefit(*SHARED, *words, f"hydra.sweep.dir={name}")
    assert code == 0, out + err
    return Path(name).absolute()


def facts_of(sweep: Path, names: tuple[str, ...] = RECORDED) -> dict[str, Any]:
    """All that does not depend on how a sweep was run: of each job its result and the bytes of some files."""
    facts: dict[str, Any] = {"rungs": (sweep / RUNGS_NAME).read_text()}
    for result in sweep.glob(f"*/{RESULT_NAME}"):
        run = result.parent
        told = {k: v for k, v in json.loads(result.read_text()).items() if k not in OF_THE_WAY}
        facts[run.name] = told, [(run / name).read_bytes() for name in names]
        assert not [*run.glob("checkpoint.pt"), *run.glob("rung.json"), *run.glob(".*.tmp")]
    return facts


def statuses_of(sweep: Path) -> list[str]:
    """How the jobs ended, in their order."""
    table: list[str] = table_of(sweep)["status"].tolist()
    return table


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_jobs_one_by_one_have_the_same_winners_and_bits(sweeps: Callable[..., Path], launcher: str) -> None:
    """All that is recorded under other launchers is what the launcher fused records."""
    fused = sweeps(*KILLED)
    other = sweeps(*KILLED, f"hydra/launcher={launcher}")
    assert facts_of(other) == facts_of(fused)
    for config in fused.glob("*/.hydra/config.yaml"):
        same = other / config.relative_to(fused)
        assert same.read_bytes() == config.read_bytes()


def test_repeats_are_ranked_by_their_median_and_pruned_together(sweeps: Callable[..., Path]) -> None:
    """Three of six settings go on, then two of three, each with both of its seeds."""
    fused = sweeps(*SWEPT, *RUNGS)
    statuses = statuses_of(fused)
    assert (statuses.count("completed"), statuses.count("pruned")) == (4, 8)
    assert [(each.epoch, each.of, len(each.out)) for each in read_decisions(fused)] == [(2, 6, 6), (4, 3, 2)]
    assert statuses[::2] == statuses[1::2]


def test_survivors_are_those_of_a_sweep_without_rungs(sweeps: Callable[..., Path]) -> None:
    """Bit for bit; losers are the beginnings of its runs, and say where they were left and why."""
    fused, whole = sweeps(*SWEPT, *RUNGS), sweeps(*SWEPT)
    for path in fused.glob(f"*/{RESULT_NAME}"):
        mine, other = RunFolder(path.parent), RunFolder(whole / path.parent.name)
        result, end = mine.read_result(), other.read_result()
        assert result.config_hash == end.config_hash
        if result.status == "completed":
            assert (result.metrics, result.pruned, mine.model.read_bytes()) == (
                *(end.metrics, {}),
                other.model.read_bytes(),
            )
        else:
            pruned = result.pruned
            assert result.message == f"rank {pruned['rank']} of {pruned['of']} at epoch {pruned['epoch']}"
            assert (result.epochs, len(mine.read_history())) == (pruned["epoch"], pruned["epoch"])
        assert mine.read_history() == other.read_history()[: result.epochs]


def test_rungs_rank_over_all_windows(
    sweeps: Callable[..., Path], sinefit: Sinefit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that is prepared in parts has the winners of one that is prepared at once."""
    del folder
    monkeypatch.setattr(batch, "WINDOW", 5)
    assert facts_of(sweep_of(sinefit, "s", *SWEPT, *RUNGS)) == facts_of(sweeps(*SWEPT, *RUNGS))


def test_batches_and_brackets_compete_each_for_itself(sweeps: Callable[..., Path]) -> None:
    """Rungs as in Hyperband, in batches of six jobs: the same decisions by both launchers."""
    words = (
        *("optimizer.lr=0.1,0.03,0.01,0.003", "trainer.halving.keep=0.5"),
        *("trainer.halving.at=[2,4],[4],[]", "hydra.sweeper.max_batch_size=6"),
    )
    fused = sweeps(*words)
    decisions = read_decisions(fused)
    assert sorted((each.jobs, each.bracket.at, each.epoch, each.of, len(each.out)) for each in decisions) == [
        ((0, 5), (2, 4), 2, 2, 1),
        ((0, 5), (2, 4), 4, 1, 0),
        ((0, 5), (4,), 4, 2, 1),
        ((6, 11), (2, 4), 2, 2, 1),
        ((6, 11), (2, 4), 4, 1, 0),
        ((6, 11), (4,), 4, 2, 1),
    ]
    assert statuses_of(fused).count("pruned") == 4
    basic = sweeps(*words, "hydra/launcher=basic")
    assert sorted(map(repr, read_decisions(basic))) == sorted(map(repr, decisions))
    assert statuses_of(basic) == statuses_of(fused)


@pytest.mark.parametrize("name", ["fused", "basic"])
def test_runs_that_end_by_themselves_compete(sweeps: Callable[..., Path], name: str) -> None:
    """A converged one with its final value, a diverged one as the worst; their statuses stay."""
    words = ("optimizer=sgd", "optimizer.lr=0.1,0.001,1e30", "trainer.target_loss=0.2,null")
    sweep = sweeps(*words, "objective=train_loss", *RUNGS, f"hydra/launcher={name}")
    table = table_of(sweep)
    (first, *_) = read_decisions(sweep)
    diverged = [str(status) == "diverged" for status in table["status"]]
    assert sum(diverged) == 2
    assert [first.out[job] for job, is_lost in enumerate(diverged) if is_lost] == [5, 6]
    assert (first.of, len(first.out)) == (6, 3)


def test_a_table_says_who_was_pruned_and_what_it_saved(sinefit: Sinefit, folder: Path) -> None:
    """The lines of rungs, told by a dry run too; the count at the end, the best of the whole runs."""
    del folder
    lines = "rung 2: 3 of 6 settings go on\nrung 4: 2 of 3 settings go on\n"
    assert lines in sinefit(*SHARED, *SWEPT, *RUNGS, "hydra.launcher.dry_run=true")[1]
    code, out, _ = sinefit(*SHARED, *SWEPT, *RUNGS, "hydra.sweep.dir=s")
    assert code == 0
    assert lines in out
    assert "8 jobs pruned, which saved up to 28 epochs of training" in out
    assert "12 jobs: 8 pruned, 4 completed" in out


def test_a_pruned_run_trains_again_up_to_its_rung(sinefit: Sinefit, folder: Path) -> None:
    """Without company, to the same bits, and with the same words on why it ended."""
    del folder
    sweep = sweep_of(sinefit, "s", *SWEPT, *RUNGS)
    job = statuses_of(sweep).index("pruned")
    code, out, _ = sinefit(f"rerun=s/{job}", "hydra.run.dir=again")
    assert (code, "the metrics are equal bit for bit" in out) == (0, True)
    then, now = RunFolder(sweep / str(job)), RunFolder("again")
    assert then.model.read_bytes() == now.model.read_bytes()
    assert (now.read_result().pruned, now.read_result().status) == (then.read_result().pruned, "pruned")


def test_pruned_runs_are_not_taken_over_and_finished_ones_are(sinefit: Sinefit, folder: Path) -> None:
    """By `skip_done`: an equal run that was pruned elsewhere is trained, one that was not is taken."""
    del folder
    lrs = "optimizer.lr=0.1,0.03,0.01,0.003"
    first = sweep_of(sinefit, "outputs/first", lrs, *RUNGS)
    assert statuses_of(first).count("completed") == 1
    second = table_of(sweep_of(sinefit, "outputs/second", lrs, "skip_done=true"))
    assert second["status"].tolist() == ["completed"] * 4
    assert second["taken_from"].notna().sum() == 1


def test_a_single_run_is_trained_to_its_end(sinefit: Sinefit, folder: Path) -> None:
    """One line says that rungs do nothing there."""
    del folder
    code, _, err = sinefit(*SHARED[1:], *RUNGS, "hydra.run.dir=run")
    assert code == 0
    assert "trainer.halving.at=[2, 4]: no effect on a single run" in err
    assert RunFolder("run").read_result().epochs == 6


def test_failures_do_not_compete(sinefit: Sinefit, folder: Path) -> None:
    """The others are ranked without them; resumed, what failed is trained, and what was decided stays."""
    del folder
    words = ("optimizer.lr=0.1,0.03,0.01,0.003", "model.num_hidden_layers=2", *RUNGS)
    typed = [*words[:1], "data.batch_size=32,0", *words[2:]]
    code, out, _ = sinefit(*SHARED, *typed, "hydra.sweep.dir=s")
    assert (code, "8 jobs: 4 failed, 3 pruned, 1 completed" in out) == (1, True)
    before = Path("s", RUNGS_NAME).read_text()
    assert sinefit("-m", "resume=s")[0] == 1
    assert Path("s", RUNGS_NAME).read_text() == before


@pytest.mark.parametrize("name", ["fused", "basic"])
def test_a_killed_sweep_ends_as_the_whole(
    server: tuple[ForkServer, Path], sweeps: Callable[..., Path], name: str
) -> None:
    """Killed by SIGKILL at moments from its first file to its last, and resumed: the same records."""
    started, folder = server
    whole, decided = facts_of(sweeps(*KILLED)), set()

    def call(*arguments: str) -> int:
        started.start(*arguments)
        return started.exit_code()

    moment, code = MOMENTS[name], -signal.SIGKILL
    while code:
        shutil.rmtree(folder / "sweep", ignore_errors=True)
        words = (*SHARED, *KILLED, f"hydra/launcher={name}", "hydra.sweep.dir=sweep")
        code = call(f"die-at={moment}", *words)
        assert code in {0, -signal.SIGKILL}, (folder / "log").read_text()
        if code and (folder / "sweep" / SWEEP_COPY_NAME).exists():
            decided.add(len(read_decisions(folder / "sweep")))
            assert call("-m", "resume=sweep") == 0, (folder / "log").read_text()
            assert facts_of(folder / "sweep") == whole, moment
        moment += MOMENTS[name]
    assert decided == {0, 1, 2}


def test_a_plain_loser_keeps_what_it_had(sinefit: Sinefit, folder: Path) -> None:
    """Its weights are those at its rung, readable as of any run."""
    del folder
    sweep = sweep_of(sinefit, "s", "engine=plain", "optimizer.lr=0.1,0.03,0.003", *RUNGS)
    pruned = [RunFolder(sweep / str(job)) for job, s in enumerate(statuses_of(sweep)) if s == "pruned"]
    assert all(torch.isfinite(value).all() for run in pruned for value in run.read_parameters().values())
