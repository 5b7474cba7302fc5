"""The words of a command line, one by one, before anything is composed: whether each can be read."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import OverrideType
from hydra.errors import HydraException

from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override

QUESTIONS = {"help": "--help", "version": "--version"}
"""What people type for a flag."""
HYDRAS_GROUPS = frozenset(
    f"hydra/{name}"
    for name in ("launcher", "sweeper", "job_logging", "hydra_logging", "help", "hydra_help", "output", "env")
)
"""Groups that Hydra itself has, in which something is always chosen."""


def read_words(words: Sequence[str], loader: ConfigLoader | None = None) -> list[Override]:
    """Parse settings and choices as Hydra will.

    Args:
        words: as typed, without flags.
        loader: knows the choices that a ``glob()`` stands for.

    Raises:
        SinefitError: naming every word that cannot be read, and what to type instead.
    """
    parser = OverridesParser.create(config_loader=loader)
    overrides, mistakes, is_told = [], [], False
    for index, word in enumerate(words):
        try:
            if is_told:  # the second half of the mistake before
                is_told = False
                continue
            _refuse_unreadable(word)
            overrides += parser.parse_overrides([word])
            _refuse_name(overrides[-1])
        except (HydraException, RecursionError, SinefitError) as error:
            text = _explain_halves(words[index : index + 2])
            is_told = text is not None
            mistakes.append(text or _explain_unreadable(parser, word, error))
        else:
            if word.endswith("=") and _is_bare(words[index + 1 : index + 2]):
                together = word + words[index + 1].strip()
                mistakes.append(f"{word} {words[index + 1]} are two words; type {shlex.quote(together)}")
                is_told = True
    if mistakes:
        raise SinefitError("\n".join(mistakes))
    return overrides


def refuse_repeated(overrides: Sequence[Override], *, knows_conditions: bool) -> None:
    """Refuse a sweep over a setting that stands there twice: Hydra takes the last, and counts both.

    Args:
        overrides: of the sweep.
        knows_conditions: whether its sweeper takes several words of one setting, each with a condition.

    Raises:
        SinefitError: naming it.
    """
    for first, second in _pairs(overrides):
        if knows_conditions and _has_condition(first) and _has_condition(second):
            continue
        if first.is_sweep_override() or second.is_sweep_override():
            both = f"{first.input_line} and {second.input_line}"
            msg = f"{name_of(second)} is typed twice, as {both}; type it once"
            raise SinefitError(msg)


def tell_repeated(overrides: Sequence[Override]) -> list[str]:
    """A line for each word that another one behind it makes void."""
    return [
        f"{one.input_line} is not used: {other.input_line} stands behind it"
        for one, other in _pairs(overrides)
        if not (_has_condition(one) and _has_condition(other))
    ]


def key_of(word: str) -> str:
    """The setting that a word is of, however it is added; the word itself, if it is none.

    >>> key_of("++optimizer.lr=0.1"), key_of("resume=DIR"), key_of("-m")
    ('optimizer.lr', 'resume', '-m')
    """
    return word.partition("=")[0].lstrip("+")


def name_of(override: Override) -> str:
    """The setting or group that a word is of."""
    return f"{override.key_or_group}@{override.package}" if override.package else str(override.key_or_group)


def _pairs(overrides: Sequence[Override]) -> Iterator[tuple[Override, Override]]:
    """Two words of the same setting; one that only takes it away is none."""
    last: dict[str, Override] = {}
    for override in overrides:
        if override.type is not OverrideType.DEL:
            name = name_of(override)
            if name in last:
                yield last[name], override
            last[name] = override


def _has_condition(override: Override) -> bool:
    return any(":" in tag for tag in getattr(override.value(), "tags", ()))


def _is_bare(words: Sequence[str]) -> bool:
    return any("=" not in word and not word.startswith(("~", "-")) for word in words)


def _refuse_unreadable(word: str) -> None:
    if any(0xD800 <= ord(letter) < 0xE000 for letter in word):  # noqa: PLR2004 - how Python holds other bytes
        msg = f"{word!a} holds bytes that are no UTF-8; type it in UTF-8"
        raise SinefitError(msg)


def _refuse_name(override: Override) -> None:
    if not override.key_or_group:
        msg = f"{override.input_line}: a name is missing; settings are typed KEY=VALUE, such as optimizer=sgd"
        raise SinefitError(msg)
    if override.is_add() and override.key_or_group in HYDRAS_GROUPS:
        msg = f"{override.input_line}: {override.key_or_group} has a choice already; type it without +"
        raise SinefitError(msg)


def _explain_halves(words: Sequence[str]) -> str | None:
    """What to type for a setting whose name and value stand apart; None if they do not."""
    name = words[0].rstrip(": ")
    if "=" in words[0] or not name or not name.replace("/", "").replace(".", "").isidentifier():
        return None
    if not _is_bare(words[1:]):
        return None
    return (
        f"{' '.join(words)}: a setting and its value are one word; type {shlex.quote(f'{name}={words[1]}')}"
    )


def _explain_unreadable(parser: OverridesParser, word: str, error: Exception) -> str:
    """The words for a word that Hydra's grammar does not know."""
    if isinstance(error, SinefitError):
        return str(error)
    key, is_setting, value = word.partition("=")
    if not is_setting:
        return _explain_no_setting(word)
    if not _is_readable(parser, f"{key}=1"):
        return f"{word}: {key!r} is no name of a setting; settings are typed KEY=VALUE, such as optimizer=sgd"
    if value.startswith(("[", "{")):
        return f"{word}: the value cannot be read; a list is typed '{key}=[1,2]', a mapping '{key}={{a: 1}}'"
    hint = f"; type '{key}=\"{value}\"' for a text" if not set(value) & set("'\"\\") else ""
    return f"{word}: the value {value!r} cannot be read{hint}"


def _explain_no_setting(word: str) -> str:
    name, _, text = word.partition(":")
    if word in QUESTIONS:
        return f"{word} is no setting; type sinefit {QUESTIONS[word]}"
    if text.strip():
        return f"{word}: a setting is typed with =; type {shlex.quote(f'{name.strip()}={text.strip()}')}"
    return f"{word!r} is no setting: settings are typed KEY=VALUE, such as optimizer=sgd"


def _is_readable(parser: OverridesParser, word: str) -> bool:
    try:
        parser.parse_override(word)
    except (HydraException, RecursionError):
        return False
    return True
