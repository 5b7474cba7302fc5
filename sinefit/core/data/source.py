"""What a run needs of a data choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sinefit.core.data.points import Samples


class DataSource(Protocol):
    """What a run needs of a data choice; a data set of one's own offers just this."""

    @property
    def batch_size(self) -> int:
        """Points in a batch; the last batch of an epoch may be smaller."""

    @property
    def shuffle(self) -> bool:
        """Whether each epoch draws a new order."""

    def draw(self, seed: int) -> Samples:
        """The run's points, a function of `seed` alone; the run casts them to its dtype."""
