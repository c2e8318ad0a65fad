"""What can be wrong on a line: each single-line fault that an operator can put into a piece of Python.

Faults are edits of source text whose place comes from the syntax tree, so that one line changes and nothing
else. `undrawn.py` says what is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tests.mutation import undrawn

FLIPPED: Final = {
    "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
    "in": "not in", "not in": "in", "is": "is not", "is not": "is",
}  # fmt: skip
SHIFTED: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
ARITHMETIC: Final[dict[type[ast.operator], tuple[str, str]]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
}
COMPARISON: Final = re.compile(rb"not\s+in|is\s+not|==|!=|<=|>=|<|>|in\b|is\b")
# An expression that a word before it turns into None whatever it is: nothing in it binds less than `and`.
BOUND: Final = (
    ast.Call, ast.Await, ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Subscript,
)  # fmt: skip
TRUTHS: Final = (ast.Compare, ast.BoolOp)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Bytes `start` to `end` of a line (from 1) give way to `text`."""

    line: int
    operator: str
    start: int
    end: int
    text: str

    def applied(self, source: str) -> str:
        """The source with this fault in it."""
        lines = source.encode().split(b"\n")
        at = self.line - 1
        lines[at] = lines[at][: self.start] + self.text.encode() + lines[at][self.end :]
        return b"\n".join(lines).decode()


def edits(source: str) -> list[Edit]:
    """Each fault that fits this source, ordered by line."""
    module = ast.parse(source)
    reader = _Reader(source, module)
    reader.visit(module)
    return sorted(set(reader.found))


class _Reader(undrawn.Drawn):
    def __init__(self, source: str, module: ast.Module) -> None:
        self._lines = source.encode().split(b"\n")
        self._truths = {
            part
            for node in ast.walk(module)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and undrawn.name_of(node.returns) == "bool"
            for part in ast.walk(node)
            if isinstance(part, ast.Return)
        }
        self.found: list[Edit] = []

    def at(self, node: ast.AST) -> bool:
        """Note the faults that fit this node."""
        match node:
            case ast.Compare():
                self._comparison(node)
            case ast.BoolOp():
                self._and_or(node)
            case ast.UnaryOp(op=ast.Not()):
                self._not(node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
                self._number(node, value, sign=-1)
                return False
            case ast.BinOp() | ast.AugAssign():
                self._arithmetic(node)
            case ast.Constant(value=value):
                self._constant(node, value)
            case ast.JoinedStr():
                self._put("text", node, '""')
                return False
            case ast.stmt():
                self._statement(node)
        return True

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Call() | ast.Await()):
                if node.lineno == node.end_lineno:
                    self._put("call", node, "pass")
                else:
                    self._before("call", node, "None and ")
            case ast.Raise():
                self._raise(node)
            case ast.Return(value=value) if value is not None:
                self._return(node, value)
            case ast.Break():
                self._put("loop", node, "continue")
            case ast.Continue():
                self._put("loop", node, "break")

    def _put(self, operator: str, node: ast.expr | ast.stmt, text: str) -> None:
        """In place of a whole node that stands on one line."""
        if node.lineno == node.end_lineno and node.end_col_offset is not None:
            self.found.append(Edit(node.lineno, operator, node.col_offset, node.end_col_offset, text))

    def _before(self, operator: str, node: ast.expr | ast.stmt, text: str) -> None:
        self.found.append(Edit(node.lineno, operator, node.col_offset, node.col_offset, text))

    def _between(
        self, left: ast.expr, right: ast.expr, pattern: re.Pattern[bytes]
    ) -> Iterator[tuple[int, int, int, str]]:
        """The token between two expressions, where both its sides are on its line: line, start, end, text."""
        if left.end_lineno is None or left.end_col_offset is None:
            return
        for number in range(left.end_lineno, right.lineno + 1):
            line = self._lines[number - 1]
            start = left.end_col_offset if number == left.end_lineno else 0
            end = right.col_offset if number == right.lineno else len(line)
            code = line[start:end].split(b"#")[0]
            if match := pattern.search(code):
                yield number, start + match.start(), start + match.end(), match.group().decode()
                return

    def _comparison(self, node: ast.Compare) -> None:
        for left, right in pairwise([node.left, *node.comparators]):
            for line, start, end, found in self._between(left, right, COMPARISON):
                token = " ".join(found.split())
                self.found.append(Edit(line, "comparison", start, end, FLIPPED[token]))
                if token in SHIFTED:
                    self.found.append(Edit(line, "boundary", start, end, SHIFTED[token]))

    def _and_or(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        pattern = re.compile(rb"\b" + old.encode() + rb"\b")
        for left, right in pairwise(node.values):
            for line, start, end, _ in self._between(left, right, pattern):
                self.found.append(Edit(line, "and-or", start, end, new))

    def _not(self, node: ast.UnaryOp) -> None:
        if node.lineno == node.operand.lineno:
            text = self._lines[node.lineno - 1][node.col_offset + len("not") :]
            end = node.col_offset + len("not") + len(text) - len(text.lstrip())
            self.found.append(Edit(node.lineno, "not", node.col_offset, end, ""))

    def _arithmetic(self, node: ast.BinOp | ast.AugAssign) -> None:
        left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
        old, new = ARITHMETIC.get(type(node.op), ("", ""))
        # Two texts are never subtracted: the first run of the line would show it, whatever the tests check.
        if not old or _is_text(left) or _is_text(right):
            return
        if isinstance(node, ast.AugAssign):
            old, new = f"{old}=", f"{new}="
        for line, start, end, _ in self._between(left, right, re.compile(re.escape(old).encode())):
            self.found.append(Edit(line, "arithmetic", start, end, new))

    def _constant(self, node: ast.Constant, value: object) -> None:
        if isinstance(value, bool):
            self._put("flag", node, str(not value))
        elif isinstance(value, str | bytes) and value:
            self._put("text", node, '""' if isinstance(value, str) else 'b""')
        else:
            self._number(node, value)

    def _number(self, node: ast.expr, value: object, sign: int = 1) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            for changed in (sign * value + 1, sign * value - 1):
                self._put("number", node, repr(changed))

    def _raise(self, node: ast.Raise) -> None:
        if node.lineno == node.end_lineno:
            self._put("raise", node, "pass")
        elif node.cause is None and node.exc is not None and node.exc.lineno == node.lineno:
            self.found.append(Edit(node.lineno, "raise", node.col_offset, node.exc.col_offset, ""))

    def _return(self, node: ast.Return, value: ast.expr) -> None:
        if isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool)):
            return
        if node.lineno == node.end_lineno:
            self._put("return", node, "return None")
            if node in self._truths or isinstance(value, TRUTHS):
                text = self._lines[node.lineno - 1][value.col_offset : value.end_col_offset].decode()
                self._put("return", node, f"return not ({text})")
        elif isinstance(value, BOUND) and value.col_offset == node.col_offset + len("return "):
            self._before("return", value, "None and ")


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr)
