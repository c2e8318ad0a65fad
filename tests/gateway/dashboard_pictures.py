"""Draws the dashboards as SVG from a Prometheus's answers, for a machine without Grafana:

python -m tests.gateway.dashboard_pictures http://127.0.0.1:9090 --out FOLDER [--hours 1]
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from tests.gateway.dashboards import COLUMNS, Dashboard, Panel, dashboards

WIDE, HIGH, GAP, HEAD = 560, 200, 16, 46
LEFT, TOP, LOW = 62, 30, 40
STEPS: Final = 240
MOST_LINES: Final = 8
COLOURS: Final = ("#1f6f54", "#b3541e", "#2a5caa", "#8a3ffc", "#a2191f", "#6f6f6f", "#00757c", "#8e6a00")
_LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Line:
    """`points` are (seconds since 1970, value); what is no number is left out."""

    name: str
    points: Sequence[tuple[float, float]]


Ask = Callable[[str, float, float, float], Mapping[str, Any]]
"""PromQL, begin, end and step in seconds; the answer of `/api/v1/query_range`."""


def lines_of(answer: Mapping[str, Any], legend: str) -> list[Line]:
    """Raises `ValueError` with Prometheus's own words where it refused the query."""
    if answer.get("status") != "success":
        raise ValueError(str(answer.get("error", answer)))
    found = []
    for series in answer["data"]["result"]:
        name = _named(legend, series["metric"])
        points = [(float(at), float(value)) for at, value in series["values"]]
        found.append(Line(name or legend, [one for one in points if math.isfinite(one[1])]))
    return sorted(found, key=lambda line: line.name)


def _named(legend: str, labels: Mapping[str, str]) -> str:
    return _LEGEND.sub(lambda match: labels.get(match.group(1), ""), legend).strip()


def read(one: Dashboard, ask: Ask, begin: float, end: float) -> list[list[Line]]:
    """The lines of each panel."""
    step = max(1.0, (end - begin) / STEPS)
    return [
        [
            line
            for query in panel.queries
            for line in lines_of(ask(query.expr, begin, end, step), query.legend)
        ]
        for panel in one.panels
    ]


def drawn(one: Dashboard, panels: Sequence[Sequence[Line]], begin: float, end: float) -> str:
    """The whole dashboard as SVG. Pure."""
    rows = math.ceil(len(one.panels) / COLUMNS)
    width = COLUMNS * WIDE + (COLUMNS + 1) * GAP
    height = HEAD + rows * (HIGH + GAP)
    begins = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#f4f4f4"/>'
    )
    parts = [begins, f'<text x="{GAP}" y="28" font-size="18">{escape(one.title)}</text>']
    for number, (panel, lines) in enumerate(zip(one.panels, panels, strict=True)):
        row, column = divmod(number, COLUMNS)
        place = f"translate({GAP + column * (WIDE + GAP)},{HEAD + row * (HIGH + GAP)})"
        parts.append(f'<g transform="{place}">{_panel(panel, lines, begin, end)}</g>')
    return "".join([*parts, "</svg>\n"])


def _panel(panel: Panel, lines: Sequence[Line], begin: float, end: float) -> str:
    parts = [
        f'<rect width="{WIDE}" height="{HIGH}" rx="4" fill="#fff" stroke="#ddd"/>',
        f'<text x="10" y="20" font-weight="bold">{escape(panel.title)}</text>',
    ]
    shown = [line for line in lines if line.points]
    if not shown:
        return "".join([*parts, f'<text x="{LEFT}" y="{HIGH // 2}" fill="#666">–</text>'])
    if panel.stat:
        last = max(line.points[-1][1] for line in shown)
        return "".join([*parts, f'<text x="{LEFT}" y="120" font-size="44">{worded(last, panel.unit)}</text>'])
    values = [value for line in shown for _, value in line.points]
    low, high = min(0.0, *values), max(values)
    span = (high - low) or 1.0

    def at(when: float, value: float) -> str:
        x = LEFT + (when - begin) / ((end - begin) or 1.0) * (WIDE - LEFT - 12)
        y = HIGH - LOW - (value - low) / span * (HIGH - LOW - TOP)
        return f"{x:.1f},{y:.1f}"

    for value in (low, low + span / 2, low + span):
        y = at(begin, value).partition(",")[2]
        parts.append(f'<line x1="{LEFT}" x2="{WIDE - 12}" y1="{y}" y2="{y}" stroke="#eee"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y}" text-anchor="end">{worded(value, panel.unit)}</text>')
    left = LEFT
    for line, colour in zip(shown[:MOST_LINES], COLOURS, strict=False):
        points = " ".join(at(*point) for point in line.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(f'<text x="{left}" y="{HIGH - 8}" fill="{colour}">■ {escape(line.name)}</text>')
        left += 26 + 8 * len(line.name)
    for when, anchor in ((begin, "start"), (end, "end")):
        x = LEFT if when == begin else WIDE - 12
        clock = time.strftime("%H:%M", time.gmtime(when))
        parts.append(f'<text x="{x}" y="{HIGH - 24}" text-anchor="{anchor}" fill="#666">{clock}</text>')
    return "".join(parts)


def worded(value: float, unit: str) -> str:
    """A number as people read it: 1.5 MB, 250 ms, 3 d, 40 %."""
    size = abs(value)
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "bytes":
        for factor, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
            if size >= factor:
                return f"{value / factor:.3g} {name}"
        return f"{value:.3g} B"
    if unit == "s":
        for seconds, name in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
            if size >= seconds:
                return f"{value / seconds:.3g} {name}"
        return "0" if not value else f"{1_000 * value:.3g} ms"
    return f"{value:.4g}"


def over_http(address: str) -> Ask:
    """Asks a Prometheus; its refusal of a query (400) is an answer too."""

    def ask(expr: str, begin: float, end: float, step: float) -> Mapping[str, Any]:
        asked = urllib.parse.urlencode({"query": expr, "start": begin, "end": end, "step": step})
        try:
            with urllib.request.urlopen(f"{address}/api/v1/query_range?{asked}", timeout=30) as answer:
                told: Mapping[str, Any] = json.load(answer)
        except urllib.error.HTTPError as refused:
            told = json.load(refused)
        return told

    return ask


def main(words: Sequence[str]) -> int:
    asked = argparse.ArgumentParser(description="Draw the dashboards from a Prometheus's answers.")
    asked.add_argument("address")
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--hours", type=float, default=1.0)
    given = asked.parse_args(words)
    end = time.time()
    begin = end - given.hours * 3_600
    given.out.mkdir(parents=True, exist_ok=True)
    for one in dashboards():
        picture = drawn(one, read(one, over_http(given.address), begin, end), begin, end)
        file = given.out / f"dashboard-{one.name}.svg"
        file.write_text(picture, encoding="utf-8")
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
