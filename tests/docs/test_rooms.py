"""The diagram of rooms in CONTRIBUTING.md is that of the code."""

from __future__ import annotations

from pathlib import Path

from tests.docs.rooms import PAGE, diagram, imports, page, rooms


def test_the_diagram_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m tests.docs.rooms"


def test_every_import_between_rooms_is_an_arrow(tmp_path: Path) -> None:
    for room, code in {
        "core": '"""Base."""\n',
        "one": '"""One\nthing.\n\nMore."""\nimport core\nfrom two.events import A\nfrom two import events',
        "two": '"""Two."""\nimport core.clock\n',
        "gateway": '"""Edges."""\nimport one.room\n',
        "tests": "import one\n",
    }.items():
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(code, encoding="utf-8")
    names = rooms(tmp_path)
    assert names == ["core", "gateway", "one", "two"]
    assert imports(names, tmp_path)["one", "two"] == {"events"}
    lines = diagram(tmp_path)
    assert [line for line in lines if "-->" in line] == ["  one -->|events| two"]
    assert "| `one/` | One thing. | `two` |  |" in lines
