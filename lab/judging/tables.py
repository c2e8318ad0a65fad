"""The measure's figures as raw output and as tables; docs/quality.md has the shortest of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cases.learning.shares import Proportion
from lab.judging.rows import ROWS, Row
from lab.judging.totals import Totals

NAMES = {
    "holdout_a": "holdout a (may be read)",
    "holdout_b": "holdout b (never read, totalled before)",
    "holdout_c": "holdout c (opened)",
    "holdout_d": "holdout d (opened)",
    "holdout_e": "holdout e (never read, totalled before)",
    "holdout_f": "holdout f (never read, totalled before)",
    "holdout_g": "holdout g (never read, totalled before)",
    "holdout_h": "holdout h (plain calls, never read, fresh)",
}
LANGUAGES = (("zh", "Mandarin"), ("en", "English"))
NOTHING_COUNTED = Proportion(k=0, n=0)
ALLOWED_LOSS = 0.15
"""On recognised text the goals allow so much less, but neither for missed danger nor for what
is wrong and sure."""
_KEPT = frozenset({"danger_found", "wrong_but_sure", "no_report_empty"})


def goals(*, recognised: bool = False) -> tuple[Row, ...]:
    """The rows with their goals, for true or for recognised text."""
    return tuple(_eased(row) if recognised and row.key not in _KEPT else row for row in ROWS)


def _eased(row: Row) -> Row:
    if row.goal is None:
        return row
    goal = row.goal + ALLOWED_LOSS if row.fault else row.goal - ALLOWED_LOSS
    return Row(row.key, row.title, round(goal, 4), row.fault, row.strict)


def raw(found: Totals, rows: Sequence[Row]) -> dict[str, Any]:
    """JSON of one holdout. `misses` is there for the holdouts that may be seen, and for no other."""
    by_key = {row.key: row for row in rows}
    out: dict[str, Any] = {
        "reports": found.reports,
        "rows": {key: _one(share, by_key[key]) for key, share in found.rows.items()},
        "groups": {
            name: {key: _one(share) for key, share in shares.items()} for name, shares in found.groups.items()
        },
        "fields": {
            name: {key: _one(share) for key, share in shares.items()} for name, shares in found.fields.items()
        },
    }
    if found.misses is not None:
        out["misses"] = found.misses
    return out


def _one(share: Proportion, row: Row | None = None) -> dict[str, Any]:
    low, high = share.interval
    out: dict[str, Any] = {"k": share.k, "n": share.n, "share": _round(share.value)}
    out |= {"low": _round(low), "high": _round(high)}
    if row is not None and row.goal is not None and share.value is not None:
        out |= {"goal": row.goal, "reached": row.reached(share.value)}
    return out


PLAIN = ("holdout_h",)
HARD = ("holdout_b", "holdout_e", "holdout_f", "holdout_g")
"""Sealed, by writers who were asked for what is hard in calls."""


def summary_table(found: Mapping[str, Totals], rows: Sequence[Row]) -> str:
    """The goals alone, on sealed calls: eight rows, four columns."""
    plain, hard = (sum(found[name].reports for name in names) for names in (PLAIN, HARD))
    lines = [
        f"| what | goal | plain calls ({plain}) | hard calls ({hard}) |",
        "|---|---|---|---|",
    ]
    for row in rows:
        if row.goal is not None:
            cells = [_summed([found[name] for name in names], row) for names in (PLAIN, HARD)]
            lines.append(f"| {row.title} | {_goal(row)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _summed(found: Sequence[Totals], row: Row) -> str:
    """`89.4 % (227/254)`, and in bold what misses the goal."""
    shares = [one.rows.get(row.key, NOTHING_COUNTED) for one in found]
    whole = Proportion(k=sum(one.k for one in shares), n=sum(one.n for one in shares))
    if whole.value is None:
        return "none asked"
    text = f"{whole.value:.1%} ({whole.k}/{whole.n})".replace("%", " %")
    return text if row.reached(whole.value) else f"**{text}, missed**"


def main_table(holdouts: Mapping[str, Totals], rows: Sequence[Row]) -> str:
    """One line for each row, all holdouts beside each other, always."""
    lines = [
        "| what | goal | " + " | ".join(f"{NAMES[name]} | " for name in holdouts) + " |",
        "|---|---|" + "---|---|" * len(holdouts),
    ]
    for row in rows:
        cells = [_cells(found.rows.get(row.key, NOTHING_COUNTED), row) for found in holdouts.values()]
        lines.append(f"| {row.title} | {_goal(row)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cells(share: Proportion, row: Row) -> str:
    verdict = None if share.value is None else row.reached(share.value)
    return f"{shown(share)} | {'' if verdict is None else 'reached' if verdict else '**missed**'}"


def conditions_table(
    name: str, found: Mapping[str, Totals], rows: Sequence[Row], titles: Mapping[str, str]
) -> str:
    """One holdout on the same reports: true text, then every condition of the line."""
    heads = [titles.get(condition, condition) for condition in found]
    lines = [
        f"| {NAMES[name]} | goal | " + " | ".join(heads) + " |",
        "|---|---|" + "---|" * len(found),
    ]
    for row in rows:
        cells = []
        for one in found.values():
            share = one.rows.get(row.key, NOTHING_COUNTED)
            missed = share.value is not None and row.reached(share.value) is False
            cells.append(f"**{shown(share)}**" if missed else shown(share))
        if any(row.key in one.rows for one in found.values()):
            lines.append(f"| {row.title} | {_goal(row)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def language_table(holdouts: Mapping[str, Totals], rows: Sequence[Row]) -> str:
    heads = [f"{title}, {name.replace('_', ' ')}" for name in holdouts for _, title in LANGUAGES]
    lines = ["| what | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for row in rows:
        cells = [
            brief(found.groups.get(key, {}).get(row.key, NOTHING_COUNTED))
            for found in holdouts.values()
            for key, _ in LANGUAGES
        ]
        lines.append(f"| {row.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


DANGERS = (
    ("danger_found", "plain", "danger in plain words found"),
    ("danger_found", "hidden", "danger in hidden words found"),
    ("danger_alarmed", "plain", "danger in plain words alarmed, whatever number"),
    ("danger_alarmed", "hidden", "danger in hidden words alarmed, whatever number"),
    ("false_alarms", "near-miss", "false alarms in near-misses"),
    ("false_alarms", "none", "false alarms in ordinary calls"),
)


def danger_table(holdouts: Mapping[str, Totals]) -> str:
    lines = [
        "| what | " + " | ".join(name.replace("_", " ") for name in holdouts) + " |",
        "|---|" + "---|" * len(holdouts),
    ]
    for key, group, title in DANGERS:
        cells = [
            shown(found.groups.get(f"danger:{group}", {}).get(key, NOTHING_COUNTED))
            for found in holdouts.values()
        ]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def fields_table(holdouts: Mapping[str, Totals]) -> str:
    """What is wrong but sure, what was filled for nothing, and the evidence: field by field."""
    lines = [
        "| what | field | " + " | ".join(name.replace("_", " ") for name in holdouts) + " |",
        "|---|---|" + "---|" * len(holdouts),
    ]
    for row in ROWS:
        for key in sorted({key for found in holdouts.values() for key in found.fields.get(row.key, {})}):
            cells = [
                shown(found.fields.get(row.key, {}).get(key, NOTHING_COUNTED)) for found in holdouts.values()
            ]
            lines.append(f"| {row.title} | {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(share: Proportion) -> str:
    """`93.0 % (93/100; 86–97)`: share, counts, and the 95 % interval in percent."""
    if share.value is None:
        return "none asked"
    low, high = share.interval
    return f"{share.value:.1%} ({share.k}/{share.n}; {100 * low:.0f}–{100 * high:.0f})".replace("%", " %")


def brief(share: Proportion) -> str:
    return "–" if share.value is None else f"{share.value:.0%} ({share.k}/{share.n})".replace("%", " %")


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    sign = ("<" if row.strict else "≤") if row.fault else "≥" if row.goal < 1 else ""
    return f"{sign} {100 * row.goal:g} %".strip()


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
