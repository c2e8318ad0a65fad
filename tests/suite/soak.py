"""Runs what needs minutes and writes its last result to docs/soak.md (raw: docs/benchmarks/soak.json).

Usage: scripts/soak [--page] [stories] [PATH…]: all of it, or what lies in these files and folders; `stories`
are the working days of the roles, in a browser on the whole service. `--page` only writes the page anew.
Properties run with 300 examples instead of a few.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from tests.peers.checkout import CHECKOUT, HOME
from tests.suite.__main__ import commit, run
from tests.suite.lanes import LOWEST_PRIORITY, Lane, Running
from tests.suite.soaked import Soaked, soaked

PAGE: Final = CHECKOUT / "docs" / "soak.md"
RESULTS: Final = CHECKOUT / "docs" / "benchmarks" / "soak.json"
BEGIN: Final = "<!-- soak: begin -->"
END: Final = "<!-- soak: end -->"
NAMED: Final = {"stories": "tests/real/stories"}
PROPERTIES: Final = Soaked(
    "properties", "every property, 300 examples each", ("the same, with fewer examples",)
)


@dataclass(frozen=True, slots=True)
class Result:
    """Of the tests of one mark: how many, how long together, the worst outcome, when, and of which commit."""

    tests: int
    seconds: float
    outcome: str
    day: str
    commit: str


def main(words: Sequence[str]) -> int:
    if "-h" in words or "--help" in words:
        print(__doc__)
        return 0
    paths = [NAMED.get(word, word) for word in words if not word.startswith("-")]
    if "--page" in words:
        _write(_known())
        return 0
    thorough = Lane(
        "properties", paths, marks="hypothesis and not real and not soak", processes=2,
        environment={"HYPOTHESIS_PROFILE": "thorough"},
    )  # fmt: skip
    groups = (
        (thorough,),
        (
            Lane("soak real", paths, marks="soak and real and not alone", processes=4),
            Lane("soak rooms", paths, marks="soak and not real", niceness=LOWEST_PRIORITY),
        ),
        # Nothing else has the machine: the state must be right as soon as the product promises.
        (Lane("soak alone", paths, marks="soak and alone", environment={"SONGHUA_FAULT_RIGHT_S": "2"}),),
    )
    summary, lanes = run(groups)
    _write({**_known(), **_results(lanes)})
    print(f"written: {PAGE.relative_to(CHECKOUT)}")
    return 0 if summary.passed else 1


def _results(lanes: Sequence[Running]) -> dict[str, Result]:
    """By mark; what did not run has none."""
    found = {}
    for row in (*soaked(), PROPERTIES):
        below = (f"{row.test}::", f"{row.test}[")
        ended = [
            one for lane in lanes for one in lane.ended
            if row.test in (lane.lane.name, one.test) or one.test.startswith(below)
        ]  # fmt: skip
        if not ended:
            continue
        outcomes = {one.outcome for one in ended}
        worst = next(one for one in ("failed", "passed", "skipped") if one in outcomes)
        seconds = round(sum(one.seconds for one in ended), 1)
        found[row.test] = Result(len(ended), seconds, worst, datetime.now(UTC).date().isoformat(), commit())
    return found


def _known() -> dict[str, Result]:
    if not RESULTS.exists():
        return {}
    rows: dict[str, dict[str, object]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {test: Result(**row) for test, row in rows.items()}  # type: ignore[arg-type]  # as written below


def _write(results: Mapping[str, Result]) -> None:
    rows = (*soaked(), PROPERTIES)
    kept = {row.test: asdict(results[row.test]) for row in rows if row.test in results}
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = "| test | what it shows | last result | held in `scripts/test` by |\n|---|---|---|---|"
    lines = "\n".join(_line(row, results.get(row.test)) for row in rows)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{lines}\n{END}{after}", encoding="utf-8")


def _line(row: Soaked, result: Result | None) -> str:
    told = (
        f"{result.outcome}, {result.tests} in {result.seconds:.0f} s, {result.day}, {result.commit}"
        if result
        else "not run yet"
    )
    short = "<br>".join(f"`{one}`" if "::" in one else one for one in row.short)
    return f"| `{row.test}` | {row.rule} | {told} | {short} |"


if __name__ == "__main__":
    os.environ["PYTHONPYCACHEPREFIX"] = str(HOME / "pycache")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main(sys.argv[1:]))
