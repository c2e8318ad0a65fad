"""What drafts are worth on the calls that may be read, set by set, and every single miss.

    python -m lab.judging.sets [SET …] [--misses ROW …] [--language zh|en] [--out-of-fold] [--pauses]

Sets: `holdout_a`, `holdout_c`, `holdout_d`, `dev`, `dev_fresh`, `calls_1` …; without a name all. No sealed
holdout is among them. `--out-of-fold`: by the drafts of `python -m lab.training.out_of_fold`, settled anew.
`--pauses`: each turn cut where its speaker may have made a pause; no evidence is judged then.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from cases.drafting import Draft
from lab.corpora.calls import CallSet, Report, open_sets
from lab.judging.conversation import draft_of, tools
from lab.judging.pauses import draft_of_pauses
from lab.judging.rows import ROWS
from lab.judging.totals import Totals, totals
from lab.training.out_of_fold import asked, drafts


def main() -> int:
    known = open_sets()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", metavar="SET", help=" ".join(known))
    parser.add_argument("--misses", nargs="*", default=(), metavar="ROW", help=" ".join(r.key for r in ROWS))
    parser.add_argument("--language", choices=("zh", "en"))
    parser.add_argument("--out-of-fold", action="store_true")
    parser.add_argument("--pauses", action="store_true")
    chosen = parser.parse_args()
    if chosen.out_of_fold:
        known = {name: known[name] for name in asked()}
    unknown = [name for name in chosen.sets if name not in known]
    if unknown:
        parser.error(f"no set that may be read: {', '.join(unknown)}; there are: {' '.join(known)}")
    wanted = [_spoken(known[name], chosen.language) for name in chosen.sets or known]
    shipped = draft_of_pauses if chosen.pauses else draft_of
    found = {}
    for call_set in wanted:
        made = _OutOfFold(known[call_set.name], pauses=chosen.pauses) if chosen.out_of_fold else shipped
        found[call_set.name] = totals(call_set, made, proofs=not chosen.pauses)
    print(_table(found))
    for call_set in wanted:
        for line in _misses(call_set, found[call_set.name], chosen.misses):
            print(line)
    return 0


class _OutOfFold:
    """The draft of a report by classifiers that do not know it."""

    def __init__(self, call_set: CallSet, *, pauses: bool) -> None:
        ids = [report["id"] for report in call_set.reports]
        self._drafts = dict(zip(ids, drafts(call_set.name, pauses=pauses), strict=True))

    def __call__(self, report: Report) -> Draft:
        drafter, _ = tools()
        return drafter.unaided(self._drafts[report["id"]])


def _spoken(call_set: CallSet, language: str | None) -> CallSet:
    kept = tuple(one for one in call_set.reports if language in {None, one["language"]})
    return replace(call_set, reports=kept)


def _table(found: dict[str, Totals]) -> str:
    lines = [f"{'':34}" + "".join(f"{name:>11}" for name in found) + f"{'all':>13}"]
    for row in ROWS:
        shares = [one.rows.get(row.key) for one in found.values()]
        cells = "".join(f"{'–' if one is None else f'{one.k}/{one.n}':>11}" for one in shares)
        k, n = (sum(getattr(one, part) for one in shares if one is not None) for part in ("k", "n"))
        lines.append(f"{row.key:34}{cells}{f'{k}/{n}':>13}" + (f" {100 * k / n:5.1f} %" if n else ""))
    return "\n".join(lines)


def _misses(call_set: CallSet, found: Totals, rows: Sequence[str]) -> list[str]:
    by_id = {report["id"]: report for report in call_set.reports}
    out = []
    for miss in found.misses or ():
        if miss["row"] in rows:
            what = f" {miss['what']}" if miss["what"] else ""
            head = (
                f"{call_set.name} {miss['id']} {miss['row']}{what}: {miss['expected']} <- {miss['drafted']}"
            )
            out.append("\n".join(("", head, *(f"    {turn}" for turn in by_id[miss["id"]]["turns"]))))
    return out


if __name__ == "__main__":
    raise SystemExit(main())
