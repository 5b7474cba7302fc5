"""Random numbers for draws, the same for the same seed; must not know what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hydra_plugins.sinefit_search._options import Options


def draw_shares(options: Options, dimensions: int) -> list[list[float]]:
    """Points of the unit cube, one a draw; the first n of 2n are the n.

    ``sobol`` are scrambled Sobol points (scipy.stats.qmc), ``uniform`` is numpy's PCG64.

    Args:
        options: say how many, by which sampler and seed.
        dimensions: of the cube, at least 1.
    """
    assert options.num_draws is not None  # noqa: S101 - asked where something is drawn
    if options.sampler == "uniform":
        from numpy.random import PCG64, Generator  # noqa: PLC0415 - only draws need it

        points = Generator(PCG64(options.seed)).random((options.num_draws, dimensions))
    else:
        from hydra_plugins.sinefit_search._sobol import draw_sobol  # noqa: PLC0415 - loads numpy

        points = draw_sobol(options.num_draws, dimensions, options.seed)
    shares: list[list[float]] = points.tolist()
    return shares
