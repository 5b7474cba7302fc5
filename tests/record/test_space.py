"""What a sweep's words say of its settings, from files as Hydra writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sinefit.record.space import Space, read_space

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, typed: list[str], sweeper: dict[str, Any] | None = None) -> Path:
    """A sweep's `multirun.yaml` with what matters here."""
    settings = {"_target_": "x.SearchSweeper", "params": None, "tree": None} | (sweeper or {})
    content = {
        "hydra": {"sweeper": settings, "overrides": {"hydra": [], "task": typed}, "job": {"name": "a"}}
    }
    (folder / "multirun.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


@pytest.mark.parametrize(
    ("word", "conditional", "is_log"),
    [
        ("optimizer.momentum=tag(optimizer:sgd,choice(0,0.9))", True, False),
        ("+optimizer.momentum=tag(optimizer:sgd,interval(0,1))", True, False),
        ("optimizer.momentum=tag(log,tag(optimizer:sgd,interval(1e-3,1)))", True, True),
        ("optimizer.momentum=tag(optimizer:sgd, log, interval(1e-3,1))", True, True),
        ("optimizer.momentum=tag(log,interval(1e-3,1))", False, True),
        ("optimizer.momentum=0,0.9", False, False),
        ("optimizer.momentum=tag(pair,choice(0,0.9))", False, False),
        ("optimizer.momentum='tag:log'", False, False),
    ],
)
def test_tags_tell(tmp_path: Path, word: str, *, conditional: bool, is_log: bool) -> None:
    """A tag with a colon is a condition; log is a scale; what is no tag is neither."""
    name = {"optimizer.momentum"}
    space = read_space(write(tmp_path, ["optimizer=sgd,adam", word]))
    assert space == Space(frozenset(name if conditional else ()), frozenset(name if is_log else ()))


def test_what_stands_in_a_branch_is_conditional(tmp_path: Path) -> None:
    """At any depth; what every branch can have is none of it."""
    tree = {
        "model.hidden_size": "range(8,33)",
        "optimizer": {
            "sgd": {
                "optimizer.lr": "tag(log,interval(1e-3,1))",
                "optimizer.nesterov": {True: {"a.b": [1, 2]}},
            },
            "adam": {},
            "rmsprop": None,
        },
    }
    space = read_space(write(tmp_path, [], {"tree": tree, "params": {"c": "tag(optimizer:sgd,choice(1,2))"}}))
    assert space.conditional == {"optimizer.lr", "optimizer.nesterov", "a.b", "c"}
    assert space.log_scaled == {"optimizer.lr"}


@pytest.mark.parametrize(
    "content", ["hydra: {}\n", "", "hydra:\n  sweeper:\n    tree: [", "hydra:\n  sweeper:\n    a: b\n"]
)
def test_sweeps_of_other_kinds_say_nothing(tmp_path: Path, content: str) -> None:
    """No sweeper of ours, no file, a broken one."""
    assert read_space(tmp_path) == Space()
    (tmp_path / "multirun.yaml").write_text(content)
    assert read_space(tmp_path) == Space()
