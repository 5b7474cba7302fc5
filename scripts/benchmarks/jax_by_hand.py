"""1,024 runs of the textbook's network, by sinefit and by JAX: `jit(vmap(scan))`, written by hand.

Both train 1-10-1 with SGD on 1,024 points in shuffled batches of 32, in all threads that they take by
themselves. JAX is given its orders and compiles before it is timed, and makes nothing of its runs but their
parameters; sinefit draws its orders, and computes metrics and history of each run, within the time.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.composing import compose_experiment
from benchmarks.measuring import measure, report
from benchmarks.training import time_stack

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS, HIDDEN, POINTS, BATCH, EPOCHS, RATE = 1024, 10, 1024, 32, 100, 0.01


def benchmark_jax(rounds: int) -> None:
    """Both, in turn; orders of one seed and of 1,024."""
    try:
        import jax  # noqa: F401
    except ImportError:
        sys.exit("JAX is not installed; type: .venv/bin/python -m pip install jax")
    for title, seeds in (("one order", [0] * RUNS), ("an order each", list(range(RUNS)))):
        sides = {"sinefit": by_sinefit(seeds), "JAX": by_jax(is_one=len(set(seeds)) == 1)}
        report(f"1,024 runs of 1-10-1, {EPOCHS} epochs, {title}", measure(sides, rounds), "sinefit")


def by_sinefit(seeds: list[int]) -> Callable[[], float]:
    """Seconds from ready-made runs to their outcomes."""
    experiment = compose_experiment(
        "+experiment=seed", f"data.num_points={POINTS}", f"trainer.max_epochs={EPOCHS}", "engine=native"
    )

    return time_stack([replace(experiment, seed=seed) for seed in seeds])


def by_jax(*, is_one: bool) -> Callable[[], float]:
    """Seconds from initial parameters to trained ones.

    Args:
        is_one: whether all runs have the same orders.
    """
    import jax
    import jax.numpy as jnp

    x = jnp.linspace(-2 * jnp.pi, 2 * jnp.pi, POINTS)
    y = jnp.sin(x)
    steps = EPOCHS * POINTS // BATCH

    def loss(p: dict[str, jax.Array], at: jax.Array) -> jax.Array:
        hidden = jax.nn.relu(x[at, None] * p["w1"] + p["b1"])
        return jnp.mean((hidden @ p["w2"] + p["b2"] - y[at]) ** 2)

    def step(p: dict[str, jax.Array], at: jax.Array) -> tuple[dict[str, jax.Array], jax.Array]:
        value, gradients = jax.value_and_grad(loss)(p, at)
        return jax.tree.map(lambda number, g: number - RATE * g, p, gradients), value

    def train(p: dict[str, jax.Array], batches: jax.Array) -> dict[str, jax.Array]:
        return jax.lax.scan(step, p, batches)[0]

    def start(key: jax.Array) -> dict[str, jax.Array]:
        keys = jax.random.split(key, 4)
        shapes, fans = {"w1": (HIDDEN,), "b1": (HIDDEN,), "w2": (HIDDEN,), "b2": ()}, (1, 1, HIDDEN, HIDDEN)
        return {
            name: jax.random.uniform(key, shape, minval=-(fan**-0.5), maxval=fan**-0.5)
            for key, (name, shape), fan in zip(keys, shapes.items(), fans, strict=True)
        }

    def shuffle(key: jax.Array) -> jax.Array:
        orders = jax.vmap(lambda each: jax.random.permutation(each, POINTS))(jax.random.split(key, EPOCHS))
        return orders.reshape(steps, BATCH).astype(jnp.int32)

    keys = jax.random.split(jax.random.key(0), RUNS)
    p = jax.vmap(start)(keys)
    batches = shuffle(keys[0]) if is_one else jax.vmap(shuffle)(keys)
    trained = jax.jit(jax.vmap(train, in_axes=(0, None if is_one else 0)))
    jax.block_until_ready(batches)

    def time_it() -> float:
        started = time.perf_counter()
        jax.block_until_ready(trained(p, batches))
        return time.perf_counter() - started

    return time_it
