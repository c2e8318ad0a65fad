"""A small centre whose calls are looked at afterwards: is the record of each complete, and is it right?"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from collections.abc import Iterator
from typing import Any

from cdr.complete import complete
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.real.control_world import ControlWorld, Seat
from tests.waiting import wait_for

QUICK = {
    "recording_still_s": 0.5,
    "recording_poll_s": 0.5,
    "close_poll_s": 1.0,
    "close_after_s": 3.0,
    "pause_limit_s": 5.0,
}
"""The ledger looks more often than in a centre; what it finds does not depend on it."""
SETTLED_S = 40.0

Record = dict[str, Any]


class RecordWorld(ControlWorld):
    """A centre whose ledger is quick."""

    def _service_settings(self) -> dict[str, dict[str, Any]]:
        return {**super()._service_settings(), "cdr": QUICK}

    # --- what people do -------------------------------------------------------------------------

    def pause(self, seat: Seat, call: str, op: str = "", *, reason: str = "card") -> Record:
        body = {"op_id": op or str(uuid.uuid4()), "reason": reason}
        answer: Record = seat.visitor.post(f"/api/calls/{call}/recording/pause", body)
        return answer

    def go_on(self, seat: Seat, call: str) -> Record:
        body = {"op_id": str(uuid.uuid4())}
        answer: Record = seat.visitor.post(f"/api/calls/{call}/recording/resume", body)
        return answer

    def over(self, *citizens: SippCaller) -> None:
        """The citizens hang up; telephones that are still in a conference then do, too."""
        for citizen in citizens:
            citizen.hang_up()
        time.sleep(0.5)
        for seat in self.seats:
            if any(seat.endpoint in row[0] for row in self.channels()):
                seat.phone.command("hangup")
        self.switch.wait_idle(15)

    def resumptions(self) -> int:
        """How many paused recordings went on so far, by Asterisk's own marks."""
        text = self.switch.cel.read_text(errors="replace") if self.switch.cel.exists() else ""
        return sum("RECORDING_RESUMED" in line for line in text.splitlines())

    # --- what the ledger says -------------------------------------------------------------------

    def record(self, call: str) -> Record:
        found: Record = self.chief.visitor.get(f"/api/ledger/calls/{call}?reveal=true")
        return found

    def ended(self, citizen: SippCaller, *, within: float = SETTLED_S) -> Record:
        """The record of this citizen's call, when it is complete; else what it lacks is the failure."""
        number = self.number(citizen)

        def known() -> list[Record]:
            lines: list[Record] = self.chief.visitor.get(f"/api/ledger/calls?number={number}")["calls"]
            return lines

        wait_for(
            lambda: any(one["ended_at"] for one in known()), f"ended call of {number} in the ledger", within
        )
        (line,) = known()
        return self.whole(line["call_id"], within=within)

    def whole(self, call: str, *, within: float = SETTLED_S) -> Record:
        deadline = time.monotonic() + within
        while True:
            record = self.record(call)
            missing = complete(record)
            if not missing:
                return record
            if time.monotonic() > deadline:
                shown = "\n".join(f"{one['at']} {one['what']} {one}" for one in record["timeline"])
                raise AssertionError(f"the record lacks {missing}\n{shown}")
            time.sleep(0.3)

    def verifies(self) -> None:
        """Chain, heads, records and every byte of sound, by the command that an auditor uses."""
        last: PeerFailed | None = None
        for _ in range(5):
            try:
                self.service.run("audit", "verify")
            except PeerFailed as error:
                last = error
                time.sleep(1)
            else:
                return
        assert last is not None
        raise last

    @contextlib.contextmanager
    def database_away(self) -> Iterator[None]:
        """Another program holds the database: nothing can be written while this lasts."""
        link = sqlite3.connect(self.service.folder / "songhua.db", timeout=10, isolation_level=None)
        link.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            link.execute("ROLLBACK")
            link.close()


@contextlib.contextmanager
def verified(world: RecordWorld) -> Iterator[RecordWorld]:
    """The world of a file; after its last test the ledger of all its calls verifies."""
    with world:
        yield world
        world.rest()
        world.verifies()


def whats(record: Record) -> list[str]:
    return [one["what"] for one in record["timeline"]]


def leg(record: Record, endpoint: str) -> Record:
    """The leg of a telephone that talked longest."""
    found = [one for one in record["legs"] if one["endpoint"] == endpoint]
    assert found, f"no leg of {endpoint} in {[one['endpoint'] for one in record['legs']]}"
    return dict(max(found, key=lambda one: one["talk_s"]))


def states(record: Record, seat: Seat) -> list[str]:
    return [one["state"] for one in record["agent_states"] if one["agent_id"] == seat.id]


def sounds(record: Record) -> list[Record]:
    """Both directions of the citizen's leg, whole and hashed."""
    found = sorted(record["recordings"], key=lambda one: one["track"])
    assert [one["track"] for one in found] == ["in", "out"]
    assert all(one["state"] == "complete" and len(one["sha256"]) == 64 for one in found)
    return found


def acts(record: Record) -> list[str]:
    """The verbs that took effect, in their order."""
    return [one["label"] for one in sorted(record["acts"], key=lambda one: one["at"])]


def talked(record: Record) -> list[str]:
    """The telephones of agents that talked in the call, in the order of their legs."""
    found = [one["endpoint"] for one in record["legs"] if one["party"] == "agent" and one["talk_s"] > 0.5]
    return list(dict.fromkeys(found))
