"""`SearchCV` beside scikit-learn's `GridSearchCV`: the same results from one call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sinefit.sklearn import Regressor, SearchCV, search

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X[:, 0] * X[:, 1] + X[:, 2]
NET = Regressor(hidden_size=6, max_epochs=8, random_state=0)
PIPE = Pipeline([("scale", StandardScaler()), ("powers", PolynomialFeatures(1)), ("net", NET)])
TIMES = ("mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time")


@pytest.mark.parametrize(
    ("estimator", "grid", "more"),
    [
        (NET, {"hidden_size": [3, 6], "lr": np.logspace(-3, -2, 2)}, {}),
        (NET, [{"optimizer": ["sgd"], "lr": [0.01]}, {"scheduler": ["constant", "cosine"]}], {"cv": 3}),
        (NET, {"patience": [2, None]}, {"return_train_score": True, "cv": TimeSeriesSplit(3)}),
        (PIPE, {"powers__degree": [1, 2], "net__hidden_size": [3, 6]}, {"cv": 3}),
        (make_pipeline(NET), {"regressor__hidden_size": [3]}, {"cv": 2, "n_jobs": 2}),
        (
            NET,
            {"hidden_size": [3, 6]},
            {"scoring": {"a": "r2", "b": "neg_mean_absolute_error"}, "refit": "b"},
        ),
        (NET, {"hidden_size": [3, 6]}, {"refit": False, "cv": KFold(3, shuffle=True, random_state=1)}),
    ],
    ids=["grid", "grids", "train scores", "pipeline", "pipeline of one", "several scores", "no refit"],
)
def test_equal_to_the_search_of_scikit_learn(
    estimator: Any, grid: Any, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All columns of the results but times, the best parameters and the refit's predictions, bit for bit."""
    calls: list[int] = []
    train = search.run_many
    monkeypatch.setattr(
        search, "run_many", lambda fits, **rest: calls.append(len(fits)) or train(fits, **rest)
    )
    ours = SearchCV(estimator, grid, **more).fit(X, Y)
    theirs = GridSearchCV(estimator, grid, **{**more, "n_jobs": None}).fit(X, Y)
    assert calls == [len(theirs.cv_results_["params"]) * theirs.n_splits_]
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    assert ours.train_time_ > 0
    for name, values in theirs.cv_results_.items():
        if name not in TIMES:
            assert list(ours.cv_results_[name]) == list(values), name
    if more.get("refit", True):
        assert ours.best_params_ == theirs.best_params_
        assert np.array_equal(ours.predict(X), theirs.predict(X))


def test_groups_reach_the_splitter() -> None:
    """What `GridSearchCV.fit` takes besides rows."""
    groups = np.arange(60) // 10
    fitted = [
        kind(NET, {"hidden_size": [3, 6]}, cv=GroupKFold(3)).fit(X, Y, groups=groups)
        for kind in (SearchCV, GridSearchCV)
    ]
    scores = [each.cv_results_["mean_test_score"] for each in fitted]
    assert np.array_equal(*scores)


def test_splits_that_are_drawn_are_drawn_once() -> None:
    """Shuffled folds without a seed: each fit is found, none is trained again by itself."""
    trained: list[int] = []

    class Watched(Regressor):
        def _train(self, *rows: Any) -> Any:
            trained.append(1)
            return super()._train(*rows)

    SearchCV(
        Watched(hidden_size=3, max_epochs=3), {"lr": [0.01, 0.02]}, cv=KFold(3, shuffle=True), refit=False
    ).fit(X, Y)
    assert not trained


@pytest.mark.parametrize(
    ("grid", "warning"),
    [
        ({"hidden_size": [3, -1]}, "hidden_size must be a whole number"),
        ({"optimizer": ["sgd"], "lr": [0.01, 1e9], "scale": ["none"]}, "the training diverged"),
    ],
)
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
def test_a_fit_that_fails_has_the_error_score(grid: Any, warning: str) -> None:
    """As in `GridSearchCV`: nan and a warning with the reason; the others are as good as ever."""
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4") as told:
        ours = SearchCV(NET, grid, cv=2).fit(X, Y)
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"):
        theirs = GridSearchCV(NET, grid, cv=2).fit(X, Y)
    assert any(warning in str(each.message) for each in told)
    scores = ours.cv_results_["mean_test_score"]
    assert np.isnan(scores).tolist() == [False, True]
    assert np.array_equal(scores, theirs.cv_results_["mean_test_score"], equal_nan=True)


def test_another_estimator_is_refused() -> None:
    """What cannot be trained together is for `GridSearchCV`."""
    with pytest.raises(TypeError, match=r"got Ridge\(\); type GridSearchCV for others"):
        SearchCV(Ridge(), {"alpha": [1.0]}).fit(X, Y)


def test_swapped_into_a_search_of_the_gallery() -> None:
    """A reduction and a network's size searched at once, as in scikit-learn's example of pipelines."""
    x, y = load_diabetes(return_X_y=True)
    pipe = Pipeline([("scaling", StandardScaler()), ("reduce_dim", PCA(random_state=0)), ("regress", NET)])
    grid = {"reduce_dim__n_components": [2, 8], "regress__hidden_size": [4, 16], "regress__max_epochs": [30]}
    found = SearchCV(pipe, grid, cv=3).fit(x, y)
    expected = GridSearchCV(pipe, grid, cv=3).fit(x, y)
    assert found.best_params_ == expected.best_params_
    assert found.best_score_ == expected.best_score_ > 0.3
