"""The one list of settings that leave a run's numbers as they are: for hashes, resumed sweeps and tables."""

from __future__ import annotations

NOT_HASHED = frozenset(
    {"objective", "second_objective", "picture", "on_error", "skip_done", "resume", "rerun", "trust"}
)
"""Settings that change no bit of a run."""
_ROUNDING = frozenset({"num_threads", "trainer.checkpoint_every"})
"""Settings that change rounding at most, by the engine or by torch's sums: a hash tells such runs apart."""


def is_neutral(key: str) -> bool:
    """Whether a setting says nothing of how good a fit is, so that no statistics are to be split by it.

    >>> is_neutral("skip_done"), is_neutral("hydra.launcher.workers"), is_neutral("optimizer.lr")
    (True, True, False)
    """
    return key in NOT_HASHED | _ROUNDING or key.partition(".")[0].partition("/")[0] == "hydra"
