"""How fast and how equal sinefit is: both sides in one call, alternating, medians.

python scripts/benchmark.py run        training of experiment=seed against the textbook's loop
python scripts/benchmark.py start      `sinefit --help` and tab completion against `import hydra`
python scripts/benchmark.py training   a step of a run in a stack, without Hydra and folders
python scripts/benchmark.py kernel     the C program's share of what the processor can do
python scripts/benchmark.py chains     the C program on the published case of SimpleChains.jl
python scripts/benchmark.py jax        a stack against the same training written by hand in JAX
python scripts/benchmark.py against --other CHECKOUT     runs and sweeps against those of an earlier commit
python scripts/benchmark.py empty      what Hydra costs a job, launcher fused against basic
python scripts/benchmark.py sweep      24 to 10,032 mixed jobs, fused against basic and joblib
python scripts/benchmark.py scale      cost against the number of jobs, as a table and a picture
python scripts/benchmark.py table      10,000 runs as a table and as a report
python scripts/benchmark.py sklearn    a grid search beside scikit-learn's, in one process
python scripts/benchmark.py equality   fused runs against plain ones, and in other company
python scripts/benchmark.py uci --data FOLDER        test errors on the UCI benchmark beside published ones
python scripts/benchmark.py grid --data FOLDER       a grid with folds against scikit-learn's GridSearchCV
python scripts/benchmark.py search --data FOLDER     a search with halving against Ray Tune's ASHA and Optuna

Run it with .venv/bin/python.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.against import benchmark_against
from benchmarks.empty import benchmark_empty
from benchmarks.equality import benchmark_equality
from benchmarks.grid_search import benchmark_grid_search
from benchmarks.jax_by_hand import benchmark_jax
from benchmarks.kernel import benchmark_chains, benchmark_kernel
from benchmarks.one_run import benchmark_run, benchmark_start
from benchmarks.scikit_learn import benchmark_scikit_learn
from benchmarks.searching import benchmark_search
from benchmarks.sweeps import benchmark_scale, benchmark_sweep
from benchmarks.tables import benchmark_tables
from benchmarks.training import benchmark_training
from benchmarks.uci import benchmark_uci

BENCHMARKS = {
    "run": benchmark_run,
    "start": benchmark_start,
    "training": benchmark_training,
    "kernel": benchmark_kernel,
    "chains": benchmark_chains,
    "jax": benchmark_jax,
    "empty": benchmark_empty,
    "sweep": benchmark_sweep,
    "scale": benchmark_scale,
    "table": benchmark_tables,
    "sklearn": benchmark_scikit_learn,
    "equality": benchmark_equality,
}


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=[*BENCHMARKS, "against", "uci", "grid", "search"])
    parser.add_argument(
        "--rounds",
        type=int,
        default=5,
        help="how often each side is measured; searches with other seeds of `search`, 20 as documented",
    )
    parser.add_argument("--other", type=Path, help="the checkout that `against` measures")
    parser.add_argument("--data", type=Path, help="the folder of boston.csv, concrete.csv and so on")
    parser.add_argument("--sets", nargs="*", default=(), help="of tables: boston, concrete, ...")
    arguments = parser.parse_args()
    if arguments.what in {"uci", "grid", "search"} and arguments.data is None:
        parser.error(f"{arguments.what} needs --data FOLDER")
    if arguments.what == "uci":
        benchmark_uci(arguments.data, arguments.sets)
    elif arguments.what == "grid":
        benchmark_grid_search(arguments.data, arguments.sets, arguments.rounds)
    elif arguments.what == "search":
        benchmark_search(arguments.data, arguments.sets, arguments.rounds)
    elif arguments.what == "against":
        benchmark_against(arguments.rounds, (arguments.other or Path()).resolve())
    else:
        BENCHMARKS[arguments.what](arguments.rounds)


if __name__ == "__main__":
    main()
