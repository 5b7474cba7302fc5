"""A grid search of scikit-learn whose fits are trained in one call."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any, Self

import joblib
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import _safe_split

from sinefit.core.fused import run_many
from sinefit.errors import SinefitError
from sinefit.sklearn.known import Key, Trained, key_of, knowing
from sinefit.sklearn.regressor import Regressor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from sinefit.core.experiment import Experiment

    Split = tuple[NDArray[Any], NDArray[Any]]


class SearchCV(GridSearchCV):  # type: ignore[misc]  # scikit-learn has no types
    """`sklearn.model_selection.GridSearchCV` for `Regressor`s, also at the end of a `Pipeline`.

    The networks of all candidates and folds are trained together, to the bits of `GridSearchCV`; scores,
    `cv_results_` and the refit are scikit-learn's own. Transformers of a pipeline are fitted twice.

    Args:
        estimator: a `Regressor`, or a pipeline that ends in one.
        param_grid: as of `GridSearchCV`, as are the others but one.
        n_jobs: threads of the C program, all processors if None or -1; transformers and scores take one.

    Attributes:
        train_time_: of the call that trained all networks, in seconds; ``cv_results_["mean_fit_time"]`` is
            what is left of a fit: transformers, and taking over what was trained.
    """

    def fit(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> Self:
        """Search the grid.

        Args:
            X: inputs (N, I).
            y: targets (N,) or (N, O).
            params: ``groups`` of the splitter, and parameters of the fits, as of `GridSearchCV`.

        Raises:
            TypeError: if the estimator is none that can be trained together.
        """
        last = self.estimator.steps[-1][1] if isinstance(self.estimator, Pipeline) else self.estimator
        if not isinstance(last, Regressor):
            msg = (
                f"SearchCV trains a sinefit.sklearn.Regressor, or a Pipeline that ends in one, got {last!r}; "
                "type GridSearchCV for others"
            )
            raise TypeError(msg)
        self._rows = X, y, params
        try:
            with joblib.parallel_config(backend="sequential"):
                super().fit(X, y, **params)
        finally:
            del self._rows
        return self

    def _run_search(self, evaluate_candidates: Callable[..., Any]) -> None:
        """Train all fits, then let scikit-learn go through them."""
        X, y, params = self._rows
        routed = self._get_routed_params_for_fit(params)
        splits = list(check_cv(self.cv, y, classifier=False).split(X, y, **routed.splitter.split))
        candidates = list(ParameterGrid(self.param_grid))
        started = time.perf_counter()
        fits = train_together(self._list_fits(X, y, candidates, splits), self.n_jobs)
        self.train_time_ = time.perf_counter() - started
        with knowing(fits):
            evaluate_candidates(candidates, cv=check_cv(splits))

    def _list_fits(
        self,
        X: ArrayLike,
        y: ArrayLike | None,
        candidates: Sequence[Mapping[str, Any]],
        splits: Iterable[Split],
    ) -> dict[Key, Experiment]:
        """What is to be trained; a fit that cannot be, for scikit-learn to find out, is not among it."""
        found: dict[Key, Experiment] = {}
        for values, (training, _) in product(candidates, splits):
            estimator = clone(self.estimator).set_params(**clone(values, safe=False))
            rows, targets = _safe_split(estimator, X, y, training)
            regressor = estimator
            with suppress(ValueError, TypeError, SinefitError):
                if isinstance(estimator, Pipeline):
                    regressor = estimator.steps[-1][1]
                    if len(estimator.steps) > 1:
                        rows = estimator[:-1].fit_transform(rows, targets)
                numbers = regressor.read_rows(rows, targets)
                key = key_of(regressor.get_params(deep=False), *numbers)
                found[key] = regressor.make_experiment(*numbers)
        return found


def train_together(fits: Mapping[Key, Experiment], n_jobs: int | None) -> dict[Key, Trained]:
    """All fits and how they ended; nothing if one of them cannot be trained, so that scikit-learn finds it.

    Args:
        fits: the experiments.
        n_jobs: threads of the C program; all processors if None or -1.
    """
    workers = None if n_jobs is None or n_jobs < 1 else n_jobs
    with torch.random.fork_rng(devices=[]):  # torch's own generator belongs to somebody else
        try:
            outcomes = run_many(list(fits.values()), workers=workers)
        except SinefitError:
            return {}
    pairs = zip(fits.items(), outcomes, strict=True)
    return {key: Trained(experiment, outcome) for (key, experiment), outcome in pairs}
