"""The rooms of the house: no module outside of the layers, none at the root, and no import cycle."""

from __future__ import annotations

import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PLUGINS = ROOT / "sinefit" / "plugins"


def name_module(file: Path) -> str:
    """The name by which a file is imported."""
    parts = file.relative_to(PLUGINS if file.is_relative_to(PLUGINS) else ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom, type-only imports included."""
    return grimp.build_graph(*SETTINGS["root_packages"], cache_dir=None)


def test_every_module_stands_in_a_layer(graph: grimp.ImportGraph) -> None:
    """Each file of the project belongs to a room of the only contract, which knows no exceptions."""
    (contract,) = SETTINGS["contracts"]
    assert contract.keys() == {"name", "type", "layers"}
    rooms = [room.strip() for layer in contract["layers"] for room in layer.split("|")]
    modules = {name_module(file) for file in (ROOT / "sinefit").rglob("*.py")}
    outside = {name for name in modules if not any(f"{name}.".startswith(f"{room}.") for room in rooms)}
    assert outside == {"sinefit"}
    assert graph.modules >= modules


def test_modules_at_the_root() -> None:
    """Beside the rooms stand the entry and the ground, and nothing else."""
    names = {path.name for path in (ROOT / "sinefit").glob("*.py")}
    assert names == {"__init__.py", "run.py", "errors.py", "status.py", "interrupts.py", "terminal.py"}


def test_no_import_cycle(graph: grimp.ImportGraph) -> None:
    """No file imports one that leads back to it, not even for a type."""
    imports = {name: graph.find_modules_directly_imported_by(name) - {name} for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
