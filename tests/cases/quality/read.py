"""What drafts are worth on the calls that may be read, set by set, and every single miss.

    python -m tests.cases.quality.read [SET …] [--misses ROW …] [--language zh|en] [--unknowing] [--pauses]

Sets: `half_a`, `half_c`, `half_d`, `dev`, `dev_fresh`, `calls_1` …; without a name all. No sealed
half is among them. `--unknowing`: by the drafts of `python -m tests.cases.quality.unknowing`, settled anew.
`--pauses`: each turn cut where its speaker may have made a pause; no evidence is judged then.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from cases.drafting import Draft
from tests.cases.quality.conversation import draft_of, tools
from tests.cases.quality.halves import Half, Report, sets
from tests.cases.quality.pauses import draft_of_pauses
from tests.cases.quality.rows import ROWS
from tests.cases.quality.totals import Totals, totals
from tests.cases.quality.unknowing import asked, drafts


def main() -> int:
    known = sets()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", metavar="SET", help=" ".join(known))
    parser.add_argument("--misses", nargs="*", default=(), metavar="ROW", help=" ".join(r.key for r in ROWS))
    parser.add_argument("--language", choices=("zh", "en"))
    parser.add_argument("--unknowing", action="store_true")
    parser.add_argument("--pauses", action="store_true")
    chosen = parser.parse_args()
    if chosen.unknowing:
        known = {name: known[name] for name in asked()}
    unknown = [name for name in chosen.sets if name not in known]
    if unknown:
        parser.error(f"no set that may be read: {', '.join(unknown)}; there are: {' '.join(known)}")
    wanted = [_spoken(known[name], chosen.language) for name in chosen.sets or known]
    shipped = draft_of_pauses if chosen.pauses else draft_of
    found = {}
    for half in wanted:
        made = _Unknowing(known[half.name], pauses=chosen.pauses) if chosen.unknowing else shipped
        found[half.name] = totals(half, made, proofs=not chosen.pauses)
    print(_table(found))
    for half in wanted:
        for line in _misses(half, found[half.name], chosen.misses):
            print(line)
    return 0


class _Unknowing:
    """The draft of a report by classifiers that do not know it."""

    def __init__(self, half: Half, *, pauses: bool) -> None:
        ids = [report["id"] for report in half.reports]
        self._drafts = dict(zip(ids, drafts(half.name, pauses=pauses), strict=True))

    def __call__(self, report: Report) -> Draft:
        drafter, _ = tools()
        return drafter.unaided(self._drafts[report["id"]])


def _spoken(half: Half, language: str | None) -> Half:
    kept = tuple(one for one in half.reports if language in {None, one["language"]})
    return replace(half, reports=kept)


def _table(found: dict[str, Totals]) -> str:
    lines = [f"{'':34}" + "".join(f"{name:>11}" for name in found) + f"{'all':>13}"]
    for row in ROWS:
        shares = [one.rows.get(row.key) for one in found.values()]
        cells = "".join(f"{'–' if one is None else f'{one.k}/{one.n}':>11}" for one in shares)
        k, n = (sum(getattr(one, part) for one in shares if one is not None) for part in ("k", "n"))
        lines.append(f"{row.key:34}{cells}{f'{k}/{n}':>13}" + (f" {100 * k / n:5.1f} %" if n else ""))
    return "\n".join(lines)


def _misses(half: Half, found: Totals, rows: Sequence[str]) -> list[str]:
    by_id = {report["id"]: report for report in half.reports}
    out = []
    for miss in found.misses or ():
        if miss["row"] in rows:
            what = f" {miss['what']}" if miss["what"] else ""
            head = f"{half.name} {miss['id']} {miss['row']}{what}: {miss['expected']} <- {miss['drafted']}"
            out.append("\n".join(("", head, *(f"    {turn}" for turn in by_id[miss["id"]]["turns"]))))
    return out


if __name__ == "__main__":
    raise SystemExit(main())
