"""The live view: each desk sees what it may, in order; one that reads nothing harms nobody."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import Hashable
from typing import Annotated, Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.events import MASK, PERSONAL, Event, registered
from core.ids import call_id
from gateway.web.live import hub as hub_module
from gateway.web.live.audience import SCOPES, Audience
from gateway.web.live.crowd import TOO_MANY_OF_ADDRESS, TOO_MANY_OF_PERSON, ConnectedPeople
from gateway.web.live.frames import parse_client
from gateway.web.live.hub import EditingPages, Hub
from gateway.web.live.pages import Pages
from tests.peers.checkout import CHECKOUT

CALL = call_id("test", "1.1")
LI = Actor("li", "李", frozenset({Role.AGENT}))
WANG = Actor("wang", "王", frozenset({Role.AGENT}))
CHIEF = Actor("chief", "Chief", frozenset({Role.SUPERVISOR}))
UNIT = Actor("unit:app:1", "Car 1", frozenset({Role.UNIT}))


class Changed(Event):
    TYPE: ClassVar[str] = "test.changed"
    call_id: UUID
    caller: Annotated[str, PERSONAL]
    n: int = 0


class Page:
    """A client: what it received, and what it still has to say."""

    def __init__(self, *, reads: bool = True) -> None:
        self.got: list[dict[str, Any]] = []
        self.says: asyncio.Queue[str] = asyncio.Queue()
        self._reads = reads

    async def send_text(self, data: str) -> None:
        if not self._reads:
            await asyncio.Event().wait()
        self.got.append(json.loads(data))

    async def receive_text(self) -> str:
        return await self.says.get()

    async def until(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(2):
            while len(self.got) < count:
                await asyncio.sleep(0.001)
        return self.got


# Between rooms alone: no desk is told.
INSIDE = {
    "cases.dispatch_queued", "cases.exchange_form_queued", "cases.dispatch_recalled", "cases.report_declined",
    "citizen.report_forgotten", "citizen.report_received", "citizen.message_queued", "citizen.mail_queued",
    "cases.verification_asked", "citizen.report_added", "citizen.report_rated", "cases.dispatch_shared",
    "cdr.call_erased",
    "cdr.call_recorded", "cdr.recording_settled", "cdr.report_mail_queued", "hotline.agent_moved",
    "hotline.call_acted",
    "hotline.call_closed", "hotline.disposition_set", "identity.user_changed", "ivr.survey_answered",
    "ivr.voicemail_left", "field.inspector_reported", "field.job_sent", "radio_bridge.patch_talked",
    "radio_bridge.radio_call_wanted", "radio_bridge.talkgroup_talked", "field.unit_reported",
    "field.unit_unreachable", "speech.answer_heard", "speech.capacity", "speech.tap_announced",
    "speech.tap_retired", "speech.transcript_ended",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _changed_is_for_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCOPES, Changed.TYPE, "staff")


def open_hub(
    *,
    confidential: bool = False,
    crowd: ConnectedPeople | None = None,
    editing: EditingPages | None = None,
) -> Hub:
    async def snapshot(viewer: Actor) -> dict[str, Any]:
        return {"me": viewer.id}

    audience = Audience(lambda _call: frozenset({"li"}), lambda _call: confidential)
    return Hub(audience, snapshot, Pages(lambda _person, _there: None), crowd=crowd, editing=editing)


async def connect(hub: Hub, viewer: Actor, page: Page, address: str = "") -> asyncio.Task[str]:
    serving = asyncio.create_task(hub.serve(viewer, page, address=address))
    await asyncio.sleep(0.01)
    return serving


async def test_a_desk_gets_a_snapshot_and_then_events_counted_without_a_gap() -> None:
    hub, page = open_hub(), Page()
    serving = await connect(hub, LI, page)
    for n in range(5):
        await hub.publish(Changed(call_id=CALL, caller="139", n=n))
    got = await page.until(6)
    serving.cancel()
    assert [frame["kind"] for frame in got] == ["snapshot", *["event"] * 5]
    assert [frame["seq"] for frame in got] == [1, 2, 3, 4, 5, 6]
    assert [frame["event"]["n"] for frame in got[1:]] == [0, 1, 2, 3, 4]


@pytest.fixture
def _whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event is the whole view of its call."""
    monkeypatch.setitem(hub_module.GATHERED, Changed.TYPE, lambda event: event.call_id)


@pytest.mark.usefixtures("_whole")
async def test_of_views_that_a_desk_does_not_work_on_only_the_newest_is_sent() -> None:
    hub, aside, own = open_hub(), Page(), Page()
    tasks = [await connect(hub, WANG, aside), await connect(hub, LI, own)]
    other = call_id("test", "2.2")
    for n in range(5):
        await hub.publish(Changed(call_id=CALL, caller="139", n=n))
    await hub.publish(Changed(call_id=other, caller="138", n=9))
    # Who is on the call sees each step, and at once.
    assert [frame["event"]["n"] for frame in (await own.until(7))[1:]] == [0, 1, 2, 3, 4, 9]
    assert len(aside.got) == 1
    got = await aside.until(3)
    await asyncio.sleep(2 * hub_module.GATHER_S)
    for task in tasks:
        task.cancel()
    assert len(got) == 3
    assert [frame["event"]["n"] for frame in got[1:]] == [4, 9]
    assert [frame["seq"] for frame in got] == [1, 2, 3]


@pytest.mark.usefixtures("_whole")
async def test_what_is_gathered_goes_out_before_another_event_of_the_same_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Ended(Changed):
        TYPE: ClassVar[str] = "test.ended"

    monkeypatch.setitem(SCOPES, Ended.TYPE, "staff")
    hub, page = open_hub(), Page()
    serving = await connect(hub, WANG, page)
    await hub.publish(Changed(call_id=CALL, caller="139", n=1))
    await hub.publish(Changed(call_id=CALL, caller="139", n=2))
    # About another call: nothing that waits has to be known first.
    await hub.publish(Ended(call_id=call_id("test", "2.2"), caller="138", n=3))
    await hub.publish(Ended(call_id=CALL, caller="139", n=4))
    got = await page.until(4)
    serving.cancel()
    assert [frame["event"]["n"] for frame in got[1:]] == [3, 2, 4]


@pytest.mark.usefixtures("_whole")
async def test_a_snapshot_takes_the_place_of_what_is_gathered() -> None:
    hub, page = open_hub(), Page()
    serving = await connect(hub, WANG, page)
    await hub.publish(Changed(call_id=CALL, caller="139", n=1))
    page.says.put_nowait('{"kind": "resync"}')
    got = await page.until(2)
    await asyncio.sleep(2 * hub_module.GATHER_S)
    serving.cancel()
    assert [frame["kind"] for frame in got] == ["snapshot", "snapshot"]


@pytest.mark.parametrize(
    ("viewer", "confidential", "sees"),
    [
        (LI, True, "139"),
        (CHIEF, True, "139"),
        (WANG, False, MASK),
        (WANG, True, None),
        (UNIT, False, None),
    ],
)
async def test_who_sees_the_caller(viewer: Actor, confidential: bool, sees: str | None) -> None:
    hub, page = open_hub(confidential=confidential), Page()
    serving = await connect(hub, viewer, page)
    await hub.publish(Changed(call_id=CALL, caller="139"))
    await asyncio.sleep(0.02)
    serving.cancel()
    assert [frame["event"]["caller"] for frame in page.got if frame["kind"] == "event"] == (
        [] if sees is None else [sees]
    )


async def test_an_event_that_no_table_lists_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SCOPES, Changed.TYPE)
    hub, page = open_hub(), Page()
    serving = await connect(hub, CHIEF, page)
    await hub.publish(Changed(call_id=CALL, caller="139"))
    await asyncio.sleep(0.02)
    serving.cancel()
    assert [frame["kind"] for frame in page.got] == ["snapshot"]


async def test_a_page_that_reads_nothing_is_closed_and_its_neighbour_sees_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "SEND_DEADLINE_S", 0.05)
    hub, page, deaf = open_hub(), Page(), Page(reads=False)
    serving = await connect(hub, LI, page)
    stuck = await connect(hub, CHIEF, deaf)
    for n in range(500):
        await hub.publish(Changed(call_id=CALL, caller="139", n=n))
    assert await asyncio.wait_for(stuck, 2) == "the client reads nothing"
    assert len(await page.until(501)) == 501
    serving.cancel()


async def test_a_queue_that_is_just_full_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "QUEUE_LIMIT", 10)
    hub, page = open_hub(), Page()
    serving = await connect(hub, LI, page)
    await page.until(1)
    for n in range(10):
        await hub.publish(Changed(call_id=CALL, caller="139", n=n))
    got = await page.until(11)
    serving.cancel()
    assert [frame["kind"] for frame in got] == ["snapshot", *["event"] * 10]


async def test_one_person_and_one_address_have_a_limit_and_leave_room_for_others() -> None:
    hub = open_hub(crowd=ConnectedPeople(of_person=2, of_address=3))
    open_ones = [await connect(hub, LI, Page(), "10.0.0.1") for _ in range(2)]
    assert await asyncio.wait_for(hub.serve(LI, Page(), address="10.0.0.2"), 2) == TOO_MANY_OF_PERSON
    open_ones.append(await connect(hub, WANG, Page(), "10.0.0.1"))
    assert await asyncio.wait_for(hub.serve(CHIEF, Page(), address="10.0.0.1"), 2) == TOO_MANY_OF_ADDRESS
    page = Page()
    open_ones.append(await connect(hub, CHIEF, page, "10.0.0.2"))
    await page.until(1)
    open_ones[0].cancel()
    await asyncio.gather(open_ones[0], return_exceptions=True)
    page = Page()
    open_ones.append(await connect(hub, LI, page, "10.0.0.1"))
    await page.until(1)
    for task in open_ones:
        task.cancel()


async def test_no_more_desks_than_the_limit_are_served_and_one_that_leaves_makes_room() -> None:
    hub = open_hub(crowd=ConnectedPeople(most=2))
    first, second = await connect(hub, LI, Page()), await connect(hub, CHIEF, Page())
    assert await asyncio.wait_for(hub.serve(WANG, Page()), 2) == "too many desks"
    assert len(hub) == 2
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    page = Page()
    third = await connect(hub, WANG, page)
    await page.until(1)
    for task in (second, third):
        task.cancel()


@pytest.mark.parametrize("count", [11, 50], ids=["one too many", "many too many"])
async def test_an_overfull_queue_becomes_one_snapshot(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(hub_module, "QUEUE_LIMIT", 10)
    hub, page = open_hub(), Page()
    serving = await connect(hub, LI, page)
    await page.until(1)
    for n in range(count):
        await hub.publish(Changed(call_id=CALL, caller="139", n=n))
    await page.until(2)
    await hub.publish(Changed(call_id=CALL, caller="139", n=99))
    got = await page.until(3)
    serving.cancel()
    assert [frame["kind"] for frame in got] == ["snapshot", "snapshot", "event"]
    assert [frame["seq"] for frame in got] == [1, 2, 3]


async def test_ping_is_answered_and_nonsense_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "FRAME_EVERY_S", 0.001)
    hub, page = open_hub(), Page()
    serving = await connect(hub, LI, page)
    page.says.put_nowait('{"kind":"ping"}')
    await page.until(2)
    assert page.got[1] == {"kind": "pong"}
    for _ in range(hub_module.MALFORMED_LIMIT):
        page.says.put_nowait("{nonsense")
    assert await asyncio.wait_for(serving, 2) == "too many malformed frames"


class HandsSeen:
    """What pages said of the drafts that their people edit."""

    def __init__(self) -> None:
        self.said: list[tuple[str, UUID | None, str]] = []
        self.left = 0

    async def says(self, page: Hashable, actor: Actor, draft_id: UUID | None, field: str) -> None:
        assert page is not None
        self.said.append((actor.id, draft_id, field))

    def gone(self, page: Hashable) -> None:
        assert page is not None
        self.left += 1


async def test_a_page_says_whose_hands_are_in_a_draft_and_its_end_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.web.live.hub.FRAME_EVERY_S", 0.0)
    seen = HandsSeen()
    hub, page = open_hub(editing=seen), Page()
    serving = await connect(hub, LI, page)
    for frame in ({"draft_id": str(CALL), "field": "address"}, {}, {"draft_id": "x"}, {"field": "a" * 40}):
        page.says.put_nowait(json.dumps({"kind": "editing", **frame}))
    await asyncio.sleep(0.05)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    assert seen.said == [("li", CALL, "address"), ("li", None, "")]
    assert seen.left == 1


async def test_a_page_that_asks_without_end_is_read_no_faster_than_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "FRAME_EVERY_S", 0.1)
    hub, greedy, page = open_hub(), Page(), Page()
    for _ in range(5000):
        greedy.says.put_nowait('{"kind":"resync"}')
    asking = await connect(hub, CHIEF, greedy)
    serving = await connect(hub, LI, page)
    page.says.put_nowait('{"kind":"ping"}')
    await page.until(2)
    await asyncio.sleep(0.25)
    assert greedy.says.qsize() >= 4990
    assert 2 <= len(greedy.got) <= 8
    for task in (asking, serving):
        task.cancel()


@given(st.one_of(st.binary(max_size=3000), st.text(max_size=3000)))
def test_any_client_frame_is_parsed_or_refused(frame: str | bytes) -> None:
    parsed = parse_client(frame)
    assert parsed is None or parsed.kind in {"ping", "resync"}


def test_of_every_event_it_is_decided_whether_desks_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SCOPES, Changed.TYPE)
    for file in CHECKOUT.glob("[a-z]*/**/events.py"):
        parts = file.relative_to(CHECKOUT).with_suffix("").parts
        if parts[0] not in {"tests", "console"}:
            importlib.import_module(".".join(parts))
    known = {name for name, kind in registered().items() if not kind.__module__.startswith("tests.")}
    assert set(SCOPES) | INSIDE == known
    assert set(SCOPES).isdisjoint(INSIDE)
