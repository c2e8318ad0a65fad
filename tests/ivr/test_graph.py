"""A flow as a picture: every step and every way is in it, and no name breaks its form."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flows.load import load
from ivr.graph.model import Arrow, Drawing, GraphNode, draw
from ivr.graph.picture import GraphvizMissing, picture
from ivr.graph.write import WRITERS, dot, mermaid, text
from ivr.room import flow_files
from ivr.settings import IvrSettings

SHIPPED = flow_files(IvrSettings())


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_shipped_flow_is_drawn_whole(name: str) -> None:
    flow = load(SHIPPED[name].read_bytes()).flow
    drawing = draw(flow)
    assert {node.name for node in drawing.nodes} == set(flow.steps)
    ways = {(name, target) for name, step in flow.steps.items() for target in step.exits}
    assert {(arrow.source, arrow.target) for arrow in drawing.arrows} == ways
    assert [node.name for node in drawing.nodes if node.start] == [flow.start]
    for form in WRITERS.values():
        assert form(drawing).count("\n") >= len(flow.steps)


def test_a_menu_tells_which_key_leads_where() -> None:
    drawing = draw(load(SHIPPED["status"].read_bytes()).flow)
    menus = [arrow for arrow in drawing.arrows if arrow.words == "1"]
    assert menus, drawing.arrows
    assert not menus[0].silent
    assert any(arrow.words == "otherwise" and arrow.silent for arrow in drawing.arrows)


WORDS = st.text(max_size=30)


@given(st.lists(WORDS, min_size=1, max_size=5, unique=True), WORDS)
def test_no_words_break_the_form(names: list[str], words: str) -> None:
    nodes = tuple(GraphNode(name, words, start=index == 0) for index, name in enumerate(names))
    drawing = Drawing(words, nodes, tuple(Arrow(name, names[0], words) for name in names))
    lines = mermaid(drawing).splitlines()
    assert len(lines) == 1 + 2 * len(names)
    quoted = [part for line in lines for part in re.findall(r'"([^"]*)"', line)]
    assert all(not set(part.replace("<br/>", "")) & set('"<>[](){}|`\\') for part in quoted)
    assert dot(drawing).count("\n") == 3 + 2 * len(names)
    for line in dot(drawing).splitlines()[2:-1]:
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0
    assert len(text(drawing).splitlines()) == 1 + 2 * len(names)


def test_svg_needs_graphviz_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = load(SHIPPED["default"].read_bytes()).flow
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(GraphvizMissing) as missing:
        picture(flow, "svg")
    assert "mermaid" in missing.value.remedy


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_takes_what_is_written() -> None:
    for file in SHIPPED.values():
        done = subprocess.run(
            ["dot", "-Tsvg"],
            input=dot(draw(load(file.read_bytes()).flow)).encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
