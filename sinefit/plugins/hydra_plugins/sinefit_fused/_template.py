"""One composed config and its siblings, which differ from it in values; must not know how it was composed.

Hydra composed the config of one job. The jobs of the same shape (see `_overrides`) get theirs by copying it
and setting the values, and their `.hydra` files by joining the pieces of its text.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hydra_plugins.sinefit_fused._overrides import is_task_line, parse
from hydra_plugins.sinefit_fused._plain import PlainValues
from hydra_plugins.sinefit_fused._references import NotSimpleError
from hydra_plugins.sinefit_fused._replica import Replica
from hydra_plugins.sinefit_fused._yaml_text import NotSeparableError, YamlText
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydra_plugins.sinefit_fused._overrides import Split

# What differs between all jobs in Hydra's own node, whatever their overrides, in the order of `hydra_yaml`.
_HYDRA_PLACES = (
    ("hydra", "overrides", "task"),
    ("hydra", "job", "override_dirname"),
    ("hydra", "job", "id"),
    ("hydra", "job", "num"),
    ("hydra", "runtime", "output_dir"),
)


class Template:
    """The configs of all jobs of one shape.

    Args:
        config: The config of one of them, as Hydra composed it. It is not kept.
        split: The overrides of that job.
    """

    def __init__(self, config: DictConfig, split: Split) -> None:
        contents = OmegaConf.to_container(config, resolve=False)
        self.contents: dict[str, Any] = contents  # type: ignore[assignment]  # a config's root is a mapping
        self._split = split
        self.keys = split.keys()
        self.is_proven: bool | None = None  # whether it may serve jobs of other values; the loader finds out
        self._paths = [tuple(key.split(".")) for key in self.keys]
        self._environment = self._copied_environment()
        self._fitted: list[dict[tuple[type, str], Any]] = [{} for _ in self.keys]
        self._full = Replica(config)
        task = self._full.fresh()
        with read_write(task), open_dict(task):
            del task["hydra"]
        self._task = Replica(task)
        self._trial = task

    def _copied_environment(self) -> list[str | None]:
        return [os.environ.get(name) for name in self.contents["hydra"]["job"]["env_copy"]]

    def environment_is_unchanged(self) -> bool:
        """Return whether the variables of `hydra.job.env_copy` are what they were at the composition."""
        return self._copied_environment() == self._environment

    @property
    def peculiar_keys(self) -> Sequence[str]:
        """The keys that are no plain places for values, judged by the job that Hydra composed."""
        fitted = self.fit(self._split.values)
        if fitted is None:
            return self.keys
        choices = self.contents["hydra"]["runtime"]["choices"]
        found = []
        for key, path, kept in zip(self.keys, self._paths, fitted, strict=True):
            here: Any = self.contents
            for name in path:
                here = here.get(name, NotImplemented) if isinstance(here, dict) else NotImplemented
            if (
                key in choices
                or type(kept) is not type(here)
                or repr(kept) != repr(here)
                or here is NotImplemented
            ):
                found.append(key)
        return found

    def is_faithful(self) -> bool:
        """Return whether the names that Hydra derived from the overrides are those that are derived here."""
        hydra, split = self.contents["hydra"], self._split
        rules = hydra["job"]["config"]["override_dirname"]
        return (
            "$" not in repr(rules)
            and hydra["job"]["override_dirname"] == self._derived_dirname(split)
            and hydra["overrides"]["task"] == _task_lines(split)
            and hydra["overrides"]["hydra"] == [line for line in split.lines if not is_task_line(line)]
        )

    def fit(self, values: Sequence[Any]) -> tuple[Any, ...] | None:
        """Return the values as the config holds them (1.0 for 1 in a float field); None if one is refused."""
        try:
            return tuple([self._fit(at, value) for at, value in enumerate(values)])
        except OmegaConfBaseException:
            return None

    def _fit(self, at: int, value: object) -> Any:  # noqa: ANN401 - what a config may hold
        known = self._fitted[at]
        key = (type(value), repr(value))
        if key not in known:
            if len(known) > 4096:  # noqa: PLR2004 - bounds the memory of sweeps over random numbers
                known.clear()
            *parents, last = self._paths[at]
            OmegaConf.update(self._trial, self.keys[at], value, merge=True)
            parent = OmegaConf.select(self._trial, ".".join(parents)) if parents else self._trial
            if not isinstance(parent, DictConfig):
                return NotImplemented
            known[key] = OmegaConf.to_container(OmegaConf.masked_copy(parent, [last]), resolve=False)[last]  # type: ignore[index,call-overload]
        return known[key]

    def override_dirname(self, split: Split) -> str:
        """Return what `hydra.job.override_dirname` is for a job."""
        if split.lines == self._split.lines:
            return str(self.contents["hydra"]["job"]["override_dirname"])
        return self._derived_dirname(split)

    def task_lines(self, split: Split) -> list[str]:
        """Return the app's own overrides of a job, as `.hydra/overrides.yaml` lists them."""
        if split.lines == self._split.lines:
            return list(self.contents["hydra"]["overrides"]["task"])
        return _task_lines(split)

    def _derived_dirname(self, split: Split) -> str:
        rules = self.contents["hydra"]["job"]["config"]["override_dirname"]
        excluded = rules["exclude_keys"]
        lines = _task_lines(split)
        if excluded:
            lines = [line for line in lines if parse(line).key_or_group not in excluded]
        return re.sub("=", rules["kv_sep"], rules["item_sep"].join(sorted(lines)))

    def task_config(self, split: Split) -> DictConfig:
        """Return a job's config as its task function gets it."""
        made = self._task.fresh()
        self._set(made, split)
        return made

    def plain(self, fitted: Sequence[Any]) -> dict[str, Any] | None:
        """Return the values of a job's `task_config`, resolved; None if only OmegaConf can resolve them."""
        return None if self._plain is None else self._plain.render(fitted)

    def full_config(self, split: Split) -> DictConfig:
        """Return a job's config with the hydra node, as Hydra's loader returns it."""
        made = self._full.fresh()
        self._set(made, split)
        hydra = made.hydra
        with read_write(hydra):
            hydra.overrides.task = self.task_lines(split)
            hydra.job.override_dirname = self.override_dirname(split)
        return made

    def _set(self, config: DictConfig, split: Split) -> None:
        for key, value in zip(self.keys, split.values, strict=True):
            OmegaConf.update(config, key, value, merge=True)

    def value(self, path: str, fitted: Sequence[Any]) -> object:
        """Return the unresolved value at a dotted path, for a job with these fitted values.

        Raises:
            NotSimpleError: There is no such value, or the way to it leads through an interpolation.
        """
        if path in self.keys:
            return fitted[self.keys.index(path)]
        here: object = self.contents
        for name in path.split("."):
            if not isinstance(here, dict) or name not in here:
                raise NotSimpleError(path)
            here = here[name]
        return here

    @cached_property
    def _plain(self) -> PlainValues | None:
        """The plain values of these jobs, if this job's own come out as OmegaConf resolves them."""
        task = {key: part for key, part in self.contents.items() if key != "hydra"}
        made = PlainValues(task, self._paths)
        own = self.fit(self._split.values)
        try:
            truth = OmegaConf.to_container(self.task_config(self._split), resolve=True)
        except OmegaConfBaseException:
            return None
        return made if own is not None and repr(made.render(own)) == repr(truth) else None

    @cached_property
    def _config_text(self) -> YamlText | None:
        task = {key: part for key, part in self.contents.items() if key != "hydra"}
        return _separated(task, self._paths, OmegaConf.to_yaml(self._task.fresh()))

    @cached_property
    def _hydra_text(self) -> YamlText | None:
        hydra = {"hydra": self.contents["hydra"]}
        return _separated(
            hydra, _HYDRA_PLACES, OmegaConf.to_yaml(OmegaConf.masked_copy(self._full.fresh(), "hydra"))
        )

    def config_yaml(self, split: Split, fitted: Sequence[Any]) -> str:
        """Return the text of a job's `config.yaml`."""
        if self._config_text is None:
            return OmegaConf.to_yaml(self.task_config(split))
        return self._config_text.render(fitted)

    def hydra_yaml(self, split: Split, num: int, output_dir: str) -> str:
        """Return the text of a job's `hydra.yaml`."""
        values = (self.task_lines(split), self.override_dirname(split), str(num), num, output_dir)
        if self._hydra_text is None:
            hydra = OmegaConf.masked_copy(self.full_config(split), "hydra")
            for path, value in zip(_HYDRA_PLACES, values, strict=True):
                OmegaConf.update(hydra, ".".join(path), value, force_add=True)
            return OmegaConf.to_yaml(hydra)
        return self._hydra_text.render(values)


def _task_lines(split: Split) -> list[str]:
    return [line for line in split.lines if is_task_line(line)]


def _separated(contents: dict[str, Any], places: Sequence[tuple[str, ...]], text: str) -> YamlText | None:
    """Return the text in pieces, if these with their own values make exactly the text of OmegaConf."""
    try:
        pieces = YamlText(contents, places)
    except NotSeparableError:
        return None
    own = []
    for place in places:
        here: Any = contents
        for name in place:
            here = here[name]
        own.append(here)
    return pieces if pieces.render(own) == text else None
