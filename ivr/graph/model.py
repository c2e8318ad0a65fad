"""A flow as nodes and arrows with readable labels. Pure; works for any kind of step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ivr.flows.model import Flow

MOST_WORDS: Final = 60


@dataclass(frozen=True, slots=True)
class GraphNode:
    """`end`: the flow ends here. `start`: it begins here."""

    name: str
    words: str
    end: bool = False
    start: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """`silent`: taken although the caller does nothing."""

    source: str
    target: str
    words: str = ""
    silent: bool = True


@dataclass(frozen=True, slots=True)
class Drawing:
    title: str
    nodes: tuple[GraphNode, ...]
    arrows: tuple[Arrow, ...]


def draw(flow: Flow) -> Drawing:
    """Nodes in the order in which a caller can come to them, the rest after."""
    order = [flow.start]
    for name in order:
        order += [target for target in dict.fromkeys(flow.steps[name].exits) if target not in order]
    order += [name for name in flow.steps if name not in order]
    nodes, arrows = [], []
    for name in order:
        step = flow.steps[name]
        plain = step.model_dump(mode="json", exclude_defaults=True)
        nodes.append(GraphNode(name, _words(plain), end=not step.exits, start=name == flow.start))
        told = dict(_told(plain, set(step.exits)))
        arrows += [
            Arrow(name, target, told.get(target, ""), silent=target in step.automatic)
            for target in dict.fromkeys(step.exits)
        ]
    return Drawing(flow.flow, tuple(nodes), tuple(arrows))


def _words(plain: dict[str, Any]) -> str:
    """`play greeting`, `menu language-choice`, `queue hotline`."""
    kind = next((key for key in plain if key not in ("next", "notice", "survey_after")), "?")
    value = plain.get(kind)
    if isinstance(value, dict):
        prompt = value.get("prompt") or value.get("ask") or value.get("on") or value.get("reason")
        value = prompt if prompt is not None else " ".join(key for key in value if isinstance(key, str))
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = kind if value in (True, None, "") else f"{kind} {value}"
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1] + "…"


def _told(plain: dict[str, Any], exits: set[str]) -> Iterator[tuple[str, str]]:
    """(target, what leads there): the keys under which a step names its exits; several are joined."""
    found: dict[str, list[str]] = {}

    def look(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for inner, part in value.items():
                look(part, str(inner))
        elif isinstance(value, str) and value in exits and key not in ("next", "prompt", "into", "on", "ask"):
            found.setdefault(value, []).append(key)

    look(plain, "")
    for target, keys in found.items():
        yield target, ", ".join(dict.fromkeys(keys))
