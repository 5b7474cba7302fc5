"""Pairs, branches, ranges, draws and repeats: which trials words stand for."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import Counter

import numpy as np
import pytest
from hydra_plugins.sinefit_search import _sobol
from hydra_plugins.sinefit_search._range import Range
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc
from searching import list_words, make_space

LR = "lr=tag(log,interval(1e-4,1e-1))"
TREE = {"opt": {"sgd": {"opt.m": "0,0.9"}, "adam": {"model": {"siren": {"model.w0": [10, 30]}, "mlp": None}}}}
COMPACT = (
    "opt=sgd,adam",
    "opt.m=tag(opt:sgd,choice(0,0.9))",
    "model=tag(opt:adam,choice(siren,mlp))",
    "model.w0=tag(opt:adam,model:siren,choice(10,30))",
)


def test_pairs_go_together() -> None:
    """Settings of one tag are one axis; another tag is another axis, and the rest is a grid."""
    jobs = list_words(
        "a=tag(pair,choice(1,2))",
        "c=tag(pair_b,range(0,2))",
        "b=tag(pair,choice(x,y))",
        "d=tag(pair_b,choice(u,v))",
        "e=5",
    )
    zipped = [(1, "x"), (2, "y")], [(0, "u"), (1, "v")]
    assert jobs == [f"a={a} c={c} b={b} d={d} e=5" for (a, b), (c, d) in itertools.product(*zipped)]


def test_both_forms_of_conditions_make_the_same_jobs() -> None:
    """A tree and words with conditions stand for the same trials, in the same order."""
    jobs = list_words("seed=1,2", tree=TREE)
    assert jobs == list_words(*COMPACT, "seed=1,2")
    assert jobs[::2] == [
        "opt=sgd opt.m=0 seed=1",
        "opt=sgd opt.m=0.9 seed=1",
        "opt=adam model=siren model.w0=10 seed=1",
        "opt=adam model=siren model.w0=30 seed=1",
        "opt=adam model=mlp seed=1",
    ]


def test_a_condition_may_stand_before_what_it_depends_on() -> None:
    """The order of words decides only how they are written."""
    assert list_words("m=tag(opt:sgd,choice(0,1))", "opt=sgd,adam") == [
        "m=0 opt=sgd",
        "m=1 opt=sgd",
        "opt=adam",
    ]


@pytest.mark.parametrize("written", ["1e-1", "0.10", "0.1"])
def test_conditions_compare_values_and_not_texts(written: str) -> None:
    """A number is the same however it is written."""
    assert list_words("a=0.1,2", f"b=tag(a:{written},choice(x))") == ["a=0.1 b=x", "a=2"]


def test_one_setting_has_a_range_of_its_own_in_each_branch() -> None:
    """The same key in two branches is two dimensions of a draw."""
    words = ("opt=a,b", "lr=tag(opt:a,interval(0,1))", "lr=tag(opt:b,log,interval(10,1000))")
    shares = qmc.Sobol(2, scramble=True, rng=0).random_base2(2)
    expected = [
        job
        for first, second in shares.tolist()
        for job in (f"opt=a lr={first!r}", f"opt=b lr={Range(10.0, 1000.0, is_log=True).at(second)!r}")
    ]
    assert list_words(*words, num_draws=4) == expected


def test_a_trial_without_anything_drawn_is_made_once() -> None:
    """Where the drawn setting does not exist, all draws are the same trial."""
    jobs = list_words("opt=sgd,adam", "m=tag(opt:sgd,interval(0,1))", num_draws=3)
    assert Counter(job.split()[0] for job in jobs) == {"opt=sgd": 3, "opt=adam": 1}


@pytest.mark.parametrize(
    ("word", "levels", "expected"),
    [
        (LR, 7, np.geomspace(1e-4, 1e-1, 7)),
        ("lr=interval(-1,1)", 9, np.linspace(-1, 1, 9)),
        ("lr=tag(log,int,interval(8,512))", 7, np.geomspace(8, 512, 7)),
        ("lr=int(interval(1,4))", 9, [1, 2, 3, 4]),
        ("lr=tag(int,interval(0,10))", 3, np.linspace(0, 10, 3)),
    ],
)
def test_levels_are_evenly_spaced(word: str, levels: int, expected: list[float]) -> None:
    """As numpy's geomspace and linspace; whole numbers are rounded, and none comes twice."""
    numbers = [float(job.partition("=")[2]) for job in list_words(word, levels=levels)]
    np.testing.assert_allclose(numbers, expected, rtol=1e-12)


def test_levels_have_few_digits() -> None:
    """What rounding alone has left of a number is not written."""
    assert list_words("a=tag(log,interval(1e-3,1e-1))", "b=interval(0,0.4)", levels=3)[4] == "a=0.01 b=0.2"


def _by_hand(sampler: str, seed: int, num: int) -> np.ndarray:
    """Points of two dimensions, by scipy and numpy alone."""
    if sampler == "uniform":
        return np.random.Generator(np.random.PCG64(seed)).random((num, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that are no power of two
        return qmc.Sobol(2, scramble=True, rng=seed).random(num)


@pytest.mark.parametrize("sampler", ["sobol", "uniform"])
@pytest.mark.parametrize(("num", "seed"), [(1, 0), (7, 3), (32, 11)])
def test_draws_are_those_of_scipy_and_numpy(sampler: str, num: int, seed: int) -> None:
    """A linear interval, and a range of whole numbers, each of which is equally likely."""
    jobs = list_words("a=interval(0,1)", "b=range(8,65)", num_draws=num, seed=seed, sampler=sampler)
    assert jobs == [f"a={a!r} b={8 + math.floor(57 * b)}" for a, b in _by_hand(sampler, seed, num).tolist()]


@pytest.mark.parametrize("finds_numbers", [True, False])
@settings(deadline=None, max_examples=20)
@given(count=st.integers(1, 70), dimensions=st.integers(1, 12), seed=st.integers(0, 2**40))
def test_sobol_points_are_scipys(count: int, dimensions: int, seed: int, *, finds_numbers: bool) -> None:
    """Bit for bit, in any number of dimensions, also where scipy's file of numbers is not found."""
    with pytest.MonkeyPatch.context() as patch:
        if not finds_numbers:
            patch.setattr(_sobol, "_read_direction_numbers", lambda: None)
        points = _sobol.draw_sobol(count, dimensions, seed)
    expected = qmc.Sobol(dimensions, scramble=True, rng=seed).random_base2(7)[:count]
    np.testing.assert_array_equal(points, expected)


def test_sobol_points_know_all_dimensions_of_scipy() -> None:
    """As many as there are direction numbers."""
    expected = qmc.Sobol(2000, scramble=True, rng=1).random_base2(3)
    np.testing.assert_array_equal(_sobol.draw_sobol(8, 2000, 1), expected)


@pytest.mark.parametrize("sampler", ["sobol", "uniform"])
@settings(deadline=None, max_examples=15)
@given(st.integers(1, 40), st.integers(0, 5))
def test_more_draws_begin_with_the_same_ones(sampler: str, num: int, seed: int) -> None:
    """The first n of 2n draws are the n draws."""
    words, fields = (LR, "h=tag(int,interval(1,9))"), {"sampler": sampler, "seed": seed}
    few = list_words(*words, num_draws=num, **fields)
    assert list_words(*words, num_draws=2 * num, **fields)[:num] == few


def test_draws_stand_outside_grids_and_repeats_inside() -> None:
    """Each draw times each value of a grid, times each repeat."""
    jobs = list_words("a=x,y", "h=range(0,1000)", "seed=tag(repeats,range(0,2))", num_draws=3)
    hidden = [job.split()[1] for job in jobs[::4]]
    assert jobs == [f"a={a} {h} seed={seed}" for h in hidden for a in "xy" for seed in (0, 1)]


def test_lists_are_drawn_where_that_is_said() -> None:
    """A list of values with the tag draw is one dimension of a draw."""
    jobs = list_words("a=tag(draw,choice(x,y,z))", "b=interval(0,1)", num_draws=64)
    assert len(jobs) == 64
    assert set(Counter(job.split()[0] for job in jobs).values()) <= {20, 21, 22, 23}


def test_repeats_are_the_innermost_axes() -> None:
    """Wherever they are typed; several of them are a grid of their own, and no part of a trial."""
    space = make_space("fold=tag(repeats,choice(a,b))", "x=1,2", "seed=tag(repeats,range(0,2))")
    assert space.repeats == [tuple(f"fold={f} seed={s}".split()) for f in "ab" for s in (0, 1)]
    assert [trial.words for trial in space.trials()] == [("x=1",), ("x=2",)]


@settings(deadline=None, max_examples=50)
@given(
    low=st.floats(1e-6, 1e3),
    factor=st.floats(1.001, 1e6),
    share=st.floats(0, 1, exclude_max=True),
    is_log=st.booleans(),
)
def test_a_range_keeps_its_ends(low: float, factor: float, share: float, *, is_log: bool) -> None:
    """No draw leaves the range, whatever rounding does."""
    assert low <= Range(low, low * factor, is_log=is_log).at(share) <= low * factor


@settings(deadline=None, max_examples=50)
@given(low=st.integers(1, 50), count=st.integers(1, 60), step=st.integers(1, 7), is_log=st.booleans())
def test_steps_keep_to_their_grid(low: int, count: int, step: int, *, is_log: bool) -> None:
    """Quantised draws are the values of the range, each of them reached; on a linear scale equally often."""
    values = list(range(low, low + count * step, step))
    range_ = Range(low, values[-1], is_log=is_log, is_int=True, step=step)
    found = Counter(range_.at(share) for share in np.linspace(0, 1, 200 * count, endpoint=False))
    assert sorted(found) == values
    if not is_log:
        assert max(found.values()) - min(found.values()) <= 2


def test_steps_of_a_tenth_are_tenths() -> None:
    """Decimal steps add up as they are written."""
    shares = [(index + 0.5) / 10 for index in range(10)]
    assert [Range(0, 0.9, step=0.1).at(share) for share in shares] == [round(0.1 * k, 1) for k in range(10)]


def test_a_walk_asks_for_what_exists() -> None:
    """A chooser is asked by what was chosen before, once for a pair, never for a single value."""
    asked = []

    class Last:
        def choose(self, key: str, values: list[str]) -> int:
            asked.append((key, tuple(values)))
            return len(values) - 1

        def number(self, key: str, range_: Range) -> float:
            asked.append((key, (range_.low, range_.high)))
            return range_.high

    space = make_space(
        "opt=sgd,adam",
        "m=tag(opt:sgd,interval(0,1))",
        "h=tag(opt:adam,int,interval(1,8))",
        "a=tag(pair,choice(1,2))",
        "b=tag(pair,choice(x,y))",
        "c=choice(5)",
        num_draws=3,
        sampler="tpe",
    )
    trial = space.walk(Last())
    assert trial.words == ("opt=adam", "h=8", "a=2", "b=y", "c=5")
    assert trial.values == {"opt": "adam", "h": 8, "a": 2, "b": "y", "c": 5}
    assert asked == [("opt", ("sgd", "adam")), ("h", (1, 8)), ("a,b", ("1,x", "2,y"))]
