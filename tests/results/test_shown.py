"""What is said below a table."""

from __future__ import annotations

import pandas as pd

from sinefit.results.shown import describe_errors


def test_an_error_of_many_runs_is_told_once() -> None:
    """With the first run that has it, and how many others do."""
    table = pd.DataFrame(
        {
            "folder": [f"s/{job}" for job in range(304)],
            "status": "failed",
            "error": [*["bad seed"] * 301, None, "odd", "odder"],
        }
    )
    assert describe_errors(table, most=2) == [
        "s/0 and 300 more failed: bad seed",
        "s/302 failed: odd",
        "and 1 other error (--columns job,error shows all)",
    ]
