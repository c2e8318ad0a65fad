"""Which tests judge a mutant, in which order.

First those that execute its line. Then, before it counts as survived, those that may notice it all the same:
what runs at import (a constant, a field, a default) or once for many tests (a cache) is no line of the tests
that depend on it. These are the tests of the lines that read the name, of the module, and of what imports it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.mutation.draw import Mutant
from tests.mutation.lines import Judge, Lines
from tests.mutation.tree import ROOMS

# Folders of tests beside a room's own.
ALSO: Final = {
    "gateway": ("ami", "agi", "mqtt", "asterisk_conf", "console", "upgrades"),
    "core": ("storage",),
    "cdr": ("upgrades",),
}
# So many imports away a test may notice what runs at import: a table by way of what collects all tables.
FARTHEST: Final = 3
# So many seconds of tests try a mutant at most, by what they took when they were recorded.
MOST_S: Final = 200.0


class Sources:
    """The product's modules as they are, and which imports which."""

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        self.text = {
            name: (root / name).read_text(encoding="utf-8")
            for name in names
            if name.endswith(".py") and name.split("/")[0] in (*ROOMS, "tests")
        }

    @cached_property
    def importers(self) -> dict[str, set[str]]:
        """For each module's file those that import it or something from it."""
        found: dict[str, set[str]] = {}
        for name, text in self.text.items():
            for module in _imported(ast.parse(text)):
                base = module.replace(".", "/")
                for file in (f"{base}.py", f"{base}/__init__.py"):
                    if file in self.text and file != name:
                        found.setdefault(file, set()).add(name)
        return found

    def users(self, name: str) -> set[str]:
        """Files that import this module, also by way of a package that passes its names on."""
        found = self.importers.get(name, set())
        packages = [one for one in found if one.endswith("/__init__.py")]
        return found.union(*(self.importers.get(one, set()) for one in packages)) - {name}

    def test_files(self, name: str) -> dict[str, int]:
        """Test files that import this module, or what imports it, by the number of imports between them."""
        found: dict[str, int] = {}
        here, seen = {name}, {name}
        for steps in range(FARTHEST):
            here = {user for one in here for user in self.importers.get(one, ())} - seen
            seen |= here
            found |= {one: steps for one in here if one.startswith("tests/")}
        return found


def judges(mutant: Mutant, lines: Lines, sources: Sources) -> tuple[list[Judge], list[Judge]]:
    """Tests that execute the mutant's line, and the others that may notice it; each in the order of trial."""
    text = sources.text[mutant.path]
    module = ast.parse(text)
    line = mutant.edit.line
    first = {} if _at_import(module, line) else _by_id(lines.tests(mutant.path, {line}, text))
    if not first:
        first = _by_id(lines.tests(mutant.path, _statement(module, line), text))
    importers = sources.users(mutant.path)
    product = {one for one in importers if not one.startswith("tests/")}
    beside: dict[str, Judge] = {}
    for name in _assigned(module, line):
        for user in {mutant.path, *product}:
            beside |= _by_id(lines.tests(user, _readers(sources.text[user], name), sources.text[user]))
    distances = sources.test_files(mutant.path)
    beside |= _by_id(lines.of_files(set(distances)))
    beside |= _by_id(lines.tests(mutant.path, set(range(1, text.count("\n") + 2)), text))
    for user in product:
        beside |= _by_id(
            lines.tests(user, set(range(1, sources.text[user].count("\n") + 2)), sources.text[user])
        )
    rest = [test for test in beside.values() if test.id not in first]
    ordered = _ordered(mutant, first.values(), distances)
    spent = sum(test.seconds for test in ordered)
    return ordered, _within(_ordered(mutant, rest, distances), MOST_S - spent)


def _by_id(tests: Iterable[Judge]) -> dict[str, Judge]:
    return {test.id: test for test in tests}


def _ordered(mutant: Mutant, tests: Iterable[Judge], distances: Mapping[str, int]) -> list[Judge]:
    """The fewest imports away first, then those of the room, then the others; the fastest of each first."""
    own = {mutant.room, *ALSO.get(mutant.room, ())}

    def near(test: Judge) -> tuple[int, bool, float, str]:
        away = distances.get(test.file, FARTHEST)
        return away, test.file.split("/")[1] not in own, test.seconds, test.id

    return _within(sorted(tests, key=near), MOST_S)


def _within(tests: list[Judge], seconds: float) -> list[Judge]:
    chosen: list[Judge] = []
    for test in tests:
        if test.seconds <= seconds:
            seconds -= test.seconds
            chosen.append(test)
    return chosen


def _at_import(module: ast.Module, line: int) -> bool:
    """Whether the line runs when its module is imported: it is in no function's body."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            if body[0].lineno <= line <= (body[-1].end_lineno or 0):
                return False
    return True


def _statement(module: ast.Module, line: int) -> set[int]:
    """The lines of the smallest statement around this one; of a function's header the lines of its body."""
    smallest: ast.stmt | None = None
    for node in ast.walk(module):
        if (
            isinstance(node, ast.stmt)
            and node.lineno <= line <= (node.end_lineno or 0)
            and (smallest is None or node.lineno >= smallest.lineno)
        ):
            smallest = node
    if smallest is None:
        return {line}
    return set(range(smallest.lineno, (smallest.end_lineno or smallest.lineno) + 1))


def _assigned(module: ast.Module, line: int) -> set[str]:
    """Names that the statement at this line gives a value."""
    found: set[str] = set()
    for node in ast.walk(module):
        if not (isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            found |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return found


def _readers(text: str, name: str) -> set[int]:
    """The lines that read a variable or an attribute of this name."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.Attribute) and node.attr == name)
    }


def _imported(module: ast.Module) -> set[str]:
    """Dotted names that may be modules: of imports, and in texts, by which some are imported later."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            found.add(node.value)
    return found
