"""What an `Encoder` learns and gives, against scikit-learn's encoders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder

from sinefit.core.data.files.reading import Column, TableFile, read_table
from sinefit.core.data.table.encoding import (
    Encoder,
    InputColumn,
    count_missing,
    encode_targets,
    find_complete_rows,
    learn_encoder,
)
from sinefit.errors import RecordError, SinefitError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LEVELS = ("a", "b=1", "ä", "😀 c")
FINITE = st.floats(-1e9, 1e9)


def number(name: str, values: list[float]) -> Column:
    """A column of numbers."""
    return Column(name, "number", np.array(values, dtype=float))


def boolean(name: str, values: list[float]) -> Column:
    """A column of truth values."""
    return Column(name, "boolean", np.array(values, dtype=float))


def category(name: str, values: list[str | None]) -> Column:
    """A category."""
    levels = tuple(sorted({value for value in values if value is not None}))
    codes = [-1 if value is None else levels.index(value) for value in values]
    return Column(name, "category", np.array(codes, dtype=np.int32), levels)


def table_of(*columns: Column) -> TableFile:
    """A table of these columns."""
    return TableFile("a=b's.csv", len(columns[0].values), {column.name: column for column in columns})


def all_rows(table: TableFile) -> NDArray[np.intp]:
    """The indices of all rows."""
    return np.arange(table.num_rows)


def learn(table: TableFile, rows: Any = None, missing: Any = "error", unknown: Any = "error") -> Encoder:
    """An encoder of all columns."""
    rows = all_rows(table) if rows is None else np.array(rows)
    return learn_encoder(table, list(table.columns), rows, missing=missing, unknown=unknown)


@given(
    values=st.lists(st.sampled_from(LEVELS), min_size=6, max_size=40),
    num_training=st.integers(2, 5),
)
def test_categories_are_those_of_scikit_learn(values: list[Any], num_training: int) -> None:
    """Indicators of all training levels; with ``other``, zeros for levels that training never saw."""
    table, rows = table_of(category("c", values)), np.arange(num_training)
    theirs = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    theirs.fit(np.array(values, dtype=object)[rows, None])
    encoder = learn(table, rows, unknown="other")
    if len(theirs.categories_[0]) == 1:
        assert encoder == Encoder((), ("c",), "other")
        return
    assert encoder.names == tuple(f"c={level}" for level in theirs.categories_[0])
    expected = theirs.transform(np.array(values, dtype=object)[:, None])
    np.testing.assert_array_equal(encoder.encode(table), expected)


@pytest.mark.parametrize("missing", ["mean", "median"])
@given(
    values=arrays.arrays(
        float, st.tuples(st.integers(4, 30), st.just(3)), elements=st.one_of(FINITE, st.just(np.nan))
    ),
    num_training=st.integers(1, 4),
)
def test_missing_numbers_are_those_of_scikit_learn(
    missing: Any, values: NDArray[np.float64], num_training: int
) -> None:
    """They get the training rows' mean or median; columns that do not vary over these take no part."""
    table = table_of(*(Column(str(index), "number", column) for index, column in enumerate(values.T)))
    training = values[:num_training]
    encoder = learn(table, np.arange(num_training), missing=missing)
    varies = [len(set(column[~np.isnan(column)])) > 1 for column in training.T]
    assert encoder.names == tuple(str(index) for index in range(3) if varies[index])
    assert encoder.constant == tuple(str(index) for index in range(3) if not varies[index])
    if any(varies):
        theirs = SimpleImputer(strategy=missing).fit(training[:, varies])
        np.testing.assert_allclose(encoder.encode(table), theirs.transform(values[:, varies]), rtol=1e-12)


@given(
    values=st.lists(st.one_of(st.none(), st.sampled_from(LEVELS)), min_size=4, max_size=30),
    truths=st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=30, max_size=30),
)
def test_missing_categories_and_truths_are_those_of_scikit_learn(
    values: list[Any], truths: list[float]
) -> None:
    """They get the most frequent value, the first of equals."""
    truths = truths[: len(values)]
    table = table_of(category("c", values), boolean("t", truths))
    encoder = learn(table, missing="mean")
    most_frequent = SimpleImputer(strategy="most_frequent", missing_values=None)
    if "c" not in encoder.constant:
        filled = most_frequent.fit_transform(np.array(values, dtype=object)[:, None])
        expected = OneHotEncoder(sparse_output=False).fit_transform(filled)
        np.testing.assert_array_equal(encoder.encode(table)[:, : expected.shape[1]], expected)
    if "t" not in encoder.constant:
        expected = SimpleImputer(strategy="most_frequent").fit_transform(np.array(truths)[:, None])
        np.testing.assert_array_equal(encoder.encode(table)[:, -1:], expected)


def test_columns_of_all_kinds_side_by_side() -> None:
    """Names, kinds and numbers of the encoded columns, for rows in any order."""
    table = table_of(
        number("age", [1, 2, 3.5]),
        category("color", ["red", "blue", "red"]),
        number("same", [7, 7, 7]),
        boolean("is it", [1, 0, 0]),
    )
    encoder = learn(table)
    assert encoder.names == ("age", "color=blue", "color=red", "is it")
    assert encoder.is_number == (True, False, False, False)
    assert encoder.constant == ("same",)
    assert encoder.categories == ("color",)
    encoded = encoder.encode(table, np.array([2, 0, 0]))
    assert encoded.dtype == np.float64
    np.testing.assert_array_equal(encoded, [[3.5, 0, 1, 0], [1, 0, 1, 1], [1, 0, 1, 1]])


def test_only_training_rows_are_learned_from() -> None:
    """Other values in the other rows change nothing."""
    first = table_of(number("x", [1, 2, 9]), category("c", ["a", "b", "a"]))
    other = table_of(number("x", [1, 2, np.nan]), category("c", ["a", "b", "z"]))
    for missing in ("mean", "median", "error"):
        assert learn(first, [0, 1], missing) == learn(other, [0, 1], missing)


def test_missing_values_are_counted_by_column() -> None:
    """In the rows that are used, with what to type."""
    table = table_of(
        number("a b", [np.nan, 1, np.nan, 2]),
        category("c", [None, "x", "y", "x"]),
        boolean("d", [0, 1, 0, 1]),
    )
    with pytest.raises(SinefitError) as caught:
        learn(table)
    assert str(caught.value) == (
        "a=b's.csv has 3 missing values, by column: 'a b' 2, 'c' 1; leave such rows out with "
        "data.missing=drop, or fill them with data.missing=mean or data.missing=median"
    )
    encoder = learn(table, [1, 3, 1])
    with pytest.raises(SinefitError, match=r"1 missing value, by column: 'a b' 1; .*data\.missing=drop"):
        encoder.encode(table, np.array([3, 2]))
    assert count_missing(table, ["a b", "c", "d"]) == {"a b": 2, "c": 1}
    assert count_missing(table, ["a b", "c"], np.array([0, 0, 1])) == {"a b": 2, "c": 2}
    assert find_complete_rows(table, ["a b", "c", "d"]).tolist() == [1, 3]
    assert find_complete_rows(table, ["c"]).tolist() == [1, 2, 3]
    assert find_complete_rows(table, []).tolist() == [0, 1, 2, 3]


def test_unknown_levels_are_named() -> None:
    """With column, level, row and the known levels, for all columns at once, and what to type."""
    table = table_of(category("c", ["a", "b", "a=b's", "a"]), category("d", ["x", "y", "y", "z"]))
    encoder = learn(table, [0, 1])
    with pytest.raises(SinefitError) as caught:
        encoder.encode(table)
    lines = str(caught.value).splitlines()
    assert lines[0] == (
        "a=b's.csv: column 'c' has \"a=b's\" in row 3, a level that no training row has; known are 'a', 'b'"
    )
    assert "column 'd' has 'z' in row 4" in lines[1]
    assert "data.unknown=other" in lines[2]
    with pytest.raises(SinefitError, match="column 'd' has 'z' in row 4"):
        encoder.encode(table, np.array([0, 3]))
    np.testing.assert_array_equal(encoder.encode(table, np.array([1, 0])), [[0, 1, 0, 1], [1, 0, 1, 0]])


def test_columns_that_a_new_file_lacks() -> None:
    """All absent ones are named; constant columns may be absent."""
    encoder = learn(table_of(*(number(name, [1, 2]) for name in ("a", "b c", "e")), number("d", [1, 1])))
    with pytest.raises(
        SinefitError, match=r"lacks 2 of the 3 columns that the model takes: 'a', 'b c'; it has 'e'"
    ):
        encoder.encode(table_of(number("e", [1, 2])))


def test_columns_of_another_kind_in_a_new_file() -> None:
    """All are named with what they held and what they hold, or with their problem."""
    encoder = learn(
        table_of(number("a", [1, 2]), boolean("b", [0, 1]), number("c", [1, 2]), number("d", [1, 2]))
    )
    odd = Column("c", "date", np.empty(0), problem="holds dates")
    new = table_of(category("a", ["x", "y"]), number("b", [0, 1]), odd, number("d", [1, 2]))
    with pytest.raises(SinefitError) as caught:
        encoder.encode(new)
    assert str(caught.value).splitlines() == [
        "a=b's.csv: column 'a' held numbers in training; here it holds categories, such as 'x'",
        "a=b's.csv: column 'b' held truth values in training; here it holds numbers",
        "a=b's.csv: column 'c' held numbers in training; here it holds dates",
    ]


def test_levels_that_a_new_file_reads_as_numbers_or_truths() -> None:
    """They match by text."""
    encoder = learn(table_of(category("c", ["1", "2.5", "x"]), category("t", ["true", "FALSE", "?"])))
    new = table_of(number("c", [2.5, 1, 1]), boolean("t", [1, 0, 1]))
    expected = [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, 1]]
    assert encoder.names == ("c=1", "c=2.5", "c=x", "t=?", "t=FALSE", "t=true")
    np.testing.assert_array_equal(encoder.encode(new), expected)
    with pytest.raises(SinefitError, match="column 'c' has '3' in row 2"):
        encoder.encode(table_of(number("c", [1, 3]), boolean("t", [0, 0])))
    with pytest.raises(SinefitError, match="2 missing values, by column: 'c' 1, 't' 1"):
        encoder.encode(table_of(number("c", [1, np.nan]), boolean("t", [np.nan, 0])))


def test_columns_without_any_value_in_a_new_file() -> None:
    """They are filled, whatever kind the file seems to have."""
    table = table_of(number("a", [1, 3]), boolean("b", [0, 1]), category("c", ["x", "y"]))
    encoder = learn(table, missing="median")
    empty = [np.nan]
    np.testing.assert_array_equal(
        encoder.encode(table_of(category("a", [None]), number("b", empty), number("c", empty))),
        [[2, 0, 1, 0]],
    )


def test_a_small_file_is_read_as_the_training_file_was(tmp_path: Path) -> None:
    """With the encoder's categories, levels such as 01 and a single row are read for prediction."""
    path = tmp_path / "it's.csv"
    path.write_text("zip,x\n" + "01,1\nA,2\nB,3\n" * 2)
    encoder = learn(read_table(path))
    path.write_text("zip,x\n01,5\n")
    new = read_table(path, as_category=encoder.categories, least_rows=1)
    np.testing.assert_array_equal(encoder.encode(new), np.array([[1, 0, 0, 5]]))


@given(
    fill=st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    name=st.text(),
    levels=st.lists(st.text(), min_size=1, unique=True),
    unknown=st.sampled_from(["error", "other"]),
)
def test_an_encoder_survives_json(fill: float | None, name: str, levels: list[str], unknown: Any) -> None:
    """Bit for bit."""
    columns = (
        InputColumn(name, "number", (), fill),
        InputColumn("b", "boolean", (), None if fill is None else 1.0),
        InputColumn("c", "category", tuple(levels), levels[-1]),
    )
    encoder = Encoder(columns, (name, "x"), unknown)
    assert Encoder.from_plain(json.loads(json.dumps(encoder.to_plain()))) == encoder


PLAIN = {"name": "a", "kind": "category", "levels": ["x", "y"], "fill": "x"}


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (None, "inputs, constant and unknown, got None"),
        ({"inputs": []}, "inputs, constant and unknown, got {'inputs': []}"),
        ({"inputs": [], "constant": [], "unknown": "guess"}, "unknown must be error or other, got 'guess'"),
        ({"inputs": [], "constant": [], "unknown": []}, "unknown must be error or other, got []"),
        ({"inputs": [], "constant": [1], "unknown": "other"}, "constant must be a list of names, got [1]"),
        ({"inputs": {}, "constant": [], "unknown": "other"}, "inputs must be a list, got {}"),
    ],
)
def test_broken_encoders(plain: Any, words: str) -> None:
    """What is wrong is named with its value."""
    with pytest.raises(RecordError) as caught:
        Encoder.from_plain(plain)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (3, "name, kind, levels and fill, got 3"),
        ({"name": "a"}, "name, kind, levels and fill, got {'name': 'a'}"),
        ({**PLAIN, "name": 1}, "a name that"),
        ({**PLAIN, "kind": "date"}, "a kind that"),
        ({**PLAIN, "kind": []}, "a kind that"),
        ({**PLAIN, "levels": ["x", 1]}, "a levels that"),
        ({**PLAIN, "levels": ["x", "x"]}, "a levels that"),
        ({**PLAIN, "levels": [], "fill": None}, "a levels that"),
        ({**PLAIN, "kind": "number", "fill": 1.0}, "a levels that"),
        ({**PLAIN, "fill": "z"}, "a fill that"),
        ({**PLAIN, "fill": 1.0}, "a fill that"),
        ({**PLAIN, "kind": "number", "levels": [], "fill": float("nan")}, "a fill that"),
        ({**PLAIN, "kind": "number", "levels": [], "fill": True}, "a fill that"),
    ],
)
def test_broken_input_columns(plain: Any, words: str) -> None:
    """What is wrong is named with the whole."""
    with pytest.raises(RecordError) as caught:
        Encoder.from_plain({"inputs": [plain], "constant": [], "unknown": "other"})
    assert words in str(caught.value)
    assert repr(plain) in str(caught.value)


def test_targets() -> None:
    """In the order asked for, of any rows."""
    table = table_of(number("y", [1, 2, np.nan]), number("z", [4, 5, 6]))
    np.testing.assert_array_equal(encode_targets(table, ["z", "y"], np.array([1, 0])), [[5, 2], [4, 1]])
    np.testing.assert_array_equal(encode_targets(table, ["z"]), [[4], [5], [6]])
    with pytest.raises(SinefitError, match=r"1 missing value, by column: 'y' 1; .*data\.missing=drop"):
        encode_targets(table, ["z", "y"])


def test_targets_that_cannot_be_used() -> None:
    """The column and what it is are named."""
    infinite = Column("i", "number", np.array([1.0, np.inf]), problem="holds infinite values")
    table = table_of(boolean("b", [0, 1]), infinite)
    for name, words in {"b": "of the kind boolean", "i": "holds infinite values", "q": "is absent"}.items():
        with pytest.raises(SinefitError, match=rf"the target '{name}' must be .*{words}"):
            encode_targets(table, [name])
