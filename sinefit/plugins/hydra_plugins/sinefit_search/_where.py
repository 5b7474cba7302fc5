"""The filter `hydra.sweeper.where`: a condition on settings, read by Python's grammar and never by `eval`."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from hydra.errors import CompactHydraException

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_WORDS = {"true": True, "false": False, "null": None}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_GREATEST_POWER = 1000
_ABSENT = object()
"""A setting that does not exist in the branch; what is calculated with it is absent too."""


class Where:
    """A condition such as ``model.hidden_size * model.num_hidden_layers <= 128 and optimizer == 'sgd'``.

    A comparison with a setting that does not exist in a branch is false.

    Args:
        text: the condition.
        names: of the settings that it may name.

    Raises:
        CompactHydraException: if it cannot be read, or names what is none of these.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        self._text = text
        self._names = names
        try:
            self._root = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", error)
            msg = f"hydra.sweeper.where={text!r} cannot be read: {reason}; {self._usable()}"
            raise CompactHydraException(msg) from error
        unknown = dict.fromkeys(self._find_unknown(self._root))
        if unknown:
            raise CompactHydraException("\n".join([*unknown, f"hydra.sweeper.where: {self._usable()}"]))

    def keeps(self, values: Mapping[str, Any]) -> bool:
        """Whether the condition is true.

        Args:
            values: of the settings that exist.

        Raises:
            CompactHydraException: if it cannot be calculated, as a text divided by a number.
        """
        try:
            found = _evaluate(self._root, values)
        except (TypeError, ValueError, ArithmeticError) as error:
            used = {_dotted(node) for node in ast.walk(self._root)} & values.keys()
            where = ", ".join(f"{name}={values[name]!r}" for name in sorted(name for name in used if name))
            msg = f"hydra.sweeper.where={self._text!r} cannot be calculated for {where}: {error}"
            raise CompactHydraException(msg) from error
        return found is not _ABSENT and bool(found)

    def _usable(self) -> str:
        names = [name for name in self._names if _is_nameable(name)]
        known = f"settings {', '.join(names)}" if names else "settings that are swept or typed"
        return (
            f"it may hold {known}, numbers, texts in quotes, lists, true, false, null, comparisons, in, and,"
            " or, not, + - * / // % ** and parentheses"
        )

    def _find_unknown(self, node: ast.AST) -> list[str]:
        """What cannot be used, a sentence each."""
        name = _dotted(node)
        if name is not None:
            is_known = name in self._names or name in _WORDS
            return [] if is_known else [f"hydra.sweeper.where: {name} is neither swept nor typed"]
        if not _is_allowed(node):
            return [f"hydra.sweeper.where: {ast.unparse(node)} cannot be used"]
        inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return [line for child in inner for line in self._find_unknown(child)]


def _dotted(node: ast.AST) -> str | None:
    """The dotted name that a node is; None if it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None


def _is_nameable(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _is_allowed(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=value):
            return value is None or isinstance(value, int | float | str)
        case ast.BinOp(op=op):
            return type(op) in _ARITHMETIC
        case ast.UnaryOp(op=op):
            return isinstance(op, ast.Not) or type(op) in _SIGNS
        case ast.Compare(ops=ops):
            return all(type(op) in _COMPARISONS for op in ops)
        case _:
            return isinstance(node, ast.BoolOp | ast.List | ast.Tuple)


def _evaluate(node: ast.AST, values: Mapping[str, Any]) -> Any:  # noqa: ANN401, PLR0911 - a line a kind of node
    """What an expression comes to, as Python would calculate it."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_evaluate(item, values) for item in items]
        case ast.BoolOp(op=op, values=parts):
            return _evaluate_junction(parts, values, is_and=isinstance(op, ast.And))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = _evaluate(operand, values)
            return found is _ABSENT or not found
        case ast.UnaryOp(op=op, operand=operand):
            found = _evaluate(operand, values)
            return _ABSENT if found is _ABSENT else _SIGNS[type(op)](_number(found))
        case ast.BinOp(left=left, op=op, right=right):
            return _calculate(op, _evaluate(left, values), _evaluate(right, values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compare(ops, [_evaluate(each, values) for each in (left, *others)])
    name = str(_dotted(node))
    return _WORDS[name] if name in _WORDS and name not in values else values.get(name, _ABSENT)


def _evaluate_junction(parts: list[ast.expr], values: Mapping[str, Any], *, is_and: bool) -> Any:  # noqa: ANN401 - as Python, the last that was looked at
    found: Any = _ABSENT
    for part in parts:
        found = _evaluate(part, values)
        if (found is not _ABSENT and bool(found)) != is_and:
            break
    return found


def _compare(ops: list[ast.cmpop], operands: list[Any]) -> bool:
    steps = zip(ops, operands, operands[1:], strict=False)
    return all(
        one is not _ABSENT and other is not _ABSENT and bool(_COMPARISONS[type(op)](one, other))
        for op, one, other in steps
    )


def _calculate(op: ast.operator, left: Any, right: Any) -> Any:  # noqa: ANN401 - numbers
    if left is _ABSENT or right is _ABSENT:
        return _ABSENT
    if isinstance(op, ast.Pow) and abs(_number(right)) > _GREATEST_POWER:
        msg = f"{right} is more than the greatest power, {_GREATEST_POWER}"
        raise ValueError(msg)
    return _ARITHMETIC[type(op)](_number(left), _number(right))


def _number(value: Any) -> Any:  # noqa: ANN401 - refused unless it is one
    if not isinstance(value, int | float):
        msg = f"{value!r} is no number"
        raise TypeError(msg)
    return value
