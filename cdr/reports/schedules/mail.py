"""A report as a mail: its time, a chart, a table of the main figures, and the whole as a file.

Blocking for some hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import yaml

from cdr.reports import formats
from cdr.reports.schedules.chart import Bar, bars
from cdr.reports.schedules.model import FileFormat, MailLanguage
from cdr.reports.schedules.ports import MailFile, ReportMail
from cdr.reports.service import UNITS, ReportResult

MOST_ROWS: Final = 100
"""Of the table in the text; the file has all."""
_WORDS: Final = Path(__file__).with_name("words.yaml")
_MAIN: Final[Mapping[str, Sequence[str]]] = {
    "queues": ("offered", "answered", "abandoned", "connect_rate", "timely_answer_rate", "average_wait",
               "average_talk", "satisfaction_rate"),
    "agents": ("answered", "rings", "missed_rings", "talk", "average_handle", "signed_in", "occupancy",
               "satisfaction_rate"),
    "quality": ("calls_scored", "scorecards", "score_average", "score_lowest", "score_highest",
                "fatal_scorecards"),
    "calls": ("queue", "direction", "outcome", "number", "agents", "wait", "talk", "disposition"),
}  # fmt: skip
_CHART: Final = {"queues": "offered", "agents": "answered", "quality": "score_average"}
_STYLE: Final = "font:14px/1.5 sans-serif;color:#1c2733"
_CELL: Final = "padding:3px 8px;border-bottom:1px solid #d5dce3;text-align:"


class MailWords:
    """Words of mails and of figures in one language."""

    def __init__(self, language: MailLanguage) -> None:
        self.language = language
        self._place = ("zh", "en").index(language)

    def __call__(self, key: str, **values: object) -> str:
        return str(_table()["mail"][key][self._place]).format(**values)

    def of(self, group: str, key: str) -> str:
        """The word of a key in a group; the key itself where the table has none."""
        found = _table()[group].get(key)
        return str(found[self._place]) if found else key


@cache
def _table() -> Mapping[str, Any]:
    with _WORDS.open(encoding="utf-8") as stream:
        return dict(yaml.safe_load(stream))


def mail_of_report(
    answer: ReportResult,
    *,
    mail_id: UUID,
    to: str,
    name: str,
    language: MailLanguage,
    file_format: FileFormat,
) -> ReportMail:
    """Raises `ParquetMissing`."""
    words = MailWords(language)
    title = f"{name}  {answer.since:%Y-%m-%d} – {answer.until:%Y-%m-%d}"
    picture = MailFile("chart.png", "image/png", _chart(answer), inline=True)
    return ReportMail(
        message_id=f"<{mail_id}@songhua>",
        to=to,
        subject=" ".join(title.split()),
        text=_text(answer, words, title),
        html=_html(answer, words, title),
        files=(picture, *_file(answer, file_format)),
    )


def mail_of_page(
    title: str, page: str, document: bytes, *, mail_id: UUID, to: str, name: str, language: MailLanguage
) -> ReportMail:
    """A report that is a page already, with the same as a PDF."""
    words = MailWords(language)
    subject = " ".join(f"{name}  {title}".split())
    return ReportMail(
        message_id=f"<{mail_id}@songhua>",
        to=to,
        subject=subject,
        text="\n".join([subject, "", words("attached"), "", words("why")]),
        html=page,
        files=(MailFile("evaluation.pdf", "application/pdf", document),),
    )


def _file(answer: ReportResult, wanted: FileFormat) -> tuple[MailFile, ...]:
    name = f"{answer.subject}-{answer.since:%Y%m%d}-{answer.until:%Y%m%d}.{wanted}"
    if wanted == "csv":
        return (MailFile(name, "text/csv", formats.csv_of(answer)),)
    if wanted == "parquet":
        return (MailFile(name, formats.PARQUET_TYPE, formats.parquet_of(answer)),)
    return ()


def _chart(answer: ReportResult) -> bytes:
    if answer.subject == "calls":
        outcomes: dict[str, float] = {}
        for row in answer.rows:
            outcomes[row["outcome"]] = outcomes.get(row["outcome"], 0) + 1
        return bars([Bar(name, count) for name, count in sorted(outcomes.items())])
    figure = _CHART[answer.subject]
    if answer.subject == "queues":
        # Queues of one interval are added up: each call is in one of them.
        sums: dict[datetime, float] = {}
        for row in answer.rows:
            sums[row["interval_start"]] = sums.get(row["interval_start"], 0) + (row[figure] or 0)
        hours = answer.interval in {"15min", "hour"}
        return bars([Bar(f"{at:%H:%M}" if hours else f"{at:%m-%d}", value) for at, value in sums.items()])
    return bars([Bar(str(row["agent"]), row[figure]) for row in answer.rows])


def _columns(answer: ReportResult) -> list[str]:
    first = {"queues": ["interval_start", "queue"], "calls": ["started_at"]}.get(answer.subject, ["agent"])
    return [*first, *_MAIN[answer.subject]]


def _text(answer: ReportResult, words: MailWords, title: str) -> str:
    columns = _columns(answer)
    lines = [title, "", "  ".join(words.of("figure", column) for column in columns)]
    lines += [
        "  ".join(_cell(column, row.get(column), words) for column in columns) for row in _shown(answer)
    ]
    if answer.total:
        lines += [f"{words('total')}: {_total(answer, words)}"]
    lines += [words("none")] * (not answer.rows) + _cut(answer, words)
    return "\n".join([*lines, "", words("why")])


def _total(answer: ReportResult, words: MailWords) -> str:
    told = [
        f"{words.of('figure', one)} {_cell(one, answer.total.get(one), words)}"
        for one in _MAIN[answer.subject]
    ]
    return ", ".join(told)


def _html(answer: ReportResult, words: MailWords, title: str) -> str:
    columns = _columns(answer)
    what = words.of("figure", _CHART.get(answer.subject, "calls"))
    names = {one: escape(words.of("figure", one)) for one in columns}
    head = "".join(f'<th style="{_CELL}{_side(one)}">{names[one]}</th>' for one in columns)
    rows = "".join(f"<tr>{_row(columns, row, words)}</tr>" for row in _shown(answer))
    if answer.total:
        whole = {columns[0]: words("total"), **answer.total}
        rows += f'<tr style="font-weight:bold">{_row(columns, whole, words)}</tr>'
    notes = "".join(
        f"<p>{escape(one)}</p>" for one in [*([] if answer.rows else [words("none")]), *_cut(answer, words)]
    )
    return (
        f'<!doctype html><html lang="{words.language}"><body style="{_STYLE}"><h1 style="font-size:18px">'
        f"{escape(title)}</h1><p>{escape(what)}</p>"
        f'<img src="cid:chart.png" width="720" height="260" alt="{escape(what)}">'
        f'<table style="border-collapse:collapse;{_STYLE}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{notes}<p>{escape(words('why'))}</p></body></html>"
    )


def _row(columns: Sequence[str], row: Mapping[str, Any], words: MailWords) -> str:
    return "".join(
        f'<td style="{_CELL}{_side(one)}">{escape(_cell(one, row.get(one), words))}</td>' for one in columns
    )


def _side(column: str) -> str:
    return "right" if column in UNITS else "left"


def _shown(answer: ReportResult) -> Sequence[Mapping[str, Any]]:
    return answer.rows[:MOST_ROWS]


def _cut(answer: ReportResult, words: MailWords) -> list[str]:
    return [words("cut", n=len(answer.rows) - MOST_ROWS)] if len(answer.rows) > MOST_ROWS else []


def _cell(column: str, value: object, words: MailWords) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    unit = UNITS.get(column)
    if isinstance(value, int | float) and unit == "share":
        return f"{value * 100:.1f} %"
    if isinstance(value, int | float) and unit == "seconds":
        return f"{int(value) // 3600}:{int(value) // 60 % 60:02}:{int(value) % 60:02}"
    if isinstance(value, float):
        return f"{value:.2f}"
    return words.of(column, str(value)) if column in {"outcome", "direction", "disposition"} else str(value)
