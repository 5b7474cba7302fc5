"""The report in a real browser: it loads nothing, sorts, filters, opens a run, and fits any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from sinefit.results.page import render_chart
from sinefit.results.plots import draw
from sinefit.results.plots.request import Request
from sinefit.results.report import render_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    from playwright.sync_api import Browser, Page


@pytest.fixture
def troubles() -> list[str]:
    """Errors on the page's console, and what it asked of the network."""
    return []


@pytest.fixture
def page(browser: Browser, table: pd.DataFrame, tmp_path: Path, troubles: list[str]) -> Iterator[Page]:
    """The report of the known sweep, open; afterwards there must have been no trouble."""
    file = tmp_path / "report.html"
    file.write_text(render_report(table, "<b>known</b>"), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    opened.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "request", lambda request: troubles.append(request.url) if request.url != file.as_uri() else None
    )
    opened.goto(file.as_uri())
    yield opened
    opened.close()
    assert [trouble for trouble in troubles if not trouble.startswith(("blob:", "data:"))] == []


def column(page: Page, name: str, heading: str) -> list[str]:
    """The visible cells of a column of one of the page's tables."""
    table = page.locator(f'[data-table="{name}"] table')
    headings = table.locator("th").all_inner_texts()
    at = [text.split(" ")[0].strip() for text in headings].index(heading) + 1
    return table.locator(f"tbody td:nth-child({at})").all_inner_texts()


def luminance(color: str) -> float:
    """The mean of red, green and blue of a color such as ``#12ff00``, with green counted twice."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return (red + 2 * green + blue) / 4


def test_a_heading_sorts(page: Page) -> None:
    """Once ascending, twice descending, as numbers and not as text; empty cells stay last."""
    heading = page.locator('[data-table="runs"] th button', has_text="rmse")
    heading.click()
    numbers = [float(text) for text in column(page, "runs", "rmse") if text]
    assert numbers == sorted(numbers)
    assert len(numbers) == 36
    heading.click()
    texts = column(page, "runs", "rmse")
    assert [float(text) for text in texts if text] == sorted(numbers, reverse=True)
    assert texts[-1] == ""
    sorted_head = page.locator('[data-table="runs"] th[aria-sort="descending"]')
    expect(sorted_head).to_have_count(1)


def test_test_rows_neither_sort_nor_filter(browser: Browser, table: pd.DataFrame, tmp_path: Path) -> None:
    """Their numbers are shown, their heading is no button, and no condition knows them."""
    file = tmp_path / "tested.html"
    tested = table.assign(test_rmse=2 * table["rmse"])
    tested.attrs = table.attrs | {"metrics": [*table.attrs["metrics"], "test_rmse"]}
    file.write_text(render_report(tested), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(file.as_uri())
    expect(opened.locator('[data-table="runs"] th', has_text="test_rmse")).to_have_count(1)
    expect(opened.locator('[data-table="runs"] th button', has_text="test_rmse")).to_have_count(0)
    opened.locator('[data-table="runs"] input').fill("test_rmse>0")
    expect(opened.locator('[data-table="runs"] tbody tr')).to_have_count(0)
    opened.close()


def test_words_and_conditions_filter(page: Page, table: pd.DataFrame) -> None:
    """The same rows as pandas chooses; the number of rows is told."""
    place = page.locator('[data-table="runs"]')
    place.locator("input").fill("optimizer=adam rmse<0.3 completed")
    chosen = table[(table["optimizer"] == "adam") & (table["rmse"] < 0.3)]
    assert [int(text) for text in column(page, "runs", "job")] == chosen["job"].tolist()
    expect(place.locator('[role="status"]')).to_have_text(f"{len(chosen)} of 37 rows")
    place.locator("input").fill("optimizer == 'adam' and rmse < 0.3 and completed")
    assert [int(text) for text in column(page, "runs", "job")] == chosen["job"].tolist()
    place.locator("input").fill("status!=completed")
    assert len(column(page, "runs", "job")) == 7
    place.locator("input").fill("nothing like this")
    assert column(page, "runs", "job") == []


def test_a_click_opens_a_run(page: Page) -> None:
    """Its command, settings, curve and fit; Escape closes it, and the focus is where it was."""
    button = page.locator('[data-table="runs"] button.open').nth(20)
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator("h2")).to_have_text("Run 20")
    expect(dialog.locator("pre")).to_have_text("sinefit optimizer=adam optimizer.lr=0.01 seed=2")
    expect(dialog.locator(".figure .main-svg").first).to_be_visible()
    expect(dialog.locator(".figure")).to_have_count(2)
    for figure in dialog.locator(".figure").all():
        expect(figure.locator(".main-svg").first).to_be_visible()
        assert figure.evaluate("place => place.scrollWidth <= place.clientWidth")
    expect(dialog).to_contain_text("optimizer._target_")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_markup_is_text(page: Page) -> None:
    """A script in an error message is shown, in the table and in the details, and never run."""
    expect(page.locator('[data-table="failures"]')).to_contain_text("<script>window.hacked = 1</script>")
    page.locator('[data-table="runs"] tbody tr').nth(36).click()
    expect(page.locator("dialog")).to_contain_text("<script>window.hacked = 1</script>")
    expect(page.locator("h1")).to_have_text("<b>known</b>")
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_layout_fits(page: Page, width: int, theme: str) -> None:
    """No sideways scrolling of the page, all figures are drawn, text stands out in both themes."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    places = page.locator("[data-figure]")
    for number in range(places.count()):
        places.nth(number).scroll_into_view_if_needed()
        expect(places.nth(number).locator(".main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    colours = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    dark, light = sorted(sum(map(int, colour[4:-1].split(","))) for colour in colours)
    assert light - dark > 500
    for name in ("summary", "runs"):
        box = page.locator(f'[data-table="{name}"]').bounding_box()
        assert box is not None
        assert box["width"] <= width


def test_infinite_numbers_sort_and_filter(page: Page) -> None:
    """A cell that diverged is the last ascending and the first descending, and no word is needed for it."""
    place = page.locator('[data-table="summary"]')
    heading = place.locator("th button", has_text="median")
    heading.click()
    assert column(page, "summary", "median")[-1] == "inf"
    heading.click()
    texts = column(page, "summary", "median")
    assert [float(text) for text in texts] == sorted(map(float, texts), reverse=True)
    place.locator("input").fill("median>1e9")
    assert column(page, "summary", "median") == ["inf"]


def test_the_theme_can_be_changed(page: Page) -> None:
    """By a button, figures included."""
    page.locator("[data-figure]").first.scroll_into_view_if_needed()
    text = page.locator("[data-figure] .xtitle").first
    before = text.evaluate("e => e.style.fill")
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(text).not_to_have_css("fill", before)


def test_every_control_can_be_reached_by_keyboard(page: Page) -> None:
    """Tab visits the theme, the contents, filters, headings and runs, each of them with a name."""
    visited = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        visited.add(
            page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).trim()")
        )
    assert {"Light or dark", "Overview", "Filter all runs", "rmse", "open run 0"} <= visited
    assert "" not in visited


def test_a_large_table_is_shown_in_pages(browser: Browser, table: pd.DataFrame, tmp_path: Path) -> None:
    """Ten thousand rows: a page below 20 MB, fifty rows at a time, sorted as a whole."""
    rows = table.iloc[list(range(36)) * 280].reset_index(drop=True)
    rows.attrs = table.attrs
    file = tmp_path / "large.html"
    file.write_text(render_report(rows, "large"), encoding="utf-8")
    assert file.stat().st_size < 20e6
    page = browser.new_page()
    page.goto(file.as_uri())
    place = page.locator('[data-table="runs"]')
    expect(place.locator('[role="status"]')).to_have_text("10,080 rows, 1 to 50 shown")
    place.get_by_role("button", name="Next").click()
    expect(place.locator('[role="status"]')).to_have_text("10,080 rows, 51 to 100 shown")
    assert len(place.locator("tbody tr").all()) == 50
    place.locator("th button", has_text="rmse").click()
    assert column(page, "runs", "rmse")[0] == f"{table['rmse'].min():.4g}"
    page.close()


def test_names_beside_boxes_leave_room(browser: Browser, table: pd.DataFrame, tmp_path: Path) -> None:
    """On a phone a picture with long names is wider than the page, and scrolls by itself."""
    long = table.assign(optimizer=table["optimizer"] + ", an optimizer with a name that is longer than that")
    long.attrs = table.attrs
    file = tmp_path / "plot.html"
    file.write_bytes(render_chart(draw("box", Request(long))))
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(file.as_uri())
    area = page.locator(".figure .cartesianlayer .gridlayer").bounding_box()
    assert area is not None
    assert area["width"] > 150
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_good_runs_stand_out_on_a_dark_page(browser: Browser, table: pd.DataFrame, tmp_path: Path) -> None:
    """Dark blue on white, bright on black."""
    file = tmp_path / "plot.html"
    file.write_bytes(render_chart(draw("parallel", Request(table))))
    page = browser.new_page(color_scheme="light")
    page.goto(file.as_uri())
    figure = page.locator("[data-figure]:has(.parcoords)")
    best, worst = (f"place => place.data[0].line.colorscale.at({at})[1]" for at in (0, -1))
    assert luminance(figure.evaluate(best)) < 50
    page.locator("#theme").click()
    assert luminance(figure.evaluate(best)) > 180
    assert luminance(figure.evaluate(worst)) > 100  # visible on black
    page.close()


@pytest.mark.parametrize("kind", ["curves", "parallel", "box", "heatmap"])
def test_a_single_picture_is_a_page(browser: Browser, table: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    """`plot --output FILE.html`: the chart with markup in its names as typed, no error."""
    hostile = table.assign(optimizer=table["optimizer"].map({"adam": "<b>a</b>&amp;", "sgd": "<i onload=x>"}))
    hostile.attrs = table.attrs
    file = tmp_path / "plot.html"
    file.write_bytes(render_chart(draw(kind, Request(hostile))))
    errors: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    expect(page.locator(".figure .main-svg").first).to_be_visible()
    expect(page.locator(".figure").first).to_contain_text("<b>a</b>&amp;")
    assert errors == []
    page.close()


def wide_parts(page: Page) -> list[str]:
    """What of the pictures scrolls sideways in its frame."""
    return page.locator(".figures > div").evaluate_all(
        "places => places.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText.slice(0, 40))"
    )


def test_pictures_fit_a_phone(browser: Browser, table: pd.DataFrame, tmp_path: Path) -> None:
    """None scrolls sideways, neither in its frame nor with the page, however long the names of groups."""
    long = table.assign(optimizer=table["optimizer"] + ", an optimizer with a name that is longer than that")
    long.attrs = table.attrs
    file = tmp_path / "report.html"
    file.write_text(render_report(long), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(file.as_uri())
    for place in page.locator("[data-figure]").all():
        place.scroll_into_view_if_needed()
        expect(place.locator(".main-svg").first).to_be_visible()
    assert wide_parts(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_the_tool_bar_covers_nothing(page: Page) -> None:
    """It stands above the axes, the legend below them."""
    place = page.locator("[data-figure]").first
    place.scroll_into_view_if_needed()
    bar, legend, axes = (
        place.locator(part).first.bounding_box()
        for part in (".modebar-group", ".legend", ".cartesianlayer .gridlayer")
    )
    assert bar is not None
    assert legend is not None
    assert axes is not None
    assert bar["y"] + bar["height"] <= axes["y"]
    assert legend["y"] >= axes["y"] + axes["height"]


@pytest.mark.parametrize("width", [390, 1200])
def test_a_name_of_3000_letters_does_not_widen_the_page(
    browser: Browser, table: pd.DataFrame, tmp_path: Path, width: int
) -> None:
    """Neither the name of a setting nor a value of it."""
    name = "note_" + "x" * 3000
    odd = table.rename(columns={"optimizer": name})
    odd[name] += "y" * 3000
    odd.attrs = table.attrs | {
        "settings": [name if each == "optimizer" else each for each in table.attrs["settings"]]
    }
    file = tmp_path / "report.html"
    file.write_text(render_report(odd), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    for place in page.locator("[data-figure]").all():
        place.scroll_into_view_if_needed()
        expect(place.locator(".main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    widest = page.locator("th, .figure").evaluate_all("all => Math.max(...all.map((e) => e.clientWidth))")
    assert widest <= 1200
    page.close()
