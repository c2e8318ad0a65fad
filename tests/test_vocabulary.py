"""A class name means one thing: no two rooms have a class of the same name, except those in ALLOWED."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from tests.peers.checkout import CHECKOUT

ROOMS: Final = sorted(
    path.parent.name
    for path in CHECKOUT.glob("*/__init__.py")
    if path.parent.name not in {"tests", "migrations"}
)
# Names that several rooms share on purpose, each with the reason.
ALLOWED: Final[Mapping[str, str]] = {}
MOST_SHARED: Final = 0.03
"""How many of all class names may stand in several files, within one room too."""


def _classes() -> dict[str, set[str]]:
    """The files that define each class, by its name; private ones count too."""
    found: dict[str, set[str]] = defaultdict(set)
    for room in ROOMS:
        for path in sorted((CHECKOUT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    found[node.name].add(str(path.relative_to(CHECKOUT)))
    return found


def test_no_class_name_means_two_things_in_two_rooms() -> None:
    shared = {
        name: sorted(files)
        for name, files in _classes().items()
        if len({file.split("/")[0] for file in files}) > 1
        and not name.startswith("_")
        and name not in ALLOWED
    }
    assert shared == {}


def test_each_allowed_name_is_still_shared() -> None:
    classes = _classes()
    assert [name for name in ALLOWED if len(classes.get(name, ())) < 2] == []


def test_few_class_names_stand_in_several_files() -> None:
    classes = _classes()
    several = sorted(name for name, files in classes.items() if len(files) > 1)
    assert len(several) / len(classes) <= MOST_SHARED, several
