"""A bar in a notebook, where there is one: HTML that is replaced in its place, and gone at the end."""

from __future__ import annotations

import sys
from html import escape
from typing import Any


class NotebookBar:
    """A bar below a notebook's cell.

    rich and tqdm draw theirs by ipywidgets, which not every notebook has; IPython's own display is there.

    Args:
        display: `IPython.display.display`.
        html: `IPython.display.HTML`.
    """

    def __init__(self, display: Any, html: Any) -> None:  # noqa: ANN401 - IPython may not be installed
        self._display = display
        self._html = html
        self._handle: Any = None

    @classmethod
    def find(cls) -> NotebookBar | None:
        """The bar of the notebook that this process is the kernel of; None if it is none."""
        if "ipykernel" not in sys.modules:
            return None
        from IPython import get_ipython  # noqa: PLC0415 - loaded by the kernel
        from IPython.display import HTML, display  # noqa: PLC0415

        return cls(display, HTML) if getattr(get_ipython(), "kernel", None) is not None else None

    def show(self, done: float, total: int | None, text: str) -> None:
        """Show a state.

        Args:
            done: of the total.
            total: None if nobody knows it.
            text: beside the bar.
        """
        value = f"value='{done:g}' max='{total}'" if total else ""
        shown = self._html(
            f"<progress {value} style='width:16em;vertical-align:middle'></progress> {escape(text)}"
        )
        if self._handle is None:
            self._handle = self._display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def stop(self) -> None:
        """Take it away."""
        if self._handle is not None:
            self._handle.update(self._html(""))
            self._handle = None
