"""`TensorLoader` against torch's own `DataLoader`."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from sinefit.core.loader import TensorLoader


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(("size", "batch_size"), [(10, 3), (10, 10), (10, 50), (12, 4), (1, 1)])
def test_batches_and_draws_equal_the_default_loader(size: int, batch_size: int, shuffle: bool) -> None:  # noqa: FBT001 - a case
    """Three epochs give the same batches, and the global generator is where it would be."""
    dataset = TensorDataset(torch.arange(size).float(), torch.arange(size).float() ** 2)
    torch.manual_seed(3)
    default = DataLoader(dataset, batch_size=batch_size, shuffle=shuffle)
    expected = [batch for _ in range(3) for batch in default]
    draw_after = torch.rand(1)
    torch.manual_seed(3)
    loader = TensorLoader(dataset, batch_size, shuffle=shuffle)
    batches = [batch for _ in range(3) for batch in loader]
    assert torch.equal(torch.rand(1), draw_after)
    assert len(batches) == len(expected) == 3 * len(loader)
    for batch, other in zip(batches, expected, strict=True):
        assert all(map(torch.equal, batch, other))
