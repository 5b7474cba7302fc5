"""DeepXDE's own demo of fitting a function, beside the experiment that repeats it here.

pip install torch deepxde                 into an environment of its own
python scripts/deepxde_demo.py [SEEDS]    ten seeds unless told otherwise, 4 to 5 s each

The demo ("Learning a function from a formula" in its documentation): x sin 5x on [-1, 1], 16 points to
train on and 100 to test on, a tanh network 1-20-20-20-1, Adam with 0.001, 10,000 iterations. Printed is the
relative L2 error on the test points. Ours: sinefit -m +experiment=deepxde_function
"""

from __future__ import annotations

import os
import statistics
import sys
import time

os.environ["DDE_BACKEND"] = "pytorch"

import deepxde  # type: ignore[import-not-found]  # an extra that only this script needs
import numpy as np
import torch


def run_demo(seed: int) -> float:
    """The demo with this seed; the relative L2 error on its test points."""
    deepxde.config.set_random_seed(seed)
    data = deepxde.data.Function(
        deepxde.geometry.Interval(-1, 1),
        lambda x: x * np.sin(5 * x),
        num_train=16,
        num_test=100,
    )
    network = deepxde.nn.FNN([1, 20, 20, 20, 1], "tanh", "Glorot uniform")
    model = deepxde.Model(data, network)
    model.compile("adam", lr=0.001, metrics=["l2 relative error"])
    history, _ = model.train(iterations=10_000, verbose=0)
    return float(history.metrics_test[-1][0])


def main(num_seeds: int) -> None:
    """A line a seed, and the median."""
    torch.set_num_threads(1)
    errors = []
    for seed in range(num_seeds):
        started = time.perf_counter()
        errors.append(run_demo(seed))
        print(f"seed {seed}: relative L2 error {errors[-1]:.3g}, {time.perf_counter() - started:.0f} s")
    print(f"median of {len(errors)}: {statistics.median(errors):.3g}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
