"""Which source files a run's own code stands in, and their digests; imports and runs none of it."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinefit.settings.callables import find_beside_shell
from sinefit.settings.trust import list_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOT_OWN = {"sinefit", "torch", *sys.stdlib_module_names}
_MOST_FILES = 1000


def hash_code(settings: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of each source file of the `_target_`s outside of sinefit and torch.

    With the files that they import from beside them: modules of the same package, or of the same folder.

    Args:
        settings: a run's, plain.

    Returns:
        By the file's path within its folder, such as ``my_models.py``.
    """
    files: dict[str, str] = {}
    for _, target in list_targets(settings):
        if str(target).partition(".")[0] not in _NOT_OWN:
            find_beside_shell(str(target))
            files |= _hash_target(str(target))
    return dict(sorted(files.items()))


def read_code_anew() -> None:
    """Let files be read again that were read before: by each command, in a process that gives several."""
    _hash_target.cache_clear()


@functools.cache
def _hash_target(target: str) -> dict[str, str]:
    """The files that a target needs, as they are when it is first asked for: Python loads them once, too."""
    names = target.split(".")
    root = _find_root(names[0])
    if root is None:
        return {}
    waiting, found = list(_files_of(root, names)), dict[Path, str]()
    while waiting and len(found) < _MOST_FILES:
        file = waiting.pop()
        if file in found:
            continue
        try:
            content = file.read_bytes()
        except OSError:
            continue
        found[file] = hashlib.sha256(content).hexdigest()
        is_installed = "site-packages" in root.parts or "dist-packages" in root.parts
        for imported in _list_imports(content, file.relative_to(root)):
            if not is_installed or imported[0] == names[0]:
                waiting += _files_of(root, imported)
    return {file.relative_to(root).as_posix(): digest for file, digest in found.items()}


def _find_root(package: str) -> Path | None:
    """The folder that a package or a module lies in; None if it is none of files."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).parent
    return Path(spec.origin).parent if spec.has_location and spec.origin else None


def _files_of(root: Path, names: list[str]) -> Iterator[Path]:
    """The files that Python reads to import a dotted name, of which the last parts may be no modules."""
    for depth in range(1, len(names) + 1):
        path = root.joinpath(*names[:depth])
        yield from (each for each in (path / "__init__.py", path.with_suffix(".py")) if each.is_file())


def _list_imports(content: bytes, file: Path) -> Iterator[list[str]]:
    """The dotted names that a source file imports.

    Args:
        content: of the file.
        file: its path within the folder of its package.
    """
    try:
        nodes = list(ast.walk(ast.parse(content)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(file.parts[: len(file.parts) - node.level]) if node.level else []
            module = node.module.split(".") if node.module else []
            yield from ([*base, *module, alias.name] for alias in node.names)
