"""A small centre that calls citizens back: Asterisk, the role `centre`, phones of agents, and a carrier that
takes calls as it is told to.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.peers.asterisk import AsteriskPeer
from tests.peers.carrier import SippCarrier, Takes
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Visitor
from tests.real.control_world import FarEnd, Seat
from tests.real.desk_screen import DeskScreen
from tests.real.record_world import RecordWorld
from tests.real.tcp_proxy import TcpProxy
from tests.waiting import wait_for

RULES = {
    "short_s": 1.0,
    "offer_s": 60.0,
    "again_s": 1.0,
    "rest_s": 1.0,
    "pauses_s": [1.0, 1.0],
    "unseen_every_s": 1.0,
    "from_hour": "00:00:00",
    "to_hour": "00:00:00",
}
OPEN = "SELECT count(*) FROM hotline_callbacks WHERE stage <> 'closed'"
SEEN_S = 20.0
DONE_S = 45.0


class CallbackWorld(RecordWorld):
    """Nobody is signed in at first. `desks` are the agents' pages, by their id; `board` is the chief's."""

    carrier: SippCarrier

    def __init__(self, folder: Path, *, doubt_s: float = 5.0, ring_seconds_outside: int = 60) -> None:
        """`ring_seconds_outside`: longer than a start of the service takes on a busy machine, where a test
        starts it while a citizen's telephone rings.
        """
        self._rules = {**RULES, "doubt_s": doubt_s}
        super().__init__(folder)
        settings = self.switch.settings
        outside = settings.outside.model_copy(update={"ring_seconds": ring_seconds_outside})
        self.switch = AsteriskPeer(type(settings).model_validate({**dict(settings), "outside": outside}))
        self.link: TcpProxy
        self.desks: dict[str, DeskScreen] = {}
        self.board: DeskScreen
        self._people = 0
        self._takes: Takes = "answers"
        self._dialled_before = 0
        self._lines_before = 0

    def _far_end(self) -> FarEnd:
        self.carrier = SippCarrier(self.folder / "carrier")
        return self.carrier

    def _service_settings(self) -> dict[str, dict[str, Any]]:
        self.link = TcpProxy(self.switch.ports.ami)
        self._ends.callback(self.link.close)
        settings = super()._service_settings()
        hotline = {**settings["hotline"], "callbacks": self._rules, "wrap_up_s": 60.0}
        return {**settings, "ami": {"port": self.link.port}, "hotline": hotline}

    def start(self) -> None:
        super().start()
        self.board = self._screen(self.chief.visitor)
        self.desks = {seat.id: self._screen(seat.visitor) for seat in self.agents}

    def _screen(self, visitor: Visitor) -> DeskScreen:
        screen = DeskScreen(self.service.address, visitor)
        self._ends.callback(screen.close)
        return screen

    def rest(self) -> None:
        """As ever; no callback is open, and the carrier answers again."""
        super().rest()
        for one in self.chief.visitor.get("/api/callbacks")["callbacks"]:
            self._ask(self.chief, one["callback_id"], "cancel")
        # Written behind the answer: the next test may kill the service at once.
        wait_for(lambda: self.ask_database(OPEN) == 0, "the end of every callback in the database")
        self.carrier_takes("answers")
        for desk in (self.board, *self.desks.values()):
            desk.told.clear()
        self._dialled_before = len(self._dialled_ever())
        self._lines_before = len(self._lines())

    def carrier_takes(self, how: Takes) -> None:
        """From the next call on."""
        if how == self._takes:
            return
        self._takes = how
        self.carrier.stop()
        self.carrier.takes(how)
        self.carrier.start()

    # --- citizens ---------------------------------------------------------------------------------------

    def somebody(self) -> str:
        """The number of a citizen who was in no test before."""
        self._people += 1
        return f"139046{self._people:05d}"

    def waits(self, number: str) -> SippCaller:
        """A citizen phones and stands in the queue."""
        citizen = self.dial(number=number)

        def queued() -> bool:
            return any(call["caller"] == number and call["queued_at"] for call in self.calls())

        wait_for(queued, f"{number} in the queue", SEEN_S)
        return citizen

    def abandons(self, number: str) -> None:
        """A citizen waits and gives up."""
        citizen = self.waits(number)
        time.sleep(float(str(RULES["short_s"])) + 0.3)
        citizen.hang_up()
        wait_for(lambda: self.callback(number) is not None, f"callback to {number}", SEEN_S)

    # --- agents -----------------------------------------------------------------------------------------

    def offers(self, seat: Seat, kind: str = "hotline.callback_offered") -> list[dict[str, Any]]:
        """What this desk was told of callbacks."""
        return [one.event for one in self.desks[seat.id].of(kind)]

    def offered(self, seat: Seat, number: str, *, count: int = 1) -> str:
        """Wait until this number has been offered so often at this desk; the callback's id."""

        def seen() -> list[dict[str, Any]]:
            return [one for one in self.offers(seat) if one["callback"]["number"] == f"+86{number}"]

        self.desks[seat.id].wait(lambda: len(seen()) >= count, f"offer {count} of {number}", SEEN_S)
        return str(seen()[-1]["callback_id"])

    def accept(self, seat: Seat, callback: str, op: str = "") -> dict[str, Any]:
        return self._ask(seat, callback, "accept", op)

    def decline(self, seat: Seat, callback: str) -> None:
        self._ask(seat, callback, "decline")

    def _ask(self, seat: Seat, callback: str, verb: str, op: str = "") -> dict[str, Any]:
        found: dict[str, Any] = seat.visitor.post(
            f"/api/callbacks/{callback}/{verb}", {"op_id": op or str(uuid.uuid4())}
        )
        return found

    # --- what is true -----------------------------------------------------------------------------------

    def talks(self) -> bool:
        return any(call["state"] == "talking" for call in self.calls())

    def callback(self, number: str, *, closed: bool = False) -> dict[str, Any] | None:
        query = "?closed=true" if closed else ""
        rows: list[dict[str, Any]] = self.chief.visitor.get(f"/api/callbacks{query}")["callbacks"]
        return next((row for row in rows if row["number"] == f"+86{number}"), None)

    def stage(self, number: str) -> str:
        row = self.callback(number) or self.callback(number, closed=True)
        return "" if row is None else str(row["stage"])

    def reaches(self, number: str, stage: str) -> None:
        wait_for(lambda: self.stage(number) == stage, f"{stage} of the callback to {number}", SEEN_S)

    def closed_as(self, number: str, outcome: str) -> dict[str, Any]:
        def done() -> dict[str, Any] | None:
            row = self.callback(number, closed=True)
            return row if row is not None and row["outcome"] == outcome else None

        try:
            found = wait_for(done, f"callback closed as {outcome}", DONE_S)
        except PeerFailed as late:
            seen = self.callback(number) or self.callback(number, closed=True)
            raise PeerFailed(f"{late}\n{seen}\n{self.service.program.tail(12)}") from late
        assert found is not None
        return found

    def waits_again(self, number: str, outcome: str) -> dict[str, Any]:
        """Wait until the last attempt ended like this and the callback is in the line again."""

        def done() -> dict[str, Any] | None:
            row = self.callback(number)
            return row if row and row["attempts"] and row["attempts"][-1]["outcome"] == outcome else None

        try:
            found = wait_for(done, f"attempt that ended as {outcome}", DONE_S)
        except PeerFailed as late:
            raise PeerFailed(f"{late}\n{self.callback(number)}\n{self.service.program.tail(12)}") from late
        assert found is not None
        return found

    def dispose_all(self) -> None:
        """Say what the ended calls were about, so that their agent is ready again."""
        wait_for(lambda: any(self.owed(seat) for seat in self.agents), "a call without a disposition")
        for seat in self.agents:
            for call in self.owed(seat):
                self.dispose(seat, call)
                seat.visitor.post("/api/agents/me/state", {"state": "ready"})

    def ask_database(self, query: str) -> object:
        """One value of the service's database."""
        file = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=10)) as link:
            row = link.execute(query).fetchone()
        return None if row is None else row[0]

    def dialled(self) -> list[str]:
        """The numbers that the carrier was asked for in this test, in order."""
        return self._dialled_ever()[self._dialled_before :]

    def _dialled_ever(self) -> list[str]:
        log = self.carrier.log
        return self.carrier.numbers() if log.exists() and log.stat().st_size else []

    def rung(self) -> list[str]:
        """Uniqueids of this test's ring attempts at agents' phones, by Asterisk's own ledger (CEL)."""
        rows = [line.strip('"').split('","') for line in self._lines()[self._lines_before :]]
        return [
            row[9]
            for row in rows
            if len(row) > 10 and row[0] == "CHAN_START" and row[6].startswith("PJSIP/agent-")
        ]

    def _lines(self) -> list[str]:
        cel = self.switch.cel
        return cel.read_text(errors="replace").splitlines() if cel.exists() else []

    def dialled_back(self) -> list[str]:
        """Of these, the ones that were placed for a callback."""
        return [one for one in self.rung() if one.startswith("cb-")]
