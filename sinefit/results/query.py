"""Rows that fulfil a condition, such as ``status == 'completed' and optimizer.lr < 0.1``.

Python's parser reads the condition, and nothing but comparisons is computed. `DataFrame.query` would execute
calls and attributes, and compares text with numbers silently, empty cells differently in each type.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sinefit.errors import SinefitError
from sinefit.results.frame import add_settings
from sinefit.results.statistics.metric import refuse_test_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


class _Empty:
    """An empty cell: equal to others and to null, unequal to all else, neither less nor greater."""

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


_EMPTY = _Empty()
_WORDS = {"true": True, "false": False, "null": _EMPTY, "none": _EMPTY, "inf": math.inf}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_LONGEST = 10_000
_TOKENS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`([^`]*)`")


def select_rows(table: pd.DataFrame, expression: str) -> pd.DataFrame:
    """The rows of a table for which an expression holds.

    Known are ``== != < <= > >=``, also chained, ``in`` and ``not in`` with a list, ``and or not``,
    parentheses, numbers, quoted text, true, false and null. Columns are written as they are called,
    dots included; a name that is none in Python stands in backticks. An empty cell fulfils
    ``== null`` and ``!=``, and no other comparison.

    >>> table = pd.DataFrame({"optimizer.lr": [0.1, 0.01], "rmse": [0.5, 0.2]})
    >>> select_rows(table, "optimizer.lr < 0.1 and rmse < 1")["rmse"].tolist()
    [0.2]

    Args:
        table: any.
        expression: as typed.

    Raises:
        SinefitError: if the expression cannot be read, or names a column that does not exist or is a metric
            of test rows.
    """
    try:
        condition = _parse(expression)
        names = list(_find_names(condition))
        refuse_test_rows(table, names)
        return table[_find_mask(add_settings(table, names), condition)]
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        msg = f"the condition {expression[:200]!r} cannot be used: {reason}"
        raise SinefitError(msg) from None


def _parse(expression: str) -> ast.expr:
    """The expression as Python's parser reads it; names in backticks are names like others."""
    if len(expression) > _LONGEST:
        _refuse(f"it is longer than {_LONGEST} characters")
    quoted: dict[str, str] = {}

    def take(token: re.Match[str]) -> str:
        return token[0] if token[1] is None else quoted.setdefault(token[1], f"_quoted_{len(quoted)}")

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = ast.parse(_TOKENS.sub(take, expression).strip(), mode="eval").body
    except SyntaxError as error:
        _refuse(f"{error.msg}{'; write == to compare' if re.search('[^=!<>]=[^=]', expression) else ''}")
    meant = {name: column for column, name in quoted.items()}
    for node in ast.walk(root):
        if isinstance(node, ast.Name):
            node.id = meant.get(node.id, node.id)
    return root


def _find_mask(table: pd.DataFrame, node: ast.expr) -> Mask:
    """For each row, whether the condition holds."""
    match node:
        case ast.BoolOp(op=sign, values=parts):
            return _combine(sign, [_find_mask(table, part) for part in parts])
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as sign, left=left, right=right):
            return _combine(sign, [_find_mask(table, left), _find_mask(table, right)])
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            return ~_find_mask(table, operand)
        case ast.Compare(left=left, ops=signs, comparators=others):
            steps = zip(signs, [left, *others], others, strict=False)
            return _combine(ast.And(), [_compare(table, *step) for step in steps])
    value = _read_value(table, node)
    if _kind(value) != "truth values":
        _refuse(f"{ast.unparse(node)!r} is no condition; compare it, for example with == or <")
    return _relate(table, ast.Eq(), value, True)


def _combine(sign: ast.AST, masks: list[Mask]) -> Mask:
    combined: Mask = (np.all if isinstance(sign, ast.And | ast.BitAnd) else np.any)(masks, axis=0)
    return combined


def _compare(table: pd.DataFrame, sign: ast.cmpop, left: ast.expr, right: ast.expr) -> Mask:
    first = _read_value(table, left)
    if not isinstance(sign, ast.In | ast.NotIn):
        return _relate(table, sign, first, _read_value(table, right))
    if not isinstance(right, ast.List | ast.Tuple | ast.Set):
        _refuse(f"after 'in' stands a list such as ['sgd', 'adam'], not {ast.unparse(right)}")
    masks = [_relate(table, ast.Eq(), first, _read_value(table, item)) for item in right.elts]
    is_in = _combine(ast.Or(), [np.zeros(len(table), dtype=bool), *masks])
    return ~is_in if isinstance(sign, ast.NotIn) else is_in


def _relate(table: pd.DataFrame, sign: ast.cmpop, first: Any, second: Any) -> Mask:  # noqa: ANN401 - cells
    kinds = _kind(first), _kind(second)
    if "nothing" not in kinds and kinds[0] != kinds[1]:
        _refuse(f"{_describe(first)} and {_describe(second)} cannot be compared")
    cells = zip(_cells(table, first), _cells(table, second), strict=True)
    return np.array([_COMPARISONS[type(sign)](one, other) for one, other in cells], dtype=bool)


def _cells(table: pd.DataFrame, value: Any) -> list[Any]:  # noqa: ANN401 - a column or a cell
    if not isinstance(value, pd.Series):
        return [value] * len(table)
    return [_EMPTY if pd.isna(cell) else cell for cell in value.tolist()]


def _read_value(table: pd.DataFrame, node: ast.expr) -> Any:  # noqa: ANN401 - a column or a cell
    match node:
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.Constant(value=None):
            return _EMPTY
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _read_value(table, operand)
            if type(value) in {int, float}:
                return -value
    name = _read_name(node)
    if not name:
        _refuse(f"{ast.unparse(node)!r} is neither a column, a number nor quoted text")
    if name not in table and name.lower() not in _WORDS:
        known = f"(text needs quotes: {name!r}); the columns are: {', '.join(map(str, table.columns))}"
        _refuse(f"there is no column {name!r} {known}")
    return table[name] if name in table else _WORDS[name.lower()]


def _find_names(node: ast.AST) -> Iterator[str]:
    """The columns that an expression names."""
    name = _read_name(node)
    if name:
        yield from () if name.lower() in _WORDS else (name,)
    else:
        for part in ast.iter_child_nodes(node):
            yield from _find_names(part)


def _read_name(node: ast.AST) -> str:
    """A dotted name, as a column is called; empty for anything else."""
    if isinstance(node, ast.Attribute):
        owner = _read_name(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return node.id if isinstance(node, ast.Name) else ""


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)


def _kind(value: object) -> str:
    """What a cell or a column's cells are; "nothing" where all are empty."""
    if not isinstance(value, pd.Series):
        return {_Empty: "nothing", bool: "truth values", str: "text"}.get(type(value), "numbers")
    if value.isna().all():
        return "nothing"
    numbers = "truth values" if is_bool_dtype(value.dtype) else "numbers"
    return numbers if is_numeric_dtype(value.dtype) else "text"


def _describe(value: object) -> str:
    return f"column {value.name!r} ({_kind(value)})" if isinstance(value, pd.Series) else repr(value)
