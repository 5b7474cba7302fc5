"""What `read_table` says of files that are no tables: one clear message each."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from sinefit.core.data.files.reading import MOST_COLUMNS, read_table
from sinefit.errors import SinefitError

TEXT = b"height of tree,color\n1.5,red\n2,red\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a name that breaks careless code."""
    place = tmp_path / 'it\'s=a "größe" [1]'
    place.mkdir()
    return place


def read(folder: Path, content: bytes, name: str = "a table.csv", **settings: Any) -> object:
    """The table of a file with this content."""
    path = folder / name
    path.write_bytes(content)
    return read_table(path, **settings)


def packed(content: bytes, name: str, count: int = 1) -> bytes:
    """A zip file of `count` equal files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for index in range(count):
            archive.writestr(f"{index}{name}", content)
    return stream.getvalue()


BAD_FILES: list[tuple[str, bytes, list[str]]] = [
    ("t.txt", b"a,b\n", ["data.path", ".csv, .tsv, .parquet, .feather, .xlsx", ".zst", "t.txt"]),
    ("t.gz", b"", ["data.path must end in", "t.gz"]),
    ("t.parquet.gz", b"", ["data.path must end in", "t.parquet.gz"]),
    ("t.csv", b"", ["t.csv is empty", "header"]),
    ("t.csv", b"\n\r\n \n", ["t.csv is empty"]),
    ("t.csv.gz", gzip.compress(b""), ["t.csv.gz is empty"]),
    ("t.csv", b"a,b", ["header with 2 columns and no rows"]),
    ("t.csv", b"a,b\n\n", ["header with 2 columns and no rows"]),
    ("t.csv", b"a,b\n1,2\n", ["t.csv has 1 row", "2 or more"]),
    ("t.csv", b"a,b,a,c, a \n1,2,3,4,5\n", ["columns of the same name: 'a' (3 times)", "rename"]),
    ("t.csv", b",b,\n1,2,3\n", ["2 columns without a name: number 1, 3", "to_csv(index=False)"]),
    ("t.csv", b",b,b\n1,2,3\n", ["1 column without a name: number 1", "'b' (2 times)"]),
    ("t.csv", b"a,b\n1,2\n\n3,4,5\n", ["row 2 of", "3 cells and the header 2", "'3,4,5'", "','"]),
    ("t.csv", b"\n\na,b\n1,2\n3\n", ["row 2 of", "1 cell and the header 2", "'3'"]),
    ("t.csv", b"a,b\n" + b"1,2\n" * 400_000 + b"3\n", ["row 400,001 of", "1 cell and the header 2"]),
    ("t.csv", b"a;b\n1;2\n3;4\n", ["one column, 'a;b'", "data.sep=','", "type \"data.sep=';'\""]),
    ("t.csv", b"a\tb\n1\t2\n3\t4\n", ["one column, 'a\\tb'", "type \"data.sep='\\t'\""]),
    ("t.tsv", b"a,b\n1,2\n3,4\n", ["one column, 'a,b'", "type \"data.sep=','\""]),
    ("t.csv", "größe,b\n1,2\n".encode("latin-1"), ["data.encoding=utf-8", "data.encoding=latin-1"]),
    ("t.csv", "a,b\n1,ä\n2,ä\n".encode("latin-1"), ["data.encoding=utf-8", "data.encoding=latin-1"]),
    ("t.csv", "a,b\n1,2\n".encode("utf-16"), ["data.encoding=utf-8", "data.encoding=utf-16"]),
    ("t.csv", b'a,b\n1,"2\n3,4\n5,6\n', ["quotation mark is opened and not closed", "2\\n3,4"]),
    ("t.csv", b'a,"b\n1,2\n3,4\n', ["has a header with 2 columns and no rows"]),
    ("t.csv", b"a,b\n1," + b"x" * 3_000_000 + b"\n2,3\n", ["one row takes more than 1,048,576 bytes"]),
    ("t.csv", b"a," + b"x" * 200_000 + b"\n2,3\n", ["header of", "field larger than field limit"]),
    ("t.csv", b"PAR1abc", ["no text, but a parquet file"]),
    ("t.csv", packed(b"a", "x"), ["no text, but an xlsx or zip file"]),
    ("t.csv.gz", b"a,b\n1,2\n", ["cannot read", "t.csv.gz", "Not a gzipped file"]),
    ("t.csv.gz", gzip.compress(TEXT * 9)[:-12], ["cannot read", "t.csv.gz: it is broken"]),
    ("t.csv.bz2", b"nonsense", ["cannot read", "t.csv.bz2: it is broken"]),
    ("t.csv.bz2", bz2.compress(TEXT)[:-9], ["cannot read", "t.csv.bz2: it is broken"]),
    ("t.csv.xz", b"nonsense", ["cannot read", "t.csv.xz: it is broken"]),
    ("t.csv.xz", lzma.compress(TEXT)[:-9], ["cannot read", "t.csv.xz: it is broken"]),
    ("t.csv.zst", b"nonsense", ["cannot read", "t.csv.zst: it is broken"]),
    ("t.csv.zip", b"nonsense", ["cannot read", "t.csv.zip: it is broken"]),
    ("t.csv.zip", packed(TEXT, ".csv", count=2), ["t.csv.zip must hold one file, got 2"]),
    ("t.parquet", b"nonsense" * 9, ["cannot read", "broken or no .parquet file"]),
    ("t.feather", b"nonsense" * 9, ["cannot read", "broken or no .feather file"]),
    ("t.xlsx", b"nonsense" * 9, ["cannot read", "broken or no .xlsx file", "not a zip file"]),
    ("t.xlsx", packed(b"a", "x"), ["cannot read", "broken or no .xlsx file"]),
]


@pytest.mark.parametrize(
    ("name", "content", "words"), BAD_FILES, ids=[f"{each[0]}: {each[2][0]}" for each in BAD_FILES]
)
def test_bad_files(folder: Path, name: str, content: bytes, words: list[str]) -> None:
    """Each gives one message with the file, what was found and what to do."""
    with pytest.raises(SinefitError) as caught:
        read(folder, content, name)
    for word in words:
        assert word in str(caught.value)
    assert name in str(caught.value)


def test_places_without_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the absolute path that was looked at."""
    (folder / "b.csv").mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(SinefitError) as caught:
        read_table("a.csv")
    assert (
        str(caught.value) == f"data.path must be a file, got 'a.csv': there is nothing at {folder / 'a.csv'}"
    )
    with pytest.raises(SinefitError) as caught:
        read_table(Path("b.csv"))
    assert f"there is a folder at {folder / 'b.csv'}" in str(caught.value)


def test_files_that_cannot_be_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own words are part of the message."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (folder / "a.csv").write_text("a,b\n1,2\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SinefitError, match=r"a\.csv: it is broken or cannot be opened.*Permission denied"):
        read_table(folder / "a.csv")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], ["t.xlsx is empty"]),
        ([["a", "b"]], ["header with 2 columns and no rows"]),
        ([["a", "b"], [1, 2]], ["t.xlsx has 1 row"]),
        ([["a", None], [1, 2]], ["1 column without a name: number 2"]),
        ([["a", "b"], [1, 2, 3]], ["1 column without a name: number 3"]),
        ([["a", "a"], [1, 2]], ["'a' (2 times)"]),
    ],
)
def test_bad_sheets(folder: Path, rows: list[list[Any]], words: list[str]) -> None:
    """They give the messages of bad text files."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "t.xlsx")
    with pytest.raises(SinefitError) as caught:
        read_table(folder / "t.xlsx")
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_bad_tables_in_good_files(folder: Path, ending: str) -> None:
    """Columns of the same name, no rows, one row and no columns give the messages of bad text files."""
    write = {"parquet": pa.parquet.write_table, "feather": pa.feather.write_feather}[ending]
    one, path = pa.array([1.0]), folder / f"t.{ending}"
    cases = {
        "'a' (2 times)": pa.table([one, one], names=["a", "a"]),
        "header with 1 column and no rows": pa.table({"a": one[:0]}),
        "has 1 row, too few": pa.table({"a": one}),
        "has no columns": pa.table({}),
    }
    for words, table in cases.items():
        write(table, path)
        with pytest.raises(SinefitError) as caught:
            read_table(path)
        assert words in str(caught.value)


def test_too_many_columns_are_refused_at_once(folder: Path) -> None:
    """A million columns are counted in the header, and 10,000 are read."""
    header = ",".join(f"c{index}" for index in range(1_000_000))
    with pytest.raises(SinefitError, match=r"has 1,000,000 columns, more than the 10,000"):
        read(folder, f"{header}\n1\n".encode())
    header = ",".join(f"c{index}" for index in range(MOST_COLUMNS))
    row = ",".join(["1"] * MOST_COLUMNS)
    (folder / "t.csv").write_text(f"{header}\n{row}\n{row}\n")
    assert len(read_table(folder / "t.csv").columns) == MOST_COLUMNS


def test_settings_that_cannot_be_used(folder: Path) -> None:
    """All are reported together, with the value and what to type."""
    with pytest.raises(SinefitError) as caught:
        read(folder, TEXT, sep=";;", decimal="x", encoding="latin-99")
    assert str(caught.value).splitlines() == [
        "data.sep must be one character between cells, got ';;'; type for example data.sep=\"';'\"",
        "data.decimal must be a point or a comma, got 'x'; type for example data.decimal=\"','\"",
        (
            "data.encoding must be an encoding that Python knows, got 'latin-99'; "
            "type for example data.encoding=latin-1"
        ),
    ]
    with pytest.raises(
        SinefitError, match=r"data\.decimal must be another character than data\.sep=',', got ','"
    ):
        read(folder, TEXT, decimal=",")


def test_values_of_another_type(folder: Path) -> None:
    """They are named, and so is a codec that is none of text."""
    for encoding in ("rot13", 5):
        with pytest.raises(SinefitError, match=rf"data\.encoding must be .* got {encoding!r}"):
            read(folder, TEXT, encoding=encoding)
    with pytest.raises(SinefitError, match=r"data\.decimal must be .* got 3"):
        read(folder, TEXT, decimal=3)
    path: Any = None
    with pytest.raises(SinefitError, match=r"data\.path must be the name of a file, got None"):
        read_table(path)


@pytest.mark.parametrize("ending", ["parquet", "feather", "xlsx"])
def test_settings_without_effect(folder: Path, ending: str) -> None:
    """Settings of text files are refused for all others, together."""
    with pytest.raises(SinefitError) as caught:
        read(folder, b"", f"t.{ending}", sep=";", decimal=",", encoding="latin-1")
    for setting, value in {"sep": ";", "decimal": ",", "encoding": "latin-1"}.items():
        allowed = f"left out, as it has no effect on .{ending} files"
        assert f"data.{setting} must be {allowed}, got {value!r}" in str(caught.value)
