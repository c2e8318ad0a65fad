"""After a fault: callers who reached nobody, records lost or doubled, seconds to the right state, memory."""

from __future__ import annotations

import json
import time
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field

from tests.peers.checkout import HOME
from tests.peers.program import PeerFailed
from tests.real.faults.cel import Said
from tests.real.faults.city import City
from tests.real.faults.lengths import RIGHT_WITHIN_S
from tests.waiting import wait_for

LOOK_EVERY_S = 0.25
"""A look at the records is three queries of the whole ledger."""
SETTLED = {"complete", "missing", "lost"}
ROWS = HOME / "reports" / "hotline-faults.jsonl"


@dataclass(slots=True)
class Verdict:
    """One row of docs/reliability.md. `cut`: calls that the fault itself ended."""

    fault: str
    how: str
    callers: int = 0
    reached_nobody: int = 0
    cut: int = 0
    lost: int = 0
    doubled: int = 0
    right_after_s: float = 0.0
    memory_mb: float | None = None
    note: str = ""
    missing: list[str] = field(default_factory=list)

    def write(self) -> None:
        ROWS.parent.mkdir(parents=True, exist_ok=True)
        with ROWS.open("a") as out:
            out.write(json.dumps(asdict(self), ensure_ascii=False) + "\n")


class Watch:
    """Counts from its making on: what was there before is none of this fault's."""

    def __init__(self, city: City, fault: str, how: str) -> None:
        self.city = city
        self.verdict = Verdict(fault, how)
        self._before = city.cel.now()
        self._memory = city.centre().memory_info().rss
        self._pid = city.centre().pid

    def callers(self) -> int:
        """Who has phoned since."""
        return len(self.city.cel.now().callers - self._before.callers)

    def right(self, since: float) -> None:
        """The state must be right within `RIGHT_WITHIN_S` from `since` on; the longest time counts."""
        took = self.city.right_after(since, RIGHT_WITHIN_S)
        self.verdict.right_after_s = max(self.verdict.right_after_s, round(took, 2))

    def close(self, *, cut: AbstractSet[str] = frozenset(), settle_s: float = 20) -> Verdict:
        """Compare everything, write the row, fail if anything was lost. `cut`: Linkedids that had to end."""
        verdict, city = self.verdict, self.city
        city.switch.wait_idle(30)
        said = city.cel.now()
        mine = said.callers - self._before.callers
        assert mine, "nobody phoned: this shows nothing"
        verdict.callers = len(mine)
        alone = mine - said.reached
        verdict.reached_nobody = len(alone - cut)
        verdict.cut = len(alone & cut)
        self._records(said, mine, cut, settle_s)
        now = city.centre()
        if now.pid == self._pid:
            verdict.memory_mb = round((now.memory_info().rss - self._memory) / 1e6, 1)
        verdict.write()
        assert verdict.reached_nobody == 0, sorted(alone - cut)
        assert (verdict.lost, verdict.doubled) == (0, 0), verdict.missing[:5]
        return verdict

    def _records(self, said: Said, mine: set[str], cut: AbstractSet[str], settle_s: float) -> None:
        """Each line imported once; each caller one call that ended, with both its recordings.

        Of a call that was cut off a recording may be missing, if the ledger says so.
        """
        city, verdict = self.city, self.verdict

        def faults() -> list[str]:
            found = []
            lines = int(city.ask("SELECT count(*) FROM cdr_cel_rows")[0][0])
            if lines != said.lines:
                found.append(f"{lines} lines in the ledger, {said.lines} written")
            rows = city.ask("SELECT call_id, linkedids FROM cdr_calls WHERE ended_at IS NOT NULL")
            held = [one for _, ids in rows for one in json.loads(ids)]
            found += [f"{one} is not in the ledger" for one in mine if one not in held]
            found += [f"{one} is there twice" for one in mine if held.count(one) > 1]
            tracks: dict[str, list[str]] = {}
            for linkedid, state in city.ask(
                "SELECT a.linkedid, r.state FROM cdr_recordings r "
                "JOIN cdr_call_aliases a ON a.call_id = r.call_id"
            ):
                tracks.setdefault(linkedid, []).append(state)
            for one in mine & said.recorded:
                states = tracks.get(one, [])
                whole = len(states) == 2 and set(states) <= ({"complete"} if one not in cut else SETTLED)
                if not whole:
                    found.append(f"the recordings of {one} are {states}")
            found += [f"{one} was not recorded" for one in mine - said.recorded - cut]
            return found

        def complete() -> bool:
            time.sleep(LOOK_EVERY_S)
            return not faults()

        try:
            wait_for(complete, "complete records", settle_s)
        except PeerFailed:
            verdict.missing = faults()
        verdict.doubled = sum("twice" in one for one in verdict.missing)
        verdict.lost = len(verdict.missing) - verdict.doubled
