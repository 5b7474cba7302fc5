"""A random search whose losers stop early, beside Ray Tune's ASHA and Optuna's median pruner.

All sides search the same space on the same rows with the same budget: 32 trials of at most 81 epochs.
The space is that of HPOBench for multilayer perceptrons (Eggensperger et al. 2021, arXiv 2109.06716): width,
depth, batch size, learning rate, weight decay; with small networks, such as tables of this size ask for. The
tables are some of the UCI benchmark. Ray and Optuna train by the plain loop of torch, as their documentation
shows it; Ray keeps its processes from trial to trial.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import MAIN, run_process, show

if TYPE_CHECKING:
    from collections.abc import Sequence

SETS = ("yacht", "boston", "energy")
TRIALS, EPOCHS, FIRST_RUNG, FACTOR = 32, 81, 9, 3
OURS = (
    *("-m", "data=table", "data.target=y", "data.test_share=0.0", "model=mlp", "scheduler=constant"),
    *("model.hidden_size=tag(log,int,interval(8,64))", "model.num_hidden_layers=range(1,3)"),
    *("optimizer.lr=tag(log,interval(1e-4,1e-1))", "optimizer.weight_decay=tag(log,interval(1e-6,1e-2))"),
    *("data.batch_size=tag(draw,choice(16,32,64,128))", f"hydra.sweeper.num_draws={TRIALS}"),
    *(f"trainer.max_epochs={EPOCHS}", f"trainer.halving.keep={1 / FACTOR:.4f}"),
    f"trainer.halving.at=[{FIRST_RUNG},{FIRST_RUNG * FACTOR}]",
)
PLAIN_LOOP = f"""
import sys
import torch
from sinefit.core.data import Table

TRIALS, EPOCHS, FIRST_RUNG, FACTOR = {TRIALS}, {EPOCHS}, {FIRST_RUNG}, {FACTOR}
PATH, SEED = sys.argv[1], int(sys.argv[2])


def train(width, depth, batch_size, lr, weight_decay):
    # Gives the validation rmse in the target's unit after each epoch.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    samples = Table(PATH, "y", test_share=0.0).draw(0).to(torch.device("cpu"), torch.float32)
    sizes = [samples.num_inputs, *[width] * depth]
    layers = [layer for pair in zip(sizes, sizes[1:]) for layer in (torch.nn.Linear(*pair), torch.nn.ReLU())]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(width, 1))
    rows = torch.utils.data.TensorDataset(samples.training.inputs, samples.training.targets)
    loader = torch.utils.data.DataLoader(rows, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay)
    loss_function = torch.nn.MSELoss()
    validation = samples.validation
    for _ in range(EPOCHS):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss_function(model(inputs), targets).backward()
            optimizer.step()
        with torch.no_grad():
            errors = samples.restore(model(validation.inputs)) - samples.restore(validation.targets)
        yield errors.square().mean().sqrt().item()
"""
BY_RAY = (
    PLAIN_LOOP
    + """
import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.basic_variant import BasicVariantGenerator


def objective(config):
    for rmse in train(**config):
        tune.report({"rmse": rmse})


ray.init(include_dashboard=False, log_to_driver=False)
tuner = tune.Tuner(
    tune.with_resources(objective, {"cpu": 1}),
    param_space={
        "width": tune.lograndint(8, 65),
        "depth": tune.randint(1, 3),
        "batch_size": tune.choice([16, 32, 64, 128]),
        "lr": tune.loguniform(1e-4, 1e-1),
        "weight_decay": tune.loguniform(1e-6, 1e-2),
    },
    tune_config=tune.TuneConfig(
        metric="rmse",
        mode="min",
        reuse_actors=True,
        num_samples=TRIALS,
        search_alg=BasicVariantGenerator(random_state=SEED),
        scheduler=ASHAScheduler(max_t=EPOCHS, grace_period=FIRST_RUNG, reduction_factor=FACTOR),
    ),
    run_config=tune.RunConfig(verbose=0),
)
print("best:", tuner.fit().get_best_result().metrics["rmse"])
"""
)
BY_OPTUNA = (
    PLAIN_LOOP
    + """
import optuna


def objective(trial):
    settings = {
        "width": trial.suggest_int("width", 8, 64, log=True),
        "depth": trial.suggest_int("depth", 1, 2),
        "batch_size": trial.suggest_categorical("batch_size", [16, 32, 64, 128]),
        "lr": trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-6, 1e-2, log=True),
    }
    for epoch, rmse in enumerate(train(**settings), 1):
        trial.report(rmse, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return rmse


study = optuna.create_study(
    sampler=optuna.samplers.TPESampler(seed=SEED),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=FIRST_RUNG),
)
study.optimize(objective, n_trials=TRIALS)
print("best:", study.best_value)
"""
)


def benchmark_search(data: Path, names: Sequence[str], seeds: int) -> None:
    """Print what the three sides found and took, and whether ours finds worse by a signed-rank test.

    Needs Optuna and Ray Tune: ``pip install optuna 'ray[tune]'``.

    Args:
        data: the folder of NAME.csv, with the target in column y.
        names: of sets; `SETS` if there are none.
        seeds: searches of each side and set.
    """
    from scipy.stats import wilcoxon

    rows = []
    for name in names or SETS:
        path = str((data / f"{name}.csv").resolve())
        found: dict[str, list[tuple[float, float]]] = {"sinefit": [], "Ray ASHA": [], "Optuna median": []}
        for seed in range(seeds):
            found["sinefit"].append(_search_by_sinefit(path, seed))
            found["Ray ASHA"].append(_search_by(BY_RAY, path, seed))
            found["Optuna median"].append(_search_by(BY_OPTUNA, path, seed))
        (ours, our_seconds), *_ = each = [
            ([best for best, _ in pairs], [seconds for _, seconds in pairs]) for pairs in found.values()
        ]
        for side, (best, seconds) in zip(found, each, strict=True):
            worse = "" if best is ours else f"{wilcoxon(ours, best, alternative='greater').pvalue:.3f}"
            ratio = statistics.median(a / b for a, b in zip(seconds, our_seconds, strict=True))
            spread = f"{statistics.median(best):.4g} ({min(best):.4g}-{max(best):.4g})"
            rows.append(
                (f"{name}: {side}", spread, worse, f"{statistics.median(seconds):.1f} s", f"{ratio:.1f}")
            )
        title = f"{TRIALS} trials, {EPOCHS} epochs, {seeds} searches: medians"
        show(title, ("", "best validation rmse", "p, ours is worse", "took", "ratio"), rows)
        sys.stdout.flush()


def _search_by(program: str, path: str, seed: int) -> tuple[float, float]:
    """The best validation rmse that a program found, and the seconds that its process took."""
    with tempfile.TemporaryDirectory() as folder:
        took = run_process(["-c", program, path, str(seed)], Path(folder), {"HOME": folder}).seconds
        return float((Path(folder) / "output.txt").read_text().split("best:")[1].split()[0]), took


def _search_by_sinefit(path: str, seed: int) -> tuple[float, float]:
    import sinefit

    with tempfile.TemporaryDirectory() as folder:
        words = (*OURS, f"data.path={path}", f"hydra.sweeper.seed={seed}")
        took = run_process(["-c", MAIN, *words], Path(folder)).seconds
        table = sinefit.collect([str(Path(folder) / "outputs")])
        return float(table.loc[table["status"] == "completed", "rmse"].min()), took
