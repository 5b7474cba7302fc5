"""One axis of a search: settings that take their values together; must not know the other axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra_plugins.sinefit_search._range import Range
    from hydra_plugins.sinefit_search._value import Value


class Setting(NamedTuple):
    """A setting or group of the app.

    Args:
        name: its key, with a package behind it if it has one.
        element: the same as it stands before the equals sign, perhaps with a plus.
        position: where it was typed.
    """

    name: str
    element: str
    position: int


class Row(NamedTuple):
    """What the settings of an axis are at once.

    Args:
        words: overrides, each with its position.
        values: setting to value.
        identities: setting to what is equal for equal values.
    """

    words: tuple[tuple[int, str], ...]
    values: Mapping[str, Any]
    identities: Mapping[str, str]


@dataclass(frozen=True)
class Axis:
    """Settings that take their values together: one, or a pair.

    Args:
        settings: at least one.
        key: what a sampler that learns knows the axis by; no other axis has it.
        columns: for each setting its values, equally many; none for a range.
        range: of which the values of a single setting are numbers; None for listed values.
        conditions: settings to the identities of the values with one of which this axis exists.
        is_drawn: whether its values are drawn.
        is_fixed: whether it is no axis but a word that was typed with a single value.
        line: as typed, for messages.
    """

    settings: tuple[Setting, ...]
    key: str
    columns: tuple[tuple[Value, ...], ...] = ()
    range: Range | None = None
    conditions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_drawn: bool = False
    is_fixed: bool = False
    line: str = ""
    rows: Sequence[Row] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", [self._row(values) for values in zip(*self.columns, strict=True)])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The settings' names."""
        return tuple(setting.name for setting in self.settings)

    @property
    def texts(self) -> list[str]:
        """The values as Hydra writes them; those of a pair with commas between."""
        return [",".join(each.text for each in values) for values in zip(*self.columns, strict=True)]

    def exists(self, identities: Mapping[str, str]) -> bool:
        """Whether the axis exists where settings have these values."""
        return all(identities.get(name) in allowed for name, allowed in self.conditions.items())

    def at(self, share: float) -> Row:
        """The row at a share of the way, in [0, 1)."""
        if self.range is None:
            return self.rows[min(int(share * len(self.rows)), len(self.rows) - 1)]
        return self.with_number(self.range.at(share))

    def with_number(self, number: float) -> Row:
        """The row of a number of the range."""
        assert self.range is not None  # noqa: S101 - asked of ranges alone
        plain = int(number) if self.range.is_int else float(number)
        (setting,) = self.settings
        words = ((setting.position, f"{setting.element}={plain!r}"),)
        return Row(words, {setting.name: plain}, {setting.name: repr(plain)})

    def _row(self, values: Sequence[Value]) -> Row:
        pairs = list(zip(self.settings, values, strict=True))
        return Row(
            tuple((each.position, f"{each.element}={value.text}") for each, value in pairs),
            {each.name: value.plain for each, value in pairs},
            {each.name: value.identity for each, value in pairs},
        )
