"""Tables of many runs: collecting them, and the report page, as whole processes."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import MAIN, run_process, show

RESULTS = "from sinefit.cli import main; main()"
RUNS = 10_000
WORDS = (
    *("model.hidden_size=8,16,32,64,128", "optimizer=sgd,adam", "optimizer.lr=0.1,0.03,0.01,0.003,0.001"),
    *("seed=range(0,200)", "trainer.max_epochs=20", "data.num_points=64", "hydra.sweep.dir=sweep"),
)


def benchmark_tables(rounds: int) -> None:
    """10,000 runs, trained first: `sinefit-results table` and `report`."""
    seconds: dict[str, list[float]] = {"table": [], "report": []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_process(["-c", MAIN, "-m", *WORDS], folder)
        for _ in range(rounds):
            for command, times in seconds.items():
                times.append(run_process(["-c", RESULTS, command, "sweep"], folder).seconds)
        size = (folder / "report.html").stat().st_size
    rows = [(name, f"{statistics.median(times):.1f} s") for name, times in seconds.items()]
    rows.append(("size of the report", f"{size / 1e6:.1f} MB"))
    show(f"tables of {RUNS:,} runs, whole processes", ("", "median"), rows)
