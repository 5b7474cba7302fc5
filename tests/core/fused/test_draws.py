"""The C program's random draws against torch's: orders of points and first parameters, to the last bit."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from sinefit.core.experiment import build_model, draw_samples, start_model
from sinefit.core.fused import plan_stacks, run_many, templates
from sinefit.core.fused.initial import find_draws
from sinefit.core.fused.native import library
from sinefit.core.fused.orders import Orders
from sinefit.core.models import MLP
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.initial import InitialDraws

    Make = Callable[..., Experiment]

SEEDS = (0, 1, -1, 20_230_517, 2**32 - 1, 2**32, 2**63 - 1, -(2**63), -(2**31) - 5, 12_345_678_901)


def draw_orders(seeds: list[int], size: int) -> Tensor:
    """Permutations by the C program, (S, N)."""
    functions = library.load_library(torch.float32).functions
    assert functions is not None
    given, orders = torch.tensor(seeds), torch.empty((len(seeds), size), dtype=torch.int32)
    functions.draw_orders(given.data_ptr(), len(seeds), size, orders.data_ptr())
    return orders.long()


def torchs_orders(seeds: list[int], size: int) -> Tensor:
    """The same by `torch.randperm`."""
    return torch.stack([torch.randperm(size, generator=torch.Generator().manual_seed(s)) for s in seeds])


@pytest.mark.parametrize("size", [1, 2, 3, 10, 623, 624, 625, 626, 1000, 1249, 3000, 100_003])
def test_orders_are_torchs(size: int) -> None:
    """Permutations of ten seeds, eight of them drawn at once, also beyond a twister's state."""
    assert torch.equal(draw_orders([*SEEDS], size), torchs_orders([*SEEDS], size))


@pytest.mark.parametrize("count", range(1, 18))
def test_orders_are_torchs_in_any_company(count: int) -> None:
    """One to seventeen generators at once."""
    seeds = torch.randint(2**63 - 1, (count,)).tolist()
    assert torch.equal(draw_orders(seeds, 700), torchs_orders(seeds, 700))


def test_orders_are_a_data_loaders() -> None:
    """Each epoch's order against torch's DataLoader, beyond the seeds that are drawn ahead."""
    from torch.utils.data import DataLoader  # noqa: PLC0415 - the independent source

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        state = torch.get_rng_state()
        loader = DataLoader(list(range(5)), batch_size=5, shuffle=True)
        expected = [next(iter(loader)).tolist() for _ in range(300)]
    orders = Orders([state, state], 5, shuffle=True)
    assert [orders.draw()[0].tolist() for _ in range(300)] == expected
    assert orders.which.tolist() == [0, 0]


@pytest.mark.parametrize("engine", ["auto", "native"])
def test_more_points_than_torch_shuffles_by_32_bits_are_left_to_torch(
    experiment: Make, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """From 2^32 / 20 points on, `torch.randperm` draws otherwise; here 40 points stand for them."""
    monkeypatch.setattr(templates, "MOST_POINTS", 39)
    base = ("data.num_points=40", "trainer.max_epochs=1", f"engine={engine}")
    assert run_many([experiment(*base, "data.shuffle=false")])[0].engine == "native"
    if engine == "auto":
        assert run_many([experiment(*base)])[0].engine == "eager"
    else:
        with pytest.raises(SinefitError, match="the C program shuffles at most 39 points"):
            plan_stacks([experiment(*base)])


def start(experiment: Experiment, seed: int) -> tuple[Tensor, Tensor]:
    """First parameters (P,) by torch, and its global generator's state afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_model(experiment, draw_samples(experiment))
        return nn.utils.parameters_to_vector(model.parameters()).detach(), torch.get_rng_state()


def draws_of(experiment: Experiment) -> InitialDraws | None:
    """The C program's draws for an experiment's model."""
    return find_draws(experiment, draw_samples(experiment), *start(experiment, experiment.seed))


MODELS = {
    "textbook": (),
    "one unit": ("model.hidden_size=1",),
    "deep": ("model.hidden_size=7", "model.num_hidden_layers=4", "model.activation=tanh"),
    "wide": ("model.hidden_size=700",),
    "a state's numbers": ("model.hidden_size=208",),  # 3 * 208 is 624, and one more
    "glorot": ("model.init=glorot", "model.hidden_size=33", "model.num_hidden_layers=2"),
    "smooth": ("model=smooth",),
    "siren": ("model=siren",),
    "siren, deep": ("model=siren", "model.hidden_size=40", "model.num_hidden_layers=3", "model.w0=30"),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("words", MODELS.values(), ids=MODELS)
def test_first_parameters_are_torchs(experiment: Make, words: tuple[str, ...], dtype: str) -> None:
    """Parameters and generator of ten seeds against `torch.manual_seed` and the model's own class."""
    single = experiment(*words, f"dtype={dtype}", "seed=5")
    draws = draws_of(single)
    assert draws is not None
    for seed in SEEDS:
        assert all(map(torch.equal, draws.draw(seed), start(single, seed)))


@pytest.mark.parametrize("hidden", [10, 207, 208, 500])
def test_the_generator_goes_on_as_torchs(experiment: Make, hidden: int) -> None:
    """Whole, uniform and normal numbers after the model's, beyond a twister's state."""
    single = experiment(f"model.hidden_size={hidden}")
    draws = draws_of(single)
    assert draws is not None
    ours, torchs = torch.Generator(), torch.Generator()
    ours.set_state(draws.draw(77)[1])
    torchs.set_state(start(single, 77)[1])
    assert ours.initial_seed() == torchs.initial_seed() == 77
    for _ in range(2):
        for draw in (torch.Tensor.random_, torch.Tensor.uniform_, torch.Tensor.normal_):
            one, other = (draw(torch.empty(901), generator=each) for each in (ours, torchs))
            assert torch.equal(one, other)


def require_planned(experiments: list[Experiment]) -> None:
    """Planned runs begin as the plain engine begins them."""
    plan = plan_stacks(experiments)
    members = plan.pop_members(range(len(experiments)))
    for single, member in zip(experiments, members, strict=True):
        with torch.random.fork_rng(devices=[]):
            model = start_model(single, draw_samples(single))
            generator = torch.get_rng_state()
        expected = nn.utils.parameters_to_vector(model.parameters())
        assert torch.equal(member.initial, expected)
        assert torch.equal(member.generator, generator)


@pytest.mark.parametrize("model", ["mlp", "siren", "snake", "fourier", "periodic"])
@pytest.mark.parametrize("engine", ["auto", "eager"])
def test_planned_runs_begin_as_by_themselves(experiment: Make, model: str, engine: str) -> None:
    """Models of a plan that are told apart by seeds, data and sizes; some of them draw otherwise."""
    data = "random_signal" if model == "periodic" else "noisy_sine"
    words = (f"data={data}", f"engine={engine}", "dtype=float64", f"model={model}")
    firsts = [experiment(*words, f"model.hidden_size={size}") for size in (4, 6)]
    require_planned([replace(first, seed=seed) for seed in (3, 0, 2**32 - 1, 3) for first in firsts])


class Halved(MLP):
    """An `MLP` with smaller weights."""

    def __init__(self) -> None:
        super().__init__()
        with torch.no_grad():
            self[0].weight.mul_(0.5)


def odd_or_even() -> MLP:
    """A plain `MLP`; the biases of odd seeds are 0, so that the draws of one seed say nothing of the next."""
    model = MLP()
    if torch.initial_seed() % 2:
        nn.init.zeros_(model[0].bias)
    return model


@pytest.mark.parametrize("model", [Halved, odd_or_even, partial(odd_or_even), partial(Halved)])
def test_models_that_draw_otherwise_are_built_by_torch(experiment: Make, model: Callable[[], MLP]) -> None:
    """Somebody's own class or function, whatever it returns."""
    own = replace(experiment(), model=model)
    assert draws_of(own) is None
    require_planned([replace(own, seed=seed) for seed in range(4)])


def test_parameters_of_another_default_dtype_are_built_by_torch(experiment: Make) -> None:
    """Where torch draws numbers of 53 bits, as its user may wish."""
    torch.set_default_dtype(torch.float64)
    try:
        single = experiment("dtype=float64")
        assert draws_of(single) is None
        require_planned([replace(single, seed=seed) for seed in range(3)])
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Exchanges a piece of draws.h, in a copy of the C program that is compiled from now on."""
    folder = tmp_path / "native"
    shutil.copytree(Path(library.__file__).parent, folder)
    monkeypatch.setattr(library, "__file__", str(folder / "library.py"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    library.load_with_tables.cache_clear()

    def exchange(piece: str, other: str) -> None:
        text = (folder / "draws.h").read_text()
        assert text.count(piece) == 1
        (folder / "draws.h").write_text(text.replace(piece, other))

    yield exchange
    library.load_with_tables.cache_clear()


@pytest.mark.parametrize(
    ("piece", "other"),
    [
        ("0x9908b0dfu", "0x9908b0deu"),
        ("0x9d2c5680u", "0x9d2c5600u"),
        ("(state[i - 1] >> 30)", "(state[i - 1] >> 29)"),
        ("(all[i - 1] >> 30)", "(all[i - 1] >> 29)"),
        ("#define SHIFT 397", "#define SHIFT 396"),
        ("(1 + 0x1p-50)", "1.0"),
    ],
)
def test_a_program_that_shuffles_otherwise_is_not_used(
    experiment: Make, change: Callable[[str, str], None], piece: str, other: str
) -> None:
    """A wrong twist, tempering, seeding (of one or several) or remainder is found when it is loaded."""
    change(piece, other)
    (told,) = plan_stacks([experiment()]).missing_compilers()
    assert f"torch {torch.__version__} shuffles otherwise than the C program" in told


@pytest.mark.parametrize(
    ("piece", "other"),
    [("0xffffff)", "0x7fffff)"), ("0x1p-24", "0x1.000001p-24"), ("generator[3 + i]", "generator[4 + i]")],
)
def test_a_program_that_draws_parameters_otherwise_draws_none(
    experiment: Make, change: Callable[[str, str], None], piece: str, other: str
) -> None:
    """Parameters or a generator's state that are not torch's: models are built by torch."""
    change(piece, other)
    single = experiment()
    assert draws_of(single) is None
    require_planned([replace(single, seed=seed) for seed in range(3)])
