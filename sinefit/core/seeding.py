"""From a run's seed to the seeds of its separate draws; independent of what is drawn.

The run's own seed goes to torch's global generator and draws what the textbook loop draws from it:
initial weights and orders of batches. Everything else (noise, positions, the held-out share) has a
generator of its own, derived from the seed and a purpose, so that switching one on moves no other.
"""

from __future__ import annotations

import hashlib

import torch


def seed_globally(seed: int) -> None:
    """`torch.manual_seed`, without what it costs where there is no CUDA device (a stack trace a call)."""
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


def _derive_seed(seed: int, purpose: str) -> int:
    """A seed for one purpose of a run: the first 63 bits of SHA-256 of ``"seed/purpose"``.

    >>> _derive_seed(0, "noise") != _derive_seed(1, "noise") != _derive_seed(1, "positions")
    True
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator_for(seed: int, purpose: str) -> torch.Generator:
    """A CPU generator for one purpose of a run.

    Args:
        seed: the run's.
        purpose: a word, the same for all runs.
    """
    return torch.Generator().manual_seed(_derive_seed(seed, purpose))
