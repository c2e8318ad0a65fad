"""The evaluation as a PDF (A4). Blocking: some tenths of a second."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from cases.document.fonts import font_name
from cases.evaluation.figures import FIGURES
from cases.evaluation.printing.model import (
    COLUMNS,
    COUNTED,
    MOST_BARS,
    MOST_HOTSPOTS,
    MOST_ROWS,
    EvaluationWords,
    PrintedEvaluation,
)

_MARGIN: Final = 16 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_INK, _LINE, _BAR = colors.HexColor("#1c2733"), colors.HexColor("#b8c2cc"), colors.HexColor("#1f5fae")
_DONE: Final = colors.HexColor("#2f7d3a")


def draw(made: PrintedEvaluation, *, font: Path | None = None) -> bytes:
    """`font` is a TrueType file that stands before the usual ones."""
    return _EvaluationDrawing(made, font).made()


class _EvaluationDrawing:
    def __init__(self, made: PrintedEvaluation, font: Path | None) -> None:
        self._made = made
        self._words = EvaluationWords(made.language)
        self._font = font_name(font)

    def made(self) -> bytes:
        out = io.BytesIO()
        template = SimpleDocTemplate(
            out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
            bottomMargin=_MARGIN, title=self._made.title, author="Songhua", lang=self._made.language,
        )  # fmt: skip
        template.build(list(self._parts()))
        return out.getvalue()

    def _parts(self) -> Iterator[Flowable]:
        words, found = self._words, self._made.found
        yield self._text(words("title"), size=18, after=4)
        yield self._text(words("period", since=found.since, until=found.until - timedelta(days=1)), after=8)
        if not found.total.counts["received"]:
            yield self._text(words("none"))
        else:
            yield from self._figures()
            yield from self._rows()
            yield from self._days()
            yield from self._hotspots()
        at = f"{self._made.made_at:%Y-%m-%d %H:%M}"
        yield Spacer(1, 6 * mm)
        yield self._text(f"{words('method')} {words('made', name=self._made.made_by, at=at)}", size=8)

    def _figures(self) -> Iterator[Flowable]:
        words, total = self._words, self._made.found.total
        yield self._text(words("figures"), size=13, after=3)
        rows = []
        for name, one in FIGURES.items():
            counts = f"{total.counts[one.numerator]:,} / {total.counts[one.denominator]:,}"
            told = counts if one.unit == "share" else ""
            rows.append([words.of("figure", name), words.value(name, total.rates[name]), told])
        if total.score is not None:
            rows.append([words("score"), f"{total.score:.1f}", ""])
        yield self._table(rows, (60 * mm, 35 * mm, _WIDTH - 95 * mm))

    def _rows(self) -> Iterator[Flowable]:
        words, found = self._words, self._made.found
        by = words.of("dimension", found.by)
        yield self._text(words("by", what=by), size=13, before=8, after=3)
        shown = found.rows[:MOST_ROWS]
        bars = [one for one in shown if one.counts["filed"]][:MOST_BARS]
        if bars:
            yield self._bars([words.named(one) for one in bars], [one.counts["filed"] for one in bars])
        head = [
            by,
            *(words.of("count", one) for one in COUNTED),
            *(words.of("figure", one) for one in COLUMNS),
        ]
        rows = [head]
        for one, name in [*((one, words.named(one)) for one in shown), (found.total, words("total"))]:
            rates = [words.value(figure, one.rates[figure]) for figure in COLUMNS]
            rows.append([name, *(f"{one.counts[count]:,}" for count in COUNTED), *rates])
        narrow = (_WIDTH - 38 * mm) / (len(head) - 1)
        yield self._table(rows, (38 * mm, *([narrow] * (len(head) - 1))), size=7.5, head=True)
        left = found.left_out + len(found.rows) - len(shown)
        if left:
            yield self._text(words("left_out", n=left), size=8)

    def _days(self) -> Iterator[Flowable]:
        rows = self._made.days.rows[-62:]
        if len(rows) < 2:
            return
        yield self._text(self._words("days"), size=13, before=8, after=3)
        drawing = Drawing(_WIDTH, 45 * mm)
        chart = VerticalBarChart()
        chart.x, chart.y, chart.width, chart.height = 10 * mm, 8 * mm, _WIDTH - 12 * mm, 34 * mm
        chart.data = [
            [one.counts["filed"] for one in rows],
            [one.counts["closed"] for one in rows],
        ]
        step = max(1, len(rows) // 10)
        chart.categoryAxis.categoryNames = [
            f"{one.key[4:6]}-{one.key[6:]}" if at % step == 0 else "" for at, one in enumerate(rows)
        ]
        chart.bars[0].fillColor, chart.bars[1].fillColor = _BAR, _DONE
        self._plain(chart)
        drawing.add(chart)
        yield drawing

    def _hotspots(self) -> Iterator[Flowable]:
        words = self._words
        yield self._text(words("hotspots"), size=13, before=8, after=3)
        if not self._made.hotspots:
            yield self._text(words("no_hotspots"))
            return
        rows = [[words("column_of"), words("now"), words("usual"), words("ratio"), words("surprise")]]
        rows += [
            [words.named(name), str(one.now), f"{one.usual:.1f}", f"{one.ratio:.1f}", f"{one.surprise:.1f}"]
            for one, name in self._made.hotspots[:MOST_HOTSPOTS]
        ]
        rest = (_WIDTH - 70 * mm) / 4
        yield self._table(rows, (70 * mm, rest, rest, rest, rest), head=True)

    def _bars(self, names: Sequence[str], values: Sequence[int]) -> Drawing:
        height = (8 + 6 * len(names)) * mm
        drawing = Drawing(_WIDTH, height)
        chart = HorizontalBarChart()
        chart.x, chart.y, chart.width, chart.height = 45 * mm, 7 * mm, _WIDTH - 52 * mm, height - 9 * mm
        chart.data = [list(reversed(values))]
        chart.categoryAxis.categoryNames = [name[:16] for name in reversed(names)]
        chart.bars[0].fillColor = _BAR
        self._plain(chart)
        drawing.add(chart)
        return drawing

    def _plain(self, chart: Any) -> None:
        for axis in (chart.categoryAxis, chart.valueAxis):
            axis.labels.fontName, axis.labels.fontSize = self._font, 7.5
            axis.strokeColor = _LINE
        chart.valueAxis.valueMin = 0
        chart.valueAxis.labelTextFormat = "%d"
        chart.valueAxis.forceZero = True
        chart.bars.strokeColor = None

    def _text(self, text: str, *, size: float = 10, before: float = 0, after: float = 2) -> Paragraph:
        style = ParagraphStyle(
            "text", fontName=self._font, fontSize=size, leading=size * 1.4, textColor=_INK,
            spaceBefore=before, spaceAfter=after, wordWrap="CJK",
        )  # fmt: skip
        return Paragraph(escape(text), style)

    def _table(
        self, rows: Sequence[Sequence[str]], widths: Sequence[float], *, size: float = 9, head: bool = False
    ) -> Table:
        cells = [[self._text(cell, size=size, after=0) for cell in row] for row in rows]
        style: list[tuple[Any, ...]] = [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ]
        return Table(cells, colWidths=list(widths), style=style, repeatRows=1 if head else 0, hAlign="LEFT")
