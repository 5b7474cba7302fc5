"""What is typed at `sinefit-results compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from run_folders import write_run

from sinefit.cli.compare import compare
from sinefit.cli.parsing import parse_between, parse_share
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("+optimizer = adam , sgd", ("optimizer", "adam", "sgd")),
        ("data.extrapolation=[6.3,12.6],[0,1]", ("data.extrapolation", "[6.3,12.6]", "[0,1]")),
        ('note="it\'s, 3",a=b', ("note", "it's, 3", "a=b")),
        ("optimizer=adam,sgd,lion", ("optimizer", "adam", "sgd", "lion")),
        (r"note='it\'s, 3',{a:1,b:2}", ("note", "it's, 3", "{a:1,b:2}")),
        ('note=it\'s,say "x"', ("note", "it's", 'say "x"')),
        ("model.bias=True,null", ("model.bias", "true", "unset")),
        ("data=<script>,ünïcode 日本", ("data", "<script>", "ünïcode 日本")),
    ],
)
def test_values_between_commas(typed: str, read: tuple[str, ...]) -> None:
    """Lists, dicts and quoted text hold commas, equals signs and quotes of their own."""
    assert parse_between(typed) == (read[0], read[1:])


@pytest.mark.parametrize("typed", ["optimizer=a", "optimizer", "=a,b", "o=a,", "o=a,'a'", "o=a,b,a"])
def test_other_numbers_of_values_are_refused(typed: str) -> None:
    """One, none, or twice the same."""
    with pytest.raises(
        SinefitError, match=r"must be KEY=A,B with two or more different values, got .*optimizer=adam,sgd"
    ):
        parse_between(typed)


def test_shares() -> None:
    """Per cent or plain; nothing negative, no word."""
    assert [parse_share(text) for text in ("5%", "0.05", ".5 %", "0")] == [0.05, 0.05, 0.005, 0]
    for text in ("-5%", "much", "5%%", "nan"):
        with pytest.raises(SinefitError, match="must be a share"):
            parse_share(text)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    """A sweep over two sizes with SGD, and one over two rates with Adam, which is better at 0.1."""
    for side, optimizer, key, values in (
        ("a", "sgd", "model.hidden_size", (8, 16)),
        ("b", "adam", "optimizer.lr", (0.1, 1.0)),
    ):
        for number in range(12):
            value, seed = values[number // 6], number % 6
            overrides = [f"optimizer={optimizer}", f"{key}={value}", f"seed={seed}"]
            write_run(
                tmp_path / side / str(number),
                *overrides,
                metrics={"rmse": value * (1 + seed)},
                seed=seed,
                config_hash=f"{side}{number}",
            )
        (tmp_path / side / "multirun.yaml").write_text("hydra: {}\n")
    return str(tmp_path / "a"), str(tmp_path / "b")


def test_each_side_can_be_chosen_from(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Settings of one side alone: the message says what to type, and that works; names stay short."""
    with pytest.raises(SinefitError, match=r'for example with compare --where-a "model.hidden_size == 8"'):
        compare(list(sides))
    with pytest.raises(SinefitError, match=r'for example with compare --where-b "optimizer.lr == 0.1"'):
        compare(list(sides), where_a="model.hidden_size == 8")
    compare(list(sides), where_a="model.hidden_size == 8", where_b="optimizer.lr == 0.1", fail_if_worse="0%")
    text = capsys.readouterr().out
    assert "what tells the sides apart: optimizer (sgd in" in text
    assert "not paired, because one side does not have it: model.hidden_size (only in" in text
    assert "better in 6 of 6 pairs, p = 0.031)" in text


def test_worse_without_bound(sides: tuple[str, str], tmp_path: Path) -> None:
    """A side that diverged fails with a message that holds no inf."""
    for seed in range(6):
        write_run(
            tmp_path / "c" / str(seed), f"seed={seed}", status="diverged", seed=seed, config_hash=str(seed)
        )
    with pytest.raises(SinefitError, match="in rmse without bound, more than --fail-if-worse 5%"):
        compare([sides[0], str(tmp_path / "c")], where_a="model.hidden_size == 8", fail_if_worse="5%")
