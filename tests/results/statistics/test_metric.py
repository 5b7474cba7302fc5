"""Which metric is judged by, which runs count, and which settings tell runs apart."""

from __future__ import annotations

import pandas as pd
import pytest
from made_tables import make_table

from sinefit.results.plots.kinds import KINDS, draw
from sinefit.results.plots.request import Request
from sinefit.results.statistics import compare, importance, summarize
from sinefit.results.statistics.metric import count_once, objective_of, swept_keys

ROWS = [{"optimizer": name, "seed": seed} for name in ("sgd", "adam") for seed in range(6)]


def table_of(**columns: list[object]) -> pd.DataFrame:
    """Two optimizers, six seeds; r2 says the contrary of rmse."""
    rows = [row | {"rmse": 1.0 + n, "r2": n / 100} for n, row in enumerate(ROWS)]
    table = make_table(rows, ["optimizer", *columns], ["rmse", "r2"])
    return table.assign(**columns)


@pytest.mark.parametrize(
    ("objectives", "expected"),
    [(["r2"] * 12, "r2"), (["rmse"] * 5 + ["r2"] * 7, "r2"), ([None] * 12, "rmse")],
)
def test_runs_are_judged_by_their_objective(objectives: list[object], expected: str) -> None:
    """That of most of them; the usual one where no run has ended."""
    table = table_of().assign(objective=objectives)
    assert objective_of(table) == expected
    assert summarize(table)["optimizer"].tolist() == (
        ["adam", "sgd"] if expected == "r2" else ["sgd", "adam"]
    )
    assert Request(table).metric == expected
    assert f"of log10 of {expected}" in str(importance(table).attrs["notes"]) or expected == "r2"


def test_a_run_that_stands_twice_counts_once() -> None:
    """The same hash within a table: medians, intervals and n are those without it, and a sentence says so."""
    table = table_of()
    twice = pd.concat([table, table.iloc[:4]])
    twice.attrs = table.attrs
    for statistic in (summarize, importance):
        once, again = statistic(table), statistic(twice)
        pd.testing.assert_frame_equal(once, again)
        assert "4 runs repeat others (the same settings and seed): counted once" in again.attrs["notes"]
    assert compare(twice, table.assign(rmse=table["rmse"] * 2), "rmse")["pairs"].tolist()[-1] == 6
    assert len(Request(twice).runs.numbers) == 12


def test_of_equal_runs_the_one_that_ended_counts() -> None:
    """A job that was killed, and trained later in another sweep."""
    table = make_table([{"status": "unfinished", "rmse": None}, {"status": "completed", "rmse": 0.5}], [])
    once, notes = count_once(table.assign(config_hash="same"))
    assert (once["status"].tolist(), len(notes)) == (["completed"], 1)
    assert notes[0].startswith("1 run repeats another ")


def test_runs_without_a_hash_are_all_different() -> None:
    """Unfinished ones do not have theirs yet."""
    table = make_table([{"status": "unfinished"}] * 3, []).assign(config_hash=None)
    assert len(count_once(table)[0]) == 3


NEUTRAL = ["skip_done", "objective", "picture", "on_error", "num_threads", "trainer.checkpoint_every"]


@pytest.mark.parametrize("key", [*NEUTRAL, "hydra.launcher.workers"])
def test_what_does_not_decide_numbers_tells_no_runs_apart(key: str) -> None:
    """Not in summaries, importances, comparisons and the keys of pictures."""
    table = table_of(**{key: [True, False] * 6})
    assert swept_keys(table) == Request(table, "rmse").keys == ["optimizer"]
    assert summarize(table, metric="rmse")["n"].tolist() == [6, 6]
    assert importance(table, "rmse")["key"].tolist() == ["optimizer", "rest"]
    sides = [table[table["optimizer"] == name] for name in ("sgd", "adam")]
    assert compare(sides[0], sides[1], "rmse")["pairs"].tolist() == [6]


def test_pictures_leave_repeated_runs_out() -> None:
    """Each kind that shows a metric has as many runs as `summarize` counts."""
    table = table_of()
    twice = pd.concat([table, table])
    twice.attrs = table.attrs
    assert {"box", "lines"} <= KINDS.keys()
    panel, *_ = draw("box", Request(twice, "rmse")).panels
    assert sum(len(box.points) for box in panel.boxes) == 12


def test_runs_of_other_code_count_each() -> None:
    """Equal settings repeat a run only where code of one's own is the same."""
    table = pd.DataFrame({"status": ["completed"] * 3, "config_hash": "same", "code_hash": ["a", "b", "b"]})
    assert list(count_once(table)[0].index) == [0, 1]
