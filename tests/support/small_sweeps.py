"""What the tests of sweeps share: a small sweep's arguments, and its table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.results.collection import collect

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
STRANGERS_CONF = ("--config-dir", str(HERE / "strangers_conf"))
SMALL = ("-m", "trainer=quick", "data.num_points=40", "hydra.sweep.dir=sweep")
TIMES = ["train_seconds"]


def table_of(folder: Path) -> pd.DataFrame:
    """A sweep's table without what differs from call to call."""
    return collect(str(folder)).drop(columns=TIMES)
