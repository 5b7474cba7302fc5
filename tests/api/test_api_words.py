"""Python values as words: Hydra reads from each word the value that was given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from sinefit.api.words import words_of_run, words_of_sweep
from sinefit.errors import SinefitError

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
KEYS = st.from_regex(r"[a-z_][a-z0-9_.-]{2,8}x", fullmatch=True)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def read(word: str) -> Any:
    """What Hydra takes a word for."""
    (override,) = OverridesParser.create().parse_overrides([word])
    if override.is_sweep_override():
        return [plain(each) for each in override.sweep_iterator(lambda each: each)]
    return plain(override.value())


def plain(value: Any) -> Any:
    """A value without Hydra's quotes; whatever is not a number equals itself."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return value.text if hasattr(value, "text") else value


@given(VALUES)
def test_a_value_is_read_as_it_was_given(value: Any) -> None:
    """Numbers, texts with any signs, lists and dicts come through Hydra's grammar unchanged."""
    (word,) = words_of_run([{"key": value}], {})
    assert read(word) == plain(value)


@given(st.lists(SCALARS, min_size=2, max_size=5))
def test_a_list_is_swept_over(values: list[Any]) -> None:
    """Each value of a list is a choice of the sweep."""
    flag, word = words_of_sweep([{"key": values}], {})
    assert flag == "-m"
    assert read(word) == [plain(value) for value in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (range(3), [0, 1, 2]),
        (range(4, 10, 2), [4, 6, 8]),
        (np.array([0.5, 2.0]), [0.5, 2.0]),
        (torch.tensor([1, 2]), [1, 2]),
        ((np.int64(3), np.float32(0.5)), [3, 0.5]),
        ([[10, 30], [5]], [[10, 30], [5]]),
    ],
)
def test_ranges_and_arrays_are_swept_over(values: Any, expected: list[Any]) -> None:
    """What numpy, torch and Python have for many values."""
    assert read(words_of_sweep([{"key": values}], {})[1]) == expected


def test_words_and_settings_stand_in_their_order() -> None:
    """Words come as typed, then keywords; a list is one value of a single run."""
    words = words_of_run(["optimizer=adam", {"model.hidden_size": 8}], {"at": [1, 2]})
    assert words == ["optimizer=adam", "model.hidden_size=8", "at=[1,2]"]


@pytest.mark.parametrize(
    ("given_words", "message"),
    [
        ([{"seed": object()}], "seed must be a number, a text, true or false, None"),
        ([{"optimizer": torch.optim.Adam}], "is named by its _target_"),
        ([3], 'settings are words such as "optimizer=adam"'),
        (["--help"], "type it in a terminal: sinefit --help"),
        (["gradients"], "type it in a terminal: sinefit gradients"),
        (["hydra.launcher.dry_run=true"], "sinefit -m hydra.launcher.dry_run=true"),
        ([{"model": {"a b": 1}}], "keys of model must be names of letters, digits, _, -, . and /, got 'a b'"),
        (["hydra.mode=RUN"], "sinefit.run trains one run, sinefit.sweep"),
        ([{"seed": []}], "seed has no values to sweep over"),
    ],
)
def test_what_cannot_be_typed_is_refused(given_words: list[Any], message: str) -> None:
    """An object, a class, a question for the terminal, an empty list: the error says what to do."""
    with pytest.raises(SinefitError, match=message.replace("(", r"\(")):
        words_of_sweep(given_words, {})
