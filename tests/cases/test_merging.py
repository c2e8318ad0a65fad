"""Merging: one case goes on for another, its number keeps answering, and undoing it changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cases.assignments.tables import assignment_clocks, assignments
from cases.deadlines import store as clock_store
from cases.drafting.model import Draft, FieldName, FieldValue
from cases.errors import CaseMovedOn, WrongStep
from cases.events import CaseChanged, CaseState, CaseView
from cases.life.acceptance import AcceptedCalls
from cases.life.callers import case_merged, case_status
from cases.life.model import CaseAction
from cases.life.store import CaseCallLink
from cases.search.model import CaseFilter
from cases.tables import case_merges
from core.actor import Actor, Role
from core.errors import SonghuaError
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT, Stage, stage
from tests.cases.test_repeats import only_draft, say
from tests.cases.web import Desk, desk_of
from tests.storage import empty_sqlite

SUPERVISOR = Actor("qian", "钱班长", frozenset({Role.SUPERVISOR}))
PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR, SUPERVISOR)
SAID = "南岗区学府路七十四号井盖丢了"


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, PEOPLE) as made:
        yield made


async def a_case(on: Stage, number: str = "13945671234", agent: Actor = AGENT) -> CaseView:
    call = on.a_call(number, agent=agent)
    await say(on, call, SAID)
    return await on.room.cases.confirm((await only_draft(on, call)).draft_id, op_id=uuid7(), actor=agent)


async def filed_at_once(on: Stage, number: str) -> CaseView:
    """A case with a call, without drafting: it takes a fraction of the time."""
    values = {
        FieldName.CATEGORY: "gbt30428.2@2013/P0123", FieldName.DESCRIPTION: "井盖丢了",
        FieldName.DISTRICT: "230110",
    }  # fmt: skip
    fields = {name: FieldValue(value=value, by="agent") for name, value in values.items()}
    async with on.storage.write() as transaction:
        return await on.room.cases.file_form(
            transaction, Draft(draft_id=uuid7(), fields=fields), uuid7(), AGENT,
            calls=[CaseCallLink(uuid7(), number)],
        )  # fmt: skip


async def now(on: Stage, case: CaseView | UUID) -> CaseView:
    return await on.room.cases.get(case if isinstance(case, UUID) else case.case_id)


async def merge(on: Stage, case: CaseView, into: CaseView, actor: Actor = DISPATCHER) -> CaseView:
    one, other = await now(on, case), await now(on, into)
    return await on.room.merging.merge(
        case.case_id, into.case_id, version=one.version, into_version=other.version, reason="同一井盖",
        op_id=uuid7(), actor=actor,
    )  # fmt: skip


async def unmerge(on: Stage, case: CaseView) -> CaseView:
    version = (await now(on, case)).version
    return await on.room.merging.unmerge(
        case.case_id, version=version, reason="不是一处", op_id=uuid7(), actor=DISPATCHER
    )


def standing(case: CaseView) -> dict[str, Any]:
    """All of a case but when it was last changed, and how often."""
    return case.model_dump(exclude={"updated_at", "version"})


async def assigned(on: Stage) -> list[list[dict[str, Any]]]:
    """Every assignment and every clock of one, as they are kept."""
    async with on.storage.read() as connection:
        return [
            [dict(row) for row in (await connection.execute(select(table).order_by(table.c.seq))).mappings()]
            for table in (assignments, assignment_clocks)
        ]


async def test_the_survivor_has_the_calls_of_both_and_the_merged_one_leads_to_it(
    any_storage: Storage,
) -> None:
    on = stage(any_storage)
    first, second = await a_case(on), await a_case(on, "15846000002")
    after = await merge(on, second, first)
    assert (after.state, after.progress) == (CaseState.MERGED, "merged")
    assert after.survivor is not None
    assert after.survivor.number == first.number
    survivor = await now(on, first)
    assert survivor.call_ids == [*first.call_ids, *second.call_ids]
    assert [one.number for one in survivor.merged] == [second.number]
    assert await case_status(on.room.cases, second.spoken_code) == "received"
    assert await case_merged(on.room.cases, second.spoken_code) == "yes"
    assert await case_merged(on.room.cases, first.spoken_code) == "no"
    assert [one.number for one in await on.room.cases.open_of_caller("15846000002")] == [first.number]
    found, _ = await on.room.cases.find(CaseFilter(text=second.number))
    assert {one.number for one in found} == {first.number, second.number}
    await on.room.cases.take_step(first.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
    assert await case_status(on.room.cases, second.number) == "done"
    assert await AcceptedCalls(any_storage).hears(ACCEPTOR, second.call_ids)


async def test_the_log_of_both_and_the_audit_say_who_merged_them_and_why(desk: Desk) -> None:
    on = desk.on
    first, second = await a_case(on), await a_case(on)
    await merge(on, second, first)
    assert [(one.act, one.actor) for one in await on.room.cases.history(second.case_id)][-1] == (
        "merge", "zhao",
    )  # fmt: skip
    line = (await on.room.cases.history(first.case_id))[-1]
    assert (line.act, line.reason) == ("takes-over", f"← {second.number}: 同一井盖")
    told = [one for one in await on.emitted() if isinstance(one, CaseChanged)]
    assert [(one.act, one.case.number) for one in told][-2:] == [
        ("merge", second.number), ("takes-over", first.number),
    ]  # fmt: skip
    assert on.audited.acts[-1][:3] == ("zhao", "merge-case", f"case:{second.case_id}")


async def test_a_merged_case_takes_no_step_and_says_which_case_does(desk: Desk) -> None:
    on = desk.on
    first, second = await a_case(on), await a_case(on)
    await merge(on, second, first)
    for act in ("done", "cancel"):
        refused = await desk.post(DISPATCHER, f"/cases/{second.case_id}/{act}", note="x")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:songhua:problem:case-merged")
        assert first.number in refused.json()["remedy"]
    refused = await desk.post(DISPATCHER, f"/cases/{second.case_id}/dispatch", unit_id="app:17")
    assert refused.status_code == 409
    refused = await desk.post(SUPERVISOR, f"/cases/{second.case_id}/confidential", confidential=True)
    assert refused.status_code == 409


async def test_what_is_confidential_is_so_for_all_that_the_case_goes_on_for(desk: Desk) -> None:
    on = desk.on
    first, second, third = [await a_case(on) for _ in range(3)]
    await merge(on, third, second)
    await merge(on, second, first)
    family = [first.case_id, second.case_id, third.case_id]
    for confidential in (True, False):
        before = len(await on.emitted())
        await on.room.cases.set_confidential(
            first.case_id, confidential=confidential, op_id=uuid7(), actor=SUPERVISOR
        )
        assert [(await now(on, one)).confidential for one in family] == [confidential] * 3
        told = [one for one in (await on.emitted())[before:] if isinstance(one, CaseChanged)]
        assert {one.case.case_id for one in told} == set(family)
        assert all(one.confidential is confidential and one.act == "confidential" for one in told)


async def test_what_two_people_do_at_once_is_done_once(any_storage: Storage) -> None:
    """A into B and B into A at one moment: one wins, the other is told."""
    on = stage(any_storage)
    first, second = await a_case(on), await a_case(on)

    async def try_it(case: CaseView, into: CaseView) -> CaseView | SonghuaError:
        try:
            return await on.room.merging.merge(
                case.case_id, into.case_id, version=case.version, into_version=into.version,
                reason="同一井盖", op_id=uuid7(), actor=DISPATCHER,
            )  # fmt: skip
        except SonghuaError as error:
            return error

    done = await asyncio.gather(try_it(first, second), try_it(second, first))
    assert sum(isinstance(one, CaseView) for one in done) == 1
    (refused,) = [one for one in done if isinstance(one, SonghuaError)]
    assert refused.kind in {"case-merged", "case-moved-on"}
    states = sorted([(await now(on, first)).state, (await now(on, second)).state])
    assert states == [CaseState.FILED, CaseState.MERGED]


async def test_who_saw_an_older_version_is_told(desk: Desk) -> None:
    on = desk.on
    first, second = await a_case(on), await a_case(on)
    await on.room.cases.set_confidential(first.case_id, confidential=True, op_id=uuid7(), actor=DISPATCHER)
    await on.room.cases.set_confidential(first.case_id, confidential=False, op_id=uuid7(), actor=SUPERVISOR)
    body = {"into": str(first.case_id), "version": second.version, "into_version": first.version}
    refused = await desk.post(DISPATCHER, f"/cases/{second.case_id}/merge", **body, reason="重复")
    assert (refused.status_code, refused.json()["type"]) == (409, f"urn:songhua:problem:{CaseMovedOn.kind}")
    body["into_version"] = (await now(on, first)).version
    no_reason = await desk.post(DISPATCHER, f"/cases/{second.case_id}/merge", **body, reason=" ")
    assert no_reason.status_code == 422
    again = {"op_id": str(uuid7()), "reason": "重复", **body}
    for _ in range(2):
        answer = await desk(DISPATCHER, "POST", f"/cases/{second.case_id}/merge", **again)
        assert (answer.status_code, answer.json()["state"]) == (200, "merged"), answer.text
    assert [one.act for one in await on.room.cases.history(second.case_id)].count("merge") == 1


async def test_an_agent_merges_only_what_he_filed(desk: Desk) -> None:
    on = desk.on
    first, second = await a_case(on), await a_case(on)
    body = {"into": str(first.case_id), "version": second.version, "into_version": first.version}
    refused = await desk.post(OTHER_AGENT, f"/cases/{second.case_id}/merge", **body, reason="重复")
    assert refused.status_code == 403
    assert (
        await desk.post(ACCEPTOR, f"/cases/{second.case_id}/merge", **body, reason="x")
    ).status_code == 403
    assert (
        await desk.post(AGENT, f"/cases/{second.case_id}/merge", **body, reason="重复")
    ).status_code == 200


async def test_what_a_unit_has_or_an_incident_is_about_is_not_merged(any_storage: Storage) -> None:
    on = stage(any_storage)
    first, second = await a_case(on), await a_case(on)
    sent = await on.room.dispatches.send(second.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    with pytest.raises(WrongStep, match="unit"):
        await merge(on, second, first)
    await on.room.dispatches.recall(sent.dispatch_id, op_id=uuid7(), reason="重复", actor=DISPATCHER)
    await merge(on, second, first)
    with pytest.raises(WrongStep, match="itself"):
        await merge(on, first, first)


async def test_chains_lead_to_the_last_and_are_undone_link_by_link(any_storage: Storage) -> None:
    on = stage(any_storage)
    a, b, c = await a_case(on, "15846000001"), await a_case(on), await a_case(on)
    await merge(on, a, b)
    await merge(on, b, c)
    for one in (a, b):
        survivor = (await now(on, one)).survivor
        assert survivor is not None
        assert survivor.number == c.number
    assert {one.number for one in (await now(on, c)).merged} == {a.number, b.number}
    assert [one.number for one in await on.room.cases.open_of_caller("15846000001")] == [c.number]
    with pytest.raises(SonghuaError) as circle:
        await merge(on, c, a)
    assert circle.value.kind == "case-merged"
    await unmerge(on, b)
    survivor = (await now(on, a)).survivor
    assert survivor is not None
    assert survivor.number == b.number
    assert (await now(on, c)).merged == []
    await unmerge(on, a)
    assert (await now(on, a)).survivor is None


async def test_once_the_survivor_is_over_the_merge_stays(any_storage: Storage) -> None:
    on = stage(any_storage)
    first, second = await a_case(on), await a_case(on)
    await merge(on, second, first)
    step = on.room.cases.take_step
    await step(first.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="误报")
    with pytest.raises(WrongStep, match="cancelled"):
        await unmerge(on, second)
    assert await case_status(on.room.cases, second.spoken_code) == "cancelled"


async def test_the_clock_of_a_merged_case_stops_and_runs_on_as_if_it_had_not(any_storage: Storage) -> None:
    on = stage(any_storage)
    first, second = await a_case(on), await a_case(on)
    due = second.deadline
    assert due is not None
    await merge(on, second, first)
    stopped = (await now(on, second)).deadline
    assert stopped is not None
    assert stopped.state == "stopped"
    async with any_storage.read() as connection:
        assert await clock_store.due(connection, due.due_at + timedelta(days=1), 10) != []
        assert second.case_id not in {
            one for one, _ in await clock_store.due(connection, due.due_at + timedelta(days=1), 10)
        }
    await unmerge(on, second)
    assert (await now(on, second)).deadline == due


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6), st.randoms())
@settings(max_examples=12, deadline=None)
def test_merging_and_undoing_changes_nothing(pairs: Sequence[tuple[int, int]], order: Any) -> None:
    """Whatever is merged into whatever: undone in any order, every case is what it was."""

    async def story() -> None:
        with TemporaryDirectory() as folder:
            storage = empty_sqlite(Path(folder) / "ledger.db")
            try:
                await _story(stage(storage))
            finally:
                await storage.close()

    async def _story(on: Stage) -> None:
        cases = [await filed_at_once(on, f"1584600000{number}") for number in range(4)]
        await on.room.cases.take_step(cases[3].case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
        before = [standing(await now(on, one)) for one in cases]
        with_departments = await assigned(on)
        assert with_departments[1], "a department has each of them, with its clock"
        merged = []
        for which, into in pairs:
            try:
                await merge(on, cases[which], cases[into])
                merged.append(cases[which])
            except WrongStep:
                assert which == into
            except SonghuaError as error:
                assert error.kind == "case-merged"  # noqa: PT017
        assert len(merged) < 4, "one of them is left"
        for one in cases:
            survivor = (await now(on, one)).survivor
            assert survivor is None or (await now(on, survivor.case_id)).state is not CaseState.MERGED
        order.shuffle(merged)
        for one in merged:
            await unmerge(on, one)
        assert [standing(await now(on, one)) for one in cases] == before
        assert await assigned(on) == with_departments
        async with on.storage.read() as connection:
            assert None not in list(await connection.scalars(select(case_merges.c.undone_at)))

    asyncio.run(story())
