"""The numbers of the report are those of the commands, and nothing on it is HTML that came from a table."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml
from known_sweep import FINITE, rmse_of

from sinefit import collect, compare, importance, summarize
from sinefit.errors import SinefitError
from sinefit.results.report import render_report
from sinefit.results.report.details import split_settings
from sinefit.results.report.report import _columns
from sinefit.results.statistics import split_sides

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def data_of(page: str) -> dict[str, Any]:
    """What the page's program reads."""
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    data: dict[str, Any] = json.loads(match[1])
    return data


def frame_of(table: dict[str, Any]) -> pd.DataFrame:
    """A table of the page as pandas would have it."""
    columns = {
        column["name"]: [
            float(c) if column["kind"] != "text" and c is not None else c for c in column["cells"]
        ]
        for column in table["columns"]
    }
    return pd.DataFrame(columns)


def test_tables_hold_what_the_commands_print(table: pd.DataFrame) -> None:
    """Summary and importance column by column; all runs with their settings and metrics."""
    tables = data_of(render_report(table, "a title"))["tables"]
    summary = summarize(table).drop(columns="pruned")  # as none was
    for name, expected in (("summary", summary), ("importance", importance(table))):
        found = frame_of(tables[name])
        assert list(found) == list(expected)
        for column in expected:
            if pd.api.types.is_numeric_dtype(expected[column]):
                ours, theirs = found[column].astype(float), expected[column].astype(float)
                assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-6, nan_ok=True)
            else:
                assert found[column].fillna("").tolist() == expected[column].fillna("").tolist()
    runs = frame_of(tables["runs"])
    assert len(runs) == 37
    assert runs["rmse"].tolist()[:36] == pytest.approx(table["rmse"].tolist()[:36], rel=1e-6)
    assert runs["optimizer"].tolist() == table["optimizer"].tolist()


def test_a_cell_with_one_seed_says_so(table: pd.DataFrame) -> None:
    """In the place of the interval's lower end."""
    single = table[(table["seed"] == 0) | (table["optimizer"] == "adam")]
    single.attrs = table.attrs
    columns = {
        c["name"]: c for c in data_of(render_report(single, "a title"))["tables"]["summary"]["columns"]
    }
    counts = columns["n"]["cells"]
    assert set(counts) == {1, 6}
    assert columns["low"]["reasons"] == {str(row): "one run" for row, n in enumerate(counts) if n == 1}


def test_values_are_compared_in_pairs(table: pd.DataFrame) -> None:
    """The two best values of a setting, as `compare --between` compares them."""
    page = render_report(table, "a title")
    found = frame_of(data_of(page)["tables"]["values"]).set_index("setting")
    assert found.loc["optimizer", ["a", "b"]].tolist() == ["adam", "sgd"]
    sides = split_sides(table, "optimizer", ("adam", "sgd")).values()
    expected = compare(*sides, names=("optimizer=adam", "optimizer=sgd"), between="optimizer")
    for column in ("ratio", "ratio_low", "ratio_high", "improvement"):
        value = float(expected.iloc[-1][column])
        assert found.loc["optimizer", column] == pytest.approx(value, rel=1e-6)
    assert expected.attrs["conclusion"] in page


def test_two_sides_are_compared(table: pd.DataFrame) -> None:
    """The first against the second, with the sentence of `compare` as headline."""
    sides = [(name, table[table["optimizer"] == name]) for name in ("adam", "sgd")]
    for _, side in sides:
        side.attrs = table.attrs
    page = render_report(table, "a title", sides=sides)
    expected = compare(sides[0][1], sides[1][1], names=("adam", "sgd"))
    assert expected.attrs["conclusion"] in page
    found = frame_of(data_of(page)["tables"]["sides0"])
    assert found["p_holm"].tolist() == pytest.approx(expected["p_holm"].tolist(), rel=1e-6, nan_ok=True)


def test_details_are_the_runs_own(table: pd.DataFrame, known_sweep: Path) -> None:
    """Command, curve, fit and settings of each run; functions and equal settings are held once."""
    details = data_of(render_report(table, "a title"))["details"]
    for row in (0, 20):
        run = FINITE[row] if row == 0 else ("adam", 0.01, 2)
        assert details["commands"][row] == "sinefit optimizer={} optimizer.lr={} seed={}".format(*run)
        assert details["reruns"][row] == f"sinefit 'rerun={known_sweep / str(row)}'"
        rmse = rmse_of(*run)
        assert details["history"][row]["x"] == list(range(1, 21))
        assert details["history"][row]["train"] == pytest.approx([rmse / e for e in range(1, 21)], rel=1e-3)
        assert details["history"][row]["validation"][-1] == pytest.approx(2 * rmse / 20, rel=1e-3)
        line = details["prediction"]["lines"][row]
        function = details["prediction"]["goals"][line["of"]]
        assert len(line["y"]) == len(function["x"]) == 30
        assert line["y"][0] - function["target"][0] == pytest.approx(rmse, rel=2e-3)
    assert len(details["prediction"]["goals"]) == 1
    assert details["history"][36] is None
    assert details["messages"][36].startswith("ValueError")
    settings = details["settings"]
    assert dict(settings["differing"])["optimizer.lr"][20] == "0.01"


def test_nothing_from_a_table_is_html(table: pd.DataFrame) -> None:
    """Markup in errors, names and titles is data, or it is escaped."""
    page = render_report(table, "<img src=x onerror=alert(1)>")
    assert "<img" not in page
    assert "&lt;img" in page
    assert "<script>window.hacked" not in page
    assert "\\u003cscript>window.hacked" in page
    assert page.count("<script") == 3
    assert not re.search(r'(src|href)="(?!#)', page.split("<script", 1)[0])


@pytest.mark.parametrize("metrics", [{}, {"rmse": None}])
def test_a_table_without_results_still_has_a_page(
    run_folder: Callable[..., Path], tmp_path: Path, metrics: dict[str, None]
) -> None:
    """Only failures: the overview says so, the errors are listed, nothing is compared."""
    folder = run_folder(tmp_path / "s" / "0", status="failed", error="ValueError: no", metrics=metrics)
    page = render_report(collect(str(folder)), "only failures")
    assert "No run has a finite rmse" in page
    assert set(data_of(page)["tables"]) == {"runs", "failures"}


def test_an_unknown_metric_is_named(table: pd.DataFrame) -> None:
    """The message says which metrics there are."""
    with pytest.raises(SinefitError, match="there is no metric 'rmsd'; the metrics are: rmse"):
        render_report(table, "a title", "rmsd")


def test_configs_are_flat(tmp_path: Path) -> None:
    """Keys with dots, values as text; what is equal is told apart from what is not; nothing is executed."""
    configs = [{"a": {"b": 1, "c": None, "d": {}}, "e": [1, "x"], "f": True}, {"a": {"b": 2}, "e": [1, "x"]}]
    folders = []
    for number, config in enumerate(configs):
        (tmp_path / str(number) / ".hydra").mkdir(parents=True)
        (tmp_path / str(number) / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config))
        folders.append(str(tmp_path / str(number)))
    (tmp_path / "2" / ".hydra").mkdir(parents=True)
    hostile = "a: !!python/object/apply:os.system ['touch hacked']\n"
    (tmp_path / "2" / ".hydra" / "config.yaml").write_text(hostile)
    settings = split_settings(folders)
    assert settings["same"] == [["e", "[1, 'x']"]]
    assert settings["differing"] == [
        ["a.b", ["1", "2"]],
        ["a.c", ["null", None]],
        ["a.d", ["{}", None]],
        ["f", ["true", None]],
    ]
    unreadable = split_settings([*folders, str(tmp_path / "2"), str(tmp_path / "3")])
    assert ["a.b", ["1", "2", None, None]] in unreadable["differing"]


def test_the_title_says_what_was_swept(table: pd.DataFrame) -> None:
    """Not where it lies, which stands below; a typed one stands alone."""
    page = render_report(table)
    assert "<title>sinefit: 37 runs of optimizer, optimizer.lr</title>" in page
    assert "From " in page
    assert "<h1>Mine</h1>" in render_report(table, "Mine")


def test_paths_are_shown_without_what_they_share(table: pd.DataFrame) -> None:
    """Rows of failures stay one line high; each path still tells its run from the others."""
    folders = [f"/home/somebody/outputs/sweeps/2026-11-26/{'ab'[k % 2]}/{k}" for k in range(len(table))]
    moved = table.assign(
        error="kaboom", sweep=[folder.rpartition("/")[0] for folder in folders], folder=folders
    )
    moved.attrs = table.attrs
    columns = {column["name"]: column for column in _columns(moved, ["sweep", "folder"])}
    assert columns["folder"]["cells"][:2] == ["a/0", "b/1"]
    assert columns["sweep"]["cells"][:2] == ["a", "b"]
    assert all(column["path"] for column in columns.values())
