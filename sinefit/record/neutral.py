"""The one list of settings that leave a run's numbers as they are: for hashes, resumed sweeps and tables."""

from __future__ import annotations

TRACKER = "tracker"
"""The group that says where records are sent: no setting of a run, so that no table has a column for it."""
NOT_HASHED = frozenset(
    {"objective", "second_objective", "picture", "on_error", "skip_done", "resume", "rerun", "trust", TRACKER}
)
"""Settings and groups that change no bit of a run."""
HALVING = "halving"
"""The setting of the trainer that decides where a run of a sweep ends, and no bit of it up to there.

It is not hashed: a run that was trained to its end is what an equal one of a sweep with rungs would be. What
was pruned is never taken for such a run, whatever its hash: its status says so."""
REPEATS = ("seed", "data.fold", "data.split_seed")
"""The one list of settings in which repeats of the same settings differ."""
_ROUNDING = frozenset({"num_threads", "trainer.checkpoint_every"})
"""Settings that change rounding at most, by the engine or by torch's sums: a hash tells such runs apart."""


def is_neutral(key: str) -> bool:
    """Whether a setting says nothing of how good a fit is, so that no statistics are to be split by it.

    >>> is_neutral("skip_done"), is_neutral("hydra.launcher.workers"), is_neutral("optimizer.lr")
    (True, True, False)
    >>> is_neutral("trainer.halving.at"), is_neutral("trainer.max_epochs"), is_neutral("tracker.experiment")
    (True, False, True)
    """
    is_ours = key.startswith(f"trainer.{HALVING}.")
    group = key.partition(".")[0]
    return is_ours or key in _ROUNDING or group in NOT_HASHED or group.partition("/")[0] == "hydra"


def is_of_tracker(key: str) -> bool:
    """Whether a setting says where records are sent.

    >>> is_of_tracker("tracker"), is_of_tracker("tracker.experiment"), is_of_tracker("trainer")
    (True, True, False)
    """
    return key.partition(".")[0] == TRACKER
