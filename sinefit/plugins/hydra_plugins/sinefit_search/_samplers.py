"""Optuna's samplers that learn: which there are, what each of them needs, and what it cannot do.

Optuna is imported inside the functions alone, for a sampler that was asked for.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from hydra.errors import CompactHydraException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._space import Space
    from optuna.samplers import BaseSampler

_NEEDS = {
    "tpe": ("optuna",),
    "gp": ("optuna", "torch", "scipy"),
    "cmaes": ("optuna", "cmaes"),
    "nsga2": ("optuna",),
}
_SEVERAL = ("tpe", "gp", "nsga2")
"""Samplers for more than one objective."""
_OLDEST = 4, 5
"""The first version of Optuna whose Gaussian process knows several objectives and trials on their way."""
BATCH = 10
_LARGEST_POPULATION = 50
_GENERATIONS = 10
_SMALLEST_CMAES = 4
"""The least population of CMA-ES, that of one dimension."""


def require_packages(sampler: str) -> None:
    """Check that what a sampler needs is installed.

    Args:
        sampler: its name.

    Raises:
        CompactHydraException: saying what to type.
    """
    missing = [name for name in _NEEDS[sampler] if _find_version(name) is None]
    found = _find_version("optuna") or ""
    is_old = not missing and tuple(map(int, found.split(".")[:2])) < _OLDEST
    if missing or is_old:
        oldest = ".".join(map(str, _OLDEST))
        wanted = [f"'optuna>={oldest}'", *(name for name in missing if name != "optuna")]
        what = f"optuna {oldest} or later, found {found}" if is_old else " and ".join(missing)
        msg = f"hydra.sweeper.sampler={sampler} needs {what}; type: pip install {' '.join(wanted)}"
        raise CompactHydraException(msg)


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def require_able(space: Space, options: Options, batch_size: int) -> None:
    """Check that a sampler can search a space for such objectives.

    Args:
        space: that is searched.
        options: of the sweeper.
        batch_size: trials that are asked for at once.

    Raises:
        CompactHydraException: naming what can.
    """
    sampler, count = options.sampler, len(options.directions)
    if count > 1 and sampler not in _SEVERAL:
        msg = (
            f"hydra.sweeper.sampler={sampler} has one objective, and hydra.sweeper.direction names {count};"
            f" for several type one of {', '.join(_SEVERAL)}"
        )
        raise CompactHydraException(msg)
    if sampler == "nsga2" and batch_size == 1:
        msg = "hydra.sweeper.batch_size is the population of nsga2, and must be 2 or more, got 1"
        raise CompactHydraException(msg)
    if sampler == "cmaes" and not _split_keys(space, "cmaes")[0]:
        msg = (
            "hydra.sweeper.sampler=cmaes learns intervals and ranges that all trials have, and there is"
            " none: it would draw everything at random; type hydra.sweeper.sampler=tpe"
        )
        raise CompactHydraException(msg)


def choose_batch_size(options: Options) -> int:
    """How many trials are asked for at once where nobody says it; of NSGA-II it is the population.

    Args:
        options: of the sweeper.
    """
    if options.batch_size is not None:
        return options.batch_size
    if options.sampler == "nsga2":
        return min(_LARGEST_POPULATION, max(BATCH, (options.num_draws or 0) // _GENERATIONS))
    return BATCH


def make_sampler(options: Options, batch_size: int) -> BaseSampler:
    """A sampler as Optuna has it by default, with the seed; a population is a batch.

    Args:
        options: of the sweeper.
        batch_size: trials that are asked for at once.
    """
    from optuna import samplers  # noqa: PLC0415 - for samplers that learn alone

    if options.sampler == "tpe":
        return samplers.TPESampler(seed=options.seed)
    if options.sampler == "gp":
        return samplers.GPSampler(seed=options.seed, warn_independent_sampling=False)
    if options.sampler == "nsga2":
        return samplers.NSGAIISampler(seed=options.seed, population_size=batch_size)
    return samplers.CmaEsSampler(
        seed=options.seed, popsize=max(batch_size, _SMALLEST_CMAES), warn_independent_sampling=False
    )


def describe_limits(space: Space, sampler: str) -> Iterator[str]:
    """One line on what a sampler draws at random instead of learning it; none if it learns everything.

    Args:
        space: that is searched.
        sampler: its name.
    """
    learned, random = _split_keys(space, sampler)
    if random:
        lists = "lists and " if sampler == "cmaes" else ""
        yield (
            f"{sampler} learns {', '.join(learned) or 'nothing'}; {lists}settings of some branches it draws"
            f" at random: {', '.join(random)}"
        )


def _split_keys(space: Space, sampler: str) -> tuple[list[str], list[str]]:
    """The axes that a sampler learns, and those that it draws at random."""
    learned: list[str] = []
    random: list[str] = []
    for axis in space.axes:
        is_range = axis.range is not None and not axis.rows
        if axis.is_fixed or (not is_range and len(axis) == 1):
            continue
        is_drawn = sampler != "tpe" and (axis.conditions or (sampler == "cmaes" and not is_range))
        (random if is_drawn else learned).append(axis.key)
    return learned, random


@contextmanager
def at_work(sampler: str) -> Iterator[None]:
    """Let a sampler work: unheard, and with the same sums whatever the app has set.

    What it would say is meant: infinite objectives, and settings that are drawn at random, of which
    `describe_limits` tells. Gaussian processes are fitted by torch, whose sums depend on its threads.

    Args:
        sampler: its name.
    """
    import optuna  # noqa: PLC0415 - for samplers that learn alone

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings(), _one_thread() if sampler == "gp" else warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch  # noqa: PLC0415 - for Gaussian processes alone

    count = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(count)
