"""The file `study.log`: the finished trials of a search, for Optuna's tools and for the search to go on.

A file of Optuna's `JournalStorage`, a line of JSON an entry. It is a mirror: no sampler ever works on what
was read here, since Optuna's CMA-ES unpickles what it finds in a study, and a sweep folder may be somebody
else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import optuna
from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search._samplers import at_work
from hydra_plugins.sinefit_search._search_facts import list_differences
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAME = "study.log"
_STUDY = "search"
"""The name of the study in the file."""
_FACTS = "search"
"""The study's attribute that says what decides the search."""
_FINISHED = (TrialState.COMPLETE, TrialState.FAIL)


@dataclass(frozen=True)
class Finished:
    """A trial that has ended.

    Args:
        params: what was suggested: key to a text or a number.
        values: its objectives; None if it failed.
    """

    params: Mapping[str, Any]
    values: tuple[float, ...] | None


class _OnlyWriter:
    """In the place of Optuna's lock, which a killed process leaves behind: one sweep writes into a folder."""

    def acquire(self) -> bool:
        """Take what nobody else takes."""
        return True

    def release(self) -> None:
        """Leave it."""


class Journal:
    """The finished trials of a search in a sweep folder; the file is made with the first of them.

    Args:
        folder: of the sweep.
        directions: one for each objective.

    Attributes:
        path: the file.
        facts: what decided the search that the file is of; empty without one.
        finished: its trials, in order.

    Raises:
        CompactHydraException: if there is a file that cannot be read.
    """

    def __init__(self, folder: Path, directions: Sequence[str]) -> None:
        self.path = folder / NAME
        self._directions = list(directions)
        self._study: optuna.Study | None = None
        self.facts: dict[str, str] = {}
        self.finished: list[Finished] = []
        if self.path.exists():
            self._read()

    def require_same(self, facts: Mapping[str, str]) -> None:
        """Check that the file is of this search.

        Args:
            facts: what decides it, see `list_facts`.

        Raises:
            CompactHydraException: naming what differs.
        """
        differences = list_differences(self.facts, facts) if self.facts else []
        if differences:
            lines = "\n".join(differences)
            msg = (
                f"{self.path} holds the study of another search; type what was typed then, or another"
                f" hydra.sweep.dir=FOLDER\n{lines}"
            )
            raise CompactHydraException(msg)

    def add(self, trial: FrozenTrial, facts: Mapping[str, str], jobs: Sequence[int]) -> None:
        """Write a finished trial; a killed process leaves all of its line or, at the end, a part.

        Args:
            trial: of the search's own study.
            facts: what decides the search.
            jobs: the numbers of its jobs.
        """
        with at_work(""):
            study = self._study or self._make()
            if not self.facts:
                study.set_user_attr(_FACTS, dict(facts))
                self.facts = dict(facts)
            copy = create_trial(
                state=trial.state,
                values=trial.values,
                params=trial.params,
                distributions=trial.distributions,
                user_attrs={"jobs": list(jobs)},
            )
            copy.datetime_start, copy.datetime_complete = trial.datetime_start, trial.datetime_complete
            study.add_trial(copy)

    def _make(self) -> optuna.Study:
        self._study = optuna.create_study(
            storage=self._open(),
            study_name=_STUDY,
            directions=[StudyDirection[name.upper()] for name in self._directions],
        )
        return self._study

    def _open(self) -> JournalStorage:
        backend = JournalFileBackend(str(self.path), lock_obj=_OnlyWriter())  # type: ignore[arg-type]  # has a lock's two methods
        return JournalStorage(backend)

    def _read(self) -> None:
        """Read the file, without what a killed process had begun to write."""
        try:
            _cut_half_line(self.path)
            with at_work(""):
                storage = self._open()
                if not storage.get_all_studies():
                    return
                self._study = optuna.load_study(study_name=_STUDY, storage=storage)
            self.facts = {str(key): str(each) for key, each in self._study.user_attrs.get(_FACTS, {}).items()}
            trials = self._study.get_trials(deepcopy=False, states=_FINISHED)
            self.finished = [Finished(trial.params, _read_values(trial)) for trial in trials]
        except Exception as error:
            msg = (
                f"{self.path} cannot be read as a study of Optuna's ({error}); move it away, and the search"
                " begins anew"
            )
            raise CompactHydraException(msg) from error
        if self.finished and not self.facts:
            msg = f"{self.path} does not say of which search it is; type another hydra.sweep.dir=FOLDER"
            raise CompactHydraException(msg)


def _read_values(trial: FrozenTrial) -> tuple[float, ...] | None:
    """The objectives of a trial; of one that failed None."""
    return None if trial.state is TrialState.FAIL else tuple(map(float, trial.values))


def _cut_half_line(path: Path) -> None:
    """Remove what stands behind the last end of a line."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
