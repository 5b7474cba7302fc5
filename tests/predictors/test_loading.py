"""`load_run`: a run back in Python."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import torch
from messages import tell
from omegaconf import OmegaConf

import sinefit as package
from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, which tests leave as it is."""
    place = tmp_path_factory.mktemp("place")
    (place / "sinefit").mkdir()
    said = tell("sinefit trainer=quick data.num_points=40 dtype=float64 hydra.run.dir=here", place)
    assert said[0] == "exit code 0", said
    return place / "sinefit" / "here"


@pytest.fixture
def run_folder(trained: Path, folder: Path) -> Path:
    """A finished run."""
    return shutil.copytree(trained, folder / "here")


def test_a_loaded_run_predicts(run_folder: Path) -> None:
    """The model has the trained weights, and calling the run predicts."""
    loaded = package.load_run(run_folder)
    expected = RunFolder(run_folder).read_parameters()
    assert all(map(torch.equal, loaded.model.state_dict().values(), expected.values()))
    assert not loaded.model.training
    x = torch.linspace(-1, 1, 5).unsqueeze(1)
    y = loaded(x)
    assert (y.shape, y.dtype, y.requires_grad) == ((5, 1), torch.float64, False)
    assert torch.equal(y, loaded.model(x.double()))
    assert loaded.result.epochs == len(loaded.history) == 5
    assert loaded.config.model.hidden_size == 32


def test_inputs_of_any_kind(run_folder: Path) -> None:
    """Arrays, lists and one-dimensional tensors give what a tensor of points gives."""
    run = package.load_run(run_folder)
    points = torch.tensor([[0.0], [0.5], [1.0]])
    others = [0.0, 0.5, 1.0], points.double().numpy(), points.flatten(), points.tolist()
    assert all(torch.equal(run(other), run(points)) for other in others)


def test_loading_draws_nothing(run_folder: Path) -> None:
    """The global generator is left alone."""
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    package.load_run(run_folder)
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize("name", ["result.json", "history.csv", "model.pt", ".hydra/config.yaml"])
@pytest.mark.parametrize("content", [None, b"", b"\x80garbage: [", b"{}"])
def test_missing_and_broken_files_are_named(run_folder: Path, name: str, content: bytes | None) -> None:
    """The error names the file that cannot be used."""
    path = run_folder / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(package.RecordError, match=name.rpartition("/")[2]):
        package.load_run(run_folder)


def test_weights_of_another_model_are_refused(run_folder: Path) -> None:
    """Weights that do not fit the config's model are told so."""
    torch.save({"0.weight": torch.zeros(3, 1)}, run_folder / "model.pt")
    with pytest.raises(package.RecordError, match="does not fit the model"):
        package.load_run(run_folder)


@pytest.mark.parametrize("dtype", ["float99", "save", "3", "${nope}"])
def test_another_dtype_is_refused(run_folder: Path, dtype: str) -> None:
    """A config with a dtype that no run has is named, with the value."""
    path = run_folder / ".hydra" / "config.yaml"
    path.write_text(path.read_text().replace("dtype: float64", f"dtype: {dtype}"))
    with pytest.raises(package.RecordError, match=f"config.yaml: dtype must be one of .*{re.escape(dtype)}"):
        package.load_run(run_folder)


def rewrite_model(run_folder: Path, node: str) -> None:
    """Let the saved config have another model.

    Args:
        run_folder: the run's.
        node: as YAML on one line.
    """
    path = run_folder / ".hydra" / "config.yaml"
    config = OmegaConf.load(path)
    config.model = OmegaConf.create(node)
    OmegaConf.save(config, path)


@pytest.fixture
def tripwire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once the module `tripwire`, with a model and a function, was imported."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "tripwire.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
        "from torch.nn import Linear, Module\n"
        "class Net(Linear):\n    pass\n"
        "def make(): return Linear(1, 1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.delitem(sys.modules, "tripwire", raising=False)
    return tmp_path / "ran"


MLP = "_target_: sinefit.core.models.MLP"
STRANGE = [
    "{_target_: os.abort}",
    "{_target_: builtins.input}",
    "{_target_: time.sleep, _args_: [1000]}",
    "{_target_: tripwire.Net, in_features: 1, out_features: 1}",
    "{_target_: tripwire.make}",
    "{_target_: tripwire.make, _partial_: true}",
    "{_target_: tripwire}",
    "{_target_: torch.hub.load, repo_or_dir: a/b, model: x}",
    "{_target_: torch.load, f: x, weights_only: false}",
    "{_target_: torch.nn.init.os.abort}",
    "{_target_: sinefit.core.models.math.sqrt, _args_: [4]}",
    "{_target_: sinefit.run.main}",
    "{_target_: sinefit.load_run, folder: ., trust: tripwire}",
    "{_target_: torch.optim.SGD, params: []}",
    "{_target_: hydra.utils.get_object, path: tripwire.Net}",
    "{_target_: torch.nn.Sequential, _args_: [{_target_: torch.nn.Tanh}, {_target_: tripwire.make}]}",
    "{_target_: sinefit.core.models.MLP, activation: {_target_: tripwire.make, _partial_: true}}",
    "{_target_: sinefit.core.models.MLP, deeper: [[{a: {_target_: tripwire.make}}]]}",
    "{_target_: '${note}'}",
    "{_target_: [tripwire.Net]}",
    "{_target_: {_target_: tripwire.make}}",
]


@pytest.mark.parametrize("node", STRANGE)
def test_a_folder_runs_no_code(run_folder: Path, tripwire: Path, node: str) -> None:
    """Nothing that a config names is called or imported, but modules of sinefit and torch."""
    path = run_folder / ".hydra" / "config.yaml"
    path.write_text(f"{path.read_text()}note: tripwire.make\n")
    rewrite_model(run_folder, node)
    with pytest.raises(package.SinefitError):
        package.load_run(run_folder)
    assert not tripwire.exists()


def test_what_is_not_trusted_is_named(run_folder: Path, tripwire: Path) -> None:
    """With where it stands, and what to write if it is to be trusted."""
    rewrite_model(run_folder, "{_target_: torch.nn.Sequential, _args_: [{_target_: tripwire.make}]}")
    with pytest.raises(package.RecordError, match=r"'tripwire\.make' \(model\._args_\[0\].*trust=tripwire"):
        package.load_run(run_folder)
    assert not tripwire.exists()


@pytest.mark.parametrize("trust", ["tripwire", ["other", "tripwire"], "tripwire.Net"])
def test_a_trusted_package_is_built(run_folder: Path, tripwire: Path, trust: str | list[str]) -> None:
    """A model of one's own is loaded once its package, or the class alone, is named."""
    rewrite_model(run_folder, "{_target_: tripwire.Net, in_features: 1, out_features: 1}")
    torch.save(torch.nn.Linear(1, 1).state_dict(), run_folder / "model.pt")
    with pytest.raises(package.RecordError, match="trust=tripwire"):
        package.load_run(run_folder, trust=["trip", "wire"])
    loaded = package.load_run(run_folder, trust=trust)
    assert loaded(torch.zeros(3, 1)).shape == (3, 1)
    assert tripwire.exists()


@pytest.mark.parametrize("trust", [True, 3, ["a b"], "", {"a": 1}, "a,b"])
def test_trust_names_packages(run_folder: Path, trust: object) -> None:
    """Anything else is refused, with the value."""
    with pytest.raises(package.SinefitError, match=re.escape(f"trust must name packages, got {trust!r}")):
        package.load_run(run_folder, trust=trust)  # type: ignore[arg-type]


def test_resolvers_are_not_called(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that calls a function is data, unless the model needs it; then it must be named."""
    calls: list[str] = []
    OmegaConf.register_new_resolver("spy", lambda word: calls.append(word) or "tanh", replace=True)
    monkeypatch.setenv("SECRET", "relu")
    path = run_folder / ".hydra" / "config.yaml"
    path.write_text(f"{path.read_text()}note: ${{spy:data}}\nname: spy\nindirect: ${{${{name}}:data}}\n")
    assert "not trusted: spy:data" in package.load_run(run_folder).config.note
    for reference in ("${spy:model}", "${note}", "${indirect}", "${oc.env:SECRET}", "x${note}"):
        rewrite_model(run_folder, f"{{_target_: sinefit.core.models.MLP, activation: '{reference}'}}")
        with pytest.raises(package.RecordError, match=r"model\.activation \(.*name them in trust"):
            package.load_run(run_folder)
    assert not calls
    rewrite_model(
        run_folder,
        f"{{{MLP}, hidden_size: 32, num_hidden_layers: 2, activation: '${{spy:model}}'}}",
    )
    assert package.load_run(run_folder, trust="spy").model[1].__class__ is torch.nn.Tanh
    OmegaConf.clear_resolver("spy")


@pytest.mark.parametrize(
    "node",
    [
        "{_target_: sinefit.core.models.MLP, hidden_size: 1000000, num_hidden_layers: 3}",
        "{_target_: torch.nn.Linear, in_features: 1000000, out_features: 1000000}",
    ],
)
def test_a_model_larger_than_its_weights_is_not_built(run_folder: Path, node: str) -> None:
    """Terabytes that a config asks for are not allocated."""
    rewrite_model(run_folder, node)
    with pytest.raises(package.RecordError, match=r"does not fit the model .* which has more numbers"):
        package.load_run(run_folder)
