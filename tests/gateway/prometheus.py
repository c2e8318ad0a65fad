"""Writes docs/prometheus.md anew: `python -m tests.gateway.prometheus`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tests.peers.checkout import CHECKOUT

PAGE = CHECKOUT / "docs" / "prometheus.md"
KINDS = ("counter", "gauge", "histogram")
HEAD = """# Prometheus metrics

For operators who make dashboards and alarms: what `/metrics` of each process role has. Names, kinds and
labels are stable. A metric is present in the roles that have its part (docs/architecture.md).
`python -m tests.gateway.prometheus` writes this page, and a test compares it with the code.

| metric | kind | labels | what |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """As it is declared by `core.metrics`."""

    name: str
    kind: str
    labels: tuple[str, ...]
    what: str


def declared() -> list[Metric]:
    """Every metric of the product, by name."""
    found: list[Metric] = []
    for file in CHECKOUT.glob("[a-z]*/**/*.py"):
        if file.relative_to(CHECKOUT).parts[0] in {"tests", "console", "scripts", "migrations"}:
            continue
        text = file.read_text(encoding="utf-8")
        if "from core.metrics import" in text:
            found += _of(ast.parse(text))
    return sorted(found)


def page() -> str:
    """The page as it has to be."""
    rows = (
        f"| `songhua_{one.name}{'_total' if one.kind == 'counter' else ''}` | {one.kind} "
        f"| {', '.join(f'`{label}`' for label in one.labels)} | {one.what} |\n"
        for one in declared()
    )
    return HEAD + "".join(rows)


def _of(module: ast.Module) -> Iterator[Metric]:
    for node in ast.walk(module):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS):
            continue
        name, what = (ast.literal_eval(given) for given in node.args[:2])
        given = {word.arg: word.value for word in node.keywords}
        at = 3 if node.func.id == "histogram" else 2
        labels = given.get("labels") or (node.args[at] if len(node.args) > at else None)
        yield Metric(name, node.func.id, tuple(ast.literal_eval(labels)) if labels is not None else (), what)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
