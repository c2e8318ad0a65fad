"""The bench `drafting`: the holdouts of the measure through drafting, turn by turn and cut at pauses.

`scripts/bench drafting` (some minutes) writes raw output and all tables beside each other; `--page` writes
the goals alone into docs/quality.md. With `--recognised` the same on speech (see `recognised.py`; hours, and
only on a quiet machine). Of the open holdouts (a, c and d) the raw output holds every miss; of the others
nothing but totals is ever kept, and no option changes that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lab.corpora.calls import HoldoutChanged, holdouts
from lab.judging import recognised
from lab.judging.conversation import draft_of
from lab.judging.page import NoMarker, put
from lab.judging.pauses import SHARE, draft_of_pauses
from lab.judging.tables import (
    danger_table,
    fields_table,
    goals,
    language_table,
    main_table,
    raw,
    summary_table,
)
from lab.judging.totals import JudgingFailed, totals
from lab.paths import CHECKOUT

PAGE = CHECKOUT / "docs/quality.md"
RULES = ("cases/drafting", "cases/catalogue", "cases/gazetteer")


class Uncommitted(Exception):
    """The rules differ from the commit that the page would name."""


def rules() -> dict[str, Any]:
    """Which rules were measured: last commit, whether they differ from it, a hash of their files."""
    digest = hashlib.sha256()
    for folder in RULES:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.suffix in {".py", ".yaml", ".csv", ".npz"}:
                digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return {
        "commit": _git("log", "-1", "--format=%H", "--", *RULES).stdout.strip(),
        "changed_since": _git("diff", "--quiet", "HEAD", "--", *RULES).returncode != 0,
        "sha256": digest.hexdigest(),
    }


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--page", action="store_true", help="write the goals into docs/quality.md")
    parser.add_argument("--recognised", action="store_true", help="on speech; see recognised.py")
    recognised.add_options(parser)
    chosen = parser.parse_args()
    try:
        if chosen.recognised:
            return recognised.run(chosen, rules())
        return on_true_text(chosen.out, page=chosen.page)
    except (HoldoutChanged, JudgingFailed, NoMarker, Uncommitted, recognised.SpeechNotReady) as error:
        print(f"bench drafting: {error}", file=sys.stderr)
        return 2


def on_true_text(out: Path, *, page: bool) -> int:
    """0 when every goal is reached by every holdout, in turns and cut at pauses, 1 when one is missed."""
    measured = rules()
    if page and measured["changed_since"]:
        raise Uncommitted("commit the rules first: the page names the commit that it measures")
    found = {call_set.name: totals(call_set, draft_of) for call_set in holdouts()}
    paused = {call_set.name: totals(call_set, draft_of_pauses, proofs=False) for call_set in holdouts()}
    rows = goals()
    tables = {
        "On true text": main_table(found, rows),
        "By language": language_table(found, rows),
        "Danger, by how it is told": danger_table(found),
        "Field by field": fields_table(found),
        "Cut at pauses": main_table(paused, [row for row in rows if row.key != "evidence"]),
    }
    raw_holdouts, raw_paused = ({name: raw(one, rows) for name, one in of.items()} for of in (found, paused))
    whole = {
        "text": "true",
        "rules": measured,
        "holdouts": raw_holdouts,
        "cut_at_pauses": {"share_of_marks": SHARE, "holdouts": raw_paused},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    summary = summary_table(found, rows)
    whole_tables = "\n\n".join([f"## {title}\n\n{text}" for title, text in tables.items()])
    out.with_suffix(".md").write_text(f"{summary}\n\n{whole_tables}\n", encoding="utf-8")
    print(f"{summary}\n\nraw output: {out}; all tables: {out.with_suffix('.md')}")
    if page:
        put(PAGE, "goals", summary)
    every = (*raw_holdouts.values(), *raw_paused.values())
    reached = [row.get("reached", True) for call_set in every for row in call_set["rows"].values()]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main())
