"""A centre in which one citizen's number stands everywhere that a number can get to, and a search for it."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from cdr.calls.store import legs
from cdr.transcripts import store as transcripts
from core.storage import Storage
from gateway.commands.common import open_storage
from gateway.settings import Settings
from ivr.events import VoicemailLeft
from speech.events import TranscriptSegment
from tests.mqtt.broker import RenderedBroker
from tests.peers.songhua import Broker, Person
from tests.real.control_world import CHIEF
from tests.real.record_world import RecordWorld
from tests.waiting import wait_for

NUMBER = "13906180339"
OTHER = "13906180440"
SPELT = "幺三九零六幺八零三三九"
UNIT = "app:17"
ALL = ("agent", "supervisor", "dispatcher", "acceptor", "admin")


class PlantedWorld(RecordWorld):
    """A broker too, since units are written to over it."""

    who_supervises = Person(CHIEF.id, CHIEF.name, ALL, endpoint=CHIEF.endpoint)

    def _broker(self) -> Broker:
        self.broker = RenderedBroker(self.folder / "broker")
        self._ends.callback(self.broker.close)
        self.broker.start()
        return Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords)

    # --- planting -------------------------------------------------------------------------------

    def plant(self) -> str:
        """A call of the number with all that can hang on it; the call's id, after everything is over."""
        seat = self.agents[0]
        self.sign_in(seat)
        citizen = self.dial(number=NUMBER)
        wait_for(lambda: self._of(NUMBER, "talking"), "the citizen's talk", 30)
        call = self._of(NUMBER, "talking")
        self._file_case(call)
        time.sleep(1.5)
        self.over(citizen)
        note = {"op_id": op(), "kind": "enquiry", "note": f"请回拨 {NUMBER}"}
        wait_for(lambda: seat.visitor.post(f"/api/calls/{call}/disposition", note) is not None, "note", 10)
        self._wait_for_record(NUMBER)
        self.speak(call, f"我的电话是{NUMBER}", SPELT)
        self.hand_in(VoicemailLeft(
            call_id=uuid.UUID(call), uniqueid="u", linkedid="l", start_s=0.0, end_s=1.0, language="zh"
        ))  # fmt: skip
        self._callback()
        self._listing()
        self._unit()
        return call

    def _file_case(self, call: str) -> None:
        agent = self.agents[0].visitor
        draft = agent.post(f"/api/calls/{call}/drafts", {"op_id": op()})
        path = f"/api/drafts/{draft['draft_id']}"
        fields = {
            "category": "gbt30428.2@2013/P0123", "address": "公滨路5号",
            "description": f"井盖丢失，联系 139 0618 0339，{SPELT}", "callback": NUMBER, "caller": "王秀兰",
        }  # fmt: skip
        for field, value in fields.items():
            rev = agent.get(path)["fields"][field]["rev"]
            agent.patch(path, {"op_id": op(), "field": field, "value": value, "rev": rev})
        agent.post(f"{path}/confirm", {"op_id": op()})

    def _callback(self) -> None:
        made = self.chief.visitor.post(
            "/api/callbacks", {"op_id": op(), "number": NUMBER, "queue": "hotline", "language": "zh",
                               "note": f"打 {NUMBER}"}
        )  # fmt: skip
        self.chief.visitor.post(
            f"/api/callbacks/{made['callback_id']}/cancel", {"op_id": op(), "note": f"{NUMBER} 已来电"}
        )

    def _listing(self) -> None:
        until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        made = self.chief.visitor.post(
            "/api/nuisance", {"op_id": op(), "number": NUMBER, "reason": f"{NUMBER} 骚扰", "until": until}
        )
        self.chief.visitor.post(
            f"/api/nuisance/{made['listing_id']}/lift", {"op_id": op(), "reason": f"{NUMBER} 误列"}
        )

    def _unit(self) -> None:
        """A crew is told the number in a text; its terminal is off."""
        visitor = self.chief.visitor
        visitor.post("/api/units", {"unit_id": UNIT, "name": "南岗市政 17", "crew": ["张伟"]})
        visitor.post(f"/api/units/{UNIT}/texts", {"op_id": op(), "text": f"到了打 {NUMBER}"})

    def speak(self, call: str, *texts: str) -> None:
        """The citizen's words, as a speech node would have brought them."""

        async def keep(storage: Storage) -> None:
            async with storage.write() as transaction:
                of_call = select(legs.c.leg_id).where(legs.c.call_id == uuid.UUID(call)).limit(1)
                leg = (await transaction.connection.execute(of_call)).scalar_one_or_none()
                for text in texts:
                    words = TranscriptSegment(
                        call_id=uuid.UUID(call), leg_id=leg or uuid.uuid4(), segment_id=uuid.uuid4(),
                        speaker="citizen", text=text, final=True, start_s=0.0, end_s=1.0,
                        started_at=datetime.now(UTC), language="zh", engine="planted", node="n",
                    )  # fmt: skip
                    await transcripts.add(transaction, words, datetime.now(UTC))

        self._in_database(keep)

    def hand_in(self, event: Any) -> None:
        async def emit(storage: Storage) -> None:
            async with storage.write() as transaction:
                await transaction.emit(event)

        self._in_database(emit)

    def _in_database(self, work: Any) -> None:
        async def whole() -> None:
            async with open_storage(Settings.load(self.service.config)) as storage:
                await work(storage)

        asyncio.run(whole())

    def _of(self, number: str, state: str) -> str:
        return next(
            (
                str(one["call_id"])
                for one in self.calls()
                if one["caller"] == number and one["state"] == state
            ),
            "",
        )

    def _wait_for_record(self, number: str) -> None:
        def whole() -> bool:
            lines = self.chief.visitor.get(f"/api/ledger/calls?number={number}")["calls"]
            return bool(lines) and all(one["ended_at"] and self._settled(one["call_id"]) for one in lines)

        wait_for(whole, "the ended call with its recordings in the ledger", 40)

    def _settled(self, call: str) -> bool:
        found = self.record(call)["recordings"]
        return bool(found) and all(one["state"] == "complete" for one in found)

    # --- searching ------------------------------------------------------------------------------

    def where_it_stands(self, *forms: str) -> list[str]:
        """Every place of the centre in which one of these texts stands: `table.column`, or a file."""
        return [*self._columns(forms), *self._files(forms), *self._retained(forms)]

    def _columns(self, forms: tuple[str, ...]) -> Iterator[str]:
        file = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=10)) as link:
            tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                found = link.execute(f'SELECT * FROM "{table}"')  # our own schema
                names = [one[0] for one in found.description]
                hits = {name for row in found for name, value in zip(names, row, strict=True)
                        if _holds(value, forms)}  # fmt: skip
                yield from (f"{table}.{name}" for name in sorted(hits))

    def _files(self, forms: tuple[str, ...]) -> Iterator[str]:
        """Of the switch, the service and the broker; not of the peers that play citizens and telephones."""
        for folder in (self.folder / "asterisk", self.service.folder, self.broker.folder):
            for file in sorted(folder.rglob("*")):
                if file.is_file() and not file.is_symlink() and _holds(file.read_bytes(), forms):
                    yield str(file.relative_to(self.folder))

    def _retained(self, forms: tuple[str, ...]) -> Iterator[str]:
        """What the broker tells whoever subscribes anew."""
        done = subprocess.run(
            ["mosquitto_sub", "-V", "5", "-p", str(self.broker.port), "-u", "centre",
             "-P", self.broker.rendered.passwords["centre"], "-t", "#", "-v", "-W", "2", "--retained-only"],
            capture_output=True, timeout=20, check=False,
        )  # fmt: skip
        if _holds(done.stdout, forms):
            yield "retained messages"


def _holds(value: object, forms: tuple[str, ...]) -> bool:
    octets = value if isinstance(value, bytes) else str(value).encode()
    escaped = (form.encode("ascii", "backslashreplace") for form in forms)
    return any(form.encode() in octets for form in forms) or any(one in octets for one in escaped)


def op() -> str:
    return str(uuid.uuid4())
