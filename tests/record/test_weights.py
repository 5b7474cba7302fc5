"""Weights: files that are cast are torch's own, byte for byte."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import torch

from sinefit.record import weights
from sinefit.record.weights import find_layout, make_mould, save_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


def saved_by_torch(state: Mapping[str, Tensor]) -> bytes:
    """The independent source."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def views(shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype) -> dict[str, Tensor]:
    """Tensors that fill one storage."""
    sizes = [torch.Size(shape).numel() for shape in shapes.values()]
    pieces = torch.split(torch.randn(sum(sizes)).to(dtype), sizes)
    return {name: piece.view(shapes[name]) for name, piece in zip(shapes, pieces, strict=True)}


SHAPES = {
    "a network": {"0.weight": (10, 1), "0.bias": (10,), "2.weight": (1, 10), "2.bias": (1,)},
    "one number": {"w": ()},
    "a name in Chinese": {"权重 'a' = \n": (3, 2)},
    "numbers enough for several pages": {"w": (300, 200), "b": (200,)},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64], ids=str)
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_cast_files_are_torchs_byte_for_byte(
    shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of several files of one layout, although torch writes none but the first."""
    states = [views(shapes, dtype) for _ in range(4)]
    expected = [saved_by_torch(state) for state in states]
    first = save_weights(states[0])
    monkeypatch.setattr(weights, "save_state", lambda _: pytest.fail("torch wrote a file again"))
    assert [first, *map(save_weights, states[1:])] == expected


ODD = {
    "no tensors": {},
    "tensors with storages of their own": {"a": torch.ones(2), "b": torch.ones(2)},
    "a storage that is not filled": {"a": torch.ones(5)[:2]},
    "tensors that overlap": dict.fromkeys(("a", "b"), torch.ones(4)[:2]),
    "a transposed matrix": {"a": torch.arange(6.0).view(2, 3).T},
    "a parameter": {"a": torch.nn.Parameter(torch.ones(2))},
    "a tensor that wants gradients": {"a": torch.ones(2, requires_grad=True)},
}


@pytest.mark.parametrize("state", ODD.values(), ids=ODD)
def test_other_layouts_are_left_to_torch(state: dict[str, Tensor]) -> None:
    """What has no layout is written by torch itself."""
    assert find_layout(state) is None
    assert save_weights(state) == saved_by_torch(state)


def test_a_mould_that_gives_other_bytes_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a later torch makes its fingerprint otherwise, `torch.save` writes every file."""
    monkeypatch.setattr(weights, "combine_hashes", lambda hashes: hashes[0])
    assert make_mould(views(SHAPES["a network"], torch.float32)) is None
