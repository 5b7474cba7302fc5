"""Which columns `choose_columns` takes, and what it says of those that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinefit.core.data.files.reading import read_table
from sinefit.core.data.table.columns import Chosen, choose_columns
from sinefit.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.core.data.files.reading import TableFile

HEADER = "x1,x2,x*,v[m/s],v[s],größe 1,color,is it,when,odd,same,nothing,y,z=1"
ROWS = (
    "1,2,3,4,5,6,red,true,2024-01-05,7,1.5,,1,2",
    "2,3,4,5,6,7,red,false,2024-01-06,n/a?,1.5,,2,1",
    "3,4,5,6,7,8,blue,true,2024-01-07,8,,,3,4",
    "4,5,6,7,8,9,blue,true,2024-01-08,8,1.5,,,5",
)
UNUSABLE = ["when", "odd", "nothing"]


@pytest.fixture
def table(tmp_path: Path) -> TableFile:
    """A table with columns of all kinds."""
    path = tmp_path / "it's a=b.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    return read_table(path)


def choose(table: TableFile, target: Any = "y", inputs: Any = None, **settings: Any) -> Chosen:
    """The chosen columns, those that cannot be used dropped."""
    return choose_columns(table, target, inputs, **{"drop": UNUSABLE, **settings})


def list_problems(table: TableFile, *arguments: Any, **settings: Any) -> list[tuple[str, str]]:
    """The settings and sentences of what is wrong."""
    with pytest.raises(SettingsError) as caught:
        choose(table, *arguments, **settings)
    return [(problem.setting, str(problem)) for problem in caught.value.problems]


def find_problem(table: TableFile, *arguments: Any, **settings: Any) -> str:
    """The only thing that is wrong."""
    problems = list_problems(table, *arguments, **settings)
    assert len(problems) == 1
    setting, sentence = problems[0]
    assert sentence.startswith(f"{setting} must be ")
    return sentence


def test_all_others_are_inputs(table: TableFile) -> None:
    """Inputs come in the file's order, targets in the order typed."""
    names = [name for name in HEADER.split(",") if name not in {*UNUSABLE, "y", "z=1"}]
    assert choose(table, ["z=1", "y"]) == Chosen(tuple(names), ("z=1", "y"))


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("x1", ("x1",)),
        (["z=1", "x2", "x2"], ("x2", "z=1")),
        ("x*", ("x*",)),  # a name that the table has
        (["x**"], ("x1", "x2", "x*")),
        (["v[m*"], ("v[m/s]",)),
        (["*[s]", "color"], ("v[s]", "color")),
        ("*e*1", ("größe 1",)),
        (["*"], tuple(name for name in HEADER.split(",") if name not in {*UNUSABLE, "y"})),
    ],
)
def test_names_and_patterns(table: TableFile, inputs: Any, expected: tuple[str, ...]) -> None:
    """A star stands for any text, nothing else is special, and patterns leave the target out."""
    assert choose(table, "y", inputs).inputs == expected


def test_names_that_hydra_reads_as_numbers(tmp_path: Path) -> None:
    """They mean the columns of these names."""
    path = tmp_path / "t.csv"
    path.write_text("1,2,2.5\n1,2,3\n2,3,4\n")
    numbers: Any = (1, [2, 2.5])
    assert choose_columns(read_table(path), *numbers, None) == Chosen(("2", "2.5"), ("1",))


def test_drop(table: TableFile) -> None:
    """Columns are dropped by name and by pattern."""
    assert choose(table, "y", "x**", drop=["x2"]).inputs == ("x1", "x*")
    assert choose(table, "y", ["x1", "v*"], drop="v[*").inputs == ("x1",)


@given(reserved=st.sampled_from(["x1", "color", "same"]))
def test_a_reserved_column_is_no_input(tmp_path_factory: pytest.TempPathFactory, reserved: str) -> None:
    """Unless the inputs name it literally."""
    path = tmp_path_factory.getbasetemp() / "reserved.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    table = read_table(path)
    assert reserved not in choose(table, reserved=reserved).inputs
    assert reserved not in choose(table, "y", ["*"], reserved=reserved).inputs
    assert reserved in choose(table, "y", ["*", reserved], reserved=reserved).inputs


def test_unknown_names(table: TableFile) -> None:
    """Each is named with the setting, close names and the known ones, all at once."""
    problems = list_problems(table, ["Y", "colour"], ["is_it", "*q*"], drop=["whem"])
    assert [setting for setting, _ in problems] == ["target", "target", "drop", "inputs", "inputs"]
    sentences = [sentence for _, sentence in problems]
    assert "(did you mean 'color'?), got 'colour'" in sentences[1]
    assert "(did you mean 'when'?), got 'whem'" in sentences[2]
    assert "(did you mean 'is it'?), got 'is_it'" in sentences[3]
    assert "patterns that match some" in sentences[4]
    assert "got '*q*'" in sentences[4]
    assert "(did you mean 'y'?), got 'Y'" in sentences[0]
    assert "it's a=b.csv, which has 'x1', 'x2', 'x*'" in sentences[0]
    assert "'odd' and 4 more" in sentences[0]


def test_a_target_among_the_inputs(table: TableFile) -> None:
    """It is an error where the inputs name it."""
    assert "without the target 'y', got ['x1', 'y']" in find_problem(table, "y", ["x1", "y"])


def test_a_column_dropped_and_used(table: TableFile) -> None:
    """It is an error to drop the target, or an input that is named."""
    assert "without the target 'y', got ['y']" in find_problem(table, "y", ["x1"], drop=["y"])
    assert "without the input 'x1', got ['x1']" in find_problem(table, "y", ["x1", "x2"], drop=["x1"])


def test_nothing_is_left(table: TableFile) -> None:
    """No input is an error that lists what the table has."""
    sentence = find_problem(table, drop=["*"])
    assert "columns besides the target and those dropped; the table has 'x1'" in sentence
    assert find_problem(table, "y", []).endswith("got []")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("color", ["numbers, which is what sinefit fits", "'color' holds categories such as 'blue'"]),
        ("is it", ["numbers, which is what sinefit fits", "'is it' holds truth values"]),
        ("same", ["column that varies", "'same' has the value 1.5 in all rows"]),
        ("nothing", ["'nothing' has no value in any row"]),
        ("when", ["'when' holds dates", "'2024-01-05' in row 1"]),
        ("odd", ["'odd' holds numbers and text", "'n/a?' in row 2"]),
        ([], ["one or several of 'x1', 'x2'"]),
        (["y", "y"], ["named once, but 'y' is named again"]),
    ],
)
def test_targets_that_cannot_be_fitted(table: TableFile, target: Any, words: list[str]) -> None:
    """The message says what the column holds."""
    sentence = find_problem(table, target, ["x1"], drop=[])
    for word in words:
        assert word in sentence
    assert sentence.startswith("target must be ")
    assert sentence.endswith(f"got {target!r}")


def test_inputs_that_cannot_be_used(table: TableFile) -> None:
    """All are named with their problems, then what to type to leave all of them out."""
    problems = list_problems(table, drop=["x2"])
    assert [setting for setting, _ in problems] == ["inputs", "inputs", "inputs", "drop"]
    for (_, sentence), name in zip(problems, UNUSABLE, strict=False):
        assert f"column {name!r} " in sentence
        assert f"'data.drop=[{name}]'" in sentence
        assert sentence.endswith(f"got {name!r}")
    assert "'nothing' has no value in any row" in problems[2][1]
    assert "'data.drop=[x2,when,odd,nothing]', got ['x2']" in problems[3][1]


def test_columns_that_are_not_used_may_be_anything(table: TableFile) -> None:
    """A problem of another column is no error."""
    assert choose(table, "y", ["x1"], drop=[]) == Chosen(("x1",), ("y",))
