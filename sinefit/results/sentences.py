"""Sentences on the terminal: wrapped between words, never within one; loads no pandas."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST = 20
"""Letters of a line, however narrow the terminal says that it is."""


def say(text: str, console: Console, style: str = "") -> None:
    """Print a sentence: wrapped for people, on one line for programs that read it.

    Args:
        text: the sentence; a path that is longer than a line stays whole.
        console: where to.
        style: of rich.
    """
    if console.is_terminal:
        width = max(NARROWEST, console.width)
        text = fill(text, width, break_long_words=False, break_on_hyphens=False)
    console.print(Text(text, style=style), soft_wrap=True)
