"""What an exported file says of its model: the columns' names, in their order, and where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import version

UNITS = "inputs and outputs are in the units of the table's columns; the scaling is inside the model"


@dataclass(frozen=True)
class Description:
    """What a model was trained on.

    Attributes:
        inputs: names of the I columns that the model takes, encoded ones as ``color=red``.
        targets: names of the O columns that it predicts.
        centers: the middle of each input in training, (I,), in the inputs' units.
        spreads: how far each input reached from there, (I,); a written file is checked up to 3 times as far.
        notes: sentences on single inputs, such as what stood for missing values.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    centers: tuple[float, ...]
    spreads: tuple[float, ...]
    notes: tuple[str, ...] = ()

    def as_metadata(self) -> dict[str, str]:
        """What stands in a file's metadata; lists are JSON."""
        return {
            "producer": producer(),
            "inputs": json.dumps(self.inputs, ensure_ascii=False),
            "targets": json.dumps(self.targets, ensure_ascii=False),
            "units": UNITS,
            "notes": json.dumps(self.notes, ensure_ascii=False),
        }


def producer() -> str:
    """Who writes files, with the version."""
    return f"sinefit {version('sinefit')}"
