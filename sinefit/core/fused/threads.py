"""Iterators that run in threads, their items handed on as they come; independent of what they do."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")


class Cancelled(BaseException):
    """Nobody takes the items any more."""


class Cancellation:
    """Tells sources that their items are taken no more; a source asks now and then."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Take no more items."""
        self._cancelled.set()

    def check(self) -> None:
        """Do nothing, as long as items are taken.

        Raises:
            Cancelled: from then on.
        """
        if self._cancelled.is_set():
            raise Cancelled


def merge(sources: Sequence[Callable[[Cancellation], Iterable[T]]], threads: int) -> Iterator[T]:
    """The items of all sources, in the order in which they come; those of one source in its own order.

    Args:
        sources: started as threads become free; their items are neither None nor exceptions.
        threads: how many run at a time; with one, or one source, they run in the caller's own thread.

    Raises:
        Exception: what a source raised; the others are given up.

    >>> sorted(merge([lambda _: iter("ab"), lambda _: iter("cd")], threads=2))
    ['a', 'b', 'c', 'd']
    """
    cancellation = Cancellation()
    if min(threads, len(sources)) == 1:
        for source in sources:
            yield from source(cancellation)
        return
    events: queue.SimpleQueue[T | BaseException | None] = queue.SimpleQueue()

    def drain(source: Callable[[Cancellation], Iterable[T]]) -> None:
        try:
            for item in source(cancellation):
                cancellation.check()
                events.put(item)
            events.put(None)
        except BaseException as error:  # noqa: BLE001 - raised where the items are taken
            events.put(error)

    pool = ThreadPoolExecutor(threads)
    try:
        for source in sources:
            pool.submit(drain, source)
        left = len(sources)
        while left:
            event = events.get()
            if isinstance(event, BaseException):
                raise event
            if event is None:
                left -= 1
            else:
                yield event
    finally:
        cancellation.cancel()
        pool.shutdown(wait=True, cancel_futures=True)
