"""Dashboards are generated, ask for figures that there are, and can be drawn from a Prometheus's answers."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from tests.gateway import promql
from tests.gateway.dashboard_pictures import lines_of, main, worded
from tests.gateway.dashboards import FOLDER, Dashboard, as_grafana, dashboards


@pytest.mark.parametrize("one", dashboards(), ids=lambda one: one.name)
def test_the_kept_dashboard_is_the_generated_one(one: Dashboard) -> None:
    assert one.file.read_text(encoding="utf-8") == as_grafana(one), "run: python -m tests.gateway.dashboards"


def test_nothing_else_stands_there() -> None:
    assert {file.name for file in FOLDER.glob("*.json")} == {one.file.name for one in dashboards()}


@pytest.mark.parametrize("one", dashboards(), ids=lambda one: one.name)
def test_its_queries_ask_for_figures_that_there_are(one: Dashboard) -> None:
    for panel in one.panels:
        for query in panel.queries:
            assert list(promql.faults(query.expr)) == [], panel.title
    document = json.loads(as_grafana(one))
    assert len({panel["id"] for panel in document["panels"]}) == len(one.panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in document["panels"]}
    assert len(places) == len(one.panels)


class SimulatedPrometheus(BaseHTTPRequestHandler):
    """Answers every range query with two lines in the form of Prometheus's HTTP API; it evaluates nothing."""

    queries: list[str]

    def do_GET(self) -> None:  # the name that http.server calls
        given = {name: value[0] for name, value in parse_qs(urlparse(self.path).query).items()}
        self.queries.append(given["query"])
        begin, end = float(given["start"]), float(given["end"])
        values = [[begin, "1"], [(begin + end) / 2, "NaN"], [end, "3"]]
        result = [{"metric": {"outcome": word, "part": "<b>"}, "values": values} for word in ("a", "b")]
        body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


async def test_each_dashboard_is_drawn_from_answers(tmp_path: Path) -> None:
    asked: list[str] = []

    class Handler(SimulatedPrometheus):
        queries = asked

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        done = await asyncio.to_thread(
            main, [f"http://127.0.0.1:{server.server_port}", "--out", str(tmp_path)]
        )
    finally:
        server.shutdown()
        server.server_close()
    assert done == 0
    assert asked == [query.expr for one in dashboards() for panel in one.panels for query in panel.queries]
    for one in dashboards():
        picture = (tmp_path / f"dashboard-{one.name}.svg").read_text(encoding="utf-8")
        drawn = ET.fromstring(picture)
        names = {element.tag.rpartition("}")[2] for element in drawn.iter()}
        assert {"polyline", "text"} <= names
        assert "NaN" not in picture
        assert "nan" not in picture.replace("finance", "")


def test_what_prometheus_refuses_is_said_in_its_words() -> None:
    refused: Mapping[str, Any] = {"status": "error", "error": "parse error: unexpected end"}
    with pytest.raises(ValueError, match="parse error"):
        lines_of(refused, "x")


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.25, "s", "250 ms"), (0, "s", "0"), (90, "s", "1.5 min"), (259_200, "s", "3 d"),
        (-90, "s", "-1.5 min"), (1_500_000, "bytes", "1.5 MB"), (12, "bytes", "12 B"),
        (0.4, "percentunit", "40 %"), (7, "short", "7"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_read_them(value: float, unit: str, words: str) -> None:
    assert worded(value, unit) == words
