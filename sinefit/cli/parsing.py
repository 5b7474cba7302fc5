"""What is typed as an option's value, read as names, settings and shares."""

from __future__ import annotations

import re

from sinefit.errors import SinefitError

_VALUE = re.compile(r"""((?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\[[^\]]*\]|\{[^}]*\}|\([^)]*\)|[^,])*),""")
"""A value before its comma: quoted text, lists and dicts with commas of their own, or anything else."""


def split_names(names: str | None) -> list[str]:
    """Names between commas, each once."""
    return list(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))


def parse_between(text: str) -> tuple[str, tuple[str, ...]]:
    """A setting and two or more of its values, typed as KEY=A,B; quotes and brackets hold a value together.

    Raises:
        SinefitError: if it is something else.

    >>> parse_between("optimizer=adam,sgd")
    ('optimizer', ('adam', 'sgd'))
    >>> parse_between("data.range=[0,1],[0,6.3]"), parse_between("note='it, is',a=b")
    (('data.range', ('[0,1]', '[0,6.3]')), ('note', ('it, is', 'a=b')))
    """
    from sinefit.results.cells import name_value  # noqa: PLC0415 - help answers without pandas
    from sinefit.results.overrides import parse_value  # noqa: PLC0415

    key, _, typed = text.partition("=")
    values = [name_value(parse_value(part)) if part.strip() else "" for part in _VALUE.findall(f"{typed},")]
    key = key.strip().lstrip("+")
    if key and len(values) > 1 and all(values) and len(set(values)) == len(values):
        return key, tuple(values)
    msg = (
        f"--between must be KEY=A,B with two or more different values, got {text!r}; type for example"
        " optimizer=adam,sgd (a value with a comma stands in quotes)"
    )
    raise SinefitError(msg)


def parse_share(text: str) -> float:
    """A share that was typed as 5% or 0.05.

    Raises:
        SinefitError: if it is no such number.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)", text.strip())
    if match is None:
        msg = f"--fail-if-worse must be a share, got {text!r}; type for example 5%"
        raise SinefitError(msg)
    return float(match[1]) / (100 if match[2] else 1)
