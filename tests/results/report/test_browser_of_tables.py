"""Fits of tables on the report's page, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect
from predicted_tables import make_rows, write_table_run, write_table_sweep

from sinefit.results.collection import collect
from sinefit.results.page import render_chart
from sinefit.results.plots import draw
from sinefit.results.plots.request import Request
from sinefit.results.report import render_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

HOSTILE = "<b>firmness</b> & $x$"


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    """A page without errors."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def show(page: Page, file: Path, sweep: Path) -> None:
    """Write the report of a sweep and open it."""
    file.write_text(render_report(collect(str(sweep))), encoding="utf-8")
    page.goto(file.as_uri())


def open_run(page: Page, number: int) -> Locator:
    """Click on a run; the figure of its fit, when it is drawn."""
    page.locator('[data-table="runs"] button.open').nth(number).click()
    figures = page.locator("dialog .figure")
    expect(figures).to_have_count(2)
    expect(figures.nth(1).locator(".main-svg").first).to_be_visible()
    return figures.nth(1)


def measure(figure: Locator) -> dict[str, Any]:
    """Data and axes of a figure as plotly has them, lengths in pixels."""
    found: dict[str, Any] = figure.evaluate(
        """place => ({
        traces: place.data.map(({ name, mode, x, y }) => ({ name, mode, x, y })),
        ranges: ["xaxis", "yaxis"].map((axis) => place._fullLayout[axis].range),
        lengths: ["xaxis", "yaxis"].map((axis) => place._fullLayout[axis]._length),
        labels: [".xtitle", ".ytitle"].map((title) => place.querySelector(title)?.textContent),
    })"""
    )
    return found


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_click_shows_predicted_against_measured(
    opened: Page, tmp_path: Path, width: int, theme: str
) -> None:
    """A diagonal from corner to corner, a point a row, equal units along both axes, nothing cut off."""
    opened.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    opened.set_viewport_size({"width": width, "height": 900})
    show(opened, tmp_path / "page.html", write_table_sweep(tmp_path / "s", make_rows(0.5), make_rows(-2.0)))
    figure = open_run(opened, 1)
    found = measure(figure)
    diagonal, points = found["traces"]
    assert diagonal["x"] == diagonal["y"] == pytest.approx(found["ranges"][0], abs=1e-6)
    assert found["ranges"][1] == pytest.approx(found["ranges"][0], abs=1e-6)
    assert found["lengths"][0] == pytest.approx(found["lengths"][1], abs=1)
    assert found["lengths"][0] > 150
    assert (diagonal["mode"], points["mode"]) == ("lines", "markers")
    assert points["name"] == "prediction of validation rows"
    assert np.subtract(points["y"], points["x"]) == pytest.approx(np.full(12, -2.0), abs=0.01)
    assert found["labels"] == ["measured firmness", "predicted firmness"]
    assert figure.get_attribute("aria-label") == "predicted against measured values"
    assert figure.evaluate("place => place.scrollWidth <= place.clientWidth")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    line, page = (
        figure.evaluate(f"place => getComputedStyle(place.querySelector('{part}')).{what}")
        for part, what in ((".scatterlayer .js-line", "stroke"), (".main-svg", "backgroundColor"))
    )
    brightness = [sum(map(int, color[4:-1].split(",")[:3])) for color in (line, page)]
    assert abs(brightness[0] - brightness[1]) > 400


def test_one_input_is_drawn_over_it(opened: Page, tmp_path: Path) -> None:
    """Rows are points, the prediction is a line, and the axes have the columns' names."""
    rows = [(1.0, 2.0, 2.5), (1.0, 3.0, 2.5), (4.0, 5.0, 4.5)]
    show(opened, tmp_path / "page.html", write_table_sweep(tmp_path / "s", rows, inputs=("days",)))
    found = measure(open_run(opened, 0))
    measured, prediction = found["traces"]
    assert (measured["name"], measured["mode"]) == ("validation rows", "markers")
    assert (measured["x"], measured["y"]) == ([1, 1, 4], [2, 3, 5])
    assert (prediction["mode"], prediction["y"]) == ("lines", [2.5, 2.5, 4.5])
    assert found["labels"] == ["days", "firmness"]


def test_names_of_columns_are_text(opened: Page, tmp_path: Path) -> None:
    """Markup in them is shown as typed."""
    write_table_run(tmp_path / "s" / "0", make_rows(0.5), target=HOSTILE)
    (tmp_path / "s" / "multirun.yaml").write_text("hydra: {}\n")
    show(opened, tmp_path / "page.html", tmp_path / "s")
    assert measure(open_run(opened, 0))["labels"] == [f"measured {HOSTILE}", f"predicted {HOSTILE}"]


def test_a_diverged_run_has_an_empty_square(opened: Page, tmp_path: Path) -> None:
    """The axes of what was measured, no point, no error."""
    nothing = [(None, target, float("nan")) for _, target, _ in make_rows(0.0)]
    show(opened, tmp_path / "page.html", write_table_sweep(tmp_path / "s", make_rows(0.5), nothing))
    found = measure(open_run(opened, 1))
    assert set(found["traces"][1]["y"]) == {None}
    assert found["ranges"][0] == pytest.approx([-0.4, 10.4])


@pytest.mark.parametrize("width", [390, 1200])
def test_a_page_of_fits(opened: Page, tmp_path: Path, width: int) -> None:
    """Squares of one scale with residuals exactly below."""
    sweep = write_table_sweep(tmp_path / "s", make_rows(0.5), make_rows(-2.0), make_rows(1.0))
    (tmp_path / "fits.html").write_bytes(render_chart(draw("fits", Request(collect(str(sweep))))))
    opened.set_viewport_size({"width": width, "height": 900})
    opened.goto((tmp_path / "fits.html").as_uri())
    ranges = []
    for place in opened.locator("[data-figure]").all():
        place.scroll_into_view_if_needed()
        expect(place.locator(".main-svg").first).to_be_visible()
        found = measure(place)
        ranges += found["ranges"]
        assert found["lengths"][0] == pytest.approx(found["lengths"][1], abs=1)
        assert found["lengths"][0] > 150
        above, below = (
            place.evaluate(f"e => [e._fullLayout.{axis}._offset, e._fullLayout.{axis}._length]")
            for axis in ("xaxis", "xaxis2")
        )
        assert above == pytest.approx(below, abs=1)
    assert np.ptp(np.array(ranges), axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
