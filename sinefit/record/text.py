"""Text that was read, such that every file and every terminal can hold it; knows no files."""

from __future__ import annotations

from typing import Any


def to_utf8(text: str) -> str:
    r"""Text without lone surrogates, which stand for bytes that are no UTF-8: they become escapes.

    >>> to_utf8("ü \udcff")
    'ü \\udcff'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def clean(value: Any, text: str) -> Any:  # noqa: ANN401 - JSON and YAML hold any type
    """What a text of JSON or YAML holds, each text within it as `to_utf8` makes it.

    Args:
        value: what was read of it.
        text: where an escape may stand for a lone surrogate.
    """
    return _clean(value) if "\\u" in text or "\\U" in text else value


def _clean(value: Any) -> Any:  # noqa: ANN401 - see above
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return to_utf8(value) if isinstance(value, str) else value
