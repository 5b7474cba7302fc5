"""How Sphinx makes a site of these pages, with an API page from the docstrings: see scripts/docs.

Sphinx was chosen because it reads Markdown (by MyST) by the rules of GitHub, where the same pages are read
too, takes docstrings as they stand, doctests included, and has a search that needs no server. Warnings are
errors: a page that no table of contents names, a broken link, a name of the API page that does not exist.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from sphinx.search import languages
from sphinx.search.en import SearchEnglish

from sinefit import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx.application import Sphinx

project = "sinefit"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

highlight_language = "none"  # of indented blocks: commands, and what they print
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 3

default_role = "py:obj"  # `name` in a docstring: a link where the API page has that name, else code
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 80
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "sinefit"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


class Search(SearchEnglish):
    """English words, and Chinese: the browser finds parts of a word of three letters or more by itself."""

    def split(self, text: str) -> list[str]:
        """Words of a text; of Chinese, which has no spaces between words, also each two characters."""
        words = super().split(text)
        chinese = re.findall(r"[\u4e00-\u9fff]+", text)
        return words + [first + second for run in chinese for first, second in itertools.pairwise(run)]


def find_pictures(_app: Sphinx, _path: Path, _page: str, text: list[str]) -> None:
    """README.md lies beside docs/, and its HTML names pictures from there.

    Args:
        text: of an included file, as the only element; changed in place.
    """
    text[0] = text[0].replace('src="docs/', 'src="')


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    languages["en"] = Search
    app.connect("include-read", find_pictures)
