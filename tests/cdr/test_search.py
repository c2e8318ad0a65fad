"""Finding calls by everything that people ask for, page by page, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdr.consumer import LedgerConsumer
from cdr.search import Search, statement
from core.actor import OutOfScope
from core.errors import Forbidden, Invalid
from core.ids import call_id
from core.scopes import Scopes
from hotline.events import DispositionKind, DispositionSet
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.world import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT, SUPERVISOR, World

OTHER = "13900005678"


def id_of(told: Script) -> UUID:
    return call_id("songhua", told.ids["trunk"])


async def three(world: World) -> list[UUID]:
    """Two answered calls of one person, by different agents; one abandoned call of another."""
    LedgerConsumer(world.ledger).subscribe(world.bus)
    first = answered_call(Script(1_000, start=START), agent="8001")
    second = answered_call(Script(2_000, start=START + timedelta(hours=1)), agent="8002")
    third = Script(3_000, start=START + timedelta(hours=2))
    third.citizen(number=OTHER).wait(1).queue(name="english").wait(5).hangup("trunk", by="trunk").end("trunk")
    for told in (first, second, third):
        await world.take_in(told)
    return [id_of(told) for told in (first, second, third)]


async def found(world: World, **wanted: Any) -> list[UUID]:
    answer = await world.ledger.search(SUPERVISOR, Search(**wanted))
    return [UUID(line["call_id"]) for line in answer["calls"]]


async def test_each_way_to_find_a_call(any_world: World) -> None:
    world = any_world
    first, second, third = await three(world)
    case = uuid4()
    await world.ledger.record("case", case, {"case": {}}, call_ids=[first], label="230103-20261125-0001")
    assert await found(world) == [third, second, first]
    assert await found(world, number=OTHER) == [third]
    assert await found(world, agent="li.na") == [first]
    assert await found(world, agent="wang.wei") == [second]
    assert await found(world, queue="english") == [third]
    assert await found(world, outcome="answered") == [second, first]
    assert await found(world, longer_s=1) == [second, first]
    assert await found(world, shorter_s=1) == [third]
    assert await found(world, since=START + timedelta(minutes=30), outcome="answered") == [second]
    assert await found(world, direction="inbound") == await found(world)
    assert await found(world, direction="outbound") == []
    assert await found(world, case="230103-20261125-0001") == [first]
    assert await found(world, case=str(case)) == [first]
    assert await found(world, case="230103-20261125-0002") == []


async def test_a_corrected_disposition_is_what_counts(any_world: World) -> None:
    world = any_world
    first, second, _ = await three(world)
    for call, kind, after in (
        (first, DispositionKind.PRANK, 60),
        (first, DispositionKind.CASE, 90),
        (second, DispositionKind.PRANK, 60),
    ):
        await world.bus.deliver(
            DispositionSet(
                at=START + timedelta(seconds=after), call_id=call, op_id=uuid4(), kind=kind, agent_id="li.na",
                case_ids=[], note="",
            )
        )  # fmt: skip
    assert await found(world, disposition="prank") == [second]
    assert await found(world, disposition="case") == [first]


async def test_pages_hold_every_call_once_also_those_of_one_moment(any_world: World) -> None:
    world = any_world
    told = [answered_call(Script(1_000 + 10 * n, start=START + timedelta(hours=n // 3))) for n in range(7)]
    for one in told:
        await world.take_in(one)
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        answer = await world.ledger.search(SUPERVISOR, Search(limit=2, cursor=cursor))
        seen += [line["call_id"] for line in answer["calls"]]
        cursor = answer["next"] or ""
        if not cursor:
            break
    assert len(seen) == 7
    assert set(seen) == {str(id_of(one)) for one in told}


async def test_a_page_masks_and_hides(world: World) -> None:
    first, *_ = await three(world)
    await world.ledger.mark_confidential(first, True, "li.na")
    answer = await world.ledger.search(AGENT, Search(outcome="answered"))
    assert [(one["number"], one["confidential"]) for one in answer["calls"]] == [
        ("138••••1234", False), ("•••", True),
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_any_text_as_a_cursor(text: str) -> None:
    search = replace(Search(), cursor=text or "x")
    with pytest.raises(Invalid):
        statement(search)


async def test_who_asks_for_a_number_or_case_finds_no_confidential_call_but_his_own(any_world: World) -> None:
    """Neither the call, nor how many there are, nor that there is another page."""
    world = any_world
    first, second, _ = await three(world)
    await world.ledger.record("case", uuid4(), {"case": {}}, call_ids=[first], label="230103-20261125-0001")
    await world.ledger.mark_confidential(first, True, "zhao")
    by_number = Search(number=CITIZEN)
    for viewer, seen in (
        (SUPERVISOR, [second, first]), (AGENT, [second, first]), (OTHER_AGENT, [second]),
        (DISPATCHER, [second]),
    ):  # fmt: skip
        answer = await world.ledger.search(viewer, by_number)
        assert [UUID(one["call_id"]) for one in answer["calls"]] == seen, viewer.id
        page = await world.ledger.search(viewer, replace(by_number, limit=1))
        assert (page["next"] is None) == (len(seen) == 1), viewer.id
        of_case = await world.ledger.search(viewer, Search(case="230103-20261125-0001"))
        assert len(of_case["calls"]) == (first in seen), viewer.id
    everything = await world.ledger.search(DISPATCHER, Search())
    (hidden,) = [one for one in everything["calls"] if one["call_id"] == str(first)]
    assert hidden["number"] == "•••", "that there was a call is no secret; whose it was is one"


def case_filed(*, confidential: bool, by: str = "zhao") -> dict[str, Any]:
    return {
        "act": "filed",
        "case": {"confidential": confidential, "filed_by": by, "address": "77 Red Flag St"},
    }


async def test_the_calls_of_a_confidential_case_are_found_by_who_handles_it_alone(any_world: World) -> None:
    """Neither by its number nor by the citizen's, although the calls themselves have no mark."""
    world = any_world
    first, second, _ = await three(world)
    case, number = uuid4(), "230103-20261125-0001"
    await world.ledger.record("case", case, case_filed(confidential=True), call_ids=[first], label=number)
    for viewer, seen in (
        (SUPERVISOR, [second, first]), (AGENT, [second, first]), (OTHER_AGENT, [second]),
        (DISPATCHER, [second, first]), (ACCEPTOR, [second, first]),
    ):  # fmt: skip
        answer = await world.ledger.search(viewer, Search(number=CITIZEN))
        assert [UUID(one["call_id"]) for one in answer["calls"]] == seen, viewer.id
        of_case = await world.ledger.search(viewer, Search(case=number))
        assert len(of_case["calls"]) == (first in seen), viewer.id
    everything = await world.ledger.search(OTHER_AGENT, Search())
    (hidden,) = [one for one in everything["calls"] if one["call_id"] == str(first)]
    assert (hidden["number"], hidden["confidential"]) == ("•••", True)
    for wanted in (str(first), number, str(case)):
        with pytest.raises(Forbidden):
            await world.ledger.call(OTHER_AGENT, wanted)
        assert (await world.ledger.call(DISPATCHER, wanted))["call"]["call_id"] == str(first)
    assert [one.confidential for one in await world.ledger.earlier_calls(CITIZEN)] == [False, True]


async def test_a_case_that_is_no_longer_confidential_hides_no_call(any_world: World) -> None:
    world = any_world
    first, second, _ = await three(world)
    case = uuid4()
    for secret, minutes in ((False, 0), (True, 1), (False, 2)):
        await world.ledger.record(
            "case", case, case_filed(confidential=secret), call_ids=[first],
            at=START + timedelta(minutes=minutes),
        )  # fmt: skip
    answer = await world.ledger.search(OTHER_AGENT, Search(number=CITIZEN))
    assert [UUID(one["call_id"]) for one in answer["calls"]] == [second, first]


async def test_what_a_citizen_wrote_makes_no_case_confidential(any_world: World) -> None:
    world = any_world
    first, *_ = await three(world)
    told = case_filed(confidential=False)
    told["case"]["description"] = '"confidential":true'
    await world.ledger.record("case", uuid4(), told, call_ids=[first])
    answer = await world.ledger.search(OTHER_AGENT, Search(number=CITIZEN))
    assert first in [UUID(one["call_id"]) for one in answer["calls"]]


async def test_who_was_on_a_call_reads_no_confidential_case_of_it_that_another_filed(world: World) -> None:
    """Neither the case nor its dispatches, revealed or not; who filed it reads both."""
    first, *_ = await three(world)
    case = uuid4()
    await world.ledger.record("case", case, case_filed(confidential=True, by="wang.wei"), call_ids=[first])
    await world.ledger.record("dispatch", uuid4(), {"address": "77 Red Flag St"}, parent=("case", case))
    for reveal in (False, True):
        found = await world.ledger.call(AGENT, str(first), reveal=reveal)
        assert "Red Flag" not in str(found)
    assert "Red Flag" in str(await world.ledger.call(SUPERVISOR, str(first)))
    await world.ledger.record(
        "case", case, case_filed(confidential=True, by="li.na"), call_ids=[first],
        at=world.storage.clock.now() + timedelta(minutes=1),
    )  # fmt: skip
    assert "Red Flag" in str(await world.ledger.call(AGENT, str(first)))


async def test_who_is_limited_to_queues_finds_their_calls_and_his_own(any_world: World) -> None:
    """In lists, and by a call's id: its record and transcript are closed, revealed or not."""
    world = any_world
    first, second, third = await three(world)
    queues = {"english": [third], "hotline": [second, first]}
    for queue, seen in queues.items():
        chief = replace(SUPERVISOR, scopes=Scopes(queues=frozenset({queue})))
        answer = await world.ledger.search(chief, Search())
        assert [UUID(one["call_id"]) for one in answer["calls"]] == seen
    english = Scopes(queues=frozenset({"english"}))
    chief, agent = replace(SUPERVISOR, scopes=english), replace(AGENT, scopes=english)
    for reveal in (False, True):
        with pytest.raises(OutOfScope):
            await world.ledger.call(chief, str(first), reveal=reveal)
    with pytest.raises(OutOfScope):
        await world.ledger.transcript(chief, first)
    assert first in [UUID(one["call_id"]) for one in (await world.ledger.search(agent, Search()))["calls"]]
    assert await world.ledger.call(agent, str(first))
    assert await world.ledger.transcript(agent, first)
