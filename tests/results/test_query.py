"""Conditions on rows: what holds, what is refused, and that nothing is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinefit.errors import SinefitError
from sinefit.results.query import select_rows

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pd.DataFrame(
    {
        "status": ["completed", "failed", "completed", "diverged"],
        "optimizer": ["sgd", "adam", None, "say 'x'"],
        "optimizer.lr": [0.1, 0.01, 0.001, None],
        "rmse": [0.5, float("nan"), 0.2, float("inf")],
        "trainer.patience": pd.array([1, None, 3, 4], dtype="Int64"),
        "flag": pd.array([True, False, None, True], dtype="boolean"),
        "odd name": [1, 2, 3, 4],
        "nothing": [None] * 4,
    }
)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("status == 'completed' and rmse < 0.3", [2]),
        ("optimizer.lr >= 0.01", [0, 1]),
        ("0.001 < optimizer.lr < 1e-1", [1]),
        ("0.1 == optimizer.lr", [0]),
        ("rmse != 0.5", [1, 2, 3]),
        ("not rmse < 0.3", [0, 1, 3]),
        ("rmse == inf", [3]),
        ("rmse > -1", [0, 2, 3]),
        ("optimizer in ['sgd', 'adam']", [0, 1]),
        ("optimizer not in ('sgd',)", [1, 2, 3]),
        ("optimizer in []", []),
        ("optimizer == \"say 'x'\"", [3]),
        ("optimizer == null", [2]),
        ("optimizer != None", [0, 1, 3]),
        ("optimizer is None", [2]),
        ("trainer.patience > 2", [2, 3]),
        ("trainer.patience == null", [1]),
        ("trainer.patience != 3", [0, 1, 3]),
        ("flag", [0, 3]),
        ("not flag", [1, 2]),
        ("flag == true", [0, 3]),
        ("(status == 'failed') | (rmse < 0.3)", [1, 2]),
        ("(status == 'completed') & ~(rmse < 0.3)", [0]),
        ("`odd name` > 2 or `optimizer.lr` == 0.1", [0, 2, 3]),
        ("optimizer == '`odd name`'", []),
        ("rmse < optimizer.lr", []),
        ("nothing == 3", []),
        ("nothing == 'x' or rmse == 0.2", [2]),
        ("true", [0, 1, 2, 3]),
        (" rmse==0.2 ", [2]),
    ],
)
def test_rows_that_fulfil_a_condition(condition: str, rows: list[int]) -> None:
    """The rows chosen are those that one expects of the table above."""
    assert select_rows(TABLE, condition).index.tolist() == rows


@pytest.mark.parametrize(
    ("condition", "part"),
    [
        ("optimiser == 'sgd'", "no column 'optimiser'"),
        ("optimizer == sgd", "text needs quotes: 'sgd'"),
        ("optimizer.lrr < 1", "no column 'optimizer.lrr'"),
        ("rmse = 0.5", "write == to compare"),
        ("rmse <", "invalid syntax"),
        ("", "cannot be used"),
        ("rmse", "is no condition"),
        ("rmse + 1 < 2", "'rmse + 1' is neither a column"),
        ("rmse < 'low'", "column 'rmse' (numbers) and 'low' cannot be compared"),
        ("optimizer == 3", "column 'optimizer' (text) and 3 cannot be compared"),
        ("flag == 1", "column 'flag' (truth values) and 1 cannot be compared"),
        ("optimizer in 'sgd'", "after 'in' stands a list"),
        ("__import__('os').mkdir('hacked')", "is neither a column"),
        ("open('hacked', 'w') == 1", "is neither a column"),
        ("(lambda: 1)() == 1", "is neither a column"),
        ("rmse.__class__ == 1", "no column 'rmse.__class__'"),
        ("[x for x in rmse] == 1", "is neither a column"),
        ("rmse[0] == 1", "is neither a column"),
        ("f'{rmse}' == 'x'", "is neither a column"),
        ("(a := 1) == 1", "is neither a column"),
        ("b'x' == optimizer", "is neither a column"),
        ("@rmse == 1", "invalid syntax"),
        ("rmse == 1; rmse == 2", "invalid syntax"),
        ("(" * 5000 + "rmse" + ")" * 5000, "cannot be used"),
        ("not " * 2400 + "flag", "cannot be used"),
        ("rmse < 1 or " * 1000 + "rmse < 1", "longer than"),
        ("rmse == \0", "cannot be used"),
        ("`rmse == 1", "invalid syntax"),
    ],
)
def test_other_expressions_are_refused(folder: Path, condition: str, part: str) -> None:
    """One message names the condition, and what is wrong with it; nothing is run."""
    with pytest.raises(SinefitError) as caught:
        select_rows(TABLE, condition)
    assert part in str(caught.value)
    assert repr(condition[:200]) in str(caught.value)
    assert not list(folder.iterdir())


def test_an_unknown_column_names_the_known_ones() -> None:
    """The columns that could have been meant stand in the message."""
    with pytest.raises(SinefitError, match=r"the columns are: status, optimizer, optimizer\.lr, rmse"):
        select_rows(TABLE, "lr < 1")


@given(st.text(st.sampled_from("rmse flag optimizer.lr<>=!&|~()[]'\"`0123456789. andornotin,_-")))
def test_any_text_gives_rows_or_one_kind_of_error(text: str) -> None:
    """No text ends in anything but rows of the table or a SinefitError."""
    try:
        rows = select_rows(TABLE, text)
    except SinefitError:
        return
    assert set(rows.index) <= {0, 1, 2, 3}
