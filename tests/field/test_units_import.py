"""A table of units: tried first, taken whole or not at all, passwords told once; a broker may go."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from core.actor import Actor, Role
from core.errors import Forbidden, Unavailable
from core.storage import Storage
from field.centre.room import build
from field.settings import FieldSettings
from field.units.centre.importing import UnitsImport
from tests.field.conftest import Accounts, RecordingBus
from tests.field.ports import centre_ports

ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))
HEAD = "单元号,名称,人员,车辆,技能,别名\n"
LIST = HEAD + "app:17,道里一组,王;李,黑A 12345,sewage,一组\napp:18,道里二组,,,,\n"


class LeavingAccounts(Accounts):
    """The broker's accounts; the broker is away for `gone`."""

    gone = ""

    async def issue(self, uid: str, *, devices: object = ()) -> str:
        if uid == self.gone:
            raise Unavailable("the broker is away", remedy="start it")
        return await super().issue(uid, devices=devices)  # type: ignore[arg-type]


@pytest.fixture
def accounts() -> LeavingAccounts:
    return LeavingAccounts()


@pytest.fixture
def units(any_storage: Storage, accounts: LeavingAccounts) -> UnitsImport:
    async def nobody(_request: object) -> Actor:
        return ADMIN

    ports = centre_ports(any_storage, RecordingBus(), accounts, nobody)
    return UnitsImport(build(FieldSettings(), ports).register)


async def test_units_are_tried_then_added_then_changed(units: UnitsImport) -> None:
    tried = await units.run(ADMIN, LIST.encode("gb18030"), op_id=None)
    assert (tried.report.added, tried.report.applied, tried.passwords) == (2, False, {})
    assert await units._register.units() == []
    done = await units.run(ADMIN, LIST.encode("gb18030"), op_id=uuid4())
    assert (done.report.applied, sorted(done.passwords)) == (True, ["app:17", "app:18"])
    moved = LIST.replace("道里二组,,", "道里三组,赵,")
    again = await units.run(ADMIN, moved.encode(), op_id=uuid4())
    first, second = again.report.lines
    assert (first.act, second.act) == ("same", "change")
    assert second.changes == ["name: 道里二组 → 道里三组", "crew: – → 赵"]
    assert again.passwords == {}
    assert (await units._register.find("app:18")).name == "道里三组"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("17,道里,,,,", "unit_id"),
        ("app:17,,,,,", "name is missing"),
        ("app:16,又一组,,,,", "already in line 2"),
        ("app:17,道里,,,,六组", "is a name of the unit app:16"),
        ("app:17,道里,,,two words,", "skill"),
    ],
)
async def test_a_refused_line_takes_no_unit(units: UnitsImport, line: str, why: str) -> None:
    text = f"{HEAD}app:16,道里六组,,,,六组\n{line}\n"
    done = await units.run(ADMIN, text.encode(), op_id=uuid4())
    assert (done.report.refused, done.report.applied) == (1, False)
    assert why in done.report.lines[1].problems[0].en
    assert await units._register.units() == []


async def test_a_broker_that_goes_stops_the_import_which_goes_on_later(
    units: UnitsImport, accounts: LeavingAccounts
) -> None:
    accounts.gone = "app:18"
    stopped = await units.run(ADMIN, LIST.encode(), op_id=uuid4())
    assert (stopped.stopped, stopped.report.applied, sorted(stopped.passwords)) == (True, False, ["app:17"])
    assert [line.act for line in stopped.report.lines] == ["add", "refused"]
    accounts.gone = ""
    done = await units.run(ADMIN, LIST.encode(), op_id=uuid4())
    assert ([line.act for line in done.report.lines], sorted(done.passwords)) == (["same", "add"], ["app:18"])


async def test_a_request_that_comes_twice_at_once_is_one_import_of_units(units: UnitsImport) -> None:
    op = uuid4()
    one, other = await asyncio.gather(*(units.run(ADMIN, LIST.encode(), op_id=op) for _ in range(2)))
    assert one == other
    assert (one.stopped, sorted(one.passwords)) == (False, ["app:17", "app:18"])


async def test_only_administrators_import_units(units: UnitsImport) -> None:
    with pytest.raises(Forbidden):
        await units.run(Actor("d", "D", frozenset({Role.DISPATCHER})), LIST.encode(), op_id=None)
