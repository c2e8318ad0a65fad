"""`songhua emergency` at the terminal: both languages, JSON, exit codes; answered by a named user."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cases.ports import CasesPorts
from cases.room import build as build_cases
from cases.settings import CasesSettings
from core.actor import Role
from core.events import parse
from core.storage import Storage
from core.storage.schema import outbox
from field.emergency.model import EmergencyReceived
from field.emergency.radio.watch import EmergencyWatch
from field.events import EmergencyChanged
from gateway.commands.emergency_words import WORDS
from gateway.commands.field_common import Nobody, operator
from gateway.wiring.cases import RecordedCalls
from identity.model import User
from identity.ports import IdentityPorts
from identity.room import build as build_identity
from identity.settings import IdentitySettings
from tests.cases.rooms import Looked
from tests.field.conftest import RememberingDriver
from tests.gateway.test_field_commands import NOW, Shell

ALARM = UUID("0198f0aa-0000-7000-8000-0000000000f1")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.do(_people)
    made.do(_raise)
    return made


async def _people(storage: Storage) -> None:
    people = build_identity(IdentitySettings(), IdentityPorts(storage)).service
    for user, role in (("li.na", Role.DISPATCHER), ("wang.fang", Role.AGENT)):
        await people.create_user(User(user, "李娜", frozenset({role})), "correct horse battery 7")


async def _raise(storage: Storage) -> None:
    watch = EmergencyWatch(storage, RememberingDriver())
    await watch.keep(EmergencyReceived(ALARM, "app:17", NOW, NOW, kind="call", talkgroup="app:daoli"))


async def _make_cases(storage: Storage) -> None:
    """What a running centre does with the events."""
    room = build_cases(
        CasesSettings(), CasesPorts(storage, Nobody(), RecordedCalls(storage), operator, Looked())
    )
    async with storage.read() as connection:
        rows = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars().all()
    for one in map(parse, rows):
        if isinstance(one, EmergencyChanged):
            await room.emergencies.hear(one)


def test_an_emergency_is_seen_answered_by_name_and_ended_as_a_false_alarm(shell: Shell) -> None:
    (row,) = shell.json("emergency", "list")
    assert (row["kind"], row["talkgroup"], row["state"]) == ("call", "app:daoli", "raised")
    assert "紧急通话（话音）" in shell("emergency", "list", "--language", "zh")
    assert WORDS["case_comes"].in_language("en") in shell("emergency", "show", str(ALARM))
    said = shell("emergency", "acknowledge", str(ALARM), "--by", "li.na")
    assert "app:17 is acknowledged by 李娜" in said
    shell("emergency", "clear", str(ALARM), "--by", "li.na", "--note", "误触", "--false-alarm")
    assert shell.json("emergency", "list") == []
    shell.do(_make_cases)
    whole = shell.json("emergency", "show", str(ALARM))
    assert [one["act"] for one in whole["timeline"]] == [
        "file", "emergency-raised", "emergency-acknowledged", "emergency-cleared", "cancel",
    ]  # fmt: skip
    assert whole["timeline"][2]["actor"] == "li.na"
    shown = shell("emergency", "show", str(ALARM), "--language", "zh")
    assert "误报 false alarm: 误触" in shown
    assert [one["false_alarm"] for one in shell.json("emergency", "list", "--all")] == [True]


def test_who_may_not_answer_and_what_there_is_not_end_with_1_in_both_languages(shell: Shell) -> None:
    shell("emergency", "acknowledge", str(ALARM), "--by", "wang.fang", code=1)
    shell("emergency", "acknowledge", str(ALARM), "--by", "nobody", code=1)
    shell("emergency", "clear", str(ALARM), "--by", "li.na", "--note", "误触", code=1)
    for language in ("zh", "en"):
        shell("emergency", "show", str(uuid4()), "--language", language, code=1)
    shell("emergency", "show", "no-id", code=2)
    assert shell.json("emergency", "list")[0]["state"] == "raised"


def test_every_word_is_there_in_both_languages() -> None:
    assert all(word.in_language("zh") and word.in_language("en") for word in WORDS.values())
