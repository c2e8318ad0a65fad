"""A small centre whose calls are looked at afterwards: is the record of each complete, and is it right?"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cdr.complete import complete
from gateway.asterisk.settings import QueueSettings
from tests.peers.asterisk import AsteriskPeer
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.real.control_world import ControlWorld, Seat
from tests.real.service import wait

QUICK = {
    "SONGHUA__CDR__RECORDING_STILL_S": "0.5",
    "SONGHUA__CDR__RECORDING_POLL_S": "0.5",
    "SONGHUA__CDR__CLOSE_POLL_S": "1",
    "SONGHUA__CDR__CLOSE_AFTER_S": "3",
    "SONGHUA__CDR__PAUSE_LIMIT_S": "6",
}
"""The ledger looks more often than in a centre; what it finds does not depend on it."""
SETTLED_S = 25.0

Record = dict[str, Any]


class RecordWorld(ControlWorld):
    """`strategy` is how the first queue rings."""

    def __init__(
        self, folder: Path, *, ring_seconds: int = 20, strategy: Literal["rrmemory", "ringall"] = "rrmemory"
    ) -> None:
        super().__init__(folder, ring_seconds=ring_seconds)
        first, *others = self.switch.settings.queues
        queues = (QueueSettings.model_validate({**dict(first), "strategy": strategy}), *others)
        settings = self.switch.settings.model_copy(update={"queues": queues})
        self.switch = AsteriskPeer(settings)

    # --- what people do -------------------------------------------------------------------------

    def call_of(self, citizen: SippCaller) -> str | None:
        number = self.number(citizen)
        return next((str(one["call_id"]) for one in self.calls() if one["caller"] == number), None)

    def number(self, citizen: SippCaller) -> str:
        return f"1390451{citizen.folder.name.removeprefix('citizen-').zfill(4)}"

    def waiting(self, citizen: SippCaller, *states: str, timeout: float = 20) -> str:
        """Wait until this citizen's call is in one of `states`; its id."""
        call = ""

        def there() -> bool:
            nonlocal call
            call = self.call_of(citizen) or ""
            return bool(call) and self.call(call)["state"] in states

        wait(there, f"call of {self.number(citizen)} in {states}", timeout)
        return call

    def dispose(self, seat: Seat, call: str, kind: str = "enquiry") -> None:
        body = {"op_id": str(uuid.uuid4()), "kind": kind}
        wait(lambda: bool(seat.visitor.post(f"/api/calls/{call}/disposition", body)), "disposition", 10)

    def owed(self, seat: Seat) -> list[str]:
        rows = self.chief.visitor.get("/api/agents")["agents"]
        return list(next(row["owed"] for row in rows if row["agent_id"] == seat.id))

    def hears(self, seat: Seat) -> None:
        """Undoes `deaf`: the telephone answers by itself again."""
        accounts = seat.phone.folder / "accounts"
        seat.phone.program.stop(3)
        accounts.write_text(accounts.read_text().replace("answermode=manual", "answermode=auto"))
        seat.phone.start()

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
        for seat in (*self.agents, self.chief):
            if any(seat.endpoint in row[0] for row in self.channels()):
                seat.phone.command("hangup")
        self.switch.wait_idle(15)

    def rest(self) -> None:
        """Nobody is on the phone, nothing is owed, nobody is in the queue: ready for the next story."""
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(15)
        for seat in (*self.agents, self.chief):
            with contextlib.suppress(PeerFailed):
                wait(partial(self._free, seat), f"{seat.id} at rest", 10)
        for seat in (*self.agents, self.chief):
            with contextlib.suppress(PeerFailed):
                seat.visitor.post("/api/agents/me/sign-out", {})

    def _free(self, seat: Seat) -> bool:
        rows = self.chief.visitor.get("/api/agents")["agents"]
        row = next((one for one in rows if one["agent_id"] == seat.id), None)
        if row is None:
            return True
        for call in row["owed"]:
            self.dispose(seat, call)
        return row["state"] in {"ready", "wrap_up", "signed_out", "paused", "busy"} and not row["owed"]

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

        wait(lambda: any(one["ended_at"] for one in known()), f"ended call of {number} in the ledger", within)
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
def quick() -> Iterator[None]:
    """For a service that is started meanwhile; its web has the same port after a restart."""
    port = free_port()
    wanted = {**QUICK, "SONGHUA__WEB__PORT": str(port)}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        release(port)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


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
