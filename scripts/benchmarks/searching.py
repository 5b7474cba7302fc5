"""A random search whose losers stop early, beside Ray Tune's ASHA and Optuna's median pruner.

All sides search the same space on the same rows: 128 trials of at most 81 epochs, with rungs at 9 and 27 or
pruning from 9 on. How many epochs each side trained in all is printed beside what it found. The space is
that of HPOBench for multilayer perceptrons (Eggensperger et al. 2021, arXiv 2109.06716): a few values of
width, depth and batch size, and ranges of learning rate and weight decay, with small networks, such as tables
of this size ask for. The tables are some of the UCI benchmark. Ray and Optuna train by the plain loop of
torch, as their documentation shows it; Ray keeps its processes from trial to trial.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measuring import MAIN, run_process, show

if TYPE_CHECKING:
    from collections.abc import Sequence

SETS = ("boston", "energy", "concrete")
TRIALS, EPOCHS, FIRST_RUNG, FACTOR = 128, 81, 9, 3
KEEP = 0.5
OURS = (
    *("-m", "data=table", "data.target=y", "data.test_share=0.0", "model=mlp", "scheduler=constant"),
    *("model.hidden_size=tag(draw,choice(8,16,32,64))", "model.num_hidden_layers=tag(draw,choice(1,2))"),
    *("optimizer.lr=tag(log,interval(1e-4,1e-1))", "optimizer.weight_decay=tag(log,interval(1e-6,1e-2))"),
    *("data.batch_size=tag(draw,choice(16,32,64,128))", f"hydra.sweeper.num_draws={TRIALS}"),
    *(f"trainer.max_epochs={EPOCHS}", f"trainer.halving.keep={KEEP}"),
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
        "width": tune.choice([8, 16, 32, 64]),
        "depth": tune.choice([1, 2]),
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
results = tuner.fit()
epochs = sum(each.metrics["training_iteration"] for each in results)
print("best:", results.get_best_result().metrics["rmse"], epochs)
"""
)
BY_OPTUNA = (
    PLAIN_LOOP
    + """
import optuna


def objective(trial):
    settings = {
        "width": trial.suggest_categorical("width", [8, 16, 32, 64]),
        "depth": trial.suggest_categorical("depth", [1, 2]),
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
print("best:", study.best_value, sum(len(each.intermediate_values) for each in study.trials))
"""
)


class Search(NamedTuple):
    """What a search came to.

    Attributes:
        rmse: of its winner, on the rows that validate.
        epochs: of all its trials.
        seconds: that its process took.
    """

    rmse: float
    epochs: int
    seconds: float


def benchmark_search(data: Path, names: Sequence[str], seeds: int) -> None:
    """Print what the three sides found and took, and whether ours finds worse by a signed-rank test.

    Needs Optuna and Ray Tune: ``pip install optuna 'ray[tune]'``.

    Args:
        data: the folder of NAME.csv, with the target in column y.
        names: of sets; `SETS` if there are none.
        seeds: searches of each side and set.
    """
    rows: list[tuple[str, ...]] = []
    for name in names or SETS:
        path = str((data / f"{name}.csv").resolve())
        found: dict[str, list[Search]] = {"sinefit": [], "Ray ASHA": [], "Optuna median": []}
        for seed in range(seeds):
            found["sinefit"].append(_search_by_sinefit(path, seed))
            found["Ray ASHA"].append(_search_by(BY_RAY, path, seed))
            found["Optuna median"].append(_search_by(BY_OPTUNA, path, seed))
            said = (f"{side} {each[-1].rmse:.4g} in {each[-1].seconds:.1f} s" for side, each in found.items())
            print(f"{name}, seed {seed}: {', '.join(said)}", file=sys.stderr, flush=True)
        ours = found["sinefit"]
        rows += [(f"{name}: {side}", *_describe(each, ours)) for side, each in found.items()]
        show(
            f"{TRIALS} trials, {seeds} searches: medians",
            ("", "best validation rmse", "p, ours is worse", "epochs", "took", "ratio"),
            rows,
        )
        sys.stdout.flush()


def _describe(searches: Sequence[Search], ours: Sequence[Search]) -> tuple[str, ...]:
    """The cells of a side, with the signed-rank test of whether ours finds worse."""
    from scipy.stats import wilcoxon

    rmse, epochs, seconds = zip(*searches, strict=True)
    test = (
        wilcoxon([each.rmse for each in ours], rmse, alternative="greater") if searches is not ours else None
    )
    ratio = statistics.median(
        each.seconds / other.seconds for each, other in zip(searches, ours, strict=True)
    )
    return (
        f"{statistics.median(rmse):.4g} ({min(rmse):.4g}-{max(rmse):.4g})",
        "" if test is None else f"{test.pvalue:.3f}",
        f"{statistics.median(epochs):,.0f}",
        f"{statistics.median(seconds):.1f} s",
        f"{ratio:.1f}",
    )


def _search_by(program: str, path: str, seed: int) -> Search:
    """A search by a program of its own."""
    with tempfile.TemporaryDirectory() as folder:
        took = run_process(["-c", program, path, str(seed)], Path(folder), {"HOME": folder}).seconds
        rmse, epochs = (Path(folder) / "output.txt").read_text().split("best:")[1].split()[:2]
        return Search(float(rmse), int(epochs), took)


def _search_by_sinefit(path: str, seed: int) -> Search:
    import sinefit

    with tempfile.TemporaryDirectory() as folder:
        words = (*OURS, f"data.path={path}", f"hydra.sweeper.seed={seed}")
        took = run_process(["-c", MAIN, *words], Path(folder)).seconds
        table = sinefit.collect([str(Path(folder) / "outputs")])
        best = table.loc[table["status"] == "completed", "rmse"].min()
        return Search(float(best), int(table["epochs"].sum()), took)
