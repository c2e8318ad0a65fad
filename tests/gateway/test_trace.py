"""`songhua trace`: one call and its case through everything, in order of time, by any of their names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from cases.events import CaseState
from cases.life import store as case_store
from cases.life.model import Case
from cases.tables import case_calls, case_history, dispatches
from cdr.filings.store import FilingRecord
from cdr.filings.store import add as file_it
from cdr.transcripts.store import segments
from core.ids import call_id, uuid7
from core.storage import Storage
from gateway import database
from gateway.tables import metadata
from hotline.events import DispositionKind, DispositionSet
from identity.audit.store import audit
from tests.cdr.script import CITIZEN, Script, answered_call
from tests.cdr.world import World
from tests.gateway.command_line import told_json, told_text

NAME, WORDS = "王小明", "我住在公滨路5号，电话一三八零零零零一二三四"
NUMBER = "2301022026120100001"


class Traced:
    """A call that became a dispatched case, its event, its audit row, and a log that speaks of it."""

    def __init__(self, world: World, folder: Path, url: str) -> None:
        self.world = world
        self.config = folder / "songhua.toml"
        self.log = folder / "songhua.log"
        self.case_id, self.dispatch_id = uuid7(), uuid7()
        settings = world.settings
        self.config.write_text(
            f'[storage]\nurl = "{url}"\n[cdr]\nkey_file = "{settings.key_file}"\n'
            f'heads_file = "{settings.heads_file}"\n'
        )

    async def happen(self) -> UUID:
        begins = datetime.now(UTC) - timedelta(minutes=5)
        told = answered_call(Script(1_000, start=begins))
        await self.world.take_in(told)
        self.world.sound(told, seconds=0.5)
        await self.world.settle()
        self.call_id = call_id(self.world.settings.system_name, told.ids["trunk"])
        self.linkedid = told.ids["trunk"]
        now = datetime.now(UTC)
        case = Case(
            self.case_id, NUMBER, "12345678", CaseState.FILED, "gbt30428.2@2013/E0505", "230102", "公滨路5号",
            None, "路面塌陷", "urgent", None, False, now, "li.na", now,
        )  # fmt: skip
        async with self.world.storage.write() as transaction:
            connection = transaction.connection
            await case_store.add(connection, case, drafted={}, final={})
            link = {
                "case_id": self.case_id, "call_id": self.call_id, "caller": CITIZEN, "caller_key": CITIZEN,
                "linked_at": now, "linked_by": "li.na",
            }  # fmt: skip
            await connection.execute(insert(case_calls).values(link))
            act = {
                "case_id": self.case_id,
                "at": now,
                "actor": "li.na",
                "act": "file",
                "reason": f"{NAME} asks",
            }
            await connection.execute(insert(case_history).values(act))
            sent = {
                "dispatch_id": self.dispatch_id, "case_id": self.case_id, "unit_id": "crew-7",
                "step": "queued", "reason": "", "note": CITIZEN, "by": "sun",
                "times": {"queued": now.isoformat()},
                "queued_at": now, "at": now,
            }  # fmt: skip
            await connection.execute(insert(dispatches).values(sent))
            await transaction.emit(
                DispositionSet(
                    call_id=self.call_id, op_id=uuid7(), kind=DispositionKind.CASE, agent_id="li.na",
                    case_ids=[self.case_id], note=f"{NAME} {CITIZEN}",
                ),
                stream=f"call:{self.call_id}",
            )  # fmt: skip
            filing = FilingRecord(
                uuid7(),
                "case",
                f"case:{self.case_id}",
                "",
                (self.call_id,),
                now,
                {"caller": NAME},
                label=NUMBER,
            )
            await file_it(transaction, [filing], now)
            said = {
                "segment_id": uuid7(), "call_id": self.call_id, "leg_id": self.call_id, "speaker": "citizen",
                "text": WORDS, "started_at": now, "start_s": 0.0, "end_s": 2.0,
            }  # fmt: skip
            await connection.execute(insert(segments).values(_filled(said)))
            row = {
                "at": now, "actor": "zhao", "action": "listen", "subject": f"call:{self.call_id}",
                "detail": {"why": NAME, "seconds": 3},
            }  # fmt: skip
            await connection.execute(insert(audit).values(row))
        lines = [
            {"event": "a call's record is incomplete", "call_id": str(self.call_id), "role": "centre"},
            {
                "event": "an AGI call ended",
                "uniqueid": self.linkedid,
                "channel": f"PJSIP/{CITIZEN}-1",
                "by": NAME,
            },
            {"event": "nobody knows of this one", "call_id": str(uuid7())},
        ]
        stamped = [{"timestamp": now.isoformat(), "level": "warning", **line} for line in lines]
        self.log.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in stamped))
        return self.call_id

    async def traced(self, wanted: object, *words: object) -> dict[str, Any]:
        found: dict[str, Any] = await told_json(
            "trace", wanted, "--log", self.log, "--config", self.config, *words
        )
        return found


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """With something in every column that must have a value."""
    for column in segments.columns:
        if not column.nullable and column.name not in values and column.server_default is None:
            values[column.name] = "zh" if column.type.python_type is str else column.type.python_type(0)
    return values


@pytest.fixture
async def made(storage: Storage, tmp_path: Path) -> Traced:
    folder = tmp_path / "world"
    folder.mkdir()
    async with storage.write() as transaction:
        await transaction.connection.run_sync(metadata.create_all)
        for statement in (
            "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
            f"INSERT INTO alembic_version VALUES ('{database.head()}')",
        ):
            await transaction.connection.execute(text(statement))
    one = Traced(World(storage, folder), tmp_path, storage.engine.url.render_as_string(hide_password=False))
    await one.happen()
    return one


async def test_a_call_is_followed_through_everything_in_order_of_time(made: Traced) -> None:
    found = await made.traced(made.call_id)
    assert found["cases"] == [str(made.case_id)]
    assert found["not_read"] == []
    times = [datetime.fromisoformat(entry["at"]) for entry in found["entries"]]
    assert times == sorted(times)
    seen = {(entry["source"], entry["what"]) for entry in found["entries"]}
    assert {
        ("ledger", "started"), ("ledger", "bridged"), ("ledger", "said"), ("ledger", "recording"),
        ("ledger", "ended"), ("ledger", "case"), ("ledger", "sealed"), ("case", "file"),
        ("case", "dispatch queued"), ("event", "hotline.disposition_set"), ("audit", "listen"),
        ("log", "a call's record is incomplete"),
    } <= seen  # fmt: skip
    assert sum(entry["source"] == "log" for entry in found["entries"]) == 2


async def test_every_name_of_it_leads_to_the_same(made: Traced) -> None:
    for wanted in (made.linkedid, NUMBER, made.case_id, made.dispatch_id, f"case:{made.case_id}"):
        found = await made.traced(wanted)
        assert (found["calls"], found["cases"]) == ([str(made.call_id)], [str(made.case_id)]), wanted


async def test_nobody_is_named_in_it_and_the_look_is_audited(made: Traced) -> None:
    for shown in (
        json.dumps(await made.traced(made.call_id), ensure_ascii=False),
        await told_text("trace", made.call_id, "--log", made.log, "--config", made.config),
    ):
        for planted in (NAME, CITIZEN, WORDS, "公滨路"):
            assert planted not in shown, planted
    assert await _audited(made) == ["listen", "trace-call", "trace-call"]


async def test_with_reveal_everything_is_there_and_that_is_audited(made: Traced) -> None:
    found = await made.traced(made.call_id, "--reveal")
    shown = json.dumps(found, ensure_ascii=False)
    assert found["masked"] is False
    for planted in (NAME, CITIZEN, WORDS):
        assert planted in shown
    assert await _audited(made) == ["listen", "reveal-call"]


async def test_what_nobody_knows_is_said(made: Traced) -> None:
    await told_text("trace", uuid7(), "--config", made.config, code=1)


async def _audited(made: Traced) -> list[str]:
    async with made.world.storage.read() as connection:
        asked = select(audit.c.action).where(audit.c.subject == f"call:{made.call_id}").order_by(audit.c.seq)
        return list((await connection.execute(asked)).scalars())
