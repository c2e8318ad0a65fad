"""Reports are offered to free agents: taken, refused, gone on, taken back for a call, and never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cases.events import ReportOffered, ReportOfferOver, ReportsWaiting
from cases.reports.offers.model import FreeAgent
from cases.reports.offers.settings import ReportOfferSettings
from cases.settings import CasesSettings
from core.actor import Actor
from core.clock import ManualClock
from core.storage import Storage
from tests.cases.rooms import AGENT, DISPATCHER, OTHER_AGENT
from tests.citizen.city import City, city
from tests.citizen.test_reports import sent

NINE = datetime(2026, 12, 1, 1, tzinfo=UTC)
ALONE = frozenset({"hotline"})


@dataclass
class Agents:
    """Stands for the hotline: who is ready at a desk while nobody waits on the line."""

    ready: list[FreeAgent] = field(default_factory=list)

    def free(self) -> Sequence[FreeAgent]:
        return list(self.ready)

    def queue(self, name: str) -> str:
        return name or "hotline"


@asynccontextmanager
async def centre(storage: Storage, **settings: Any) -> AsyncIterator[tuple[City, Agents, ManualClock]]:
    agents = Agents([FreeAgent("wang", 1.0, ALONE), FreeAgent("sun", 2.0, ALONE)])
    storage.clock = clock = ManualClock(NINE)
    offers = ReportOfferSettings.model_validate(settings)
    chosen = CasesSettings(report_offers=offers)
    async with city(storage, report_agents=agents, cases_settings=chosen) as on:
        yield on, agents, clock


def told(on: City) -> list[tuple[str, str]]:
    """The offers that were made and ended, as their agents were told."""
    return [
        ("offer", one.agent_id) if isinstance(one, ReportOffered) else (one.why, one.agent_id)
        for one in on.bus.live
        if isinstance(one, ReportOffered | ReportOfferOver)
    ]


async def look(on: City) -> None:
    await on.cases.report_offers.look()


def offered(on: City, who: Actor) -> str | None:
    view = on.cases.report_offers.offered_to(who.id)
    return None if view is None else str(view.draft_id)


async def refuse(on: City, who: Actor, draft_id: object) -> int:
    return (await on.act(who, f"/drafts/{draft_id}/offer/decline")).status_code


async def test_a_report_is_offered_to_one_agent_who_takes_it(any_storage: Storage) -> None:
    async with centre(any_storage) as (on, _, _clock):
        draft_id = await sent(on)
        await look(on)
        await look(on)
        assert told(on) == [("offer", "wang")], "the longest idle, and nobody else"
        (event,) = [one for one in on.bus.live if isinstance(one, ReportOffered)]
        assert event.offer.category_name is not None
        assert "公滨路" not in event.model_dump_json(), "no word of the citizen before it is taken"
        assert (offered(on, AGENT), offered(on, OTHER_AGENT)) == (draft_id, None)
        assert (await on.act(AGENT, f"/drafts/{draft_id}/take")).json()["taken_by"] == "wang"
        await look(on)
        assert told(on) == [("offer", "wang"), ("taken", "wang")]
        assert offered(on, AGENT) is None


async def test_who_refuses_says_no_reason_and_the_next_one_is_asked(any_storage: Storage) -> None:
    async with centre(any_storage) as (on, _, _clock):
        draft_id = await sent(on)
        await look(on)
        assert await refuse(on, OTHER_AGENT, draft_id) == 409, "it is not offered to her"
        assert await refuse(on, DISPATCHER, draft_id) == 403
        assert await refuse(on, AGENT, draft_id) == 200
        assert told(on) == [("offer", "wang"), ("declined", "wang"), ("offer", "sun")]
        (waiting,) = (await on.ask(OTHER_AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        assert (waiting["draft_id"], waiting["taken_by"]) == (draft_id, None)


async def test_a_refusal_that_comes_twice_is_one(storage: Storage) -> None:
    async with centre(storage) as (on, _, _clock):
        draft_id = await sent(on)
        await look(on)
        body = {"op_id": "0193a000-0000-7000-8000-000000000001"}
        path = f"/drafts/{draft_id}/offer/decline"
        answers = [await on.ask(AGENT, "POST", path, **body) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 200]
        assert told(on) == [("offer", "wang"), ("declined", "wang"), ("offer", "sun")]


async def test_after_its_seconds_it_goes_to_the_next(any_storage: Storage) -> None:
    async with centre(any_storage, offer_s=20) as (on, _, clock):
        await sent(on)
        await look(on)
        clock.advance(19)
        await look(on)
        assert told(on) == [("offer", "wang")]
        clock.advance(1)
        await look(on)
        assert told(on) == [("offer", "wang"), ("expired", "wang"), ("offer", "sun")]


async def test_an_agent_whom_a_call_needs_gets_none_and_keeps_none(any_storage: Storage) -> None:
    async with centre(any_storage) as (on, agents, _clock):
        draft_id = await sent(on)
        await look(on)
        agents.ready = [one for one in agents.ready if one.id != "wang"]
        await look(on)
        assert told(on) == [("offer", "wang"), ("withdrawn", "wang"), ("offer", "sun")]
        agents.ready = []
        await look(on)
        assert (offered(on, AGENT), offered(on, OTHER_AGENT)) == (None, None)
        assert (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"][0]["draft_id"] == str(
            draft_id
        )


async def test_who_has_enough_in_hand_is_offered_no_more(any_storage: Storage) -> None:
    async with centre(any_storage, at_once=1) as (on, agents, _clock):
        agents.ready = agents.ready[:1]
        first, second = await sent(on), await sent(on, message_id="m2")
        await look(on)
        assert offered(on, AGENT) == first
        await on.act(AGENT, f"/drafts/{first}/take")
        await look(on)
        assert offered(on, AGENT) is None
        await on.act(AGENT, f"/drafts/{first}/decline", reason="duplicate")
        await look(on)
        assert offered(on, AGENT) == second


async def test_the_most_urgent_comes_first_and_then_the_oldest(any_storage: Storage) -> None:
    async with centre(any_storage) as (on, agents, clock):
        agents.ready = agents.ready[:1]
        calm = await sent(on, text="中山路80号路灯不亮")
        clock.advance(60)
        urgent = await sent(on, message_id="m2", text="公滨路5号有人被困在水里，快来救命")
        await look(on)
        assert offered(on, AGENT) == urgent
        await on.act(AGENT, f"/drafts/{urgent}/take")
        await on.act(AGENT, f"/drafts/{urgent}/decline", reason="duplicate")
        await look(on)
        assert offered(on, AGENT) == calm


async def test_a_report_in_another_language_goes_to_who_serves_its_queue(any_storage: Storage) -> None:
    async with centre(any_storage, languages={"en": "english"}) as (on, agents, _clock):
        draft_id = await sent(on, text="A street light is out at 80 Zhongshan Road")
        await look(on)
        assert told(on) == []
        agents.ready.append(FreeAgent("sun", 3.0, frozenset({"english"})))
        agents.ready = agents.ready[-1:]
        await look(on)
        assert offered(on, OTHER_AGENT) == draft_id


async def test_a_service_that_is_started_again_has_lost_no_report(any_storage: Storage) -> None:
    async with centre(any_storage) as (on, _, _clock):
        draft_id = await sent(on)
        await look(on)
        assert offered(on, AGENT) == draft_id
    async with centre(any_storage) as (on, _, _clock):
        assert offered(on, AGENT) is None
        (waiting,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        assert (waiting["draft_id"], waiting["taken_by"]) == (draft_id, None)
        await look(on)
        assert offered(on, AGENT) == draft_id


async def test_off_by_the_setting_nothing_is_offered(storage: Storage) -> None:
    async with centre(storage, enabled=False) as (on, _, _clock):
        await sent(on)
        await look(on)
        assert told(on) == []


async def test_it_is_told_how_many_wait_and_since_when_the_oldest_does(any_storage: Storage) -> None:
    async with centre(any_storage) as (on, _, clock):
        first = await sent(on)
        clock.advance(60)
        await sent(on, message_id="m2")
        state = await on.cases.reports.queue()
        assert (state.waiting, state.oldest) == (2, NINE)
        await on.act(AGENT, f"/drafts/{first}/take")
        last = [one for one in on.bus.live if isinstance(one, ReportsWaiting)][-1]
        assert (last.waiting, last.oldest) == (1, clock.now())
