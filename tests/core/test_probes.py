"""Spectra against closed forms, and the same looks by every engine."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
import torch
from composing import run_by

from sinefit.core.data import SampledFunction
from sinefit.core.functions import Sine, SumOfSines
from sinefit.core.plain import run_plain
from sinefit.core.probes import Spectrum, Watch
from sinefit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Engine, Experiment


def test_amplitudes_and_errors_of_a_known_network() -> None:
    """0.3 sin x + 0.9 sin 4x for sin x + sin 4x: shares 0.3 and 0.9, errors 0.7 and 0.1; cos is all error."""
    samples = SampledFunction(SumOfSines(), -2 * math.pi, 2 * math.pi).draw(0)
    probe = Spectrum([1.0, 4.0])
    assert probe.names == ("amplitude_1", "amplitude_4", "spectral_error_1", "spectral_error_4")
    seen = probe.look(samples, lambda x: 0.3 * torch.sin(x) + 0.9 * torch.sin(4 * x))
    assert seen == pytest.approx((0.3, 0.9, 0.7, 0.1), abs=1e-9)
    seen = probe.look(samples, lambda x: torch.cos(x) + torch.sin(4 * x))
    assert seen == pytest.approx((1, 1, math.sqrt(2), 0), abs=1e-9)


def test_cycles_are_turns_per_unit() -> None:
    """The frequency 5 in cycles is 10 pi in radians."""
    samples = SampledFunction(Sine(frequency=10 * math.pi), 0.0, 1.0).draw(0)
    for probe in (Spectrum([5], unit="cycles"), Spectrum([10 * math.pi])):
        assert probe.look(samples, lambda x: 0.5 * torch.sin(10 * math.pi * x))[0] == pytest.approx(0.5)


def test_what_the_target_does_not_have_is_no_divisor() -> None:
    """Of sin x nothing is at the frequency 4 but rounding errors: no share, no error, no step."""
    for dtype in (torch.float32, torch.float64):
        samples = SampledFunction(Sine(), -2 * math.pi, 2 * math.pi).draw(0).to(torch.device("cpu"), dtype)
        watch = Watch(Spectrum([1.0, 4.0], every=1), samples)
        watch.look_if_due(1, 10, lambda x: torch.sin(x) + 0.1 * torch.sin(4 * x))
        seen = watch.summarize()
        assert seen["amplitude_1"] == pytest.approx(1)
        assert all(math.isnan(seen[f"{name}_4"]) for name in ("amplitude", "spectral_error", "half_step"))


def test_half_steps_are_the_first_of_them() -> None:
    """Looks at every second epoch; a frequency that never comes to one half has none."""
    samples = SampledFunction(SumOfSines(), -2 * math.pi, 2 * math.pi).draw(0)
    watch = Watch(Spectrum([1.0, 4.0], every=2), samples)
    for epoch in range(1, 9):
        share = epoch / 8
        watch.look_if_due(
            epoch, 10 * epoch, lambda x, share=share: share * torch.sin(x) + 0.49 * torch.sin(4 * x)
        )
    assert watch.log.steps == [20, 40, 60, 80]
    assert watch.log.column("amplitude_1") == pytest.approx([0.25, 0.5, 0.75, 1.0])
    seen = watch.summarize()
    assert seen["half_step_1"] in (40.0, 60.0)  # 0.5 within rounding
    assert math.isnan(seen["half_step_4"])
    assert seen["amplitude_4"] == pytest.approx(0.49)


@pytest.mark.parametrize("engine", ["native", "eager"])
@pytest.mark.parametrize("model", ["mlp", "siren"])
def test_every_engine_sees_the_same(
    experiment: Callable[..., Experiment], engine: Engine, model: str
) -> None:
    """Runs that end at different epochs, one of them diverged, log what they log alone."""
    beside = (
        "data=two_tone",
        "probe=spectrum",
        "probe.every=3",
        f"model={model}",
        "dtype=float64",
        "data.num_points=64",
    )
    experiments = [
        experiment(*beside, f"seed={seed}", f"trainer.max_epochs={epochs}", f"optimizer.lr={lr}")
        for seed, (epochs, lr) in enumerate([(10, 0.01), (7, 0.02), (12, 1e300), (2, 0.01)])
    ]
    for ours, each in zip(run_by(engine, experiments), experiments, strict=True):
        alone = run_plain(each)
        assert ours.engine == engine
        assert ours.probe_log is not None
        assert alone.probe_log is not None
        assert ours.probe_log.steps == alone.probe_log.steps
        assert len(alone.probe_log.steps) == alone.epochs // 3
        for left, right in zip(ours.probe_log.rows, alone.probe_log.rows, strict=True):
            assert left == pytest.approx(right, rel=1e-9, abs=1e-12)
        assert ours.metrics == pytest.approx(alone.metrics, rel=1e-6, abs=1e-9, nan_ok=True)


def test_a_resumed_run_remembers_what_was_seen(experiment: Callable[..., Experiment]) -> None:
    """A checkpoint holds the log: a run that goes on ends with the log of one that was never stopped."""
    beside = (
        "data=two_tone",
        "probe=spectrum",
        "probe.every=2",
        "data.num_points=64",
        "trainer.checkpoint_every=3",
    )
    each = experiment(*beside, "trainer.max_epochs=8")
    saved: list[dict[str, object]] = []

    class Store:
        def load(self) -> dict[str, object] | None:
            return saved[0] if saved else None

        def save(self, state: dict[str, object]) -> None:
            if not saved:
                saved.append(deepcopy(state))

    whole, resumed = run_plain(each, checkpoints=Store()), run_plain(each, checkpoints=Store())
    assert whole.probe_log is not None
    assert resumed.probe_log == whole.probe_log
    assert resumed.metrics == whole.metrics


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frequencies": []}, r"frequencies must be different numbers above 0, one or more, got \[\]"),
        ({"frequencies": [1, 1]}, r"frequencies must be .* got \[1, 1\]"),
        ({"frequencies": [0]}, r"frequencies must be .* got \[0\]"),
        ({"frequencies": [1], "unit": "hertz"}, "unit must be one of radians, cycles, got 'hertz'"),
        ({"frequencies": [1], "every": 0}, "every must be a whole number, 1 or more, got 0"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], message: str) -> None:
    """Name, value, and what is allowed."""
    with pytest.raises(SettingsError, match=message):
        Spectrum(**settings)  # type: ignore[arg-type]
