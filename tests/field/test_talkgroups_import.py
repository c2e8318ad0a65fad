"""A table of talkgroups: tried, taken whole or not at all, and the same again changes nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest

from core.actor import Actor, Role
from core.errors import Forbidden
from core.storage import Storage
from field.centre.room import build
from field.settings import FieldSettings
from field.talkgroups.centre.importing import TalkgroupsImport
from field.units.model import Unit
from tests.field.conftest import Accounts, RecordingBus
from tests.field.ports import centre_ports

ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))
HEAD = "通话组号,名称,英文名,可讲话,组员,优先级\n"
LIST = HEAD + "app:daoli,道里,Daoli,all;role:dispatcher,app:17；app:18,6\napp:road,道路,Roads,,,\n"


@pytest.fixture
async def groups(any_storage: Storage) -> TalkgroupsImport:
    async def nobody(_request: object) -> Actor:
        return ADMIN

    room = build(FieldSettings(), centre_ports(any_storage, RecordingBus(), Accounts(), nobody))
    for unit in ("app:17", "app:18"):
        await room.register.create(Unit(unit, unit), ADMIN)
    return TalkgroupsImport(room.talkgroups, room.register)


async def test_talkgroups_are_tried_then_added_then_changed(groups: TalkgroupsImport) -> None:
    tried = await groups.import_table(ADMIN, LIST.encode("gb18030"), op_id=None)
    assert (tried.added, tried.applied) == (2, False)
    assert await groups._talkgroups.groups() == []
    done = await groups.import_table(ADMIN, LIST.encode(), op_id=uuid4())
    assert (done.added, done.applied) == (2, True)
    made = await groups._talkgroups.find("app:daoli")
    assert (made.group.priority, sorted(made.members)) == (6, ["app:17", "app:18"])
    again = await groups.import_table(ADMIN, LIST.encode(), op_id=uuid4())
    assert [line.act for line in again.lines] == ["same", "same"]
    moved = LIST.replace("app:17；app:18", "app:18").replace("Roads", "Streets")
    last = await groups.import_table(ADMIN, moved.encode(), op_id=uuid4())
    assert [line.changes for line in last.lines] == [
        ["members: app:17;app:18 → app:18"], ["name_en: Roads → Streets"],
    ]  # fmt: skip
    assert list((await groups._talkgroups.find("app:daoli")).members) == ["app:18"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("daoli,道里,Daoli,,,", "network:id"),
        ("app:x,道里,,,,", "name of up to"),
        ("app:x,道里,Daoli,everybody,,", "no subject"),
        ("app:x,道里,Daoli,,app:99,", "no unit app:99"),
        ("app:x,道里,Daoli,,,15", "priority is 4 to 9"),
        ("app:x,道里,Daoli,,,high", "number from 4 to 9"),
        ("app:road,道路,Roads,,,", "already in line 2"),
    ],
)
async def test_a_refused_line_leaves_everything_as_it_is(
    groups: TalkgroupsImport, line: str, why: str
) -> None:
    table = HEAD + "app:road,道路,Roads,,,\n" + line + "\n"
    found = await groups.import_table(ADMIN, table.encode(), op_id=uuid4())
    assert (found.refused, found.applied) == (1, False)
    assert why in " ".join(one.en for one in found.lines[1].problems)
    assert await groups._talkgroups.groups() == []


async def test_only_who_may_change_talkgroups_brings_a_table(groups: TalkgroupsImport) -> None:
    agent = Actor("li", "李", frozenset({Role.AGENT}))
    with pytest.raises(Forbidden):
        await groups.import_table(agent, LIST.encode(), op_id=None)
