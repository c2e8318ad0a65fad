"""A drawing as text, Mermaid or Graphviz. Names and labels come from admins: each format escapes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from ivr.graph.model import Drawing, GraphNode

Form = Literal["text", "mermaid", "dot", "svg"]


def text(drawing: Drawing) -> str:
    lines = [_plain(drawing.title)]
    for node in drawing.nodes:
        mark = ">" if node.start else "#" if node.end else " "
        lines.append(f"{mark} {_plain(node.name)}: {_plain(node.words)}")
        for arrow in drawing.arrows:
            if arrow.source == node.name:
                why = f"{_plain(arrow.words)} " if arrow.words else ""
                way = f"{why}-> {_plain(arrow.target)}"
                lines.append(f"    {way}" if arrow.silent else f"    ({way})")
    return "\n".join(lines) + "\n"


def mermaid(drawing: Drawing) -> str:
    ids = {node.name: f"n{index}" for index, node in enumerate(drawing.nodes)}
    lines = ["flowchart TD"]
    for node in drawing.nodes:
        left, right = ("([", "])") if node.start or node.end else ("[", "]")
        lines.append(f'    {ids[node.name]}{left}"{_mermaid(_label(node, "<br/>"))}"{right}')
    for arrow in drawing.arrows:
        line = "-->" if arrow.silent else "-.->"
        why = f'|"{_mermaid(arrow.words)}"|' if arrow.words else ""
        lines.append(f"    {ids[arrow.source]} {line}{why} {ids[arrow.target]}")
    return "\n".join(lines) + "\n"


def dot(drawing: Drawing) -> str:
    lines = [f"digraph {_dot(drawing.title)} {{", '    node [shape=box, fontname="sans-serif"];']
    for node in drawing.nodes:
        shape = ", shape=oval" if node.start or node.end else ""
        lines.append(f"    {_dot(node.name)} [label={_dot(_label(node, chr(10)))}{shape}];")
    for arrow in drawing.arrows:
        style = "" if arrow.silent else ", style=dashed"
        lines.append(f"    {_dot(arrow.source)} -> {_dot(arrow.target)} [label={_dot(arrow.words)}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


WRITERS: Final[dict[str, Callable[[Drawing], str]]] = {"text": text, "mermaid": mermaid, "dot": dot}


def _label(node: GraphNode, between: str) -> str:
    return node.name if node.words == node.name else f"{node.name}{between}{node.words}"


def _plain(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words)


def _mermaid(words: str) -> str:
    """Mermaid's own entities; `<br/>` is ours."""
    out = []
    for part in words.split("<br/>"):
        kept = "".join(
            sign if sign.isalnum() or sign in " -_,.:@$*" else f"#{ord(sign)};" for sign in _plain(part)
        )
        out.append(kept)
    return "<br/>".join(out)


def _dot(words: str) -> str:
    lines = [_plain(line).replace("\\", "\\\\").replace('"', '\\"') for line in words.split("\n")]
    return '"' + "\\n".join(lines) + '"'
