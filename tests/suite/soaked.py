"""The tests that need minutes, as their marks tell: `@pytest.mark.soak(rule=…, short=…)`.

`rule` says what the long one shows; `short` names the test (or several, in a list) by which `scripts/test`
holds the same rule: FILE::TEST. Read from the sources, so that no peer is needed to list them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tests.peers.checkout import CHECKOUT


@dataclass(frozen=True, slots=True)
class Soaked:
    """One mark. `test` is FILE::TEST, or FILE where the mark stands at the file, in a table or at a fixture.
    `partly`: only some parameters are long, so that the others may be what keeps the rule.
    """

    test: str
    rule: str
    short: tuple[str, ...]
    partly: bool = False


class BadMark(Exception):
    """A mark that does not say its rule, or which short test keeps it."""


def soaked(checkout: Path = CHECKOUT) -> list[Soaked]:
    """Every mark below `tests`, in the order of files and lines."""
    found: list[Soaked] = []
    for file in sorted((checkout / "tests").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "mark.soak" in text:
            name = file.relative_to(checkout).as_posix()
            found += _marks(name, ast.parse(text))
    return found


def missing(rows: list[Soaked], checkout: Path = CHECKOUT) -> list[str]:
    """What is named as a short test and is none: absent, or long itself."""
    long = {row.test for row in rows if not row.partly}
    wrong = []
    for name in (name for row in rows for name in row.short):
        file, _, test = name.partition("::")
        place = checkout / file
        word = test.rpartition("::")[2]
        text = place.read_text(encoding="utf-8") if place.exists() else ""
        known = f"def {word}(" in text or f"class {word}:" in text or f"class {word}(" in text
        if not known or name in long or file in long:
            wrong.append(name)
    return wrong


def _marks(file: str, tree: ast.Module) -> list[Soaked]:
    found: list[Soaked] = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            partly = ast.unparse(node.targets[0]) != "pytestmark"
            found += [_read(file, call, partly=partly) for call in _calls(node)]
            continue
        tests = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for test in tests:
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{file}::{prefix}{test.name}"
                for decorator in test.decorator_list:
                    kind = ast.unparse(decorator).partition("(")[0]
                    of = file if "fixture" in kind else name
                    partly = "parametrize" in kind or "fixture" in kind
                    found += [_read(of, call, partly=partly) for call in _calls(decorator)]
    return found


def _calls(node: ast.AST) -> list[ast.expr]:
    """Uses of `pytest.mark.soak`, called or bare."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call) and _is_soak(one.func)]
    called = {id(one.func) for one in calls}
    bare = [one for one in ast.walk(node) if _is_soak(one) and id(one) not in called]
    return [*calls, *(one for one in bare if isinstance(one, ast.expr))]


def _is_soak(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "soak" and ast.unparse(node).endswith("mark.soak")


def _read(test: str, mark: ast.expr, *, partly: bool = False) -> Soaked:
    said = (
        {one.arg: ast.literal_eval(one.value) for one in mark.keywords} if isinstance(mark, ast.Call) else {}
    )
    if not said.get("rule") or not said.get("short"):
        raise BadMark(f"{test}: say @pytest.mark.soak(rule='…', short='FILE::TEST')")
    short = said["short"]
    return Soaked(test, said["rule"], (short,) if isinstance(short, str) else tuple(short), partly)
