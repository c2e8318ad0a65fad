"""What is left alone when faults are drawn, since no test should notice it: what only people and type
checkers read.

- docstrings, and whatever else stands as a bare constant;
- annotations (the rules in `Annotated[…]` are drawn), `Literal[…]`, casts, type variables, `TYPE_CHECKING`,
  `__all__` and other names between double underscores, Protocols, overloads, abstract methods;
- messages of logs, and descriptions for readers: `help`, `description`, `title`, `examples`, `tags`, and what
  a metric counts;
- `assert`, `zip(…, strict=True)` and the arguments of `@dataclass(…)`: checkers hold what they state.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

LEVELS: Final = {"debug", "info", "warning", "error", "exception", "critical"}
TYPES: Final = {"TypeVar", "NewType", "ParamSpec", "TypeVarTuple"}
FOR_READERS: Final = {"help", "description", "title", "summary", "examples", "tags", "epilog", "metavar"}
METRICS: Final = {"counter", "gauge", "histogram"}
WITHOUT_BODY: Final = {"overload", "abstractmethod"}


def name_of(node: ast.expr | None) -> str:
    """The last part of a name: `b` of `a.b`, of `a.b(…)` and of `a.b[…]`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return name_of(inner)
    return ""


class Drawn:
    """Walks the parts of a module in which faults are drawn, and passes over the others."""

    def at(self, node: ast.AST) -> bool:
        """Called at each node in which faults are drawn; whether the walk goes on into its parts."""
        raise NotImplementedError

    def visit(self, node: ast.AST) -> None:
        """Go to a node and what is in it, but for what is left alone."""
        if _is_statement_for_readers(node) or _is_for_types(node):
            return
        match node:
            case ast.If(test=test) if name_of(test) == "TYPE_CHECKING":
                self._all(node.orelse)
            case ast.ClassDef():
                self._all(one for one in node.decorator_list if name_of(one) != "dataclass")
                self._all([*node.bases, *node.keywords, *node.body])
            case ast.AnnAssign(annotation=annotation, value=value):
                self._annotation(annotation)
                if value is not None and name_of(annotation) != "TypeAlias":
                    self.visit(value)
            case ast.arg(annotation=annotation):
                self._annotation(annotation)
            case ast.Subscript(value=value) if name_of(value) in {"Literal", "Annotated"}:
                self._annotation(node)
            case ast.Call():
                self._call(node)
            case _:
                if self.at(node):
                    self._parts(node)

    def _parts(self, node: ast.AST) -> None:
        """The parts of a node; of a function not the type that it returns."""
        for field, value in ast.iter_fields(node):
            if field == "returns" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(value, list):
                self._all(one for one in value if isinstance(one, ast.AST))
            elif isinstance(value, ast.AST):
                self.visit(value)

    def _all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _annotation(self, node: ast.expr | None) -> None:
        """Of an annotation only what `Annotated` adds: it decides at run time what is accepted."""
        for part in ast.walk(node) if node is not None else ():
            if isinstance(part, ast.Subscript) and name_of(part.value) == "Annotated":
                if isinstance(part.slice, ast.Tuple):
                    self._all(part.slice.elts[1:])
                return

    def _call(self, node: ast.Call) -> None:
        called = name_of(node.func)
        positional = list(node.args)
        if called == "cast":
            positional = positional[1:]
        elif called in METRICS:
            positional = [*positional[:1], *positional[2:]]
        self.visit(node.func)
        self._all(positional)
        for keyword in node.keywords:
            if keyword.arg in FOR_READERS or (called, keyword.arg) == ("zip", "strict"):
                continue
            self.visit(keyword.value)


def _is_statement_for_readers(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=value):
            return _is_log(value)
    return False


def _is_for_types(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("__"):
            return True
        case ast.Assign(value=ast.Call() as call):
            return name_of(call) in TYPES
        case ast.ClassDef(bases=bases):
            return "Protocol" in map(name_of, bases)
        case ast.FunctionDef(decorator_list=by) | ast.AsyncFunctionDef(decorator_list=by):
            return not WITHOUT_BODY.isdisjoint(map(name_of, by))
    return False


def _is_log(node: ast.expr) -> bool:
    if isinstance(node, ast.Await):
        node = node.value
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and name_of(node.func.value).lstrip("_") in {"log", "logger"}
    )
