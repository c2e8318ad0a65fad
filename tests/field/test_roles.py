"""In which role code runs can be read off its folder: compared with what each role imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.peers.checkout import CHECKOUT

ROOTS = {"centre": "gateway.wiring.centre", "radio": "gateway.wiring.radio"}
ELSEWHERE = {
    "radio_bridge.switch": "centre",
    "radio_bridge.centre": "centre",
    "radio_bridge.drivers": "radio",
    "radio_bridge.codecs": "radio",
    "radio_bridge.networks": "radio",
    "radio_bridge.sound": "radio",
    "radio_bridge.transmissions": "radio",
}
"""Folders of `radio_bridge` that run in one role alone; settings, events and messages are read in both."""
BOTH = ("settings", "events", "messages", "topics", "identity", "voice", "model")


def module_file(module: str) -> Path | None:
    path = CHECKOUT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return file
    return None


def imported_by(module: str) -> set[str]:
    """Modules of this product that it imports when it is loaded, their packages among them."""
    file = module_file(module)
    assert file is not None, module
    found: set[str] = set()
    for node in _statements(ast.parse(file.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            found.update(one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{one.name}" for one in node.names)
    return {
        one for one in found if one.startswith(("field.", "radio_bridge.", "gateway.")) and module_file(one)
    }


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Without what only type checkers read."""
    found: list[ast.stmt] = []
    for one in body:
        if isinstance(one, ast.If) and "TYPE_CHECKING" in ast.dump(one.test):
            continue
        found.append(one)
    return found


def closure(root: str) -> set[str]:
    seen, open_ones = set[str](), [root]
    while open_ones:
        module = open_ones.pop()
        if module not in seen:
            seen.add(module)
            open_ones += imported_by(module)
    return seen


def role_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] == "field":
        return next((part for part in parts[1:-1] if part in ROOTS), None)
    if parts[-1] in BOTH or module_file(module) == CHECKOUT.joinpath(*parts, "__init__.py"):
        return None
    return next((role for folder, role in ELSEWHERE.items() if module.startswith(f"{folder}.")), None)


@pytest.mark.parametrize("role", ROOTS)
def test_no_role_loads_code_of_the_other_one(role: str) -> None:
    loaded = closure(ROOTS[role])
    assert any(role_of(module) == role for module in loaded)
    foreign = {module: other for module in loaded if (other := role_of(module)) not in {None, role}}
    assert foreign == {}
