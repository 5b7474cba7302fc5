"""Tables as text: read back by other people's readers, and looked at on narrow terminals."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tables import grid
from markdown_it import MarkdownIt
from rich.console import Console

import sinefit
from sinefit.results.display import print_all, print_table
from sinefit.results.formats import format_table, to_latex, to_markdown
from sinefit.results.statistics import summarize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def table(folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]) -> pd.DataFrame:
    """Three jobs that differ in learning rate and a hostile name; one failed."""
    path = sweep_folder(folder / "s")
    run_folder(
        path / "0", "optimizer=adam", "optimizer.lr=0.00123456", "+note='a|b_c & 5%'", metrics={"rmse": 1 / 3}
    )
    run_folder(
        path / "1", "optimizer=adam", "optimizer.lr=10", '+note="x\x1b[31m\ny"', metrics={"rmse": 2e-7}
    )
    run_folder(
        path / "2",
        "optimizer=adam",
        "optimizer.lr=1",
        "+note=" + "long" * 75,
        status="failed",
        metrics={},
        error="ValueError: it\nbroke [bold]",
    )
    return sinefit.collect("s")


def show(table: pd.DataFrame, width: int, names: list[str] | None = None) -> str:
    """What a terminal of this width shows."""
    console = Console(file=io.StringIO(), width=width)
    if names is None:
        print_table(table, console)
    else:
        print_all(table, names, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_csv_is_read_back(table: pd.DataFrame) -> None:
    """Every column is there, numbers in full."""
    rows = list(csv.DictReader(io.StringIO(format_table(table, "csv"))))
    assert list(rows[0]) == list(table)
    assert [row["rmse"] for row in rows] == [repr(1 / 3), "2e-07", ""]
    assert rows[0]["note"] == "a|b_c & 5%"


def test_json_is_read_back(table: pd.DataFrame) -> None:
    """Objects with typed values; what JSON does not know is null."""
    rows = json.loads(format_table(table, "json"), parse_constant=pytest.fail)
    assert list(rows[0]) == list(table)
    assert [row["rmse"] for row in rows] == [1 / 3, 2e-7, None]
    assert [row["job"] for row in rows] == [0, 1, 2]
    assert rows[1]["error"] is None


def test_markdown(table: pd.DataFrame) -> None:
    """A row a line, bars escaped, the constant setting above."""
    lines = format_table(table, "markdown").splitlines()
    assert lines[0].startswith("Constant: ")
    assert "optimizer=adam" in lines[0]
    assert len(lines) == 2 + 2 + 3
    assert "a\\|b_c & 5%" in lines[4]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines[2:]}) == 1


@given(st.text(st.sampled_from("ab |_*`~<>&[]()!#\\\n$%{}^'\"-+.:/1"), min_size=1, max_size=12))
def test_markdown_says_what_was_typed(text: str) -> None:
    """Whatever a cell holds, another reader of Markdown shows it as it is, in a cell of its own."""
    cell = f"x{text}x"
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = page.parse(to_markdown(pd.DataFrame({"note": [cell], cell: ["b"]})))
    cells = [token.children or [] for token in tokens if token.type == "inline"]
    kinds = {child.type for children in cells for child in children}
    assert kinds <= {"text", "text_special"}
    shown = ["".join(child.content for child in children) for children in cells]
    one_line = " ".join(cell.split())
    assert shown == ["note", one_line, one_line, "b"]


@pytest.mark.parametrize("text", ["[8,16]", "*", "[1"])
def test_latex_does_not_take_a_cell_for_an_argument(text: str) -> None:
    r"""A bracket or a star behind ``\\`` and a line end would be an argument of ``\\``."""
    lines = to_latex(pd.DataFrame({"widths": [text, text]})).splitlines()
    assert lines[5:7] == [f"{{}}{text} \\\\"] * 2


def test_latex(table: pd.DataFrame) -> None:
    """Special signs are escaped, and each row has as many cells as there are columns."""
    text = format_table(table, "latex", ["job", "note", "rmse"])
    head = "% \\usepackage{booktabs}\n\\begin{tabular}{rlr}\n\\toprule\njob & note & rmse \\\\\n\\midrule\n"
    assert text.startswith(head)
    assert r"0 & a\textbar{}b\_c \& 5\% & 0.3333 \\" in text
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")


def test_a_summary_for_a_paper() -> None:
    """Median [low, high] in one column, the best in bold; without an interval the median alone."""
    summary = summarize(
        grid(lambda optimizer, lr, seed: 2.0 * lr + (optimizer == "sgd") + seed), ["optimizer"]
    )
    lines = to_latex(summary).splitlines()
    assert lines[1:4] == [r"\begin{tabular}{lrl}", r"\toprule", r"optimizer & n & rmse \\"]
    assert lines[5] == r"adam & 16 & \textbf{3.61 [1.2, 6.02]} \\"
    assert lines[6].startswith("sgd & 16 & 4.61 [")
    few = to_latex(summarize(grid(lambda *_: 0.5, seeds=2).iloc[:2]))
    assert r"\textbf{0.5} \\" in few


@pytest.mark.parametrize("width", [40, 60, 100, 160])
def test_the_terminal_is_never_too_narrow(table: pd.DataFrame, width: int) -> None:
    """Grid lines fit the width, numbers are whole, and what is left out is named."""
    text = show(table, width)
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.lstrip().startswith("job"))
    grid = lines[start : start + 4]
    assert all(len(line) <= width for line in grid)
    assert "0.3333" in grid[1]
    assert "2e-07" in grid[2]
    assert re.sub(r"\s+", " ", text).count("optimizer=adam") == 1
    for name in ("note", "optimizer.lr", "status"):
        assert name in text


def test_errors_stand_below_the_table(table: pd.DataFrame) -> None:
    """A failed run's error is said on one line, its brackets and line ends as text."""
    assert "s/2 failed: ValueError: it broke [bold]" in show(table, 60)


def test_control_characters_do_not_reach_the_terminal(table: pd.DataFrame) -> None:
    """A setting with an escape sequence shows it as text."""
    text = show(table, 160)
    assert "\x1b" not in text
    assert "\\x1b[31m" in text


def test_settings_are_shown_as_typed(table: pd.DataFrame) -> None:
    """A learning rate keeps its digits, a metric has four."""
    text = show(table, 100)
    assert "0.00123456" in text
    assert "0.33333" not in text


def test_all_columns_in_blocks(table: pd.DataFrame) -> None:
    """In a narrow terminal everything is there, in blocks that begin with the job."""
    text = show(table, 50, list(table))
    assert all(len(line) <= 50 for line in text.splitlines())
    heads = [line.split() for line in text.splitlines() if " job " in f" {line} "]
    assert {name for head in heads for name in head} >= set(table)
    assert table["config_hash"][0][:20] in text


def test_single_runs_show_their_folder(folder: Path, run_folder: Callable[..., Path]) -> None:
    """Runs without a job number are told apart by their folders."""
    run_folder(folder / "runs" / "a", "seed=1", seed=1)
    run_folder(folder / "runs" / "b", "seed=2", seed=2)
    text = show(sinefit.collect("runs"), 100)
    assert "runs/a" in text
    assert "runs/b" in text


def test_one_row_shows_its_settings(table: pd.DataFrame) -> None:
    """With one row nothing is constant: its settings stand in the table."""
    text = show(table.head(1), 160)
    assert "constant" not in text
    assert "adam" in text


def test_no_rows(table: pd.DataFrame) -> None:
    """A table without rows is shown and written without an error."""
    assert "job" in show(table.head(0), 60) or show(table.head(0), 60).strip() == ""
    assert json.loads(format_table(table.head(0), "json")) == []


def test_sweeps_are_told_apart_in_a_narrow_terminal(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """Rows of several sweeps keep the end of the sweep's path, which is its date and time."""
    for name in ("10-00-00", "11-00-00"):
        sweep_folder(folder / "outputs" / "sweeps" / "2026-11-23" / name, ["seed=0"], ["seed=1"])
    text = show(sinefit.collect("outputs"), 60)
    assert text.count("2026-11-23/10-00-00") == 2
    assert text.count("2026-11-23/11-00-00") == 2


def test_what_an_unfinished_run_lacks_is_constant_all_the_same(
    folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]
) -> None:
    """The seed of the finished runs is said above the table; a setting that is null, too."""
    sweep_folder(folder / "s", ["optimizer=sgd", "trainer.patience=null"])
    run_folder(folder / "s" / "1", "optimizer=adam", "trainer.patience=null", finished=False)
    first = show(sinefit.collect("s"), 200).splitlines()[0]
    assert "trainer.patience=null" in first
    assert "seed=0" in first
