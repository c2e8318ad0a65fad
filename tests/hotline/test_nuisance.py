"""Numbers of malicious callers: listed and lifted at run time, effective on the next call, never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Conflict, Forbidden
from core.storage import Storage, StorageAway
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from hotline.nuisance.errors import (
    AlreadyListed,
    BadEnd,
    ListingOver,
    NoSuchListing,
    NumberNotListed,
    ReasonMissing,
)
from hotline.nuisance.http import router
from hotline.nuisance.model import Listing
from hotline.nuisance.service import Nuisance
from hotline.nuisance.settings import NuisanceSettings
from tests.gateway.unguarded import Unguarded
from tests.hotline.world import CHIEF, LI, World

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
NUMBER, OTHER, FIXED = "13904510001", "13904510002", "+8613904510009"


async def no_looks(_actor: Actor, _action: str, _subject: str) -> None:
    """Looks are audited in tests/gateway/test_views.py."""


class Trail:
    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        assert detail is None, "the trail holds no number"
        self.entries.append((actor.id, action, subject))


@dataclass
class Desk:
    storage: Storage
    clock: ManualClock
    trail: Trail
    nuisance: Nuisance

    async def add(
        self, number: str = NUMBER, *, op: UUID | None = None, by: Actor = CHIEF, days: float = 30
    ) -> Listing:
        until = self.clock.now() + timedelta(days=days)
        return await self.nuisance.add(by, op or uuid4(), number, reason=" 反复辱骂 ", until=until)

    async def lift(self, listing: Listing, *, op: UUID | None = None, by: Actor = CHIEF) -> Listing:
        return await self.nuisance.lift(by, listing.listing_id, op or uuid4(), reason="换了机主")

    async def treated(self, number: str = NUMBER) -> bool:
        return await self.nuisance.look_up(number) == "yes"


def _desk(storage: Storage, clock: ManualClock | None = None, look_up_s: float = 1.4) -> Desk:
    clock, trail = clock or ManualClock(), Trail()
    nuisance = Nuisance(
        NuisanceSettings(look_up_s=look_up_s),
        storage,
        clock,
        audit=trail,
        area_code="0451",
        by_settings=(FIXED,),
    )
    return Desk(storage, clock, trail, nuisance)


@pytest.fixture
def desk(any_storage: Storage) -> Desk:
    return _desk(any_storage)


async def test_a_listed_number_is_treated_so_from_the_next_call_until_it_is_lifted(desk: Desk) -> None:
    assert not await desk.treated()
    listing = await desk.add()
    for written in (NUMBER, f"+86{NUMBER}", f"0086{NUMBER}", f"0{NUMBER}", f"86{NUMBER}"):
        assert await desk.treated(written), written
    assert not await desk.treated(OTHER)
    assert listing.reason == "反复辱骂"
    lifted = await desk.lift(listing, by=ADMIN)
    assert not await desk.treated()
    assert (lifted.lifted_by, lifted.lift_reason) == ("root", "换了机主")
    subject = f"nuisance:{listing.listing_id}"
    assert desk.trail.entries == [("chief", "nuisance-add", subject), ("root", "nuisance-lift", subject)]


async def test_what_another_process_lists_counts_at_once(desk: Desk) -> None:
    """The command line writes into the same database."""
    command = _desk(desk.storage, desk.clock)
    listing = await command.add("0451-87654321")
    assert await desk.treated("87654321")
    await command.lift(listing)
    assert not await desk.treated("87654321")


async def test_a_listing_ends_by_itself_and_the_number_can_be_listed_again(desk: Desk) -> None:
    first = await desk.add(days=1)
    desk.clock.advance(86_399)
    assert await desk.treated()
    desk.clock.advance(1)
    assert not await desk.treated()
    with pytest.raises(ListingOver):
        await desk.lift(first)
    second = await desk.add(days=1)
    assert await desk.treated()
    states = {
        one.listing_id: one.state(desk.clock.now()) for one in await desk.nuisance.listed(CHIEF, ended=True)
    }
    assert states == {first.listing_id: "expired", second.listing_id: "in_force"}
    assert [one.listing_id for one in await desk.nuisance.listed(CHIEF)] == [second.listing_id]


async def test_the_same_operation_twice_is_one(desk: Desk) -> None:
    op, lift = uuid4(), uuid4()
    first = await desk.add(op=op)
    assert await desk.add(op=op) == first
    with pytest.raises(Conflict):
        await desk.add(OTHER, op=op)
    lifted = await desk.lift(first, op=lift)
    assert await desk.lift(first, op=lift) == lifted
    with pytest.raises(ListingOver):
        await desk.lift(first)
    with pytest.raises(NoSuchListing):
        await desk.nuisance.lift(CHIEF, uuid4(), uuid4(), reason="x")
    assert [what for _, what, _ in desk.trail.entries] == ["nuisance-add", "nuisance-lift"]


async def test_a_number_has_one_listing_at_a_time(desk: Desk) -> None:
    listing = await desk.add()
    with pytest.raises(AlreadyListed) as refused:
        await desk.add(f"+86{NUMBER}")
    assert refused.value.extra["listing_id"] == str(listing.listing_id)
    answers = await asyncio.gather(*(desk.add(OTHER) for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["AlreadyListed"] * 3 + ["Listing"]
    assert len(await desk.nuisance.listed(CHIEF)) == 2


async def test_numbers_of_the_settings_count_and_are_not_touched_here(desk: Desk) -> None:
    assert await desk.treated("13904510009")
    with pytest.raises(AlreadyListed):
        await desk.add("13904510009")
    assert desk.trail.entries == []


@pytest.mark.parametrize("hidden", ["", "anonymous", "unknown", "王小明"])
async def test_who_shows_no_number_is_never_taken_for_a_listed_one(desk: Desk, hidden: str) -> None:
    assert not await desk.treated(hidden)
    with pytest.raises(NumberNotListed):
        await desk.add(hidden)


async def test_digits_that_fit_no_plan_can_be_listed(desk: Desk) -> None:
    await desk.add("00000000000")
    assert await desk.treated("00000000000")


async def test_only_supervisors_and_admins_and_only_with_reason_and_end(desk: Desk) -> None:
    listing = await desk.add(by=ADMIN)
    for act in (desk.add(by=LI), desk.lift(listing, by=LI), desk.nuisance.listed(LI)):
        with pytest.raises(Forbidden):
            await act
    now = desk.clock.now()
    for until in (now, now - timedelta(1), now + timedelta(days=367), datetime(2026, 2, 1)):  # noqa: DTZ001
        with pytest.raises(BadEnd):
            await desk.nuisance.add(CHIEF, uuid4(), OTHER, reason="x", until=until)
    for reason in ("", "  ", "x" * 1_001):
        with pytest.raises(ReasonMissing):
            await desk.nuisance.add(CHIEF, uuid4(), OTHER, reason=reason, until=now + timedelta(1))
    with pytest.raises(ReasonMissing):
        await desk.nuisance.lift(CHIEF, listing.listing_id, uuid4(), reason=" ")
    with pytest.raises(NumberNotListed):
        await desk.nuisance.add(CHIEF, uuid4(), "110", reason="x", until=now + timedelta(1))
    assert len(desk.trail.entries) == 1


async def test_a_number_is_forgotten_long_after_its_listing_is_over(desk: Desk) -> None:
    lifted = await desk.add(days=300)
    await desk.lift(lifted)
    await desk.add(OTHER, days=366)
    desk.clock.advance(366 * 86_400)
    await desk.nuisance.read()
    rows = {one.listing_id: one for one in await desk.nuisance.listed(CHIEF, ended=True)}
    gone = rows.pop(lifted.listing_id)
    assert (gone.number, gone.reason, gone.lift_reason, gone.lifted_by) == ("", "", "", "chief")
    assert [one.number for one in rows.values()] == [f"+86{OTHER}"]


@pytest.mark.parametrize("slow", [False, True])
async def test_with_the_database_away_what_was_read_last_counts_in_time(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    desk = _desk(storage)
    await desk.add(days=1)
    other = _desk(storage, desk.clock, look_up_s=0.2)
    await other.nuisance.read()

    class Away:
        async def __aenter__(self) -> None:
            if slow:
                await asyncio.sleep(60)
            raise StorageAway("away")

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(storage, "read", Away)
    began = asyncio.get_running_loop().time()
    assert await other.treated()
    assert not await other.treated(OTHER)
    assert await other.treated("13904510009")
    assert asyncio.get_running_loop().time() - began < 1
    desk.clock.advance(86_401)
    assert not await other.treated()


async def test_the_room_reads_the_list_at_its_start_and_offers_the_look_up(world: World) -> None:
    until = world.clock.now() + timedelta(days=1)
    await world.hotline.nuisance.add(CHIEF, uuid4(), NUMBER, reason="辱骂", until=until)
    assert await world.hotline.nuisance.look_up(NUMBER) == "yes"


# --- over HTTP ------------------------------------------------------------------------------------------


@dataclass
class Web:
    client: aiohttp.ClientSession
    actor: Actor = CHIEF

    async def get(self, **params: str) -> tuple[int, Any]:
        async with self.client.get("/api/nuisance", params=params) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str = "", **body: object) -> tuple[int, Any]:
        headers = {"X-Songhua": "1"}
        async with self.client.post(f"/api/nuisance{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def web(storage: Storage, tmp_path: Path) -> AsyncIterator[Web]:
    desk = _desk(storage, ManualClock(datetime(2026, 11, 25, tzinfo=UTC)))
    made: list[Web] = []
    app = create(
        WebParts([router(desk.nuisance, lambda: made[0].actor, no_looks)], tmp_path, lambda: (), Unguarded())
    )
    server = WebServer(app, WebSettings(port=0))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
        made.append(Web(client))
        yield made[0]
    await server.stop()


async def test_the_routes_list_add_and_lift(web: Web) -> None:
    op, until = str(uuid4()), "2026-12-31T00:00:00+08:00"
    status, added = await web.post(op_id=op, number="139 0451 0001", reason="辱骂", until=until)
    assert (status, added["number"], added["state"]) == (201, f"+86{NUMBER}", "in_force")
    assert datetime.fromisoformat(added["until"]) == datetime(2026, 12, 30, 16, tzinfo=UTC)
    status, again = await web.post(op_id=str(uuid4()), number=NUMBER, reason="辱骂", until=until)
    assert (status, again["type"]) == (409, "urn:songhua:problem:nuisance-listed")
    assert again["listing_id"] == op
    assert await web.get() == (200, {"numbers": [added], "by_settings": [FIXED]})
    status, lifted = await web.post(f"/{op}/lift", op_id=str(uuid4()), reason="换了机主")
    assert (status, lifted["state"], lifted["lifted_by"]) == (200, "lifted", "chief")
    assert (await web.get())[1]["numbers"] == []
    assert (await web.get(ended="true"))[1]["numbers"] == [lifted]
    status, over = await web.post(f"/{op}/lift", op_id=str(uuid4()), reason="再次")
    assert (status, over["type"]) == (409, "urn:songhua:problem:listing-over")
    status, none = await web.post(f"/{uuid4()}/lift", op_id=str(uuid4()), reason="?")
    assert (status, none["type"]) == (404, "urn:songhua:problem:no-such-listing")


async def test_the_routes_are_for_supervisors_and_admins(web: Web) -> None:
    web.actor = LI
    body = {"op_id": str(uuid4()), "reason": "x"}
    statuses = [
        (await web.get())[0],
        (await web.post(**body, number=NUMBER, until="2026-12-31T00:00:00Z"))[0],
        (await web.post(f"/{uuid4()}/lift", **body))[0],
    ]
    assert statuses == [403, 403, 403]
    web.actor = ADMIN
    assert (await web.get())[0] == 200
