"""A table of people: tried first, taken whole or not at all, each refused line with cause and remedy."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from core.actor import Actor, Role
from core.errors import Forbidden
from core.storage import Storage, StorageAway
from identity.model import User
from identity.people.service import PeopleImport
from identity.service import IdentityService
from identity.settings import IdentitySettings

ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))
HEAD = "登录名,姓名,角色,话机,技能\n"
LIST = HEAD + "li.na,李娜,坐席、班长,agent-1,language:en=3\nwang.gang,王刚,admin,,\n"


@pytest.fixture
def identity(any_storage: Storage) -> IdentityService:
    return IdentityService(any_storage, IdentitySettings())


async def test_people_are_tried_then_added_then_changed(identity: IdentityService) -> None:
    people = PeopleImport(identity)
    tried = await people.run(ADMIN, LIST.encode("gb18030"), op_id=None)
    assert (tried.report.encoding, tried.report.added, tried.report.applied) == ("gb18030", 2, False)
    assert await identity.users() == []

    op = uuid4()
    done = await people.run(ADMIN, LIST.encode("gb18030"), op_id=op)
    assert sorted(done.passwords) == ["li.na", "wang.gang"]
    assert await people.run(ADMIN, LIST.encode("gb18030"), op_id=op) == done, "asked again: the same answer"
    await identity.sign_in("li.na", done.passwords["li.na"])
    agent = await identity.user("li.na")
    assert (agent.roles, agent.skills) == (frozenset({Role.AGENT, Role.SUPERVISOR}), {"language:en": 3})

    moved = LIST.replace("坐席、班长,agent-1", "坐席,agent-7")
    changed = await people.run(ADMIN, moved.encode("utf-8-sig"), op_id=uuid4())
    agent_line, admin_line = changed.report.lines
    assert (agent_line.act, admin_line.act) == ("change", "same")
    assert agent_line.changes == ["roles: agent supervisor → agent", "endpoint: agent-1 → agent-7"]
    assert changed.passwords == {}
    assert (await identity.user("li.na")).endpoint == "agent-7"
    rows = await identity.audit_of("user:li.na")
    assert [row["action"] for row in rows if row["actor"] == ADMIN.id] == ["change-user", "create-user"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("L N,李娜,坐席,,", "user name"),
        ("li.na,,坐席,,", "name is missing"),
        ("li.na,李娜,局长,,", "no role 局长"),
        ("li.na,李娜,,,", "roles are missing"),
        ("li.na,李娜,坐席,,english", "skills"),
        ("li.na,李娜,坐席,,language:en=9", "skills"),
        ("wang.gang,王刚,坐席,,", "already in line 2"),
    ],
)
async def test_a_refused_line_takes_nobody(storage: Storage, line: str, why: str) -> None:
    identity = IdentityService(storage, IdentitySettings())
    text = f"{HEAD}wang.gang,王刚,管理员,,\n{line}\n"
    done = await PeopleImport(identity).run(ADMIN, text.encode(), op_id=uuid4())
    assert (done.report.refused, done.report.applied) == (1, False)
    (wrong,) = done.report.lines[1].problems
    assert why in wrong.en
    assert wrong.remedy_zh != wrong.remedy_en
    assert await identity.users() == []


async def test_only_administrators_import_people(storage: Storage) -> None:
    lead = Actor("zhao.lei", "赵磊", frozenset({Role.SUPERVISOR}))
    with pytest.raises(Forbidden):
        await PeopleImport(IdentityService(storage, IdentitySettings())).run(lead, LIST.encode(), op_id=None)


async def test_an_admin_does_not_import_the_role_away_from_himself(identity: IdentityService) -> None:
    people = PeopleImport(identity)
    await people.run(ADMIN, f"{HEAD}sun.li,孙丽,管理员,,\n".encode(), op_id=uuid4())
    done = await people.run(ADMIN, f"{HEAD}sun.li,孙丽,坐席,,\n".encode(), op_id=uuid4())
    (line,) = done.report.lines
    assert (line.act, line.problems[0].column) == ("refused", "roles")
    assert (await identity.user("sun.li")).roles == {Role.ADMIN}


async def test_an_import_that_stops_tells_the_passwords_that_it_made(
    identity: IdentityService, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = identity.create_user

    async def away(user: User, password: str, *, by: Actor) -> User:
        if user.id == "wang.gang":
            raise StorageAway("the database is away")
        return await create(user, password, by=by)

    monkeypatch.setattr(identity, "create_user", away)
    people, op = PeopleImport(identity), uuid4()
    stopped = await people.run(ADMIN, LIST.encode(), op_id=op)
    assert (stopped.stopped, stopped.report.applied, sorted(stopped.passwords)) == (True, False, ["li.na"])
    assert [line.act for line in stopped.report.lines] == ["add", "refused"]
    assert await people.run(ADMIN, LIST.encode(), op_id=op) == stopped
    monkeypatch.undo()
    done = await people.run(ADMIN, LIST.encode(), op_id=uuid4())
    assert ([line.act for line in done.report.lines], sorted(done.passwords)) == (
        ["same", "add"],
        ["wang.gang"],
    )


async def test_a_request_that_comes_twice_at_once_is_one_import(identity: IdentityService) -> None:
    people, op = PeopleImport(identity), uuid4()
    one, other = await asyncio.gather(*(people.run(ADMIN, LIST.encode(), op_id=op) for _ in range(2)))
    assert one == other
    assert (one.stopped, sorted(one.passwords)) == (False, ["li.na", "wang.gang"])
