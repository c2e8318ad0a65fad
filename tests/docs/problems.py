"""Writes docs/problems.md from the error classes of all rooms: `python -m tests.docs.problems`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from tests.docs.rooms import rooms
from tests.peers.checkout import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "problems.md"
ROOT: Final = "SonghuaError"
HEAD: Final = """\
# Problems

<!-- Written by `python -m tests.docs.problems`; a test keeps it. Change the error class. -->

For whoever connects a program: the problem documents (RFC 9457) that the API and the commands answer with.
`type` is `urn:songhua:problem:` and the kind; it never changes once published, so decide by it. `detail` says
what is wrong, `remedy` what to do.

| status | kind | title |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class _Class:
    bases: tuple[str, ...]
    own: Mapping[str, str | int]


def page() -> str:
    """The page as it has to be."""
    rows = sorted({(status, kind, title) for status, kind, title in problems()})
    lines = []
    for (status, kind), same in groupby(rows, key=lambda row: row[:2]):
        lines.append(f"| {status} | `{kind}` | {'; '.join(title for _, _, title in same)} |\n")
    return HEAD + "".join(lines)


def problems() -> Iterator[tuple[int, str, str]]:
    """Status, kind and title of every error class with a kind of its own; others' kinds have no title."""
    classes = dict(_classes())
    for name, one in classes.items():
        if "kind" in one.own:
            status, title = _inherited(classes, name, "status"), _inherited(classes, name, "title")
            if title:
                yield int(status), str(one.own["kind"]), str(title)


def _classes() -> Iterator[tuple[str, _Class]]:
    for room in rooms():
        for file in sorted((CHECKOUT / room).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if "kind" in text:
                yield from _of(room, file, ast.parse(text))


def _of(room: str, file: Path, module: ast.Module) -> Iterator[tuple[str, _Class]]:
    for node in module.body:
        if isinstance(node, ast.ClassDef) and (node.bases or node.name == ROOT):
            bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
            own = {name: value for line in node.body for name, value in _constant(line)}
            name = node.name if file.name == "errors.py" and room == "core" else f"{file}:{node.name}"
            yield name, _Class(bases, own)


def _constant(line: ast.stmt) -> Iterator[tuple[str, str | int]]:
    if isinstance(line, ast.Assign) and len(line.targets) == 1:
        target, value = line.targets[0], line.value
    elif isinstance(line, ast.AnnAssign) and line.value is not None:
        target, value = line.target, line.value
    else:
        return
    known = value.value if isinstance(value, ast.Constant) else None
    if isinstance(target, ast.Name) and isinstance(known, str | int):
        yield target.id, known


def _inherited(classes: Mapping[str, _Class], name: str, what: str) -> str | int:
    one = classes[name]
    if what in one.own:
        return one.own[what]
    beside = name.rpartition(":")[0]
    for base in one.bases:
        found = next((key for key in (f"{beside}:{base}", base) if key in classes), None)
        found = found or next((key for key in classes if key.endswith(f":{base}")), None)
        if found is not None and found != name:
            value = _inherited(classes, found, what)
            if value:
                return value
    return 500 if what == "status" else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
