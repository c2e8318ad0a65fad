"""Who is on duty in a department: first where a case is given on, shown to the centre, numbers audited."""

from __future__ import annotations

from cases.assignments.model import Handler
from cases.duty.model import DutyTime
from core.actor import Role
from core.events import MASK
from core.storage import Storage
from tests.cases.assignments.people import (
    ACCEPTOR,
    ADMIN,
    DISPATCHER,
    EVERYBODY,
    HE,
    HOST,
    MA,
    NINE,
    SUPERVISOR,
    Office,
    office,
)
from tests.cases.rooms import AGENT
from tests.cases.web import Desk, desk_of

STAFF = [
    Handler("sun", "孙工"), Handler("ma", "马科长"), Handler("gone", "老周"),
    Handler("app:1", "一车", is_unit=True),
]  # fmt: skip
PATH = f"/departments/{HOST}/duty"


def times(*rows: tuple[str, str, str, str]) -> list[DutyTime]:
    return [
        DutyTime(department=HOST, user_id=user, starts=starts, ends=ends, phone=phone)
        for user, starts, ends, phone in rows
    ]


def on_duty(desk: Desk) -> None:
    """At nine o'clock: Ma until noon, and somebody who no longer works there."""
    desk.on.staff.of[HOST] = [one for one in STAFF if one.handler_id != "gone"]
    rows = times(
        ("ma", "08:00", "12:00", "0451-8000"), ("gone", "08:00", "12:00", "1"), ("sun", "18:00", "20:00", "")
    )
    desk.on.room.duty.use(rows)


async def test_who_is_on_duty_comes_first_where_a_case_is_given_on(any_storage: Storage) -> None:
    office(any_storage)
    async with desk_of(any_storage, EVERYBODY) as desk:
        on_duty(desk)
        at = Office(desk.on, desk.on.storage.clock)  # type: ignore[arg-type]
        one = (await at.of(await at.filed())).assignment
        found = (await desk(MA, "GET", f"/assignments/{one.assignment_id}/handlers")).json()["handlers"]
        assert [row["id"] for row in found] == ["ma", "sun", "app:1"]
        assert found[0]["on_duty_until"] == "2026-11-30T04:00:00Z"
        assert [row["on_duty_until"] for row in found[1:]] == [None, None]


async def test_the_centre_sees_who_and_until_when_and_numbers_by_an_audited_look(
    any_storage: Storage,
) -> None:
    office(any_storage)
    async with desk_of(any_storage, EVERYBODY) as desk:
        on_duty(desk)
        for who in (AGENT, DISPATCHER, SUPERVISOR, ACCEPTOR, ADMIN):
            found = (await desk(who, "GET", PATH)).json()
            (row,) = found["people"]
            assert (row["id"], row["name"], row["until"], row["phone"]) == (
                "ma", "马科长", "2026-11-30T04:00:00Z", MASK,
            )  # fmt: skip
        assert desk.on.looked.at == []
        for who in (AGENT, DISPATCHER, SUPERVISOR):
            (row,) = (await desk(who, "GET", f"{PATH}/phones")).json()["people"]
            assert row["phone"] == "0451-8000"
            assert desk.on.looked.at[-1] == (who.id, "view-duty-phones", f"department:{HOST}")
        for who in (ACCEPTOR, ADMIN, MA, HE):
            assert (await desk(who, "GET", f"{PATH}/phones")).status_code == 403
        assert (await desk(HE, "GET", PATH)).status_code == 403, "departments see their own handlers"
        assert not HE.has(Role.DISPATCHER)


async def test_where_nobody_is_the_next_one_is_told_and_nothing_is_audited(any_storage: Storage) -> None:
    office(any_storage)
    async with desk_of(any_storage, EVERYBODY) as desk:
        on_duty(desk)
        clock = desk.on.storage.clock
        clock.advance(4 * 3600)  # type: ignore[attr-defined]
        answer = (await desk(DISPATCHER, "GET", f"{PATH}/phones")).json()
        assert answer == {"people": [], "next_at": "2026-11-30T10:00:00Z"}
        assert (await desk(DISPATCHER, "GET", "/departments/unknown/duty")).json() == {
            "people": [],
            "next_at": None,
        }
        assert desk.on.looked.at == []
    assert NINE.hour == 1
