"""Rows that fulfil an expression, such as ``status == 'completed' and optimizer.lr < 0.1``.

The expression is read by Python's parser and then walked over a short list of allowed nodes: nothing
in it is ever executed.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from typing import Any, NoReturn

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sinefit.errors import SinefitError

_COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_WORDS = {"true": True, "false": False, "null": None, "none": None, "inf": math.inf}
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

    Raises:
        SinefitError: if the expression cannot be read, or names a column that does not exist.
    """
    query = _Query(table, expression)
    return table[query.mask().to_numpy(dtype=bool)]


class _Query:
    """An expression over the columns of a table."""

    def __init__(self, table: pd.DataFrame, expression: str) -> None:
        self.table = table
        self.expression = expression
        self.quoted: dict[str, str] = {}

    def mask(self) -> pd.Series[bool]:
        """For each row, whether the expression holds."""
        try:
            return self._condition(self._parse())
        except RecursionError:
            self._refuse("it is nested too deeply")

    def _parse(self) -> ast.expr:
        if len(self.expression) > _LONGEST:
            self._refuse(f"it is longer than {_LONGEST} characters")
        text = _TOKENS.sub(self._take_backticks, self.expression).strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text, mode="eval").body
        except SyntaxError as error:
            hint = "; write == to compare" if re.search(r"[^=!<>]=[^=]", text) else ""
            self._refuse(f"{error.msg}{hint}")
        except (ValueError, RecursionError, MemoryError) as error:
            self._refuse(str(error) or "it is nested too deeply")

    def _take_backticks(self, token: re.Match[str]) -> str:
        if token[1] is None:
            return token[0]
        name = f"_quoted_column_{len(self.quoted)}"
        self.quoted[name] = token[1]
        return name

    def _condition(self, node: ast.expr) -> pd.Series[bool]:
        match node:
            case ast.BoolOp(op=op, values=operands):
                return _combine(list(map(self._condition, operands)), is_and=isinstance(op, ast.And))
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as op, left=left, right=right):
                return _combine(list(map(self._condition, [left, right])), is_and=isinstance(op, ast.BitAnd))
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
                return ~self._condition(operand)
            case ast.Compare(left=left, ops=ops, comparators=others):
                steps = zip(ops, [left, *others], others, strict=False)
                return _combine([self._compare(*step) for step in steps], is_and=True)
        return self._truth(node)

    def _truth(self, node: ast.expr) -> pd.Series[bool]:
        """A column of truth values, or one truth value for all rows."""
        value = self._value(node)
        if isinstance(value, pd.Series) and is_bool_dtype(value.dtype):
            return value.fillna(value=False).astype(bool)
        if not isinstance(value, bool):
            self._refuse(f"{ast.unparse(node)!r} is no condition; compare it, for example with == or <")
        return pd.Series(value, index=self.table.index)

    def _compare(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> pd.Series[bool]:
        first = self._value(left)
        if isinstance(op, ast.In | ast.NotIn):
            masks = [self._relate(ast.Eq(), first, value) for value in self._list(right)]
            mask = _combine([pd.Series(False, index=self.table.index), *masks], is_and=False)
            return ~mask if isinstance(op, ast.NotIn) else mask
        return self._relate(op, first, self._value(right))

    def _list(self, node: ast.expr) -> list[Any]:
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            self._refuse(f"after 'in' stands a list such as ['sgd', 'adam'], not {ast.unparse(node)}")
        return [self._value(item) for item in node.elts]

    def _relate(self, op: ast.cmpop, first: Any, second: Any) -> pd.Series[bool]:  # noqa: ANN401 - cells
        if type(op) is ast.Is or type(op) is ast.IsNot:
            op = ast.Eq() if type(op) is ast.Is else ast.NotEq()
        if type(op) not in _COMPARISONS:
            self._refuse(f"{type(op).__name__} is no known comparison")
        index = self.table.index
        for one, other in ((first, second), (second, first)):
            if other is None and isinstance(op, ast.Eq | ast.NotEq):
                empty = pd.Series(one, index=index).isna()
                return empty if isinstance(op, ast.Eq) else ~empty
        kinds = _kind(first), _kind(second)
        if "nothing" not in kinds and kinds[0] != kinds[1]:
            self._refuse(f"{_describe(first)} and {_describe(second)} cannot be compared")
        mask = _COMPARISONS[type(op)](first, second)
        if not isinstance(mask, pd.Series):
            return pd.Series(bool(mask), index=index)
        return mask.fillna(value=isinstance(op, ast.NotEq)).astype(bool)

    def _value(self, node: ast.expr) -> Any:  # noqa: ANN401 - a column or a cell
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | None):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            value = self._value(node.operand)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return -value if isinstance(node.op, ast.USub) else value
        name = self._name(node)
        if name is None:
            self._refuse(f"{ast.unparse(node)!r} is neither a column, a number nor quoted text")
        if name not in self.table and name.lower() not in _WORDS:
            columns = ", ".join(map(str, self.table.columns))
            quotes = f"text needs quotes: {name!r}"
            self._refuse(f"there is no column {name!r} ({quotes}); the columns are: {columns}")
        return self.table[name] if name in self.table else _WORDS[name.lower()]

    def _name(self, node: ast.expr) -> str | None:
        """A dotted name, as a column is called; None for anything else."""
        if isinstance(node, ast.Name):
            return self.quoted.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self._name(node.value)
            return None if owner is None else f"{owner}.{node.attr}"
        return None

    def _refuse(self, reason: str) -> NoReturn:
        msg = f"the condition {self.expression[:200]!r} cannot be used: {reason}"
        raise SinefitError(msg)


def _combine(parts: list[pd.Series[bool]], *, is_and: bool) -> pd.Series[bool]:
    mask = parts[0]
    for part in parts[1:]:
        mask = mask & part if is_and else mask | part
    return mask


def _kind(value: object) -> str:
    """What a cell or a column's cells are; "nothing" where all are empty."""
    if isinstance(value, pd.Series):
        if is_bool_dtype(value.dtype):
            return "truth values"
        if is_numeric_dtype(value.dtype):
            return "numbers"
        return "nothing" if value.isna().all() else "text"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "truth values"
    return "text" if isinstance(value, str) else "numbers"


def _describe(value: object) -> str:
    return f"column {value.name!r} ({_kind(value)})" if isinstance(value, pd.Series) else repr(value)
