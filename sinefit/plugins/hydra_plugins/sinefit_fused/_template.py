"""One composed config and its siblings, which differ from it in values; must not know how it was composed.

Hydra composed the config of one job. The jobs of the same shape (see `_overrides`) get theirs by copying it
and setting the values, and their `.hydra` files by joining the pieces of its text.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hydra_plugins.sinefit_fused._overrides import parse
from hydra_plugins.sinefit_fused._plain import PlainValues
from hydra_plugins.sinefit_fused._references import NotSimpleError
from hydra_plugins.sinefit_fused._replica import Replica
from hydra_plugins.sinefit_fused._usual_logging import recognize_logging
from hydra_plugins.sinefit_fused._yaml_text import NotSeparableError, YamlText
from omegaconf import AnyNode, DictConfig, OmegaConf, open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra_plugins.sinefit_fused._overrides import Overrides
    from hydra_plugins.sinefit_fused._usual_logging import UsualLogging

_ABSENT = object()
_DIRNAME_OF_HYDRA_1_4 = "${hydra_override_dirname:}"  # Hydra 1.3 writes the name itself
# What differs between all jobs in Hydra's own node, whatever their overrides, in the order of `hydra_yaml`.
_HYDRA_PATHS = (
    ("hydra", "overrides", "task"),
    ("hydra", "job", "override_dirname"),
    ("hydra", "job", "id"),
    ("hydra", "job", "num"),
    ("hydra", "runtime", "output_dir"),
)


class Template:
    """The configs of all jobs of one shape.

    Args:
        config: the config of one of them, as Hydra composed it. It is not kept.
        overrides: the overrides of that job.

    Attributes:
        hydra: the values of Hydra's own node, unresolved.
        is_proven: whether it may serve jobs of other values; None until the loader has found out.
    """

    def __init__(self, config: DictConfig, overrides: Overrides) -> None:
        contents: Any = OmegaConf.to_container(config, resolve=False)
        self._contents: dict[str, Any] = contents
        self.hydra: dict[str, Any] = contents["hydra"]
        self._task_contents = {key: part for key, part in contents.items() if key != "hydra"}
        self.is_proven: bool | None = None
        self._own = overrides
        self._keys = overrides.keys
        self._paths = [tuple(key.split(".")) for key in self._keys]
        self._environment = self._copied_environment()
        # Saves 1 of 4 ms a job (benchmark.py empty).
        self._fitted: list[dict[tuple[type, str], Any]] = [{} for _ in self._keys]
        # Saves 0.3 of 1.2 ms a job of a random search, in which every job has numbers of its own.
        self._holds_any = [False for _ in self._keys]
        self._full = Replica(config)
        self._trial = self._full.fresh()
        with read_write(self._trial), open_dict(self._trial):
            del self._trial["hydra"]
        self._task = Replica(self._trial)

    def _copied_environment(self) -> list[str | None]:
        return [os.environ.get(name) for name in self.hydra["job"]["env_copy"]]

    def environment_is_unchanged(self) -> bool:
        """Whether the variables of `hydra.job.env_copy` are what they were at the composition."""
        return self._copied_environment() == self._environment

    def peculiar_keys(self) -> Sequence[str]:
        """The keys whose values cannot simply be set, judged by the job that Hydra composed."""
        fitted = self.fit(self._own.values)
        if fitted is None or not self._derives_names():
            return self._keys
        return [
            key
            for key, path, value in zip(self._keys, self._paths, fitted, strict=True)
            if key in self.hydra["runtime"]["choices"] or not _is_same(value, _at(self._contents, path))
        ]

    def _derives_names(self) -> bool:
        """Whether the names that Hydra derived from the overrides are those that are derived here."""
        listed, own = self.hydra["overrides"], self._own
        typed = [line for line in own.lines if parse(line).is_hydra_override()]
        return (
            "$" not in repr(self.hydra["job"]["config"]["override_dirname"])
            and self.hydra["job"]["override_dirname"] == self._derived_dirname(own)
            and (listed["task"], listed["hydra"]) == (own.task_lines, typed)
        )

    def fit(self, values: Sequence[Any]) -> tuple[Any, ...] | None:
        """The values as the config holds them (1.0 for 1 in a float field); None if one is refused."""
        try:
            return tuple([self._fit(index, value) for index, value in enumerate(values)])
        except OmegaConfBaseException:
            return None

    def _fit(self, index: int, value: object) -> Any:  # noqa: ANN401 - what a config may hold
        if self._holds_any[index] and type(value) in (int, float):
            return value
        known = self._fitted[index]
        key = (type(value), repr(value))
        if key not in known:
            if len(known) > 4096:  # noqa: PLR2004 - bounds the memory of sweeps over random numbers
                known.clear()
            *parents, last = self._paths[index]
            OmegaConf.update(self._trial, self._keys[index], value, merge=True)
            parent = OmegaConf.select(self._trial, ".".join(parents)) if parents else self._trial
            if not isinstance(parent, DictConfig):
                return _ABSENT
            held: Any = OmegaConf.to_container(OmegaConf.masked_copy(parent, [last]), resolve=False)
            known[key] = held[last]
            self._holds_any[index] = type(parent._get_node(last)) is AnyNode  # noqa: SLF001 - a field without a type
        return known[key]

    def override_dirname(self, overrides: Overrides) -> str:
        """What `hydra.job.override_dirname` is for a job."""
        if overrides.lines == self._own.lines:
            return str(self.hydra["job"]["override_dirname"])
        return self._derived_dirname(overrides)

    def _derived_dirname(self, overrides: Overrides) -> str:
        if self.hydra["job"]["override_dirname"] == _DIRNAME_OF_HYDRA_1_4:
            return _DIRNAME_OF_HYDRA_1_4
        from hydra._internal.config_loader_impl import get_overrides_dirname  # noqa: PLC0415 - Hydra 1.3 has it

        return get_overrides_dirname(overrides.of_task, **self.hydra["job"]["config"]["override_dirname"])

    def task_lines(self, overrides: Overrides) -> list[str]:
        """What `.hydra/overrides.yaml` lists for a job: the app's own overrides."""
        if overrides.lines == self._own.lines:
            return list(self.hydra["overrides"]["task"])
        return overrides.task_lines

    def value(self, path: str, values: Sequence[Any]) -> object:
        """The unresolved value at a dotted path, for a job with these values.

        Raises:
            NotSimpleError: there is no such value, or the way to it leads through an interpolation.
        """
        if path in self._keys:
            return values[self._keys.index(path)]
        found = _at(self._contents, path.split("."))
        if found is _ABSENT:
            raise NotSimpleError(path)
        return found

    def full_config(self, overrides: Overrides) -> DictConfig:
        """A job's config with the hydra node, as Hydra's loader makes it."""
        made = self._filled(self._full, overrides)
        with read_write(made.hydra):
            made.hydra.overrides.task = self.task_lines(overrides)
            made.hydra.job.override_dirname = self.override_dirname(overrides)
        return made

    def task_config(self, overrides: Overrides) -> DictConfig:
        """A job's config as its task function gets it."""
        return self._filled(self._task, overrides)

    def _filled(self, template: Replica[DictConfig], overrides: Overrides) -> DictConfig:
        made = template.fresh()
        for key, value in zip(self._keys, overrides.values, strict=True):
            OmegaConf.update(made, key, value, merge=True)
        return made

    def plain_values(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """The values of a job's `task_config`, resolved; None if only OmegaConf can resolve them."""
        return None if self._plain is None else self._plain.fill(values)

    def config_yaml(self, overrides: Overrides) -> str:
        """The text of a job's `config.yaml`."""
        if self._config_text is None:
            return OmegaConf.to_yaml(self.task_config(overrides))
        return self._config_text.fill(overrides.values)

    def hydra_yaml(self, overrides: Overrides, num: int, output_dir: str) -> str:
        """The text of a job's `hydra.yaml`.

        Args:
            overrides: the job's overrides.
            num: the job's number.
            output_dir: the absolute path of its folder.
        """
        values = (self.task_lines(overrides), self.override_dirname(overrides), str(num), num, output_dir)
        if self._hydra_text is not None:
            return self._hydra_text.fill(values)
        hydra = OmegaConf.masked_copy(self.full_config(overrides), "hydra")
        for path, value in zip(_HYDRA_PATHS, values, strict=True):
            OmegaConf.update(hydra, ".".join(path), value, force_add=True)
        return OmegaConf.to_yaml(hydra)

    @cached_property
    def logging(self) -> UsualLogging | None:
        """The logging of these jobs, if it is of the usual sort."""
        return recognize_logging(self.hydra["job_logging"], self.hydra["verbose"])

    @cached_property
    def _plain(self) -> PlainValues | None:
        """The plain values of these jobs, if this job's own come out as OmegaConf resolves them."""
        made = PlainValues(self._task_contents, self._paths)
        own = self.fit(self._own.values)
        try:
            truth = OmegaConf.to_container(self.task_config(self._own), resolve=True)
        except OmegaConfBaseException:
            return None
        return made if own is not None and _is_same(made.fill(own), truth) else None

    @cached_property
    def _config_text(self) -> YamlText | None:
        return _separated(self._task_contents, self._paths, OmegaConf.to_yaml(self._task.fresh()))

    @cached_property
    def _hydra_text(self) -> YamlText | None:
        text = OmegaConf.to_yaml(OmegaConf.masked_copy(self._full.fresh(), "hydra"))
        return _separated({"hydra": self.hydra}, _HYDRA_PATHS, text)


def _separated(contents: Mapping[str, Any], paths: Sequence[tuple[str, ...]], text: str) -> YamlText | None:
    """The text in pieces, if these with their own values make exactly the text of OmegaConf."""
    try:
        pieces = YamlText(contents, paths)
    except NotSeparableError:
        return None
    return pieces if pieces.fill([_at(contents, path) for path in paths]) == text else None


def _at(contents: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - nested mappings
    """The value at a path through mappings, or `_ABSENT`."""
    for name in path:
        if not isinstance(contents, dict) or name not in contents:
            return _ABSENT
        contents = contents[name]
    return contents


def _is_same(one: object, other: object) -> bool:
    """Whether two values are equal in type and writing, so that 1 is not 1.0 and nan is nan."""
    return type(one) is type(other) and repr(one) == repr(other)
