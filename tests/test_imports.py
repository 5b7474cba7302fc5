"""Modules are loaded without the garbage collector, which works again afterwards."""

from __future__ import annotations

import gc
import importlib
import weakref

import pytest

from sinefit.interrupts import loading_modules


class Node:
    """Something that can refer to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_the_collector_rests_and_works_again() -> None:
    """Even if a module cannot be loaded."""
    seen = []

    def load() -> None:
        with loading_modules():
            seen.append(gc.isenabled())
            importlib.import_module("sinefit.no_such_module")

    with pytest.raises(ModuleNotFoundError):
        load()
    assert [*seen, gc.isenabled()] == [False, True]


def test_garbage_of_later_is_collected() -> None:
    """What is made after the loading is no part of what is kept."""
    with loading_modules():
        pass
    gone = weakref.ref(Node())
    gc.collect()
    assert gone() is None


def test_a_collector_that_was_off_stays_off() -> None:
    """Who has switched it off has a reason."""
    gc.disable()
    try:
        with loading_modules():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
