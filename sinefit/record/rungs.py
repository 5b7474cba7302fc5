"""What the rungs of a sweep have decided: a file in its folder, written whole before a loser is recorded.

A line a decision, a JSON object. Sole owner of the file's name and format; what ranks is elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.files import LARGEST_TABLE, read_regular, write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

RUNGS_NAME = ".rungs.jsonl"


@dataclass(frozen=True)
class Bracket:
    """Whom a run competes with: the runs of its batch with an equal bracket.

    Attributes:
        keep: the share of settings that go on, as typed.
        at: the epochs of its rungs.
        objective: the metric that ranks.
    """

    keep: float
    at: tuple[int, ...]
    objective: str


@dataclass(frozen=True)
class Decision:
    """What one rung has decided.

    Attributes:
        jobs: numbers of the first and the last job of the batch.
        bracket: whose rung it is.
        epoch: after which it ranked.
        of: how many settings were ranked.
        out: number to rank of the jobs that do not go on, those that had ended by themselves among them.
    """

    jobs: tuple[int, int]
    bracket: Bracket
    epoch: int
    of: int
    out: dict[int, int]

    def concerns(self, job: int, bracket: Bracket) -> bool:
        """Whether a job took part, or would have.

        Args:
            job: its number.
            bracket: its own.
        """
        return self.jobs[0] <= job <= self.jobs[1] and self.bracket == bracket


def write_decisions(sweep: Path, decisions: Iterable[Decision]) -> None:
    """Write all that was decided so far, earlier decisions included.

    Args:
        sweep: its folder.
        decisions: in their order.

    Raises:
        RecordError: if they cannot be written.
    """
    content = "".join(json.dumps(asdict(each)) + "\n" for each in decisions).encode()
    write_atomically(sweep / RUNGS_NAME, content)


def read_decisions(sweep: str | os.PathLike[str]) -> list[Decision]:
    """What was decided so far; nothing without such a file.

    Raises:
        RecordError: if it is broken: without it nobody knows which runs may go on.
    """
    path = Path(sweep, RUNGS_NAME)
    try:
        return [_parse(json.loads(line)) for line in read_regular(path, LARGEST_TABLE).splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        what = "which says which runs go on, cannot be read"
        msg = f"{path}, {what}: {reason}; start the sweep in another folder"
        raise RecordError(msg) from error


def _parse(raw: Any) -> Decision:  # noqa: ANN401 - what a file holds
    bracket = raw["bracket"]
    at = tuple(map(int, bracket["at"]))
    first, last = map(int, raw["jobs"])
    return Decision(
        jobs=(first, last),
        bracket=Bracket(float(bracket["keep"]), at, str(bracket["objective"])),
        epoch=int(raw["epoch"]),
        of=int(raw["of"]),
        out={int(job): int(rank) for job, rank in raw["out"].items()},
    )
