"""Writes the diagram of rooms into CONTRIBUTING.md from the code's imports: `python -m tests.docs.rooms`.

A room is a top-level folder with an `__init__.py`. An arrow leads from the room that imports to the room that
is imported, and names what of it. `gateway` imports every room and every room imports `core`: these arrows
are left out.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.peers.checkout import CHECKOUT
from tests.suite.page import filled

PAGE: Final = CHECKOUT / "CONTRIBUTING.md"
NO_ROOMS: Final = frozenset({"tests", "migrations", "scripts"})
TOP, BASE = "gateway", "core"
MOST_NAMES: Final = 3

Imports = Mapping[tuple[str, str], frozenset[str]]
"""What one room imports of another: the modules' names below the room."""


def rooms(checkout: Path = CHECKOUT) -> list[str]:
    """The names of the rooms, sorted."""
    folders = (file.parent.name for file in checkout.glob("*/__init__.py"))
    return sorted(name for name in folders if name not in NO_ROOMS)


def imports(names: Sequence[str], checkout: Path = CHECKOUT) -> Imports:
    """What each room imports of each other room."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for room in names:
        for file in sorted((checkout / room).rglob("*.py")):
            for module in _modules(ast.parse(file.read_text(encoding="utf-8"))):
                other, _, rest = module.partition(".")
                if other in names and other != room:
                    found[room, other].add(rest.partition(".")[0])
    return {between: frozenset(what) for between, what in found.items()}


def purpose(room: str, checkout: Path = CHECKOUT) -> str:
    """The first paragraph of the room's docstring."""
    text = ast.get_docstring(ast.parse((checkout / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def diagram(checkout: Path = CHECKOUT) -> list[str]:
    """The lines between the marks: a drawing, then a table."""
    names = rooms(checkout)
    between = imports(names, checkout)
    drawn = {pair: what for pair, what in between.items() if TOP not in pair and BASE not in pair}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f"  {room}" for room in names if room not in {TOP, BASE}]
    lines += [f"  {one} -->|{_label(what)}| {other}" for (one, other), what in sorted(drawn.items())]
    lines += ["```", "", "| room | what it is for | imports | imported by |", "|---|---|---|---|"]
    for room in names:
        used = ", ".join(f"`{other}`" for one, other in sorted(drawn) if one == room)
        users = ", ".join(f"`{one}`" for one, other in sorted(drawn) if other == room)
        lines.append(f"| `{room}/` | {purpose(room, checkout)} | {used} | {users} |")
    return lines


def page(text: str) -> str:
    """CONTRIBUTING.md as it has to be."""
    return filled(text, "rooms", diagram())


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module if "." in node.module else f"{node.module}.{node.names[0].name}"


def _label(what: frozenset[str]) -> str:
    names = sorted(name for name in what if name)
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} modules"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
