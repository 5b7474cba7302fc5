"""Settings as Python values become words of the command line, whatever settings there are."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sinefit.errors import SinefitError
from sinefit.settings.compose import quote

Words = str | Mapping[str, object]
"""A word as it is typed, such as ``"optimizer=adam"``, or settings by their names."""
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
"""Text that means itself in Hydra's grammar."""
_SPECIAL = {"null", "true", "false", "nan", "inf"}
_CALLED = ("help", "h", "version", "hydra-help", "info", "cfg", "shell-completion")


def words_of_run(given: Iterable[Words], settings: Mapping[str, object]) -> list[str]:
    """The words of a single run: a list is one value.

    Args:
        given: words, and settings by their names.
        settings: more of them.

    Raises:
        SinefitError: if a value is none that can be typed, or a word is a question or a command.

    >>> words_of_run(["optimizer=adam"], {"seed": 3, "trainer.halving.at": [10, 30]})
    ['optimizer=adam', 'seed=3', 'trainer.halving.at=[10,30]']
    """
    return _join(given, settings, _text)


def words_of_sweep(given: Iterable[Words], settings: Mapping[str, object]) -> list[str]:
    """The words of a sweep: a list, a range or an array is what is swept over.

    Raises:
        SinefitError: as of `words_of_run`, or if there is nothing to sweep over.

    >>> words_of_sweep([{"model.hidden_size": [8, 16], "seed": range(10)}], {"optimizer": "adam"})
    ['-m', 'model.hidden_size=8,16', 'seed=range(0,10)', 'optimizer=adam']
    """
    words = _join(given, settings, _choices)
    return ["-m", *(word for word in words if word not in {"-m", "--multirun"})]


def _join(
    given: Iterable[object], settings: Mapping[str, object], write: Callable[[str, object], str]
) -> list[str]:
    """All words in their order.

    Args:
        given: words, and settings by their names.
        settings: more of them.
        write: a setting's value in Hydra's grammar.
    """
    words: list[str] = []
    for each in [*given, settings]:
        if isinstance(each, str):
            words.append(each)
        elif isinstance(each, Mapping):
            words += [f"{name}={write(str(name), value)}" for name, value in each.items()]
        else:
            msg = f'settings are words such as "optimizer=adam" or a dict such as {{"seed": 3}}, got {each!r}'
            raise SinefitError(msg)
    for word in words:
        _refuse_question(word)
    return words


def _refuse_question(word: str) -> None:
    if word == "gradients" or (word.startswith("-") and word.lstrip("-").partition("=")[0] in _CALLED):
        msg = f"{word} is for the command line; type it in a terminal: sinefit {word}"
        raise SinefitError(msg)
    key = word.partition("=")[0]
    if key == "hydra.launcher.dry_run":
        msg = f"{word} trains nothing; type it in a terminal: sinefit -m {word}"
        raise SinefitError(msg)
    if key == "hydra.mode":
        msg = (
            f"{word} stands in no call: sinefit.run trains one run, sinefit.sweep a run for each combination"
        )
        raise SinefitError(msg)


def _choices(name: str, value: object) -> str:
    """Several values with commas; another value as it is."""
    if isinstance(value, range):
        return f"range({value.start},{value.stop}{'' if value.step == 1 else f',{value.step}'})"
    value = _plain(value)
    if not isinstance(value, list | tuple):
        return _text(name, value)
    if not value:
        msg = f"{name} has no values to sweep over; give a list such as [1, 2, 3]"
        raise SinefitError(msg)
    return ",".join(_text(name, each) for each in value)


def _text(name: str, value: object) -> str:  # noqa: PLR0911 - one for each kind of value
    """A value in Hydra's grammar."""
    value = _plain(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        number = float(value)
        return repr(number) if math.isfinite(number) else str(number)
    if isinstance(value, str | Path):
        return _quoted(str(value))
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(name, key)}:{_text(name, each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple | range):
        return "[" + ",".join(_text(name, each) for each in value) + "]"
    msg = (
        f"{name} must be a number, a text, true or false, None, or a list or dict of these, got "
        f"{type(value).__name__}; a part of your own is named by its _target_: docs/own-parts.md"
    )
    raise SinefitError(msg)


def _key(name: str, key: object) -> str:
    """A key of a dict, which Hydra's grammar cannot quote."""
    text = str(key)
    if not _BARE.fullmatch(text) or text.lower() in _SPECIAL:
        msg = f"keys of {name} must be names of letters, digits, _, -, . and /, got {text!r}"
        raise SinefitError(msg)
    return text


def _plain(value: object) -> Any:
    """Arrays, series and tensors as lists, their numbers as Python's."""
    to_list = getattr(value, "tolist", None)
    return value if to_list is None else to_list()


def _quoted(text: str) -> str:
    return text if _BARE.fullmatch(text) and text.lower() not in _SPECIAL else quote(text)
