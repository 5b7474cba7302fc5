"""Iterators in threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sinefit.core.fused.threads import merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinefit.core.fused.threads import Cancellation


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_items_of_a_source_keep_their_order(threads: int) -> None:
    """All items come, each source's in its own order."""

    def numbers(tens: int, _: Cancellation) -> Iterator[int]:
        yield from range(tens, tens + 10)

    sources = [lambda caller, tens=tens: numbers(tens, caller) for tens in (0, 10, 20)]
    items = list(merge(sources, threads))
    assert sorted(items) == list(range(30))
    for tens in (0, 10, 20):
        assert [item for item in items if item // 10 == tens // 10] == list(range(tens, tens + 10))


def test_an_error_is_raised_where_the_items_are_taken() -> None:
    """And the other sources end, although they would go on for ever."""
    running = threading.Event()

    def forever(cancellation: Cancellation) -> Iterator[int]:
        running.set()
        while True:
            cancellation.check()
            yield 1

    def broken(_: Cancellation) -> Iterator[int]:
        running.wait()
        msg = "broken"
        raise ValueError(msg)
        yield 0

    before = threading.active_count()
    with pytest.raises(ValueError, match="broken"):
        list(merge([forever, broken], 2))
    assert threading.active_count() == before


def test_who_takes_no_more_items_ends_the_threads() -> None:
    """A closed iterator, as after Ctrl-C, leaves nothing running."""

    def forever(cancellation: Cancellation) -> Iterator[int]:
        while True:
            cancellation.check()
            yield 1

    before = threading.active_count()
    items = merge([forever, forever], 2)
    assert next(items) == 1
    items.close()
    assert threading.active_count() == before
