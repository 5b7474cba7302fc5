"""Plain grids are the basic sweeper's: jobs, order, numbers, batches, folders and `.hydra` files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
import yaml
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra_plugins.sinefit_fused._overrides import parse
from hydra_plugins.sinefit_search._options import read_options
from hydra_plugins.sinefit_search._space import read_space
from hydra_plugins.sinefit_search._sweep import Listed
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from sweeping import App, Swept

TEXTS = st.sampled_from(
    ["x", "a b", "null", "true", "'1'", '"a,b"', "[1,2]", "{a: 1, b: [x]}", "${seed}", "", r"\,"]
)
NUMBERS = st.one_of(st.integers(-99, 99), st.floats(-9, 9)).map(str)
VALUES = st.lists(st.one_of(TEXTS.filter(bool), NUMBERS), min_size=1, max_size=3)
SWEEPS = st.one_of(
    VALUES.map(",".join),
    VALUES.map(lambda values: f"choice({','.join(value for value in values if value != 'null') or 1})"),
    st.tuples(st.integers(-3, 3), st.integers(4, 6), st.sampled_from(["1", "2", "0.5"])).map(
        lambda ends: f"range({ends[0]},{ends[1]},{ends[2]})"
    ),
    st.just("sort(3,1,2)"),
    st.just("float(range(0,3))"),
    st.just("str(1,2)"),
    st.just(""),
)
KEYS = st.sampled_from(["a", "b.c", "+a", "++d", "group@package", "db/engine", "~e"])
WORDS = st.lists(st.tuples(KEYS, SWEEPS).map("=".join), max_size=4)
FILES = [".hydra/config.yaml", ".hydra/overrides.yaml", ".hydra/hydra.yaml", "app.log"]


@settings(deadline=None, max_examples=50)
@given(
    typed=WORDS,
    params=st.dictionaries(KEYS, SWEEPS, max_size=2),
    most=st.one_of(st.none(), st.integers(1, 5)),
)
def test_grids_are_the_basic_sweepers(typed: list[str], params: dict[str, str], most: int | None) -> None:
    """The same jobs in the same batches, over words that hypothesis makes."""
    parser = OverridesParser.create()
    lines = [*(f"{key}={value}" for key, value in params.items()), *typed]
    expected = BasicSweeper.split_arguments(parser.parse_overrides(lines), most)
    options = read_options({"params": params, "max_batch_size": most})
    listed = Listed(read_space(options, parser.parse_overrides(typed)), most)
    assert [[list(trial.words) for trial in batch] for batch in listed.batches()] == expected


def _without_sweeper(text: str) -> Any:
    """A config without what says which sweeper has written it."""
    node = yaml.safe_load(text)
    hydra = node["hydra"]
    del hydra["sweeper"], hydra["runtime"]["choices"]["hydra/sweeper"]
    hydra["overrides"]["hydra"] = [
        word for word in hydra["overrides"]["hydra"] if "hydra/sweeper" not in word
    ]
    return node


@pytest.mark.parametrize("batch", [(), ("hydra.sweeper.max_batch_size=4",)])
def test_files_are_the_basic_sweepers(app: App, batch: tuple[str, ...]) -> None:
    """All files of a sweep are byte-equal, but for the sweeper's own settings in Hydra's."""
    words = ("optimizer=adam,sgd", "optimizer.lr=0.1,1e-3", "text='a b',x", "+new=choice([1,2])", *batch)

    def sweep(sweeper: str) -> Swept:
        return app.sweep(f"hydra/sweeper={sweeper}", *words)

    one, other = sweep("basic"), sweep("search")
    assert one.files.keys() == other.files.keys()
    assert len(one.returns) == len(other.returns) == 8
    assert [each.return_value for each in one.returns] == [each.return_value for each in other.returns]
    for name, data in one.files.items():
        if name.endswith(("hydra.yaml", "multirun.yaml")):
            contents = [_without_sweeper(files[name].decode()) for files in (one.files, other.files)]
            if name.endswith("hydra.yaml"):
                contents = [each["hydra"] for each in contents]
            assert contents[0] == contents[1], name
        elif name.endswith(".yaml"):
            assert data == other.files[name], name


def test_a_failure_is_raised_as_by_the_basic_sweeper(app: App) -> None:
    """When the batch is done, the first failed job's exception ends the sweep."""

    def fail(config: Any) -> None:
        msg = f"seed {config.seed}"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="seed 1"):
        app.sweep("hydra/sweeper=search", "seed=1,2", task=fail)


def test_batches_hold_whole_trials(app: App) -> None:
    """With repeats the jobs of a batch are those of whole trials; a smaller limit splits a trial."""
    seen: list[list[int]] = []

    def batched(jobs: Any, **_options: object) -> list[float]:
        seen.append([job.num for job in jobs])
        return [0.0] * len(jobs)

    words = ("hydra/sweeper=search", "rate=1,2,3", "seed=tag(repeats,range(0,3))")
    for most in (7, 2):
        app.sweep(*words, f"hydra.sweeper.max_batch_size={most}", make_batched=lambda _: batched)
    assert seen[:2] == [[0, 1, 2, 3, 4, 5], [6, 7, 8]]
    assert seen[2:] == [[0, 1], [2], [3, 4], [5], [6, 7], [8]]


def test_jobs_lack_what_their_branch_lacks(app: App) -> None:
    """The tree with a group composes, and the overrides of other branches are absent from a job's files."""
    app.write(
        "experiment/tree.yaml",
        "# @package _global_\n"
        "hydra: {sweeper: {tree: {optimizer: {sgd: {optimizer.momentum: [0, 0.9]}, adam: }}}}\n",
    )
    swept = app.sweep("hydra/sweeper=search", "+experiment=tree")
    texts = [swept.files[f"{num}/.hydra/overrides.yaml"].decode() for num in range(3)]
    assert [yaml.safe_load(text)[:-1] for text in texts] == [
        ["optimizer=sgd", "optimizer.momentum=0"],
        ["optimizer=sgd", "optimizer.momentum=0.9"],
        ["optimizer=adam"],
    ]


@pytest.mark.parametrize("is_dry", [False, True])
def test_the_list_before_the_start(app: App, monkeypatch: pytest.MonkeyPatch, *, is_dry: bool) -> None:
    """One line on a search, all of it where nothing is run, none on a small grid."""
    info = Mock()
    monkeypatch.setattr("hydra_plugins.sinefit_search._sweep.log.info", info)
    app.sweep("hydra/sweeper=search", "seed=1,2")
    assert not info.called
    words = ("rate=tag(log,interval(1,100))", "seed=tag(repeats,range(0,2))", "hydra.sweeper.levels=3")
    dry = f"hydra.launcher.dry_run={str(is_dry).lower()}"
    app.sweep("hydra/sweeper=search", *words, "hydra.sweeper.where='rate<50'", dry)
    lines = [str(call.args[0]) for call in info.call_args_list]
    if not is_dry:
        assert lines == ["4 jobs: 2 trials x 2 repeats, where rate<50 drops 1 of 3 combinations"]
        return
    assert lines == [
        "4 jobs: 2 trials x 2 repeats",
        "  rate: 1 to 100, log, 3 levels: 1.0, 10.0, 100.0",
        "  seed: 0, 1 (repeats)",
        "  where rate<50 drops 1 of 3 combinations",
        "  #0: rate=1.0 seed=0",
        "  #1: rate=1.0 seed=1",
        "  #2: rate=10.0 seed=0",
        "  #3: rate=10.0 seed=1",
    ]


@settings(deadline=None, max_examples=50)
@given(
    key=st.sampled_from(["a", "a.b-c", "null.x_1", "inf", "a.1", "+a", "a@b", "hydra.x"]),
    value=st.one_of(
        st.integers().map(str),
        st.floats().map(repr),
        st.from_regex(r"[-+]?[0-9]{1,3}(\.[0-9]{0,3})?([eE][-+]?[0-9]{1,2})?", fullmatch=True),
    ),
)
def test_numbers_are_parsed_as_hydra_parses_them(key: str, value: str) -> None:
    """What goes around Hydra's grammar comes out of it as well, in every attribute."""
    line = f"{key}={value}"
    mine, theirs = parse(line), OverridesParser.create().parse_override(line)
    assert repr(mine) == repr(theirs)
    assert vars(mine).keys() == vars(theirs).keys()
