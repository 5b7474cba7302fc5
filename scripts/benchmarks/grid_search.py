"""The same grid, folds and epochs by sinefit and by scikit-learn's `GridSearchCV` over `MLPRegressor`.

Each side has its usual schedule: sinefit's learning rate falls along a cosine, scikit-learn's is constant.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import MAIN, measure, report, run_process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SETS = ("concrete", "power")
BY_SCIKIT_LEARN = """
import sys
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = pd.read_csv(sys.argv[1])
network = MLPRegressor(solver="adam", batch_size=32, max_iter=100, tol=0.0, n_iter_no_change=1000, alpha=0.0)
model = TransformedTargetRegressor(make_pipeline(StandardScaler(), network), transformer=StandardScaler())
grid = {
    "regressor__mlpregressor__hidden_layer_sizes": [(20,), (50,), (100,)],
    "regressor__mlpregressor__learning_rate_init": [1e-2, 3e-3, 1e-3],
    "regressor__mlpregressor__random_state": range(5),
}
folds = KFold(10, shuffle=True, random_state=0)
search = GridSearchCV(model, grid, cv=folds, scoring="neg_root_mean_squared_error", n_jobs=2, refit=False)
import warnings
warnings.filterwarnings("ignore")
found = pd.DataFrame(search.fit(table.drop(columns="y"), table["y"]).cv_results_)
settings = [f"param_{name}" for name in grid if "random" not in name]
found[settings] = found[settings].astype(str)
print("best:", -found.groupby(settings)["mean_test_score"].mean().max())
"""
OURS = (
    *("-m", "data=table", "data.target=y", "data.test_share=0.0", "model=mlp"),
    *(
        "model.hidden_size=20,50,100",
        "optimizer.lr=1e-2,3e-3,1e-3",
        "data.fold=range(0,10)",
        "seed=range(0,5)",
    ),
)


def benchmark_grid_search(data: Path, names: Sequence[str], rounds: int) -> None:
    """Whole processes in turn, both with all processors, and the best cross-validated rmse of each.

    Args:
        data: the folder of NAME.csv, with the target in column y.
        names: of sets; `SETS` if there are none.
        rounds: how often each side is measured.
    """
    for name in names or SETS:
        path = (data / f"{name}.csv").resolve()
        best: dict[str, str] = {}

        def scikit_learn(path: Path = path, best: dict[str, str] = best) -> float:
            with tempfile.TemporaryDirectory() as folder:
                took = run_process(["-c", BY_SCIKIT_LEARN, str(path)], Path(folder)).seconds
                best["scikit-learn"] = (Path(folder) / "output.txt").read_text().split("best:")[1].split()[0]
            return took

        def sinefit(path: Path = path, best: dict[str, str] = best) -> float:
            with tempfile.TemporaryDirectory() as folder:
                took = run_process(["-c", MAIN, *OURS, f"data.path={path}"], Path(folder)).seconds
                best["sinefit"] = read_best(Path(folder))
            return took

        sides: dict[str, Callable[[], float]] = {"sinefit": sinefit, "scikit-learn": scikit_learn}
        report(
            f"{name}: 9 settings, 10 folds, 5 seeds, 100 epochs",
            measure(sides, rounds, warm_up=False),
            "sinefit",
        )
        print(f"best cross-validated rmse: {', '.join(f'{side} {value}' for side, value in best.items())}")
        sys.stdout.flush()


def read_best(folder: Path) -> str:
    """The best mean rmse over folds and seeds of a sweep below a folder."""
    import sinefit

    table = sinefit.collect([str(folder / "outputs")])
    return str(table.groupby(["model.hidden_size", "optimizer.lr"])["rmse"].mean().min())
