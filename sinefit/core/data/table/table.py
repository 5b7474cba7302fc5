"""A table in a file as the points of a run: read, split, encoded and scaled; independent of models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch

from sinefit.core.checks import Checks
from sinefit.core.data.files.digest import hash_file, sign_file
from sinefit.core.data.files.reading import read_table
from sinefit.core.data.points import Points, Samples, TableFacts
from sinefit.core.data.scaling import KINDS, Kind, Scaling, learn_scaling
from sinefit.core.data.table.baselines import Baselines
from sinefit.core.data.table.columns import choose_columns, list_typed
from sinefit.core.data.table.encoding import encode_targets, learn_encoder
from sinefit.core.data.table.split import Kind as SplitKind
from sinefit.core.data.table.split import Parts, Split
from sinefit.core.data.table.split_rows import split_rows
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from sinefit.core.data.files.reading import TableFile
    from sinefit.core.data.table.columns import Chosen
    from sinefit.core.data.table.encoding import Encoder

Missing = Literal["error", "drop", "mean", "median"]
Unknown = Literal["error", "other"]
PART_NAMES = ("training", "validation", "test")
GROUP = "data"
"""The config group, which begins the names of settings."""
MOST_FILES = 2
"""Files that are held, so that the runs of a sweep share them."""


@dataclass(frozen=True)
class Table:
    """Rows of a table: some train, others choose, others judge.

    Scaling, levels and values for missing cells are learned from the rows that train.

    Attributes:
        path: the file; its ending says how it is read.
        target: the column, or the columns, to be predicted.
        inputs: columns, or patterns such as ``x*``; None for all others.
        drop: columns, or patterns, that are no inputs.
        sep: between the cells of a line; None for a comma, or a tab in a .tsv.
        decimal: the sign before decimals.
        encoding: of the text.
        missing: what becomes of missing cells: ``error``, ``drop`` (their rows take no part), ``mean`` or
            ``median`` of the rows that train.
        unknown: what becomes of a level that no training row has: ``error`` or ``other``.
        scale: of inputs and targets: ``standard``, ``robust``, ``minmax`` or ``none``.
        split: and what follows: see `sinefit.core.data.table.split.Split`.
        batch_size: rows in a batch.
        shuffle: whether each epoch draws a new order.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
    """

    path: str
    target: str | Sequence[str]
    inputs: str | Sequence[str] | None = None
    drop: str | Sequence[str] = ()
    sep: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    missing: Missing = "error"
    unknown: Unknown = "error"
    scale: Kind = "standard"
    split: SplitKind = "auto"
    split_column: str | None = None
    validation_share: float | None = None
    test_share: float | None = None
    split_seed: int | None = None
    num_folds: int | None = None
    fold: int | None = None
    batch_size: int = 32
    shuffle: bool = True

    def __post_init__(self) -> None:
        checks = Checks()
        checks.require(isinstance(self.path, str) and self.path != "", "path", self.path, "a file", "my.csv")
        checks.require(
            _is_names(self.target) and bool(self.target), "target", self.target, "a column, or a list"
        )
        allowed = "null or a list of columns"
        checks.require(self.inputs is None or _is_names(self.inputs), "inputs", self.inputs, allowed)
        checks.require(_is_names(self.drop), "drop", self.drop, "a list of columns", "[id]")
        checks.require(self.sep is None or isinstance(self.sep, str), "sep", self.sep, "one character", "';'")
        checks.require(isinstance(self.decimal, str), "decimal", self.decimal, "a point or a comma", "','")
        checks.require(isinstance(self.encoding, str), "encoding", self.encoding, "an encoding", "latin-1")
        checks.choice("missing", self.missing, get_args(Missing))
        checks.choice("unknown", self.unknown, get_args(Unknown))
        checks.choice("scale", self.scale, KINDS)
        checks.whole("batch_size", self.batch_size, at_least=1, example=32)
        checks.truth("shuffle", self.shuffle)
        try:
            _ = self._split
        except SettingsError as error:
            checks.problems += error.problems
        checks.raise_if_any()

    @property
    def _split(self) -> Split:
        return Split(
            self.split,
            self.split_column,
            self.validation_share,
            self.test_share,
            self.split_seed,
            self.num_folds,
            self.fold,
        )

    def draw(self, seed: int) -> Samples:
        """The points of a run in float64, the same for each seed.

        Args:
            seed: of the run; `split_seed` decides the split.

        Raises:
            SinefitError: if the file cannot be read, or its columns do not fit the settings.
        """
        del seed
        return self.draw_as(torch.device("cpu"), torch.float64)

    def draw_as(self, device: torch.device, dtype: torch.dtype) -> Samples:
        """The points of a run, cast part by part, so that a large table is in memory once; runs share them.

        Args:
            device: of the run.
            dtype: of the run.

        Raises:
            SinefitError: if the file cannot be read, or its columns do not fit the settings.
        """
        key = sign_file(self.path), device, dtype
        if key not in self._drawn:
            if any(known[0] != key[0] for known in self._drawn):  # the file has changed
                self._drawn.clear()
            try:
                self._drawn[key] = self._prepare(device, dtype)
            except SettingsError as error:
                raise error.within(GROUP) from error
        return self._drawn[key]

    def read_parts(self) -> tuple[TableFile, Parts]:
        """The file, and the numbers of its rows that train, validate and test.

        Raises:
            SinefitError: if the file cannot be read, or its columns do not fit the settings.
        """
        file = self._read()
        chosen = choose_columns(file, self.target, self.inputs, self.drop, self.split_column)
        return file, split_rows(file, chosen, self._split, self.missing)

    @cached_property
    def _drawn(self) -> dict[tuple[object, torch.device, torch.dtype], Samples]:
        return {}

    def _prepare(self, device: torch.device, dtype: torch.dtype) -> Samples:
        file = self._read()
        chosen = choose_columns(file, self.target, self.inputs, self.drop, self.split_column)
        parts = split_rows(file, chosen, self._split, self.missing)
        missing = "error" if self.missing == "drop" else self.missing
        encoder = learn_encoder(file, chosen.inputs, parts.training, missing=missing, unknown=self.unknown)
        if not encoder.names:
            names = ", ".join(map(repr, encoder.constant[:10]))
            fault = f"none of the inputs {names} varies over the {len(parts.training)} rows that train"
            msg = f"{self.path}: {fault}; choose others by data.inputs"
            raise SinefitError(msg)
        training = _encode(encoder, file, chosen, parts.training)
        inputs = _learn_of_numbers(training.inputs, self.scale, encoder.is_number)
        targets = learn_scaling(training.targets, self.scale)
        baselines = Baselines(_scale_in_place(training, inputs, targets), targets)
        has_validation = len(parts.validation) > 0
        found = {} if has_validation else baselines.measure(training)
        samples = {"training": training.to(device, dtype)}
        del training
        for name, prefix, rows in (("validation", "", parts.validation), ("test", "test_", parts.test)):
            if len(rows):
                part = _scale_in_place(_encode(encoder, file, chosen, rows), inputs, targets)
                found |= baselines.measure(part, prefix)
                samples[name] = part.to(device, dtype)
        counts = {name: len(samples[name].inputs) if name in samples else 0 for name in PART_NAMES}
        facts = TableFacts(
            inputs=inputs,
            targets=targets,
            target_names=chosen.targets,
            baselines=found,
            description=self._describe(encoder, chosen, file, counts),
            notes=tuple(_list_notes(encoder, counts)),
        )
        validation = samples.get("validation")
        evaluation = samples["training"] if validation is None else validation
        return Samples(samples["training"], validation, evaluation, None, samples.get("test"), facts)

    def _read(self) -> TableFile:
        """The file; what a split looks at is a category there, unless it is an input or a number."""
        settings = self.path, self.sep, self.decimal, self.encoding
        column, kind = self.split_column, self._split.chosen
        is_input = column in list_typed(self.inputs)
        if column is None or is_input or kind == "time":
            file = read_once(*settings)
            is_date = column in file.columns and file.columns[column].kind == "date"
            return read_once(*settings, (column,)) if column is not None and is_date else file
        return read_once(*settings, (column,))

    def _describe(
        self, encoder: Encoder, chosen: Chosen, file: TableFile, counts: dict[str, int]
    ) -> dict[str, Any]:
        return {
            "file": {
                "name": Path(self.path).name,
                "rows": file.num_rows,
                "columns": len(file.columns),
                "sha256": hash_file(self.path),
            },
            "reading": {"sep": self.sep, "decimal": self.decimal, "encoding": self.encoding},
            "inputs": encoder.to_plain(),
            "targets": list(chosen.targets),
            "rows": counts,
        }


def read_once(
    path: str, sep: str | None, decimal: str, encoding: str, as_category: tuple[str, ...] = ()
) -> TableFile:
    """A file's content, read again only after the file has changed.

    Args:
        path: of the file.
        sep: see `Table`.
        decimal: likewise.
        encoding: likewise.
        as_category: columns that are categories, whatever they hold.

    Raises:
        SinefitError: if it cannot be read.
    """
    return _read(path, sign_file(path), sep, decimal, encoding, as_category)


@lru_cache(maxsize=MOST_FILES)
def _read(
    path: str, _: object, sep: str | None, decimal: str, encoding: str, as_category: tuple[str, ...]
) -> TableFile:
    return read_table(path, sep=sep, decimal=decimal, encoding=encoding, as_category=as_category)


def _encode(encoder: Encoder, file: TableFile, chosen: Chosen, rows: NDArray[np.intp]) -> Points:
    """Some rows as numbers in their units, in float64."""
    inputs, targets = encoder.encode(file, rows), encode_targets(file, chosen.targets, rows)
    return Points(torch.from_numpy(inputs), torch.from_numpy(targets))


def _scale_in_place(points: Points, inputs: Scaling, targets: Scaling) -> Points:
    for numbers, scaling in ((points.inputs, inputs), (points.targets, targets)):
        numbers.sub_(scaling.shift).div_(scaling.factor)
    return points


def _is_names(value: object) -> bool:
    """Whether these are names of columns; one that looks like a number comes as a number."""
    names = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(name, str | int | float) for name in names)


def _learn_of_numbers(columns: Tensor, kind: Kind, is_number: Sequence[bool]) -> Scaling:
    """The scaling of numbers; what says yes or no stays 1 or 0."""
    learned = learn_scaling(columns, kind)
    numbers = torch.tensor(is_number)
    shift, factor = learned.shift, learned.factor
    return Scaling(
        torch.where(numbers, shift, torch.zeros_like(shift)),
        torch.where(numbers, factor, torch.ones_like(factor)),
    )


def _list_notes(encoder: Encoder, counts: dict[str, int]) -> list[str]:
    notes = []
    if encoder.constant:
        names = ", ".join(encoder.constant)
        verb = "does" if len(encoder.constant) == 1 else "do"
        notes.append(f"{names} {verb} not vary over the rows that train: no input")
    if not counts["validation"]:
        notes.append("no rows validate: rmse and the other metrics are of the rows that train")
    return notes
