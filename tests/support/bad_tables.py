"""Small tables that are good, and such as people have that cannot be used, a file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NUM_ROWS = 40
GOOD = [
    (f"{number % 7}", ["blue", "red", "red"][number % 3], f"{number * 1.5}") for number in range(NUM_ROWS)
]
"""Rows of a, color and y."""


def write_bad_tables(folder: Path) -> None:
    """Write all of them.

    Args:
        folder: is made.
    """
    folder.mkdir(parents=True)
    a = [row[0] for row in GOOD]
    columns = {
        "dates": ("when", [f"2026-01-{number % 28 + 1:02}" for number in range(NUM_ROWS)]),
        "text": ("note", [f"pear {number} fell" for number in range(NUM_ROWS)]),
        "units": ("a", [f"{each} kg" for each in a]),
        "thousands": ("a", [f'"{number + 1},234.5"' for number in range(NUM_ROWS)]),
        "commas": ("a", [f'"{each},5"' for each in a]),
        "mixed": ("a", ["broken", *a[1:]]),
        "infinite": ("a", [*a[:3], "inf", *a[4:]]),
        "missing": ("a", ["", "NA", *a[2:]]),
        "constant": ("a", ["7"] * NUM_ROWS),
        "parts": ("part", [["train", "validation", "testing"][number % 3] for number in range(NUM_ROWS)]),
        "unnamed": ("", a),
    }
    for name, (header, cells) in columns.items():
        rows = [[cell, *row[1:]] for cell, row in zip(cells, GOOD, strict=True)]
        _write(folder / f"{name}.csv", [header, "color", "y"], rows)
    _write(folder / "good.csv", ["a", "color", "y"], GOOD)
    _write(folder / "constant_target.csv", ["a", "color", "y"], [[*row[:2], "3"] for row in GOOD])
    _write(
        folder / "missing_target.csv", ["a", "color", "y"], [[*row[:2], ""] for row in GOOD[:9]] + GOOD[9:]
    )
    _write(folder / "rare.csv", ["a", "color", "y"], [*GOOD[:-1], ("1", "green", "3")])
    _write(folder / "twice.csv", ["a", "a", "y"], GOOD)
    _write(folder / "one_row.csv", ["a", "color", "y"], GOOD[:1])
    _write(folder / "two_rows.csv", ["a", "y"], [("1", "2"), ("3", "4")])
    _write(folder / "header.csv", ["a", "color", "y"], [])
    _write(folder / "ragged.csv", ["a", "color", "y"], [*GOOD[:5], ("1", "2")])
    _write(folder / "wide.csv", [f"c{number}" for number in range(10_001)], [])
    _write(folder / "semicolons.csv", ["a", "color", "y"], GOOD, sep=";")
    _write(folder / "latin.csv", ["größe", "color", "y"], GOOD, encoding="latin-1")
    for name, content in {
        "empty.csv": b"",
        "parquet.csv": b"PAR1",
        "old.xls": b"x",
        "broken.xlsx": b"x",
    }.items():
        (folder / name).write_bytes(content)


def _write(path: Path, header: list[str], rows: list, sep: str = ",", encoding: str = "utf-8") -> None:
    lines = [sep.join(cells) for cells in (header, *rows)]
    path.write_text("\n".join([*lines, ""]), encoding=encoding)
