"""Fits that were trained beforehand, all together: what `Regressor.fit` finds within a search."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome


class Trained(NamedTuple):
    """A fit and how it ended."""

    experiment: Experiment
    outcome: Outcome


Key = tuple[str, str]
"""Parameters and rows of a fit, which decide it but for a random state of None."""
_known: ContextVar[dict[Key, Trained] | None] = ContextVar("known", default=None)


def key_of(parameters: Mapping[str, Any], x: NDArray[np.float64], y: NDArray[np.float64]) -> Key:
    """What tells a fit from others.

    Args:
        parameters: of the regressor.
        x: inputs (N, I).
        y: targets, (N,) or (N, O).
    """
    digest = hashlib.blake2b(repr((x.shape, y.shape)).encode())
    for rows in (x, y):
        digest.update(np.ascontiguousarray(rows).data)
    return repr(sorted(parameters.items(), key=lambda pair: pair[0])), digest.hexdigest()


def find_known(
    parameters: Mapping[str, Any], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Trained | None:
    """A fit that was trained beforehand; None if it was not."""
    fits = _known.get()
    return None if not fits else fits.get(key_of(parameters, x, y))


@contextmanager
def knowing(fits: dict[Key, Trained]) -> Iterator[None]:
    """Let fits within the block be found instead of trained again."""
    token = _known.set(fits)
    try:
        yield
    finally:
        _known.reset(token)
