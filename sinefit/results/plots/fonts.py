"""Fonts for letters that matplotlib's own font lacks, such as Chinese ones: found among those installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinefit.results.plots.chart import Chart

OWN_FONT = "DejaVu Sans"


def find_fonts(chart: Chart) -> tuple[list[str], str]:
    """The families of fonts that a picture needs, and the letters that no installed font has.

    Args:
        chart: what is drawn.
    """
    from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager  # noqa: PLC0415
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - loads matplotlib

    def keep_missing(letters: list[str], path: str) -> list[str]:
        try:
            known = FT2Font(path).get_charmap()
        except (OSError, RuntimeError):  # no font that can be read
            return letters
        return [letter for letter in letters if ord(letter) not in known]

    letters = list(dict.fromkeys(letter for text in _texts(chart) for letter in text if letter.isprintable()))
    missing = keep_missing(letters, findfont(FontProperties(family=OWN_FONT)))
    families = [OWN_FONT]
    for path in sorted(findSystemFonts()) if missing else ():
        left = keep_missing(missing, path)
        if len(left) < len(missing):
            fontManager.addfont(path)
            families.append(fontManager.ttflist[-1].name)
            missing = left
    return families, "".join(missing)


def _texts(chart: Chart) -> Iterator[str]:
    """Every text of a picture."""
    yield chart.title
    yield from chart.notes
    axes = list(chart.parallel.axes if chart.parallel is not None else ())
    for panel in chart.panels:
        yield panel.title
        yield from (line.name for line in panel.lines)
        axes += [panel.x, panel.y]
    for axis in axes:
        yield axis.label
        yield from axis.categories
