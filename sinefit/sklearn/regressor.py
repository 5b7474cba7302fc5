"""A network as a regressor of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from sinefit.core.activations import ACTIVATIONS
from sinefit.core.checks import Checks
from sinefit.core.data import Rows
from sinefit.core.data.scaling import Scaled
from sinefit.core.experiment import Experiment, build_model, draw_samples
from sinefit.core.run import run
from sinefit.core.trainer import Trainer
from sinefit.errors import SinefitError
from sinefit.sklearn.known import Trained, find_known
from sinefit.sklearn.parts import (
    LOSSES,
    OPTIMIZERS,
    SCHEDULERS,
    make_loss,
    make_model,
    make_optimizer,
    make_scheduler,
)
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from sinefit.core.outcome import Outcome

BLOCK_ROWS = 2**16
"""Rows that a network sees at once."""
VALIDATION_SHARE = 0.2
"""Of the rows, where patience needs some and none were asked for."""
_MOST_SEED = 2**31 - 1
DTYPES = {"float32": torch.float32, "float64": torch.float64}


class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron, trained by sinefit's engines; inputs and targets are scaled within.

    With the same settings, rows and seed its parameters are those of `sinefit.fit`, bit for bit; predictions
    are computed in float64, so that those of a row do not depend on the others.

    Args:
        hidden_size: units in each hidden layer.
        num_hidden_layers: 1 or more.
        activation: relu, tanh, sigmoid, gelu, silu, sine or snake.
        loss: mse, l1 or huber, of scaled targets.
        optimizer: adagrad, adam, adamw, momentum, nesterov, rmsprop or sgd.
        lr: learning rate; the optimizer's own if None (0.01 of adam).
        weight_decay: likewise (0; 0.01 of adamw).
        scheduler: constant, cosine, exponential, one_cycle, plateau or step.
        batch_size: rows in a batch.
        max_epochs: passes over the rows.
        target_loss: end once an epoch's training loss is this or less.
        patience: end after so many epochs without a lower validation loss, and keep the best network.
        validation_share: of the rows, that validate; 0 if None, or 0.2 with `patience`.
        scale: of inputs and targets: standard, robust, minmax or none.
        dtype: float32 or float64.
        engine: auto, plain, native, compiled or eager; see docs/engines.md.
        random_state: decides initial weights, orders of batches and validation rows; an int is the seed.

    Attributes:
        model_: the network, with the scaling: a `torch.nn.Module` from raw inputs (N, I) to raw outputs
            (N, O), in float64.
        loss_curve_: training loss of each epoch, of scaled targets.
        validation_curve_: validation loss of each epoch; empty if no rows validate.
        n_iter_: epochs.
        status_: how the training ended: completed, converged, stopped or diverged.
        metrics_: by name, in the unit of the targets: of the rows that validate, or that train where none do.
        seed_: that the training was seeded with.
        n_features_in_: I.
        feature_names_in_: of a DataFrame.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 40).reshape(-1, 1)
    >>> model = Regressor(hidden_size=8, max_epochs=60, random_state=0).fit(x, x[:, 0] ** 2)
    >>> bool(model.score(x, x[:, 0] ** 2) > 0.9)
    True
    """

    def __init__(  # noqa: PLR0913 - one argument a setting
        self,
        *,
        hidden_size: int = 32,
        num_hidden_layers: int = 2,
        activation: str = "gelu",
        loss: str = "mse",
        optimizer: str = "adam",
        lr: float | None = None,
        weight_decay: float | None = None,
        scheduler: str = "cosine",
        batch_size: int = 32,
        max_epochs: int = 100,
        target_loss: float | None = None,
        patience: int | None = None,
        validation_share: float | None = None,
        scale: str = "standard",
        dtype: str = "float32",
        engine: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.activation = activation
        self.loss = loss
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.scheduler = scheduler
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.target_loss = target_loss
        self.patience = patience
        self.validation_share = validation_share
        self.scale = scale
        self.dtype = dtype
        self.engine = engine
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train the network.

        Args:
            X: inputs (N, I), N 1 or more.
            y: targets (N,) or (N, O).

        Raises:
            ValueError: if a parameter or a row cannot be used, or the training diverged.
        """
        x, targets = self.read_rows(X, y)
        known = find_known(self.get_params(deep=False), x, targets)
        experiment, outcome = known or self._train(x, targets)
        if outcome.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        if outcome.status is Status.DIVERGED:
            msg = f"the training diverged: {outcome.message}; a lower lr or scaled inputs help"
            raise ValueError(msg)
        self._is_column = targets.ndim == 1
        self._take(experiment, outcome)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predictions (N,), or (N, O) where the targets had two dimensions, in their unit.

        Args:
            X: inputs (N, I).

        Raises:
            ValueError: if they are not those of the fit.
        """
        check_is_fitted(self)
        x = torch.tensor(validate_data(self, X, reset=False, dtype=np.float64))
        with torch.no_grad():
            outputs = torch.cat([self.model_(block) for block in torch.split(x, BLOCK_ROWS)]).numpy()
        return outputs[:, 0] if self._is_column else outputs

    def read_rows(
        self,
        X: ArrayLike,
        y: ArrayLike,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Inputs (N, I) and targets (N,) or (N, O) as float64; other rows must have the same columns.

        Raises:
            ValueError: if they are not finite numbers, or not equally many rows.
        """
        x, targets = validate_data(self, X, y, multi_output=True, y_numeric=True, dtype=np.float64)
        return x, np.asarray(targets, dtype=np.float64)

    def make_experiment(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Experiment:
        """What `fit` trains.

        Args:
            x: inputs (N, I).
            y: targets (N,) or (N, O).

        Raises:
            SinefitError: if a parameter cannot be used.
        """
        values = {name: _plain(value) for name, value in self.get_params(deep=False).items()}
        _check_names(values)
        share = values["validation_share"]
        if share is None:
            share = 0.0 if values["patience"] is None else VALIDATION_SHARE
        optimizer = make_optimizer(values["optimizer"], values["lr"], values["weight_decay"])
        seed = _seed_of(self.random_state)
        return Experiment(
            data=Rows(
                torch.tensor(x),
                torch.tensor(y.reshape(len(y), -1)),
                values["scale"],
                share,
                seed,
                values["batch_size"],
            ),
            model=make_model(values["hidden_size"], values["num_hidden_layers"], values["activation"]),
            loss=make_loss(values["loss"]),
            optimizer=optimizer,
            scheduler=make_scheduler(values["scheduler"], values["max_epochs"], optimizer.keywords["lr"]),
            trainer=Trainer(
                max_epochs=values["max_epochs"],
                target_loss=values["target_loss"],
                patience=values["patience"],
            ),
            seed=seed,
            dtype=DTYPES[values["dtype"]],
            engine=values["engine"],
        )

    def _train(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Trained:
        try:
            experiment = self.make_experiment(x, y)
            with torch.random.fork_rng(devices=[]):  # torch's own generator belongs to somebody else
                return Trained(experiment, run(experiment))
        except SinefitError as error:
            raise ValueError(str(error)) from None

    def _take(self, experiment: Experiment, outcome: Outcome) -> None:
        """Make the outcome of a training one's own."""
        samples = draw_samples(experiment)
        assert samples.table is not None  # noqa: S101 - rows have scalings
        with torch.random.fork_rng(devices=[]):
            network = build_model(experiment, samples)
        scaled = Scaled(network, samples.table.inputs, samples.table.targets)
        scaled.load_state_dict(outcome.parameters)
        self.model_ = scaled.double().eval()  # so that a row's prediction does not depend on other rows
        self.loss_curve_ = [row.train_loss for row in outcome.history]
        losses = [row.validation_loss for row in outcome.history]
        self.validation_curve_ = [loss for loss in losses if loss is not None]
        self.n_iter_ = outcome.epochs
        self.status_ = str(outcome.status)
        self.metrics_ = dict(outcome.metrics)
        self.seed_ = experiment.seed

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _check_names(values: dict[str, Any]) -> None:
    checks = Checks()
    choices: dict[str, Iterable[str]] = {
        "activation": ACTIVATIONS,
        "loss": LOSSES,
        "optimizer": OPTIMIZERS,
        "scheduler": SCHEDULERS,
        "dtype": DTYPES,
    }
    for name, known in choices.items():
        checks.choice(name, values[name], tuple(known))
    checks.raise_if_any()


def _plain(value: Any) -> Any:
    """A number of numpy, as grids have them, as one of Python."""
    return value.item() if isinstance(value, np.generic) else value


def _seed_of(random_state: Any) -> int:
    """An int as it is; else one that is drawn."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(_MOST_SEED))
