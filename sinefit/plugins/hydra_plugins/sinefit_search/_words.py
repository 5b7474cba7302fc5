"""The words of a search, from `params`, from `tree` and as typed; must not know what becomes of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import CompactHydraException, HydraException
from hydra_plugins.sinefit_search._tags import Tags, read_tags
from hydra_plugins.sinefit_search._tree import read_tree, write_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._value import Value


@dataclass(frozen=True)
class Word:
    """A setting with its values, as typed.

    Args:
        override: as Hydra parses it.
        tags: of its values; a branch of a tree is a condition.
        is_of_tree: whether it stands in `hydra.sweeper.tree`.
    """

    override: Override
    tags: Tags
    is_of_tree: bool = False

    @property
    def line(self) -> str:
        """The word itself."""
        return str(self.override.input_line)

    @property
    def name(self) -> str:
        """The setting or group, with a package behind it if it has one."""
        package = self.override.package
        return f"{self.override.key_or_group}@{package}" if package else self.override.key_or_group

    @property
    def element(self) -> str:
        """The same as it stands before the equals sign, perhaps with a plus."""
        return self.override.get_key_element()

    @property
    def is_plain(self) -> bool:
        """Whether Hydra's basic sweeper would understand it as well."""
        return not (self.tags or self.override.is_interval_sweep())

    def excludes(self, other: Word) -> bool:
        """Whether no setting can have both words, by their conditions."""
        ours, theirs = _identities(self.tags.conditions), _identities(other.tags.conditions)
        return any(ours[key].isdisjoint(theirs[key]) for key in ours.keys() & theirs.keys())


def gather_words(
    options: Options, overrides: Sequence[Override], loader: ConfigLoader | None = None
) -> list[Word]:
    """The words of a search: those of `tree` first, then those of `params`, then what was typed.

    As with Hydra's basic sweeper, of plain words of one setting the last one counts.

    Args:
        options: of the sweeper.
        overrides: as typed.
        loader: knows the choices that a ``glob()`` stands for.

    Raises:
        CompactHydraException: naming all words that cannot be read, or that contradict each other.
    """
    mistakes: list[str] = []
    params = [f"{key}={write_values(value)}" for key, value in options.params.items()]
    from_params = _parse(params, loader, mistakes)
    tree = list(read_tree(options.tree))
    branched = _parse([each.line for each in tree], loader, mistakes)
    if mistakes:
        raise CompactHydraException("\n".join(mistakes))
    branches = [each.conditions for each in tree]
    words = [_tag(each, branch, mistakes) for each, branch in zip(branched, branches, strict=True)]
    params_words, typed = ([_tag(each, None, mistakes) for each in some] for some in (from_params, overrides))
    if mistakes:
        raise CompactHydraException("\n".join(mistakes))
    words += _last_of_each(params_words, typed, mistakes)
    mistakes += _find_twice(words)
    if mistakes:
        raise CompactHydraException("\n".join(mistakes))
    return words


def _parse(lines: Sequence[str], loader: ConfigLoader | None, mistakes: list[str]) -> list[Override]:
    parser = OverridesParser.create(config_loader=loader)
    overrides = []
    for line in lines:
        try:
            overrides.append(parser.parse_override(line))
        except (HydraException, RecursionError) as error:
            mistakes.append(f"{line} cannot be read: {str(error).splitlines()[0]}")
    for override in overrides:
        override.config_loader = loader
    return overrides


def _tag(override: Override, branch: Mapping[str, tuple[Value, ...]] | None, mistakes: list[str]) -> Word:
    """The word of an override, in a branch of the tree or in none."""
    try:
        tags = read_tags(override)
    except CompactHydraException as error:
        mistakes.append(str(error))
        tags = Tags()
    if branch and tags.is_repeats:
        mistakes.append(f"{override.input_line}: repeats are of every setting, and stand in no branch")
    if branch:
        doubled = tags.conditions.keys() & branch.keys()
        mistakes += [f"{override.input_line}: its branch says already what {key} is" for key in doubled]
        tags = replace(tags, conditions={**branch, **tags.conditions})
    return Word(override, tags, is_of_tree=branch is not None)


def _last_of_each(params: Sequence[Word], typed: Sequence[Word], mistakes: list[str]) -> Iterator[Word]:
    """One word for each setting, in the order of the first ones, but all those of different branches."""
    kept = {word.element: [word] for word in params}
    seen: set[str] = set()
    for word in typed:
        before = kept.get(word.element, []) if word.element in seen else []
        seen.add(word.element)
        if before and word.tags.conditions and all(each.tags.conditions for each in before):
            before.append(word)
            continue
        if before and not (word.is_plain and before[-1].is_plain):
            mistakes.append(f"{word.name} is typed twice, as {before[-1].line} and {word.line}")
        kept[word.element] = [word]
    return itertools.chain.from_iterable(kept.values())


def _find_twice(words: Sequence[Word]) -> list[str]:
    """Words of one setting that would hold at once, a sentence for each two."""
    mistakes = []
    for one, other in itertools.combinations(words, 2):
        if one.name != other.name or one.excludes(other):
            continue
        if one.is_of_tree != other.is_of_tree:
            mistakes.append(f"{one.name} stands in hydra.sweeper.tree and beside it: leave one of them out")
        elif one.tags.conditions or other.tags.conditions:
            mistakes.append(
                f"{one.name} would be set twice at once, by {one.line} and {other.line}: give them conditions"
                " of one key that exclude each other"
            )
    return mistakes


def _identities(conditions: Mapping[str, tuple[Value, ...]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(value.identity for value in values) for key, values in conditions.items()}
