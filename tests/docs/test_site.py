"""The documentation as a site, in a real browser: complete, searchable, and whole without a network."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

import sinefit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
PHONE = {"width": 375, "height": 800}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as scripts/docs builds it."""
    folder = tmp_path_factory.mktemp("the site's=ü")
    options = ["--quiet", "--fail-on-warning", "--doctree-dir", str(folder / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(folder / "html")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return folder / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Of a plain web server."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=site)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    """A browser's window; afterwards nothing must have been asked of any other server, or been missing."""
    program = shutil.which("chromium")
    assert program is not None, "the tests of the site need a browser: apt-get install chromium"
    troubles: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        opened = chromium.new_page()
        opened.on(
            "request", lambda r: None if r.url.startswith((address, "data:")) else troubles.append(r.url)
        )
        opened.on("response", lambda r: None if r.ok or r.status == 304 else troubles.append(r.url))
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        yield opened
        chromium.close()
    assert troubles == []


def test_every_public_name_is_on_the_page(site: Path) -> None:
    """With an address of its own, so that it can be linked to; modules as well as functions and classes."""
    found = re.findall(r'id="(?:module-)?sinefit\.(\w+)"', (site / "api.html").read_text(encoding="utf-8"))
    assert {*sinefit.__all__} - {*found} == {"__version__"}


def test_every_page_fits_a_phone(page: Page, site: Path, address: str) -> None:
    """Tables and code scroll within themselves, and no picture is missing."""
    page.set_viewport_size(PHONE)
    names = sorted(file.name for file in site.glob("*.html"))
    assert {"index.html", "guide.html", "guide.zh.html", "api.html", "CHANGELOG.html"} <= {*names}
    for name in names:
        page.goto(f"{address}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], name
        assert page.evaluate("[...document.images].filter(image => !image.naturalWidth).length") == 0, name


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("run_many", "sinefit.core.fused.run_many"),
        ("halving", "Halving"),
        ("曲线", "从 linspace 到 state_dict"),
    ],
)
def test_the_search_finds(page: Page, address: str, words: str, title: str) -> None:
    """A function, a heading, and Chinese within other Chinese, without a server that searches."""
    page.goto(f"{address}/index.html")
    page.get_by_placeholder("Search").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator("ul.search li a", has_text=title).first).to_be_visible()
