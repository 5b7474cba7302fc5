"""The regressor among scikit-learn's tools, and its numbers beside those of `sinefit.fit`."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from composing import compose_config
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import sinefit
from sinefit.settings.plain import plain_settings
from sinefit.sklearn import Regressor
from sinefit.sklearn.parts import LOSSES, OPTIMIZERS, SCHEDULERS, make_loss, make_optimizer, make_scheduler

X = np.random.default_rng(0).normal(size=(80, 3))
Y = X[:, 0] * X[:, 1] + X[:, 2]
SMALL: dict[str, Any] = {"hidden_size": 8, "max_epochs": 20, "random_state": 0}


@parametrize_with_checks(
    [Regressor(hidden_size=8, num_hidden_layers=1, activation="relu", lr=0.02, max_epochs=30)]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_of_scikit_learn(estimator: Regressor, check: Any) -> None:
    """What scikit-learn asks of every estimator, without an exception."""
    check(estimator)


@pytest.mark.usefixtures("folder", "hydra_restore_singletons")
@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"random_state": 3}, ("seed=3",)),
        (
            {"patience": 3, "optimizer": "adamw", "scheduler": "constant", "scale": "robust"},
            ("trainer.patience=3", "optimizer=adamw", "scheduler=constant", "data.scale=robust"),
        ),
        (
            {"loss": "huber", "activation": "tanh", "num_hidden_layers": 1, "dtype": "float64", "lr": 0.02},
            (
                "loss=huber",
                "model.activation=tanh",
                "model.num_hidden_layers=1",
                "dtype=float64",
                "optimizer.lr=0.02",
            ),
        ),
    ],
)
def test_trained_as_by_sinefit(parameters: dict[str, Any], words: tuple[str, ...]) -> None:
    """The same settings, rows and seed give the same parameters and losses, bit for bit."""
    ours = Regressor(**{"hidden_size": 8, "max_epochs": 10, "random_state": 0, **parameters}).fit(X, Y)
    share = 0.2 if "patience" in parameters else 0.0
    held_out = ("data.test_share=0.0", f"data.validation_share={share}", "data.split_seed=0")
    run = sinefit.fit(X, Y, "model.hidden_size=8", "trainer.max_epochs=10", *held_out, *words, record=False)
    for name, value in run.model.state_dict().items():
        assert torch.equal(ours.model_.state_dict()[name], value.double()), name
    assert ours.loss_curve_ == run.history["train_loss"].tolist()
    assert ours.predict(X) == pytest.approx(run.predict(X), rel=1e-4, abs=1e-5)


@pytest.mark.usefixtures("hydra_restore_singletons")
def test_names_mean_what_they_mean_in_configs() -> None:
    """Optimizers, schedules and losses of each name have the settings of conf/."""
    for name, (kind, _) in OPTIMIZERS.items():
        node = plain_settings(compose_config(f"optimizer={name}"))["optimizer"]
        made = make_optimizer(name, None, None)
        assert node.pop("_target_").rpartition(".")[2] == kind.__name__
        keywords = {key: list(v) if isinstance(v, tuple) else v for key, v in made.keywords.items()}
        assert keywords == {key: value for key, value in node.items() if key != "_partial_"}, name
    for name in SCHEDULERS:
        node = plain_settings(compose_config(f"scheduler={name}", "trainer.max_epochs=7"))["scheduler"]
        made = make_scheduler(name, 7, 0.01)
        assert node.pop("_target_").rpartition(".")[2] == made.func.__name__  # type: ignore[attr-defined]
        assert made.keywords == {key: v for key, v in node.items() if key != "_partial_"}  # type: ignore[attr-defined]
    for name in LOSSES:
        node = plain_settings(compose_config(f"loss={name}"))["loss"]
        assert type(make_loss(name)).__name__ == node["_target_"].rpartition(".")[2]


def test_equal_parameters_share_their_parts() -> None:
    """Runs with equal settings are prepared together: they hold the same objects."""
    a, b = (Regressor(**SMALL).make_experiment(X, Y) for _ in range(2))
    assert (a.optimizer, a.scheduler, a.model, a.loss) == (b.optimizer, b.scheduler, b.model, b.loss)


def test_seeds_decide_the_bits() -> None:
    """The same seed, the same numbers; None draws another one each time; torch's generator is left alone."""
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second = (Regressor(**SMALL).fit(X, Y).predict(X) for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert np.array_equal(first, second)
    drawn = [Regressor(**{**SMALL, "random_state": None}).fit(X, Y) for _ in range(2)]
    assert drawn[0].seed_ != drawn[1].seed_
    again = Regressor(**{**SMALL, "random_state": drawn[0].seed_}).fit(X, Y)
    assert np.array_equal(again.predict(X), drawn[0].predict(X))


def test_a_pipeline_with_categories() -> None:
    """In a pipeline, on a DataFrame, under cross-validation, cloned and pickled."""
    frame = pd.DataFrame({"size": X[:, 0], "kind": ["a", "b"] * 40})
    encoded = ColumnTransformer(
        [("kind", OneHotEncoder(sparse_output=False), ["kind"])], remainder=StandardScaler()
    )
    pipeline = make_pipeline(encoded, Regressor(**{**SMALL, "max_epochs": 100})).set_output(
        transform="pandas"
    )
    target = X[:, 0] * np.where(frame["kind"] == "a", 1, -1)
    assert cross_val_score(pipeline, frame, target, cv=3).min() > 0.5
    fitted = clone(pipeline).fit(frame, target)
    assert fitted[-1].feature_names_in_.tolist() == ["kind__kind_a", "kind__kind_b", "remainder__size"]
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - its own
    assert np.array_equal(again.predict(frame), fitted.predict(frame))


def test_targets_of_two_dimensions() -> None:
    """Several targets, and one as a column, are predicted in their shape."""
    assert Regressor(**SMALL).fit(X, np.stack([Y, -Y], axis=1)).predict(X).shape == (80, 2)
    assert Regressor(**SMALL).fit(X, Y[:, None]).predict(X).shape == (80, 1)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_rows_are_enough(count: int) -> None:
    """One row is fitted to itself."""
    model = Regressor(**SMALL).fit(X[:count], Y[:count])
    assert np.isfinite(model.predict(X)).all()


def test_as_good_as_a_network_of_scikit_learn() -> None:
    """Beside `MLPRegressor` with the same sizes, epochs and rate, on rows that neither saw."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 3))
    y = np.sin(x[:, 0]) * x[:, 1] + x[:, 2]
    theirs = MLPRegressor(
        hidden_layer_sizes=(32, 32), max_iter=100, learning_rate_init=0.01, batch_size=32, random_state=0
    )
    theirs.fit(x[:400], y[:400])
    ours = Regressor(random_state=0).fit(x[:400], y[:400])
    assert ours.score(x[400:], y[400:]) > theirs.score(x[400:], y[400:]) - 0.01


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"optimizer": "adan"}, "optimizer must be one of adagrad, adam"),
        ({"activation": 3}, "activation must be one of"),
        ({"hidden_size": 2.5}, "hidden_size must be a whole number"),
        ({"lr": -1.0}, "lr must be positive and finite, got -1"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"max_epochs": 0}, "max_epochs must be a whole number"),
        (
            {"validation_share": 0.999},
            "validation_share must be a share that leaves some of 80 rows for training",
        ),
        ({"scale": "big"}, "scale must be one of standard"),
        ({"optimizer": "sgd", "lr": 1e9, "scale": "none"}, "the training diverged: .* a lower lr"),
    ],
)
def test_what_cannot_be_trained_is_told(parameters: dict[str, Any], message: str) -> None:
    """A ValueError, as scikit-learn has it, with sinefit's words; a network that diverged is none."""
    with pytest.raises(ValueError, match=message):
        Regressor(**{**SMALL, **parameters}).fit(X, Y)


def test_without_scikit_learn() -> None:
    """The import says what to install."""
    code = "import sys; sys.modules['sklearn'] = None\nimport sinefit.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "needs scikit-learn; type pip install 'sinefit[sklearn]'" in done.stderr
