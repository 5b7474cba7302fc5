"""Losses of a network and its derivatives: their values, what they train to, what they refuse."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
import torch
from scipy.integrate import quad
from torch import nn

from sinefit.core.data import Points, Samples
from sinefit.core.experiment import draw_samples
from sinefit.core.gradients import GRADIENTS, Differentiable
from sinefit.core.losses import Oscillator, Sobolev, compute_loss
from sinefit.core.plain import Training, run_plain
from sinefit.core.run import check
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]

SMOOTH = "model=mlp_tanh"


def test_sobolev_against_integrals() -> None:
    """For u = x^2 against sin on [0, 1] it is the mean of three integrals, which scipy computes."""
    x = ((torch.arange(20000, dtype=torch.float64) + 0.5) / 20000).unsqueeze(1)
    targets = torch.cat([x.sin(), x.cos(), -x.sin()], dim=1)
    loss = Sobolev([1.0, 0.5, 2.0]).of_model(Differentiable(lambda t: t**2), x, targets)
    values, _ = quad(lambda t: (t**2 - math.sin(t)) ** 2, 0, 1)
    slopes, _ = quad(lambda t: (2 * t - math.cos(t)) ** 2, 0, 1)
    curvatures, _ = quad(lambda t: (2 + math.sin(t)) ** 2, 0, 1)
    assert loss.item() == pytest.approx(values + 0.5 * slopes + 2 * curvatures, rel=1e-8)


def test_oscillator_against_integrals() -> None:
    """For u = x^2 with its initial values missed, on [0, 1], by scipy and by hand."""
    x = ((torch.arange(20000, dtype=torch.float64) + 0.5) / 20000).unsqueeze(1)
    loss = Oscillator(frequency=2, start=1, value=3, slope=5, initial_weight=10)
    found = loss.of_model(Differentiable(lambda t: t**2), x, x)
    equation, _ = quad(lambda t: (2 / 4 + t**2) ** 2, 0, 1)
    assert found.item() == pytest.approx(equation + 10 * ((1 - 3) ** 2 + (2 - 5) ** 2), rel=1e-8)


def test_the_solution_has_no_loss() -> None:
    """Sin x solves the default equation; cos x misses its initial values by 1 each."""
    x = torch.linspace(-3, 3, 50, dtype=torch.float64).unsqueeze(1)
    assert compute_loss(Oscillator(), Differentiable(torch.sin), x, x).item() < 1e-30
    assert compute_loss(Oscillator(), Differentiable(torch.cos), x, x).item() == pytest.approx(2)


@dataclass(frozen=True)
class Chosen:
    """A loss of one's own: it needs nothing but `of_model`."""

    def of_model(self, network: Differentiable, inputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error."""
        return (network(inputs) - targets).square().mean()


def test_a_loss_of_ones_own_needs_only_of_model(experiment: Make) -> None:
    """A mean squared error written so trains to the bits of torch's."""
    base = experiment("data.num_points=50", "trainer.max_epochs=3")
    one, other = run_plain(base), run_plain(replace(base, loss=Chosen()))
    assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))


def test_sobolev_trains_as_written_out(experiment: Make) -> None:
    """Twenty steps equal a loop whose derivatives are written in closed form, with torch.optim."""
    single = experiment(
        "loss=sobolev", "loss.weights=[1,0.3]", SMOOTH, "dtype=float64", "data.num_points=40",
        "data.batch_size=40", "data.shuffle=false", "trainer.max_epochs=20", "optimizer=adam",
        "scheduler=constant",
    )  # fmt: skip
    outcome = run_plain(single)
    torch.manual_seed(0)
    first, last = nn.Linear(1, 10), nn.Linear(10, 1)
    model = nn.Sequential(first, nn.Tanh(), last).double()
    x = torch.linspace(-2 * math.pi, 2 * math.pi, 40, dtype=torch.float64).unsqueeze(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(20):
        optimizer.zero_grad()
        hidden = torch.tanh(first(x))
        slope = ((1 - hidden**2) * first.weight.T) @ last.weight.T
        loss = ((last(hidden) - x.sin()) ** 2).mean() + 0.3 * ((slope - x.cos()) ** 2).mean()
        loss.backward()
        optimizer.step()
    for found, expected in zip(outcome.parameters.values(), model.state_dict().values(), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("loss", ["sobolev", "ode"])
def test_all_ways_to_gradients_agree(experiment: Make, loss: str) -> None:
    """Within rounding, though `functional` takes its derivatives by `torch.func`."""
    shared = (f"loss={loss}", SMOOTH, "dtype=float64", "data.num_points=60", "trainer.max_epochs=4")
    one, *others = [run_plain(experiment(*shared, f"trainer.gradient={name}")) for name in GRADIENTS]
    for other in others:
        for name, value in one.parameters.items():
            torch.testing.assert_close(other.parameters[name], value, rtol=1e-13, atol=1e-14)


def test_derivatives_help_where_points_are_few(experiment: Make) -> None:
    """Twelve points of sin with slopes are fitted better between them than without."""
    shared = (
        SMOOTH,
        "data.num_points=12",
        "optimizer=adam",
        "trainer.max_epochs=600",
        "model.hidden_size=16",
    )
    with_slopes, without = (run_plain(experiment(*shared, f"loss={loss}")) for loss in ("sobolev", "mse"))
    assert with_slopes.metrics["rmse"] < 0.5 * without.metrics["rmse"]


def test_a_differential_equation_is_solved_without_samples(experiment: Make) -> None:
    """The network becomes sin x although every target is nan."""
    single = experiment(
        "loss=ode", SMOOTH, "dtype=float64", "optimizer=ssbfgs", "data.batch_size=200", "data.num_points=200",
        "data.shuffle=false", "trainer.max_epochs=20",
    )  # fmt: skip
    outcome = run_plain(replace(single, data=Blinded(single.data)))
    assert outcome.metrics["max_abs_error"] < 1e-3


@dataclass(frozen=True)
class Blinded:
    """A data choice whose training targets are nan."""

    inner: object
    batch_size: int = 200
    shuffle: bool = False

    def draw(self, seed: int) -> Samples:
        """The inner one's points."""
        samples = self.inner.draw(seed)
        inputs, targets = samples.training.inputs, samples.training.targets
        return replace(samples, training=Points(inputs, torch.full_like(targets, math.nan)))


def test_memory_does_not_grow(experiment: Make) -> None:
    """A thousand steps of a derivative loss keep none of their graphs, each 0.3 MB or more."""
    single = experiment("loss=sobolev", SMOOTH, "model.hidden_size=64", "data.batch_size=128")
    samples = draw_samples(single)
    training = Training(single, samples)
    x, y = samples.training.inputs[:128], samples.training.targets[:128]
    for _ in range(20):
        training.take_step(x, y)
    before = resident_bytes()
    for _ in range(1000):
        training.take_step(x, y)
    assert resident_bytes() - before < 20e6


def resident_bytes() -> int:
    """The process' memory, as Linux counts it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_targets_are_widened_for_sobolev_only(experiment: Make) -> None:
    """Columns are y, y', y''; held-out points too, evaluation points not; noise is on the values alone."""
    noisy = ("data=noisy_sine", SMOOTH)
    plain, wide = (
        draw_samples(experiment(*noisy, *loss)) for loss in ((), ("loss=sobolev", "loss.weights=[1,1,1]"))
    )
    for points, known in ((wide.training, plain.training), (wide.validation, plain.validation)):
        x, values = points.inputs, points.targets
        assert torch.equal(values[:, :1], known.targets)
        torch.testing.assert_close(values[:, 1:], torch.cat([x.cos(), -x.sin()], dim=1))
    assert wide.evaluation.targets.shape == (2000, 1)


def test_validation_loss_is_the_same_loss(experiment: Make) -> None:
    """On noise-free held-out points it falls with the training loss."""
    outcome = run_plain(
        experiment(
            "loss=sobolev", SMOOTH, "data.validation_share=0.5", "optimizer=adam", "trainer.max_epochs=40"
        )
    )
    last = outcome.history[-1]
    assert last.validation_loss == pytest.approx(last.train_loss, rel=0.3)


@dataclass(frozen=True)
class Measured:
    """Data without a function: y = a + 2b; with gradients if asked for."""

    has_gradients: bool
    batch_size: int = 5
    shuffle: bool = True

    def draw(self, seed: int) -> Samples:
        """25 points."""
        del seed
        grid = torch.cartesian_prod(torch.linspace(0, 1, 5), torch.linspace(0, 1, 5))
        slopes = torch.tensor([1.0, 2.0]).expand(25, 2) if self.has_gradients else None
        points = Points(grid, grid[:, :1] + 2 * grid[:, 1:], slopes)
        return Samples(points, None, points, None)


def test_measured_data_without_derivatives_are_refused(experiment: Make) -> None:
    """By one sentence that says what to choose instead."""
    single = replace(experiment("loss=sobolev", "model.input_size=2"), data=Measured(has_gradients=False))
    with pytest.raises(SinefitError, match=r"order 1, and Measured offers none: .*loss=mse"):
        check(single)


def test_measured_gradients_are_fitted(experiment: Make) -> None:
    """Points that carry their gradients in two inputs train a network of two inputs; order 2 is refused."""
    base = experiment("loss=sobolev", "model.input_size=2", "optimizer=adam", "trainer.max_epochs=300")
    single = replace(base, data=Measured(has_gradients=True))
    assert run_plain(single).metrics["derivative_rmse"] < 0.1
    with pytest.raises(SinefitError, match=r"order 2, and Measured offers them to order 1"):
        check(replace(single, loss=Sobolev([1, 1, 1])))


@dataclass(frozen=True)
class Table:
    """A function that is no torch operation."""

    def __call__(self, x: Tensor) -> Tensor:
        """x^2 by numpy."""
        return torch.from_numpy(x.numpy() ** 2)

    def derivative(self, x: Tensor) -> Tensor:
        """2x by numpy."""
        return torch.from_numpy(2 * x.numpy())


def test_a_derivative_outside_torch_serves_the_first_order_only(experiment: Make) -> None:
    """Above it one sentence says why."""
    base = experiment("loss=sobolev", SMOOTH, "trainer.max_epochs=1", "data.num_points=20")
    single = replace(base, data=replace(base.data, function=Table()))
    assert run_plain(single).status == "completed"
    with pytest.raises(SinefitError, match=r"torch cannot differentiate Table.derivative: order 2"):
        check(replace(single, loss=Sobolev([1, 1, 1])))


@pytest.mark.parametrize("loss", [("loss=ode",), ("loss=sobolev", "loss.weights=[1,1,1]")])
def test_straight_pieces_are_refused_for_second_derivatives(experiment: Make, loss: tuple[str, ...]) -> None:
    """ReLU has no curvature: nothing is trained, and the message says what to type."""
    with pytest.raises(SinefitError, match=r"order 2, .* zero at every point; type .*model.activation=tanh"):
        check(experiment("model=mlp", *loss))


class TwoOutputs:
    """Data with two targets."""

    batch_size: ClassVar[int] = 4
    shuffle: ClassVar[bool] = False

    def draw(self, seed: int) -> Samples:
        """8 points."""
        del seed
        x = torch.linspace(0, 1, 8).unsqueeze(1)
        points = Points(x, torch.cat([x, x * x], dim=1))
        return Samples(points, None, points, None)


@pytest.mark.parametrize(
    ("loss", "message"), [("sobolev", r"targets \(N, 1\), got \(8, 2\)"), ("ode", "one output by one input")]
)
def test_two_outputs_are_refused(experiment: Make, loss: str, message: str) -> None:
    """Derivatives are taken of one output."""
    single = replace(experiment(f"loss={loss}", SMOOTH, "model.output_size=2"), data=TwoOutputs())
    with pytest.raises(SinefitError, match=message):
        check(single)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1, math.nan], ["a"], "11", 3, None, [True, 1]])
def test_wrong_weights_are_refused(weights: object) -> None:
    """With what to type."""
    with pytest.raises(SettingsError, match=r"weights must be numbers of 0 or more.*weights=\[1,1\]"):
        Sobolev(weights)


def test_wrong_settings_of_the_equation_are_told_together() -> None:
    """All of them, by name and value."""
    with pytest.raises(SettingsError) as error:
        Oscillator(frequency=0, start="x", value=math.inf, initial_weight=-1)
    assert [p.setting for p in error.value.problems] == ["frequency", "start", "value", "initial_weight"]


def test_inputs_that_the_model_cannot_take_are_refused(experiment: Make) -> None:
    """A model of two inputs on points of one."""
    with pytest.raises(SinefitError, match=r"model.input_size must be 1, as many inputs.* got 2"):
        check(experiment("model.input_size=2"))
