"""Two people on one draft: who may change it, who is told, and that nothing written is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from cases.drafting.presence import LEASE_S
from cases.events import DraftEditorsChanged, FiledWhileEditing
from core.actor import Actor, Role
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ADMIN, AGENT, OTHER_AGENT
from tests.cases.web import Desk, desk_of

SUPERVISOR = Actor("qian", "钱班长", frozenset({Role.SUPERVISOR}))
SECOND_SUPERVISOR = Actor("zhou", "周班长", frozenset({Role.SUPERVISOR}))
PEOPLE = (AGENT, OTHER_AGENT, ADMIN, SUPERVISOR, SECOND_SUPERVISOR)
PAGE, OTHER_PAGE = "a page", "another page"


@pytest.fixture
async def desk(storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(storage, PEOPLE) as made:
        yield made


class SharedDraft:
    """A complete draft of a call that AGENT and OTHER_AGENT took."""

    def __init__(self, desk: Desk, draft_id: UUID) -> None:
        self.desk = desk
        self.draft_id = draft_id
        self.path = f"/drafts/{draft_id}"

    async def write(self, who: Actor, field: str, value: str | None, rev: int = 0) -> tuple[int, str]:
        """Status and kind of problem."""
        answer = await self.desk(
            who, "PATCH", self.path, op_id=str(uuid7()), field=field, value=value, rev=rev
        )
        return answer.status_code, str(answer.json().get("type", "")).rpartition(":")[2]

    async def types(self, who: Actor, field: str = "address", page: str = PAGE) -> None:
        await self.desk.on.room.editing.says(page, who, self.draft_id, field)

    def editors(self) -> list[tuple[str, str]]:
        return [(one.person, one.field) for one in self.desk.on.room.editing.of(self.draft_id)]


@pytest.fixture
async def shared(desk: Desk) -> SharedDraft:
    call_id = desk.on.a_call()
    desk.on.calls.agents[call_id].add(OTHER_AGENT.id)
    draft = (await desk.post(AGENT, f"/calls/{call_id}/drafts")).json()
    made = SharedDraft(desk, UUID(draft["draft_id"]))
    for field, value in (
        ("category", "gbt30428.2@2013/P0123"),
        ("address", "公滨路5号"),
        ("description", "井盖丢了"),
    ):
        assert await made.write(AGENT, field, value) == (200, "")
    return made


async def test_each_field_says_who_wrote_it_and_what_she_overwrote(desk: Desk, shared: SharedDraft) -> None:
    held = (await desk(AGENT, "GET", shared.path)).json()["fields"]["address"]
    assert (held["author"], held["author_name"]) == ("wang", "王坐席")
    assert await shared.write(OTHER_AGENT, "address", "公滨路7号", held["rev"]) == (200, "")
    held = (await desk(AGENT, "GET", shared.path)).json()["fields"]["address"]
    assert (held["value"], held["author"]) == ("公滨路7号", "sun")
    assert [(one["value"], one["author"]) for one in held["earlier"]] == [("公滨路5号", "wang")]


async def test_who_has_not_seen_the_other_edit_overwrites_nothing(desk: Desk, shared: SharedDraft) -> None:
    rev = (await desk(AGENT, "GET", shared.path)).json()["fields"]["address"]["rev"]
    assert await shared.write(OTHER_AGENT, "address", "公滨路7号", rev) == (200, "")
    assert await shared.write(AGENT, "address", "公滨路9号", rev) == (409, "stale-field")
    assert (await desk(AGENT, "GET", shared.path)).json()["fields"]["address"]["value"] == "公滨路7号"
    # The other fields of the same draft are not concerned.
    seen = (await desk(AGENT, "GET", shared.path)).json()["fields"]["description"]["rev"]
    assert await shared.write(AGENT, "description", "井盖丢失", seen) == (200, "")


async def test_who_files_under_an_editor_is_asked_once_and_the_editor_is_told(
    desk: Desk, shared: SharedDraft
) -> None:
    await shared.types(OTHER_AGENT, "description")
    asked = await desk.post(AGENT, f"{shared.path}/confirm")
    assert (asked.status_code, asked.json()["type"]) == (409, "urn:songhua:problem:draft-being-edited")
    assert asked.json()["editors"] == OTHER_AGENT.id
    assert (await desk(AGENT, "GET", shared.path)).json()["state"] == "open"
    filed = await desk.post(AGENT, f"{shared.path}/confirm", despite=[OTHER_AGENT.id])
    assert filed.status_code == 200
    (told,) = [event for event in desk.on.bus.seen if isinstance(event, FiledWhileEditing)]
    assert (told.agent_id, told.by_name, told.number) == (OTHER_AGENT.id, AGENT.name, filed.json()["number"])
    assert shared.editors() == []


async def test_nobody_is_asked_about_her_own_hands_or_told_of_her_own_filing(
    desk: Desk, shared: SharedDraft
) -> None:
    await shared.types(AGENT)
    assert (await desk.post(AGENT, f"{shared.path}/confirm")).status_code == 200
    assert not [event for event in desk.on.bus.seen if isinstance(event, FiledWhileEditing)]


async def test_a_draft_under_somebodys_hands_is_not_discarded_unasked(
    desk: Desk, shared: SharedDraft
) -> None:
    await shared.types(OTHER_AGENT)
    assert (await desk.post(AGENT, f"{shared.path}/discard")).status_code == 409
    answer = await desk.post(AGENT, f"{shared.path}/discard", despite=[OTHER_AGENT.id])
    assert answer.json()["state"] == "discarded"


async def test_an_editor_is_shown_until_her_page_is_gone_or_silent(
    storage: Storage, desk: Desk, shared: SharedDraft
) -> None:
    editing = desk.on.room.editing
    await shared.types(AGENT, "address")
    await shared.types(OTHER_AGENT, "description", OTHER_PAGE)
    assert shared.editors() == [("wang", "address"), ("sun", "description")]
    editing.gone(OTHER_PAGE)
    assert shared.editors() == [("wang", "address")]
    clock = ManualClock()
    editing._clock = clock
    await shared.types(AGENT, "address")
    clock.advance(LEASE_S + 1)
    editing.lapse()
    assert shared.editors() == []
    told = [event for event in desk.on.bus.seen if isinstance(event, DraftEditorsChanged)]
    assert [len(event.editors) for event in told] == [1, 2, 1, 0]
    assert {event.call_id for event in told[:-1]} != {None}


async def test_a_page_that_may_not_edit_a_draft_is_no_editor(desk: Desk, shared: SharedDraft) -> None:
    for who in (ADMIN, SUPERVISOR):
        await shared.types(who)
    await desk.on.room.editing.says(PAGE, AGENT, uuid7(), "address")
    await desk.on.room.editing.says(PAGE, AGENT, shared.draft_id, "no such field")
    assert shared.editors() == []


async def test_a_supervisor_reads_until_she_takes_the_draft_over(desk: Desk, shared: SharedDraft) -> None:
    assert (await desk(SUPERVISOR, "GET", shared.path)).status_code == 200
    assert await shared.write(SUPERVISOR, "address", "公滨路7号") == (403, "draft-not-in-hand")
    for act in ("confirm", "discard"):
        refused = await desk.post(SUPERVISOR, f"{shared.path}/{act}")
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "urn:songhua:problem:draft-not-in-hand",
        )
    taken = (await desk.post(SUPERVISOR, f"{shared.path}/take-over")).json()
    assert (taken["holder"], taken["holder_name"]) == ("qian", "钱班长")
    rev = taken["fields"]["address"]["rev"]
    assert await shared.write(SUPERVISOR, "address", "公滨路7号", rev) == (200, "")
    # Who had it reads on, is told by the draft itself, and may take it back.
    assert await shared.write(AGENT, "address", "公滨路9号", rev) == (403, "draft-not-in-hand")
    assert await shared.write(SECOND_SUPERVISOR, "address", "公滨路9号", rev) == (403, "draft-not-in-hand")
    back = (await desk.post(AGENT, f"{shared.path}/take-over")).json()
    assert back["holder"] == ""
    assert back["rev"] > taken["rev"]
    rev = back["fields"]["address"]["rev"]
    assert await shared.write(OTHER_AGENT, "address", "公滨路9号", rev) == (200, "")
    assert await shared.write(SUPERVISOR, "address", "公滨路1号", rev) == (403, "draft-not-in-hand")


async def test_a_decided_draft_is_not_taken_over(desk: Desk, shared: SharedDraft) -> None:
    await desk.post(AGENT, f"{shared.path}/confirm")
    assert (await desk.post(SUPERVISOR, f"{shared.path}/take-over")).status_code == 409
    assert (await desk.post(ADMIN, f"{shared.path}/take-over")).status_code == 403
