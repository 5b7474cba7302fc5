"""The notebook of docs/ in a real kernel, and what an interrupted kernel leaves."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parents[2]
NOTEBOOK, SCRIPT = HERE / "docs" / "notebook.ipynb", HERE / "tests" / "support" / "run_notebook.py"
NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?(e[+-]?\d+)?")
SECONDS = 120
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Of the kernel's own packages."""


@pytest.fixture
def kernel(folder: Path) -> Iterator[KernelManager]:
    """A kernel of this Python whose working directory is empty."""
    manager = KernelManager()
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(cwd=str(folder), env={**os.environ, "OMP_NUM_THREADS": "1"})
    yield manager
    manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)


def without_numbers(output: dict[str, Any]) -> str:
    """What an output says, whatever the digits and the width of columns are."""
    text = str(output.get("text") or output["data"].get("text/html") or output["data"]["text/plain"])
    return re.sub(r"[\s-]+", " ", NUMBER.sub("0", text))


def test_the_notebook_runs(tmp_path: Path) -> None:
    """Each cell gives what the page shows but for digits, and pictures where there are some."""
    again = tmp_path / "again.ipynb"
    subprocess.run([sys.executable, SCRIPT, again], check=True, capture_output=True)
    pages = (nbformat.read(path, as_version=4).cells for path in (NOTEBOOK, again))
    pairs = [pair for pair in zip(*pages, strict=True) if pair[0].cell_type == "code"]
    assert len(pairs) >= 10
    for shown, executed in pairs:
        for old, new in zip(shown.outputs, executed.outputs, strict=True):
            pictures = [each.get("data", {}).get("image/png") for each in (old, new)]
            assert new.output_type == old.output_type
            assert without_numbers(new) == without_numbers(old)
            assert (pictures[0] is None) == (pictures[1] is None)
            assert pictures[1] is None or base64.b64decode(pictures[1]).startswith(b"\x89PNG")


def ask(kernel: KernelManager, code: str, until: str | None = None) -> list[dict[str, Any]]:
    """What a cell puts out, to its end or until something is said."""
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    number = client.execute(code)
    messages = []
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != number:
            continue
        messages.append(message)
        content = message["content"]
        if until is not None and until in str(content):
            kernel.interrupt_kernel()
            until = None
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            client.stop_channels()
            return messages


def test_an_interrupted_sweep_is_resumed(kernel: KernelManager, folder: Path) -> None:
    """Interrupting the kernel raises KeyboardInterrupt with what goes on; that ends with all jobs."""
    long = 'sinefit.sweep({"seed": range(40)}, "trainer.max_epochs=20000", "data.num_points=40")'
    messages = ask(kernel, f"import sinefit\n{long}", until="of a stack")
    (error,) = [each["content"] for each in messages if each["msg_type"] == "error"]
    assert error["ename"] == "KeyboardInterrupt"
    (sweep,) = (folder / "outputs" / "sweeps").glob("*/*")
    assert f"resume={sweep}" in error["evalue"].replace("\\'", "'")
    again = f"repr(sinefit.sweep({f'resume={sweep}'!r}))"
    messages = ask(kernel, again)
    (result,) = [each["content"] for each in messages if each["msg_type"] == "execute_result"]
    assert "40 jobs: 40 completed" in result["data"]["text/plain"]


def test_a_mistake_is_one_message(kernel: KernelManager) -> None:
    """A notebook shows the text without a traceback; code of one's own keeps its own."""
    messages = ask(kernel, 'import sinefit\nsinefit.run("optimizer.lr=-1")')
    (error,) = [each["content"] for each in messages if each["msg_type"] == "error"]
    assert error["traceback"] == [
        "SinefitError: optimizer.lr must be positive and finite, got -1; type for example optimizer.lr=0.01"
    ]
