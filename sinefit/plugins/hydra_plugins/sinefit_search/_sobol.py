"""Scrambled Sobol points, those of scipy.stats.qmc.Sobol without its import; must not know what they are for.

Importing scipy.stats takes 0.6 of the 1.1 s by which 10,000 drawn jobs need more than a grid of as many.
Source: Joe and Kuo 2008 (direction numbers, which scipy brings), Matousek 1998 (scrambling).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

BITS = 30
"""Of a coordinate, as scipy has them; so there are 2**30 points."""


def draw_sobol(count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Points of the unit cube, (count, dimensions), as ``qmc.Sobol(dimensions, rng=seed)`` draws them.

    Args:
        count: of points, at least 1.
        dimensions: of the cube, at least 1 and at most 21201.
        seed: decides the scrambling.
    """
    numbers = _read_direction_numbers()
    if numbers is None:  # a scipy that keeps them elsewhere
        from scipy.stats.qmc import Sobol  # noqa: PLC0415 - see above

        points: NDArray[np.float64] = Sobol(dimensions, rng=seed).random_base2((count - 1).bit_length())
        return points[:count]
    generator = np.random.default_rng(seed).spawn(1)[0]
    shift = generator.integers(2, size=(dimensions, BITS), dtype=np.uint32) @ (1 << np.arange(BITS))
    factors = np.tril(generator.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32)).astype(np.int64)
    directions = _scramble(_find_directions(*numbers, dimensions), factors)
    index = np.arange(1, count)
    changed = np.log2(index & -index).astype(
        np.int64
    )  # the bit in which two neighbours of a Gray code differ
    steps = np.concatenate([shift[:, None], directions[:, changed]], axis=1)
    drawn: NDArray[np.float64] = np.bitwise_xor.accumulate(steps, axis=1).T / 2**BITS
    return drawn


def _read_direction_numbers() -> tuple[Whole, Whole] | None:
    spec = find_spec("scipy")
    file = Path(str(spec and spec.origin)).parent / "stats" / "_sobol_direction_numbers.npz"
    if not file.is_file():
        return None
    with np.load(file) as arrays:
        return arrays["poly"].astype(np.int64), arrays["vinit"].astype(np.int64)


def _find_directions(polynomials: Whole, initial: Whole, dimensions: int) -> Whole:
    """The direction numbers, (dimensions, BITS), by the recurrence of each dimension's polynomial."""
    rows: list[Any] = [[1] * BITS]
    for polynomial, first in zip(polynomials[1:dimensions].tolist(), initial[1:].tolist(), strict=False):
        degree = polynomial.bit_length() - 1
        row = first[:degree]
        for index in range(degree, BITS):
            number = row[index - degree]
            for back in range(1, degree + 1):
                if polynomial >> (degree - back) & 1:
                    number ^= row[index - back] << back
            row.append(number)
        rows.append(row[:BITS])
    return np.array(rows, dtype=np.int64) << np.arange(BITS - 1, -1, -1)


def _scramble(directions: Whole, factors: Whole) -> Whole:
    """The direction numbers, their bits multiplied by a triangular matrix of bits for each dimension."""
    diagonal = np.arange(BITS)
    factors[:, diagonal, diagonal] = 1
    places = np.arange(BITS - 1, -1, -1)
    bits = directions[:, :, None] >> places & 1
    scrambled: Whole = (np.einsum("dpk,djk->djp", factors, bits) & 1) @ (1 << places)
    return scrambled
