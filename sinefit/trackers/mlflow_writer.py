"""The contract of the two ways to write into MLflow: by its client, and into the tables of its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sinefit.trackers.mlflow_run import MlflowRun


@dataclass(frozen=True)
class There:
    """A run that is in MLflow already.

    Attributes:
        run_id: its id there.
        digest: of what was sent; None if that was interrupted.
    """

    run_id: str
    digest: str | None


class Writer(Protocol):
    """A way to write into MLflow.

    Attributes:
        at_once: how many runs are best written at once.
    """

    at_once: int

    def find(self, sweep: str, identities: Sequence[str]) -> Mapping[str, Sequence[There]]:
        """The runs that are there and not deleted, by their identities.

        Args:
            sweep: the identity of the sweep that they are of, or `SINGLE`.
            identities: of the runs that are looked for, the sweep itself among them.
        """

    def create(self, run: MlflowRun) -> str:
        """Make a run with tags alone, which is still running; its id."""

    def write(self, runs: Sequence[MlflowRun], replaced: Sequence[Sequence[str]]) -> None:
        """Write runs as new ones.

        Args:
            runs: the runs.
            replaced: for each of them the ids of those that it takes the place of.
        """

    def update(self, run_id: str, run: MlflowRun) -> None:
        """Write a run over one that keeps its id."""
