"""The evaluation as one HTML file without scripts or links: bars are boxes, which mail readers show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape
from typing import Final

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
from cases.evaluation.service import EvaluationRow

_STYLE: Final = (
    "font:14px/1.5 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1c2733;"
    "max-width:1100px;margin:24px auto"
)
_CELL: Final = "padding:3px 8px;border-bottom:1px solid #d5dce3"
_BAR: Final = "#1f5fae"
_ALARM: Final = "#a3200d"


def page(made: PrintedEvaluation) -> str:
    """A whole document."""
    words = EvaluationWords(made.language)
    last = made.found.until - timedelta(days=1)
    body = [
        f"<h1>{escape(words('title'))}</h1>",
        f"<p>{escape(words('period', since=made.found.since, until=last))}</p>",
    ]
    if not made.found.total.counts["received"]:
        body.append(f"<p>{escape(words('none'))}</p>")
    else:
        body += [*_figures(made, words), *_rows(made, words), *_days(made, words), *_hot(made, words)]
    at = f"{made.made_at:%Y-%m-%d %H:%M}"
    body += [
        f"<p><small>{escape(words('method'))} {escape(words('made', name=made.made_by, at=at))}</small></p>"
    ]
    return (
        f'<!doctype html><html lang="{made.language}"><head><meta charset="utf-8">'
        f"<title>{escape(made.title)}</title></head>"
        f'<body style="{_STYLE}">{"".join(body)}</body></html>'
    )


def _figures(made: PrintedEvaluation, words: EvaluationWords) -> Iterable[str]:
    yield f"<h2>{escape(words('figures'))}</h2>"
    rows = []
    total = made.found.total
    for name, formula in FIGURES.items():
        value = total.rates[name]
        share = value if formula.unit == "share" else None
        counts = f"{total.counts[formula.numerator]:,} / {total.counts[formula.denominator]:,}"
        rows.append((
            escape(words.of("figure", name)), escape(words.value(name, value)),
            _bar(share, bad=formula.less_is_better), counts if formula.unit == "share" else "",
        ))  # fmt: skip
    if total.score is not None:
        rows.append((escape(words("score")), f"{total.score:.1f}", _bar(total.score / 100), ""))
    yield _table((), rows)


def _rows(made: PrintedEvaluation, words: EvaluationWords) -> Iterable[str]:
    by = words.of("dimension", made.found.by)
    yield f"<h2>{escape(words('by', what=by))}</h2>"
    shown = made.found.rows[:MOST_ROWS]
    most = max((one.counts["filed"] for one in shown), default=0)
    yield _table(
        ("", words("column_of"), words.of("count", "filed")),
        [
            (escape(words.named(one)), str(one.counts["filed"]), _bar(one.counts["filed"] / (most or 1)))
            for one in shown[:MOST_BARS]
        ],
        head=False,
    )  # fmt: skip
    head = [by, *(words.of("count", one) for one in COUNTED), *(words.of("figure", one) for one in COLUMNS)]
    rows = [_row(one, words, words.named(one)) for one in shown]
    rows.append(_row(made.found.total, words, words("total")))
    yield _table([*head, words("score")], rows)
    left = made.found.left_out + len(made.found.rows) - len(shown)
    if left:
        yield f"<p>{escape(words('left_out', n=left))}</p>"


def _row(one: EvaluationRow, words: EvaluationWords, name: str) -> tuple[str, ...]:
    score = "–" if one.score is None else f"{one.score:.1f}"
    counts = (f"{one.counts[name]:,}" for name in COUNTED)
    return (escape(name), *counts, *(escape(words.value(f, one.rates[f])) for f in COLUMNS), score)


def _days(made: PrintedEvaluation, words: EvaluationWords) -> Iterable[str]:
    if len(made.days.rows) < 2:
        return
    yield f"<h2>{escape(words('days'))}</h2>"
    most = max(one.counts["filed"] for one in made.days.rows) or 1
    shown = made.days.rows[-62:]
    bars = "".join(
        f'<td style="vertical-align:bottom;padding:0 1px" title="{escape(one.key)}: {one.counts["filed"]} / '
        f'{one.counts["closed"]}"><div style="width:12px;height:{round(96 * one.counts["filed"] / most)}px;'
        f'background:{_BAR}"></div></td>'
        for one in shown
    )
    ends = f"{_day(shown[0].key)} – {_day(shown[-1].key)}, {words.of('count', 'filed')} ≤ {most}"
    yield f'<table style="height:100px"><tr>{bars}</tr></table><p><small>{escape(ends)}</small></p>'


def _day(key: str) -> str:
    return f"{key[:4]}-{key[4:6]}-{key[6:]}"


def _hot(made: PrintedEvaluation, words: EvaluationWords) -> Iterable[str]:
    yield f"<h2>{escape(words('hotspots'))}</h2>"
    if not made.hotspots:
        yield f"<p>{escape(words('no_hotspots'))}</p>"
        return
    rows = [
        (
            escape(words.named(name)),
            str(one.now),
            f"{one.usual:.1f}",
            f"{one.ratio:.1f}",
            f"{one.surprise:.1f}",
        )
        for one, name in made.hotspots[:MOST_HOTSPOTS]
    ]
    yield _table([words("column_of"), *(words(one) for one in ("now", "usual", "ratio", "surprise"))], rows)


def _bar(share: float | None, *, bad: bool = False) -> str:
    if share is None:
        return ""
    width = max(1, round(240 * min(1.0, share)))
    return f'<div style="width:{width}px;height:12px;background:{_ALARM if bad else _BAR}"></div>'


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], *, head: bool = True) -> str:
    """Cells are HTML, names are text."""
    first = "".join(f'<th style="{_CELL};text-align:left">{escape(one)}</th>' for one in names)
    told = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in row) + "</tr>" for row in rows
    )
    top = f"<thead><tr>{first}</tr></thead>" if head and names else ""
    return f'<table style="border-collapse:collapse;font:inherit">{top}<tbody>{told}</tbody></table>'
