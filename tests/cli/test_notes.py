"""Statistics as people read them on terminals of any width."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from sinefit import compare, importance, summarize
from sinefit.cli.notes import say, write_statistics
from sinefit.cli.options import Format
from sinefit.errors import SinefitError
from sinefit.results.statistics.shaped import shape_for_reading

OPTIMIZERS, SIZES = ("adam", "a long name of an optimizer"), (8, 16)


def make_table(seeds: int = 6, *, lost: int = 0) -> pd.DataFrame:
    """Two optimizers, two sizes; `lost` runs of each cell diverged."""
    rows = [
        {
            "optimizer": optimizer,
            "model.hidden_size": size,
            "seed": seed,
            "rmse": 0.0123456 * (size + seed) * len(optimizer),
            "status": "diverged" if seed < lost else "completed",
            "config_hash": f"{optimizer}{size}{seed}",
        }
        for optimizer, size, seed in product(OPTIMIZERS, SIZES, range(seeds))
    ]
    table = pd.DataFrame(rows)
    table.attrs = {"settings": ["optimizer", "model.hidden_size", "seed"], "metrics": ["rmse"]}
    return table


def sides(table: pd.DataFrame) -> list[Any]:
    """The table's rows of each optimizer."""
    parts = [table[table["optimizer"] == optimizer] for optimizer in OPTIMIZERS]
    for part in parts:
        part.attrs = table.attrs
    return parts


@pytest.mark.parametrize("width", [50, 80, 200])
@pytest.mark.parametrize("what", ["summary", "compare", "importance"])
def test_no_row_is_wider_than_the_terminal(
    what: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Headings fold before numbers go, and what has no room is named; the wide one shows everything."""
    table = make_table()
    monkeypatch.setenv("COLUMNS", str(width))
    results = {
        "summary": lambda: summarize(table),
        "compare": lambda: compare(*sides(table), between="optimizer"),
        "importance": lambda: importance(table),
    }
    result = results[what]()
    write_statistics(result, Format.TERMINAL, None, [])
    text = capsys.readouterr().out
    rows = text.split(result.attrs["notes"][0])[0].splitlines()
    assert max(map(len, rows)) <= width
    assert ("not shown for lack of room" in text) is (width < 200 and what != "importance")


def test_one_run_is_said_in_place_of_the_interval() -> None:
    """One run, a few, none: words instead of an interval."""
    few = make_table(3).iloc[:3].assign(optimizer="few", config_hash=["few 0", "few 1", "few 2"])
    table = pd.concat([make_table(1), few], ignore_index=True)
    table.attrs = make_table().attrs
    shown = shape_for_reading(summarize(table))
    assert dict(zip(shown["n"], shown["interval"], strict=True)) == {1: "one run", 3: "too few"}
    gone = summarize(make_table(2, lost=1).iloc[:3], diverged="exclude")
    assert "one run" in shape_for_reading(gone)["interval"].tolist()


def test_columns_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the table as numbers, or as people see them, in any format; another name lists all."""
    table = summarize(make_table())
    write_statistics(table, Format.CSV, None, ["interval", "median"])
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "interval,median"
    assert " to " in second.split(",")[0]
    write_statistics(table, Format.TERMINAL, None, ["n", "low"])
    assert capsys.readouterr().out.splitlines()[0].split() == ["n", "low"]
    with pytest.raises(SinefitError, match=r"no column 'middle'; the columns are: rank, .*, interval$"):
        write_statistics(table, Format.CSV, None, ["middle"])


def test_columns_that_say_nothing_are_left_out() -> None:
    """Shares of failures where there is none, p values of few pairs, Holm's correction of a single one."""
    assert not {"diverged", "failed"} & set(shape_for_reading(summarize(make_table())))
    assert {"diverged", "failed"} <= set(shape_for_reading(summarize(make_table(lost=1))))
    few = shape_for_reading(compare(*sides(make_table(3)), between="optimizer"))
    assert not {"p", "p_holm", "ratio interval", "difference interval"} & set(few)
    single = make_table()[lambda table: table["model.hidden_size"] == 8]
    single.attrs = make_table().attrs
    one_cell = shape_for_reading(compare(*sides(single), between="optimizer"))
    assert "p_holm" not in one_cell
    assert one_cell["p"].tolist() == [0.03125]


def test_sentences_are_wrapped_for_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Between words on a terminal; programs find each on its own line."""
    sentence = "a sentence of nine words that is rather long"
    for is_terminal, lines in ((True, 3), (False, 1)):
        say(sentence, Console(width=20, force_terminal=is_terminal, color_system=None), style="dim")
        assert len(capsys.readouterr().out.strip().splitlines()) == lines
