"""What `read_table` makes of files: the same columns from every format, and the kinds of columns."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sinefit.core.data.files.reading import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.core.data.files.reading import Column, TableFile

FORMATS = ["csv", "tsv", "csv.gz", "csv.bz2", "csv.xz", "csv.zip", "csv.zst", "parquet", "feather", "xlsx"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a name that breaks careless code."""
    place = tmp_path / 'it\'s=a "größe" [1]'
    place.mkdir()
    return place


def read(folder: Path, content: bytes | str, name: str = "a table.csv", **settings: Any) -> TableFile:
    """The table of a file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **settings)


def read_column(folder: Path, cells: list[str], **settings: Any) -> Column:
    """The column ``x`` of these cells, beside one of numbers."""
    content = "x|y\n" + "".join(f"{cell}|{index}\n" for index, cell in enumerate(cells))
    return read(folder, content, sep="|", **settings).columns["x"]


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """The frame in the format that the path's ending names."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".feather":
        frame.to_feather(path)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".zst":
        with pa.output_stream(str(path), compression="zstd") as stream:
            stream.write(frame.to_csv(index=False).encode())
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")


@pytest.mark.parametrize("ending", FORMATS)
def test_all_formats_give_the_same_columns(folder: Path, ending: str) -> None:
    """Numbers with gaps, whole numbers, truth values and categories, as pandas holds them."""
    frame = pd.DataFrame(
        {
            "a.b": [0.1, np.nan, 1e-300, -2.5],
            "n=1": [1, 2, 3, 4],
            "is it": [True, False, True, True],
            "größe": ["rot", None, "blau", "rot"],
            "leer": pd.Series([np.nan] * 4),
        }
    )
    frame["größe"] = frame["größe"].astype(object)
    frame = pd.concat([frame] * 2, ignore_index=True)
    path = folder / f"a table.{ending}"
    write_frame(frame, path)
    table = read_table(path)
    assert table.path == str(path)
    assert table.num_rows == 8
    assert list(table.columns) == list(frame.columns)
    kinds = {name: column.kind for name, column in table.columns.items()}
    assert kinds == dict(
        zip(frame.columns, ["number", "number", "boolean", "category", "number"], strict=True)
    )
    assert [column.problem for column in table.columns.values()] == [""] * 5
    for name in ["a.b", "n=1", "is it", "leer"]:
        column = table.columns[name]
        assert column.values.dtype == np.float64  # noqa: PD011 - no pandas object
        np.testing.assert_array_equal(column.values, frame[name].to_numpy(dtype=float))
    category = table.columns["größe"]
    expected = pd.Categorical(frame["größe"])
    assert category.values.dtype == np.int32  # noqa: PD011 - no pandas object
    assert category.levels == tuple(expected.categories) == ("blau", "rot")
    np.testing.assert_array_equal(category.values, expected.codes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    numbers=st.lists(
        st.tuples(st.floats(allow_infinity=False), st.floats(allow_infinity=False)), min_size=2, max_size=50
    )
)
def test_numbers_are_those_of_python(folder: Path, numbers: list[tuple[float, float]]) -> None:
    """Bit for bit what `float` makes of the text, nan where pandas writes nothing."""
    frame = pd.DataFrame(numbers, columns=["x", "y"])
    table = read(folder, frame.to_csv(index=False))
    np.testing.assert_array_equal(table.columns["x"].values, frame["x"])
    np.testing.assert_array_equal(table.columns["y"].values, frame["y"])


def test_long_files_are_read_whole(folder: Path) -> None:
    """Files of many blocks give pandas' numbers, and the kind follows from all rows."""
    rng = np.random.default_rng(0)
    count = 200_000
    frame = pd.DataFrame(rng.normal(size=(count, 3)), columns=["a", "b", "c"])
    text = frame["c"].astype(object)
    text.iloc[-1] = "?"
    frame = frame.assign(c=text, d=["x,\ny" if index % 1000 == 999 else "7" for index in range(count)])
    frame["e"] = ["12"] * (count // 3) + ["red"] * (count - count // 3)
    table = read(folder, frame.to_csv(index=False))
    assert table.num_rows == count
    np.testing.assert_array_equal(table.columns["a"].values, frame["a"])
    np.testing.assert_array_equal(table.columns["b"].values, frame["b"])
    assert "'?' in row 200,000" in table.columns["c"].problem
    assert "200 of its values are no numbers, first 'x,\\ny' in row 1,000" in table.columns["d"].problem
    assert table.columns["e"].levels == ("12", "red")
    np.testing.assert_array_equal(table.columns["e"].values, pd.Categorical(frame["e"]).codes)


def test_line_breaks_in_cells_of_long_files(folder: Path) -> None:
    """Blocks of the file end between rows, not within a quoted cell."""
    count = 20_000
    levels = ["\n".join(f"{letter}{index}" for index in range(30)) for letter in "ab"]
    frame = pd.DataFrame({"c": [levels[index % 2] for index in range(count)], "x": range(count)})
    table = read(folder, frame.to_csv(index=False))
    np.testing.assert_array_equal(table.columns["x"].values, frame["x"])
    assert table.columns["c"].levels == tuple(levels)
    np.testing.assert_array_equal(table.columns["c"].values, frame["x"] % 2)


def test_many_empty_lines(folder: Path) -> None:
    """Empty lines are no rows, even where they fill blocks of the file."""
    table = read(folder, "a,b\n1,2\n" + "\n" * 3_000_000 + "3,4\n" + "\n" * 3_000_000)
    np.testing.assert_array_equal(table.columns["b"].values, [2, 4])


def test_text_files_of_any_dialect(folder: Path) -> None:
    """A byte-order mark, CRLF, empty lines, quoted names and cells with line breaks."""
    content = b'\xef\xbb\xbf\r\n"a\r\nb", c=d.e \r\n1,"x,\r\n""y"""\r\n\r\n 2 ,x\r\n3,x\r\n4,"x,\r\n""y"""'
    table = read(folder, content)
    assert list(table.columns) == ["a\r\nb", "c=d.e"]
    np.testing.assert_array_equal(table.columns["a\r\nb"].values, [1, 2, 3, 4])
    assert table.columns["c=d.e"].levels == ("x", 'x,\r\n"y"')
    np.testing.assert_array_equal(table.columns["c=d.e"].values, [1, 0, 0, 1])
    old = read(folder, b"a,b\r1,2\r3,4\r")
    np.testing.assert_array_equal(old.columns["b"].values, [2, 4])


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig", "cp1252"])
def test_encodings(folder: Path, encoding: str) -> None:
    """Names and levels are those that were written."""
    table = read(folder, "größe,f\n1,ä\n2,ä\n".encode(encoding), encoding=encoding)
    np.testing.assert_array_equal(table.columns["größe"].values, [1, 2])
    assert table.columns["f"].levels == ("ä",)


def test_separators_and_decimal_commas(folder: Path) -> None:
    r"""The settings say what separates cells and digits; ``\t`` may be typed for a tab."""
    table = read(folder, "a;b\n1,5;-2e-3\n,5;+7\n", sep=";", decimal=",")
    np.testing.assert_array_equal(table.columns["a"].values, [1.5, 0.5])
    np.testing.assert_array_equal(table.columns["b"].values, [-2e-3, 7])
    table = read(folder, "a\tb\n1\t2\n3\t4\n", sep="\\t")
    np.testing.assert_array_equal(table.columns["b"].values, [2, 4])
    assert read(folder, "a;b\n1.5;2\n2,5;3\n", sep=";", decimal=",").columns["a"].kind != "number"


def test_missing_cells_are_those_of_pandas(folder: Path) -> None:
    """Every marker that `pandas.read_csv` knows is missing among numbers, truth values and categories."""
    markers = sorted(set(pd._libs.parsers.STR_NA_VALUES))
    for known in (["1", "2"], ["true", "false"], ["red", "blue"] * 2):
        cells = [*known, *markers, "  ", " NA "]
        column = read_column(folder, cells)
        missing = column.values < 0 if column.kind == "category" else np.isnan(column.values)  # noqa: PD011 - no pandas object
        assert missing.tolist() == [False] * len(known) + [True] * (len(markers) + 2)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "+2.", " .5", "1E5", "NA"], "number"),
        (["", "NA", ""], "number"),
        (["true", "False", "TRUE", "NA"], "boolean"),
        (["yes", "no", "yes", "no"], "category"),
        (["1st", "2nd", "1st", "2nd"], "category"),
        (["4WD", "2WD", "4WD", "2WD"], "category"),
        (["1", "2", "true", "false"] + ["true", "false"] * 2, "category"),
        (["red", "red", "7", "7", "blue", "blue"], "category"),
        (["red", "blue", "green", "red"], "text"),
        ([f"level {index}" for index in range(101)] * 2, "text"),
        ([f"level {index}" for index in range(100)] * 2, "category"),
        (["2024-01-05", "2024-01-06T12:30:00Z", "2024-02", "NA"], "date"),
        (["5.1.2024", "1/5/2024", "2024/01/05 12:00", "12:30"], "date"),
        (["1", "2", "n/a?", "3"], "mixed"),
        (["12 kg", "13 kg", "12 kg", "9kg"], "text"),
        (["1", "2", "3", "4", "1,234.5"], "text"),
        (["10%", "20%", "10%", "20%"], "text"),
        (["$1.50", "€2", "$1.50", "€2"], "text"),
    ],
)
def test_kinds(folder: Path, cells: list[str], kind: str) -> None:
    """The kind of a column follows from its values, in any order, in csv, parquet and xlsx alike."""
    for order in (cells, cells[::-1]):
        assert read_column(folder, order).kind == kind
        frame = pd.DataFrame({"x": pd.Series(order, dtype=object), "y": 1.0})
        frame.to_parquet(folder / "t.parquet")
        frame.to_excel(folder / "t.xlsx", index=False)
        for name in ("t.parquet", "t.xlsx"):
            assert read_table(folder / name).columns["x"].kind == kind


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1", "n/a?", "3"], ["numbers and text", "1 of its values", "'n/a?' in row 2", "data.drop=[x]"]),
        (["1", "inf", "3"], ["infinite values", "inf in row 2", "data.drop=[x]"]),
        (["NA", "2024-01-05"], ["dates", "'2024-01-05' in row 2", "data.drop=[x]"]),
        (["1", "1,234.5"], ["numbers as text", "'1,234.5' in row 2", "digits and a decimal point only"]),
        (["12 kg", "13 kg"], ["numbers as text", "'12 kg' in row 1", "digits and a decimal point only"]),
        (
            ["1.234,5", "7"],
            ["numbers as text", "'1.234,5' in row 1", "points between", "\"data.decimal=','\""],
        ),
        (["7", "3,5"], ["numbers as text", "'3,5' in row 2", "type \"data.decimal=','\" if"]),
        (["a", "b " * 50], ["text", "'a' in row 1", "2 different values in 2 rows", "data.drop=[x]"]),
    ],
)
def test_problems_name_an_example_and_what_to_do(folder: Path, cells: list[str], words: list[str]) -> None:
    """A column that cannot be used says why, with a value, its row and what to type; the others are read."""
    column = read_column(folder, cells)
    for word in words:
        assert word in column.problem
    assert len(column.problem) < 250
    assert column.kind == "number" or column.values.size == 0  # noqa: PD011 - no pandas object


def test_a_decimal_comma_is_not_suggested_twice(folder: Path) -> None:
    """Where data.decimal is a comma already, thousands are what remains to be mended."""
    problem = read_column(folder, ["1.234,5", "7,5"], decimal=",").problem
    assert "'1.234,5' in row 1" in problem
    assert "data.decimal" not in problem


def test_hostile_names_are_quoted_as_hydra_reads_them(folder: Path) -> None:
    """What a problem says to type is one word of a shell with the name in Hydra's quotation marks."""
    table = read(folder, '"it\'s, ""it""",b\n2020-01-01,1\n2020-01-02,2\n')
    (name, column), *_ = table.columns.items()
    assert name == 'it\'s, "it"'
    assert column.problem.endswith("""'data.drop=["it'"'"'s, \\"it\\""]'""")


def test_columns_that_other_formats_type(folder: Path) -> None:
    """Dates, durations, decimals, lists, bytes and written categories of parquet and feather."""
    table = pa.table(
        {
            "when": pa.array([None, dt.datetime(2024, 1, 5, tzinfo=dt.UTC)]),
            "day": pa.array([dt.date(2024, 1, 5)] * 2),
            "length": pa.array([dt.timedelta(hours=1)] * 2),
            "list": pa.array([[1], [2]]),
            "bytes": pa.array([b"a", b"b"]),
            "whole": pa.array([1, None], pa.int64()),
            "half": pa.array([1, 2], pa.float32()),
            "nothing": pa.nulls(2),
            "no dates": pa.nulls(2, pa.date32()),
            "infinite": pa.array([1.0, -np.inf]),
            "numbers": pa.array(["1", "2.5"]),
            "zip": pa.array(["01", "02"]).dictionary_encode(),
            "a": pa.array([1, 2]),
            "a.b": pa.array([3, 4]),
        }
    )
    pa.parquet.write_table(table, folder / "t.parquet")
    pa.feather.write_feather(table, folder / "t.feather")
    for name in ("t.parquet", "t.feather"):
        columns = read_table(folder / name).columns
        kinds = ["date"] * 3 + ["text"] * 2 + ["number"] * 6 + ["category"] + ["number"] * 2
        assert [column.kind for column in columns.values()] == kinds
        assert "2024-01-05 00:00:00+00:00' in row 2" in columns["when"].problem
        assert "type list<" in columns["list"].problem
        assert "type binary" in columns["bytes"].problem
        assert "-inf in row 2" in columns["infinite"].problem
        np.testing.assert_array_equal(columns["whole"].values, [1, np.nan])
        np.testing.assert_array_equal(columns["numbers"].values, [1, 2.5])
        assert columns["zip"].levels == ("01", "02")
        np.testing.assert_array_equal(columns["a"].values, [1, 2])
        np.testing.assert_array_equal(columns["a.b"].values, [3, 4])


def test_written_categories_of_numbers(folder: Path) -> None:
    """Feather keeps that whole numbers are a category; parquet does not."""
    table = pa.table({"door": pa.array([4, 2, None]).dictionary_encode()})
    pa.feather.write_feather(table, folder / "t.feather")
    column = read_table(folder / "t.feather").columns["door"]
    assert column.levels == ("2", "4")
    np.testing.assert_array_equal(column.values, [1, 0, -1])


def test_an_index_of_pandas_is_no_column(folder: Path) -> None:
    """As `pandas.read_parquet` takes it out again."""
    pd.DataFrame({"x": [1.0, 2.0]}, index=[5, 3]).to_parquet(folder / "t.parquet")
    assert list(read_table(folder / "t.parquet").columns) == ["x"]


def test_sheets(folder: Path) -> None:
    """The first sheet counts; empty rows and columns around the table do not; cells may be of mixed types."""
    book = openpyxl.Workbook()
    rows = [[], ["x", "y", "z"], [1, True, 5], [], [None, False, "a"], [2.5, None, dt.datetime(2024, 1, 5)]]  # noqa: DTZ001 - Excel knows no time zone
    for row in [*rows, [4, None, 7], [None, " "]]:
        book.active.append(row)
    book.create_sheet().append(["other"])
    book.save(folder / "t.xlsx")
    table = read_table(folder / "t.xlsx")
    assert table.num_rows == 4
    np.testing.assert_array_equal(table.columns["x"].values, [1, np.nan, 2.5, 4])
    np.testing.assert_array_equal(table.columns["y"].values, [1, 0, np.nan, np.nan])
    assert table.columns["z"].kind == "mixed"
    assert "2 of its values are no numbers, first 'a' in row 2" in table.columns["z"].problem


def test_dates_in_sheets(folder: Path) -> None:
    """Cells that Excel shows as dates are dates."""
    pd.DataFrame({"when": pd.to_datetime(["2024-01-05", "2024-01-06"]), "y": [1, 2]}).to_excel(
        folder / "t.xlsx", index=False
    )
    column = read_table(folder / "t.xlsx").columns["when"]
    assert column.kind == "date"
    assert "'2024-01-05 00:00:00' in row 1" in column.problem


@pytest.mark.parametrize("ending", ["csv", "parquet", "feather", "xlsx"])
def test_categories_by_name(folder: Path, ending: str) -> None:
    """What is said to be a category is one, whatever its values look like, even in a single row."""
    frame = pd.DataFrame({"zip": [1], "when": ["2024-01-05"], "x": [0.5]})
    path = folder / f"t.{ending}"
    write_frame(frame, path)
    columns = read_table(path, as_category=["zip", "when", "x", "absent"], least_rows=1).columns
    assert {name: column.levels for name, column in columns.items()} == {
        "zip": ("1",),
        "when": ("2024-01-05",),
        "x": ("0.5",),
    }
    assert read(folder, "zip,y\n01,1\n", as_category=["zip"], least_rows=1).columns["zip"].levels == ("01",)
