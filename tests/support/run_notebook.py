"""Executes docs/notebook.ipynb in a kernel of this Python and saves it with what its cells put out.

.venv/bin/python tests/support/run_notebook.py docs/notebook.ipynb
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def main() -> None:
    """Execute it in an empty folder, and leave out of it when that was and what differs each time."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    manager = KernelManager()
    manager.kernel_spec.argv[0] = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        manager.start_kernel(cwd=folder)
        NotebookClient(notebook, km=manager, timeout=600).execute()
        manager.shutdown_kernel(now=True)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    text = nbformat.writes(notebook).replace(folder, "/home/me")
    Path(sys.argv[1]).write_text(f"{text}\n")


if __name__ == "__main__":
    main()
