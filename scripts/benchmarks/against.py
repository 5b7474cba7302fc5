"""Whole processes of this checkout against those of another one, such as an earlier commit's."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import MAIN, run_process, show
from benchmarks.sweeps import SWEEPS

SINGLE = {
    "a run, the default's": (),
    "a run of 1-256-256-1": ("model.hidden_size=256", "trainer.max_epochs=50"),
}
"""Single runs that are measured, and what is typed."""


def benchmark_against(rounds: int, other: Path) -> None:
    """Single runs and mixed sweeps, in turn.

    Args:
        rounds: how often each side is measured; the longest sweep once only.
        other: the other checkout, with its own environment.
    """
    python = other / ".venv" / "bin" / "python"
    if not python.exists():
        sys.exit(f"{other} has no environment; type: {other}/scripts/setup")
    cases = dict(SINGLE)
    for count, words in SWEEPS.items():
        cases[f"a sweep of {count:,} jobs"] = ("-m", "hydra/launcher=fused", *words)
    rows = []
    with tempfile.TemporaryDirectory() as parent:
        for name, words in cases.items():
            sides = []
            for _ in range(1 if "10,032" in name else rounds):
                for side in (str(python), sys.executable):
                    folder = Path(tempfile.mkdtemp(dir=parent))
                    sides.append(run_process(["-c", MAIN, *words], folder, python=side))
            pairs = list(zip(sides[::2], sides[1::2], strict=True))
            row = [name, str(len(pairs))]
            for field in ("processor_seconds", "seconds"):
                seconds = [(getattr(old, field), getattr(new, field)) for old, new in pairs]
                row += [f"{statistics.median(column):.2f} s" for column in zip(*seconds, strict=True)]
                row.append(f"{statistics.median(old / new for old, new in seconds):.2f}")
            rows.append(row)
    columns = ("", "rounds", "other, processor", "here", "ratio", "other, wall", "here", "ratio")
    show(f"against {other}", columns, rows)
