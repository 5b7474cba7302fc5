"""A value of a setting: as Hydra writes it, and as Python has it; must not know what it is a value of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import QuotedString, RangeSweep, Transformer, ValueType
from hydra.errors import CompactHydraException

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override


@dataclass(frozen=True, slots=True)
class Value:
    """One value.

    Args:
        text: as Hydra writes it behind the equals sign.
        plain: as Python has it.
    """

    text: str
    plain: Any

    @property
    def identity(self) -> str:
        """Equal for equal values, however they are written: 1e-1 and 0.10, but not 1 and true."""
        is_number = isinstance(self.plain, int | float) and not isinstance(self.plain, bool)
        if is_number and math.isfinite(self.plain) and self.plain == int(self.plain):
            return repr(int(self.plain))
        return repr(self.plain)


def value_of(element: Any) -> Value:  # noqa: ANN401 - an element of Hydra's grammar
    """A value from an element of Hydra's grammar."""
    return Value(Transformer.str(element), _unquoted(element))


def value_from_text(text: str) -> Value:
    """A value from a text of Hydra's grammar, such as ``adam``, ``0.1`` or ``[1,2]``.

    Raises:
        HydraException: if the text is none.
    """
    return value_of(OverridesParser.create().parse_override(f"x={text}")._value)  # noqa: SLF001 - `value()` loses quotes


def list_values(override: Override) -> list[Value]:
    """The values that a word stands for: one, or those of a sweep that is no interval.

    Raises:
        CompactHydraException: if there are none.
    """
    if not override.is_sweep_override():
        return [Value(override.get_value_element_as_str(), override.value())]
    count_values(override)
    elements = list(override.sweep_iterator())
    if not elements:
        msg = f"{override.input_line} stands for no value; type values, such as {override.key_or_group}=0,1"
        raise CompactHydraException(msg)
    if override.value_type is ValueType.GLOB_CHOICE_SWEEP:  # Hydra writes names of choices as they are
        return [Value(str(name), name) for name in elements]
    return [value_of(element) for element in elements]


def count_values(override: Override) -> int:
    """How many numbers a ``range()`` has, without listing them; 0 for any other sweep.

    Raises:
        CompactHydraException: if its step is 0.
    """
    value = override.value()
    if not isinstance(value, RangeSweep):
        return 0
    assert value.start is not None  # noqa: S101 - Hydra's grammar sets both
    assert value.stop is not None  # noqa: S101
    numbers = (value.start, value.stop, value.step)
    if not all(map(math.isfinite, numbers)) or value.step == 0:
        msg = f"{override.input_line}: range(start,stop,step) takes finite numbers and a step other than 0"
        raise CompactHydraException(msg)
    return max(0, math.ceil((value.stop - value.start) / value.step))


def _unquoted(element: Any) -> Any:  # noqa: ANN401 - of Hydra's grammar, and of Python
    if isinstance(element, QuotedString):
        return element.text
    if isinstance(element, list):
        return [_unquoted(each) for each in element]
    if isinstance(element, dict):
        return {_unquoted(key): _unquoted(each) for key, each in element.items()}
    return element
