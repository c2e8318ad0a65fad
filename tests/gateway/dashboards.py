"""Writes Grafana's dashboards, deploy/grafana/*.json, from panels.toml:

python -m tests.gateway.dashboards
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.peers.checkout import CHECKOUT

FOLDER: Final = CHECKOUT / "deploy" / "grafana"
COLUMNS: Final = 2
WIDTH: Final = 24 // COLUMNS
HEIGHT: Final = 8
SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
SCHEMA: Final = 39
"""Version of the JSON: Grafana 10.4, which later ones read."""


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """PromQL, and the legend in Grafana's form: `{{label}}`."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    unit: str
    queries: tuple[PanelQuery, ...]
    stat: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    name: str
    title: str
    panels: tuple[Panel, ...]

    @property
    def file(self) -> Path:
        return FOLDER / f"songhua-{self.name}.json"


@cache
def dashboards() -> tuple[Dashboard, ...]:
    read = tomllib.loads((FOLDER / "panels.toml").read_text(encoding="utf-8"))
    return tuple(
        Dashboard(name, one["title"], tuple(_panel(panel) for panel in one["panels"]))
        for name, one in read.items()
    )


def _panel(given: dict[str, Any]) -> Panel:
    queries = tuple(PanelQuery(expr, legend) for expr, legend in given["queries"])
    return Panel(f"{given['en']} · {given['zh']}", given["unit"], queries, given.get("stat", False))


def as_grafana(one: Dashboard) -> str:
    """The file as it has to be."""
    document = {
        "uid": f"songhua-{one.name}",
        "title": one.title,
        "tags": ["songhua"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "panels": [_shown(number, panel) for number, panel in enumerate(one.panels)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _shown(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    return {
        "id": number + 1,
        "type": "stat" if panel.stat else "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + at), "expr": query.expr, "legendFormat": query.legend,
             "datasource": SOURCE}
            for at, query in enumerate(panel.queries)
        ],
    }  # fmt: skip


if __name__ == "__main__":
    for dashboard in dashboards():
        dashboard.file.write_text(as_grafana(dashboard), encoding="utf-8")
