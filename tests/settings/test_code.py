"""Code of one's own: its files are known by their digests, and a change of it is told."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from sinefit.jobs.reuse import find_finished_runs
from sinefit.record.folder import RunFolder
from sinefit.results.collection import collect
from sinefit.settings.code import hash_code, read_code_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

SMALL = ("trainer=quick", "data.num_points=40", "picture=false")
NET = """
from torch import nn
import json, numpy
import own_layers
class Net(nn.Sequential):
    def __init__(self, width):
        super().__init__(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1))
"""


@pytest.fixture
def own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a model of one's own, which imports a file beside it and a package."""
    package = folder / "code" / "own_package"
    package.mkdir(parents=True)
    for file, text in {
        "own_nets.py": NET,
        "own_layers.py": "from own_package.deep import thing\n",
        "unused.py": "",
        "own_package/__init__.py": "from . import nothing\n",
        "own_package/deep.py": "from .other import *\nimport own_nets\nthing = 1\n",
        "own_package/other.py": "",
        "own_package/nothing.py": "",
    }.items():
        (folder / "code" / file).write_text(text)
    (folder / "own" / "model").mkdir(parents=True)
    (folder / "own" / "model" / "net.yaml").write_text("_target_: own_nets.Net\nwidth: 3\n")
    monkeypatch.syspath_prepend(folder / "code")
    read_code_anew()
    find_finished_runs.cache_clear()
    yield folder / "code"
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


def test_all_files_that_a_target_needs_are_known(own: Path) -> None:
    """With those that it imports from beside it, directly or not; packages of others are not one's own."""
    settings = {"model": {"_target_": "torch.nn.Sequential", "_args_": [{"_target_": "own_nets.Net"}]}}
    files = (
        "own_layers.py",
        "own_nets.py",
        *(f"own_package/{name}.py" for name in ("__init__", "deep", "nothing", "other")),
    )
    assert hash_code(settings) == {
        file: hashlib.sha256((own / file).read_bytes()).hexdigest() for file in files
    }


@pytest.mark.parametrize(
    "target", ["torch.nn.Linear", "sinefit.core.models.MLP", "os.abort", "no_such.x", "", 3]
)
def test_what_is_not_ones_own_has_no_files(target: object) -> None:
    """Parts of sinefit, torch and Python, and what is not there."""
    assert hash_code({"model": {"_target_": target}}) == {}


@pytest.mark.parametrize("text", ["def (", "\0", "(" * 10_000, "from ..... import x\nimport own_nets\n"])
def test_a_file_that_is_no_python_is_known_all_the_same(own: Path, text: str) -> None:
    """By its digest, without what it imports."""
    (own / "own_layers.py").write_text(text)
    files = hash_code({"model": {"_target_": "own_nets.Net"}})
    assert {"own_layers.py", "own_nets.py"} == files.keys()


def test_a_rerun_tells_of_changed_code(sinefit: Command, own: Path) -> None:
    """Which file it is; the exit code tells it, too."""
    assert sinefit("--config-dir", "own", *SMALL, "model=net", "hydra.run.dir=run")[0] == 0
    code, out, _ = sinefit("rerun=run", "hydra.run.dir=same")
    assert (code, "has changed" in out) == (0, False)
    (own / "own_package" / "other.py").write_text("x = 1\n")
    code, out, _ = sinefit("rerun=run", "hydra.run.dir=again")
    assert code == 1
    assert "your code has changed since" in out
    assert out.split("was trained: ")[1].startswith("own_package/other.py\n")
    codes = [RunFolder(name).read_result().code_hash for name in ("run", "same", "again")]
    assert codes[0] == codes[1] != codes[2]


def test_finished_runs_of_other_code_are_not_taken_for_done(
    sinefit: Command, own: Path, launcher: str
) -> None:
    """`skip_done` trains them again, and a resumed sweep keeps them; both say so once."""
    words = ("--config-dir", "own", "-m", *SMALL, launcher, "model=net", "seed=range(3)")
    assert sinefit(*words, "hydra.sweep.dir=outputs/one")[0] == 0
    (own / "own_layers.py").write_text("x = 1\n")
    code, out, err = sinefit(*words, "hydra.sweep.dir=outputs/two", "skip_done=true")
    assert code == 0
    said = (out + err).replace("\n", " ")
    assert said.count("your code has changed (own_layers.py, own_package/__init__.py") == 1
    assert "they are not taken over" in said
    assert collect("outputs/two")["taken_from"].isna().all()
    assert set(collect("outputs/one")["code_hash"]).isdisjoint(collect("outputs/two")["code_hash"])
    (own.parent / "outputs" / "one" / "2" / "result.json").unlink()
    code, out, err = sinefit("-m", "resume=outputs/one")
    assert code == 0
    assert (out + err).count("your code has changed") == 1
    assert len(set(collect("outputs/one")["code_hash"])) == 2
    find_finished_runs.cache_clear()
    assert sinefit(*words, "hydra.sweep.dir=outputs/three", "skip_done=true")[0] == 0
    assert collect("outputs/three")["taken_from"].notna().all()
