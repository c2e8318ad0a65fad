"""From the first words of a call to a closed case, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest

from cases.drafting.model import FieldName, SpokenSegment
from cases.errors import DraftClosed, DraftIncomplete, StaleField, WrongStep
from cases.events import (
    AssignmentChanged,
    CaseChanged,
    CaseFiled,
    CaseView,
    CrewStep,
    DispatchChanged,
    DispatchQueued,
    DispatchRecalled,
    DispatchStep,
    DraftChanged,
)
from cases.life.model import CaseAction
from cases.ports import UnitReport
from core.errors import Conflict, Forbidden
from core.ids import uuid7
from core.storage import Storage
from field.events import UnitReported
from speech.events import TranscriptSegment
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, Stage, stage

REPORT = "香坊区公滨路五号门口井盖丢了"


def words(text: str, segment_id: str = "s1", *, final: bool = True) -> SpokenSegment:
    return SpokenSegment(segment_id=segment_id, speaker="citizen", text=text, final=final)


async def filed(on: Stage, text: str = REPORT, call_id: UUID | None = None) -> CaseView:
    call = call_id or on.a_call()
    await on.room.drafts.hear(call, words(text))
    (draft,) = await on.room.drafts.of_call(call)
    return await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)


async def report(on: Stage, dispatch_id: UUID, step: str, note: str = "") -> None:
    await on.room.dispatches.hear(
        UnitReport(
            "app:17",
            dispatch_id,
            cast("CrewStep", DispatchStep(step)),
            str(uuid7()),
            datetime.now(UTC),
            note=note,
        )
    )


async def test_the_whole_story(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await on.bus.deliver(
        TranscriptSegment(
            call_id=call_id, leg_id=uuid7(), segment_id=uuid7(), speaker="citizen", text=REPORT, final=True,
            start_s=0, end_s=4, started_at=datetime.now(UTC), language="zh", engine="test",
        )
    )  # fmt: skip
    (draft,) = await on.room.drafts.of_call(call_id)
    assert isinstance(on.bus.seen[-1], DraftChanged)
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    assert case.number.startswith("230110")
    assert (case.state, case.category_name, case.address) == ("filed", "不明井盖", "公滨路5号")
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    for step in ("delivered", "displayed", "accepted", "on_the_way", "arrived", "done"):
        note = "换了新井盖" if step == "done" else ""
        await on.bus.deliver(
            UnitReported(
                unit_id="app:17", dispatch_id=sent.dispatch_id, step=step, note=note,
                reported_at=datetime.now(UTC), seq=1, msg_id=uuid7(),
            )
        )  # fmt: skip
    done = await on.room.cases.get(case.case_id)
    assert (done.state, done.dispatches[0].step, done.dispatches[0].note) == ("done", "done", "换了新井盖")
    verified = await on.room.cases.take_step(case.case_id, CaseAction.VERIFY, op_id=uuid7(), actor=ACCEPTOR)
    closed = await on.room.cases.take_step(
        case.case_id, CaseAction.CLOSE, op_id=uuid7(), actor=ACCEPTOR, reason="现场已恢复",
        condition="restored",
    )  # fmt: skip
    assert (verified.state, closed.state, closed.acceptor) == ("verified", "closed", "li")
    log = [entry.act for entry in await on.room.cases.history(case.case_id)]
    assert log == [
        "file", "dispatch", "delivered", "displayed", "accepted", "on_the_way", "arrived", "done", "done",
        "verify", "close",
    ]  # fmt: skip
    kinds = [type(event) for event in await on.emitted()]
    assert kinds.count(CaseFiled) == 1
    assert kinds.count(DispatchQueued) == 1
    assert kinds.count(DispatchChanged) == 7
    assert kinds.count(CaseChanged) == 3


async def test_the_desk_learns_that_the_draft_is_surer_of_the_same_value(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words("路灯的事儿，不亮"))
    await on.room.drafts.hear(call_id, words("路灯坏了三天了", "s2"))
    shown = [event.draft.fields["category"] for event in on.bus.seen if isinstance(event, DraftChanged)]
    assert shown[0].value == shown[1].value
    assert shown[0].confidence < shown[1].confidence


async def test_pressing_confirm_twice_files_once(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words(REPORT))
    (draft,) = await on.room.drafts.of_call(call_id)
    op_id = uuid7()
    confirm = on.room.cases.confirm
    first, second = await asyncio.gather(
        confirm(draft.draft_id, op_id=op_id, actor=AGENT), confirm(draft.draft_id, op_id=op_id, actor=AGENT)
    )
    assert first.number == second.number
    with pytest.raises(DraftClosed):
        await confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    emitted = await on.emitted()
    assert sum(isinstance(one, CaseFiled) for one in emitted) == 1
    assert all(isinstance(one, CaseFiled | AssignmentChanged) for one in emitted), "its departments have it"
    assert len((await on.room.cases.find())[0]) == 1


async def test_numbers_have_no_gap_even_when_a_filing_fails(any_storage: Storage) -> None:
    on = stage(any_storage)
    first = await filed(on)
    broken = on.a_call()
    draft = await on.room.drafts.create(broken, op_id=uuid7(), actor=AGENT)
    with pytest.raises(DraftIncomplete) as refused:
        await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    assert refused.value.extra["missing"] == "category,address,description"
    at_once = await asyncio.gather(*(filed(on) for _ in range(5)))
    numbers = sorted(int(case.number) for case in [first, *at_once])
    assert numbers == list(range(numbers[0], numbers[0] + 6))
    assert len({case.spoken_code for case in at_once}) == 5
    elsewhere = await filed(on, "道外区靖宇街路灯不亮")
    assert elsewhere.number.startswith("230104")
    assert elsewhere.number.endswith("00001")


async def test_the_form_works_without_a_transcript(any_storage: Storage) -> None:
    on = stage(any_storage)
    op_id, call_id = uuid7(), on.a_call()
    draft = await on.room.drafts.create(call_id, op_id=op_id, actor=AGENT)
    again = await on.room.drafts.create(call_id, op_id=op_id, actor=AGENT)
    assert again.draft_id == draft.draft_id
    for name, value in (
        (FieldName.CATEGORY, "gbt30428.2@2013/P0137"),
        (FieldName.DISTRICT, "230102"),
        (FieldName.DESCRIPTION, "路灯不亮"),
    ):
        await on.room.drafts.edit(draft.draft_id, op_id=uuid7(), name=name, value=value, rev=0, actor=AGENT)
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    assert (case.category_name, case.district_name, case.description) == ("路灯", "道里区", "路灯不亮")


async def test_two_desks_that_edit_one_field_do_not_overwrite_each_other(any_storage: Storage) -> None:
    on = stage(any_storage)
    draft = await on.room.drafts.create(on.a_call(), op_id=uuid7(), actor=AGENT)
    edit = on.room.drafts.edit
    op_id = uuid7()
    first = await edit(
        draft.draft_id, op_id=op_id, name=FieldName.ADDRESS, value="中山路5号", rev=0, actor=AGENT
    )
    repeated = await edit(
        draft.draft_id, op_id=op_id, name=FieldName.ADDRESS, value="中山路5号", rev=0, actor=AGENT
    )
    assert repeated == first
    with pytest.raises(StaleField):
        await edit(draft.draft_id, op_id=uuid7(), name=FieldName.ADDRESS, value="x", rev=0, actor=AGENT)


async def test_drafting_goes_on_after_a_restart(any_storage: Storage) -> None:
    before = stage(any_storage)
    call_id = before.a_call()
    await before.room.drafts.hear(call_id, words("我在学府路"))
    after = stage(any_storage)
    await after.room.drafts.hear(call_id, words("我在学府路"))
    await after.room.drafts.hear(call_id, words("七十四号井盖丢了", "s2"))
    (draft,) = await after.room.drafts.of_call(call_id)
    assert draft.fields["address"].value == "学府路74号"


async def test_partials_are_shown_but_not_stored(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words("我在"))
    await on.room.drafts.hear(call_id, words("学府路", "s2", final=False))
    (shown,) = await on.room.drafts.of_call(call_id)
    assert shown.fields["address"].value == "学府路"
    (stored,) = await stage(any_storage).room.drafts.of_call(call_id)
    assert stored.fields["address"].value is None


async def test_after_filing_only_danger_opens_another_draft_by_itself(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await filed(on, call_id=call_id)
    await on.room.drafts.hear(call_id, words("好的谢谢 中央大街路灯也不亮", "s2"))
    assert len(await on.room.drafts.of_call(call_id)) == 1
    await on.room.drafts.hear(call_id, words("哎呀着火了", "s3"))
    drafts = await on.room.drafts.of_call(call_id)
    assert [draft.state for draft in drafts] == ["confirmed", "open"]
    assert drafts[1].fields["handoff"].value == "119"


async def test_a_confirmed_case_keeps_draft_and_final_side_by_side(any_storage: Storage) -> None:
    on = stage(any_storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, words(REPORT))
    (draft,) = await on.room.drafts.of_call(call_id)
    await on.room.drafts.edit(
        draft.draft_id, op_id=uuid7(), name=FieldName.ADDRESS, value="公滨路7号", rev=0, actor=AGENT
    )
    await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    (event,) = [one for one in await on.emitted() if isinstance(one, CaseFiled)]
    assert (event.drafted["address"], event.final["address"]) == ("公滨路5号", "公滨路7号")


async def test_a_callers_open_cases_are_found_however_the_number_is_written(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on, call_id=on.a_call("+8613945671234"))
    await filed(on, "道里区友谊路路灯不亮", on.a_call(""))
    for number in ("13945671234", "013945671234", "+86 139 4567 1234", "008613945671234"):
        assert [found.case_id for found in await on.room.cases.open_of_caller(number)] == [case.case_id]
    assert await on.room.cases.open_of_caller("") == []
    assert [found.case_id for found in await on.room.cases.open_at("230110", "公滨路5号")] == [case.case_id]


async def test_a_likely_duplicate_is_offered_and_never_merged(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    second = on.a_call("15800001111")
    await on.room.drafts.hear(second, words(REPORT))
    (draft,) = await on.room.drafts.of_call(second)
    assert [one.case_id for one in draft.duplicates] == [case.case_id]
    op_id = uuid7()
    linked = await on.room.cases.link_call(case.case_id, second, op_id=op_id, actor=AGENT)
    again = await on.room.cases.link_call(case.case_id, second, op_id=op_id, actor=AGENT)
    assert len(linked.call_ids) == len(again.call_ids) == 2
    assert [found.case_id for found in await on.room.cases.open_of_caller("15800001111")] == [case.case_id]
    assert await on.room.cases.by_code(case.spoken_code) is not None


async def test_no_event_about_a_dispatch_holds_the_callers_number(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on, call_id=on.a_call("13945671234"))
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    await on.room.dispatches.recall(sent.dispatch_id, op_id=uuid7(), reason="派错了", actor=DISPATCHER)
    events = [
        e for e in await on.emitted() if isinstance(e, (DispatchQueued, DispatchRecalled, DispatchChanged))
    ]
    assert len(events) == 4
    assert not any("13945671234" in event.model_dump_json() for event in events)
    job = next(event for event in events if isinstance(event, DispatchQueued))
    assert (job.place, job.category_name) == ("香坊区公滨路5号", "不明井盖")


async def test_a_confidential_case_goes_to_the_unit_without_the_citizens_words(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on, call_id=on.a_call(confidential=True))
    assert case.confidential
    await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    job = next(event for event in await on.emitted() if isinstance(event, DispatchQueued))
    assert job.description == ""
    assert job.place


async def test_copies_strangers_and_late_words_of_units_do_no_harm(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    word = UnitReport("app:17", sent.dispatch_id, DispatchStep.ACCEPTED, "m-1", datetime.now(UTC))
    await asyncio.gather(*(on.room.dispatches.hear(word) for _ in range(3)))
    stranger = UnitReport("app:99", sent.dispatch_id, DispatchStep.DONE, "m-2", datetime.now(UTC))
    await on.room.dispatches.hear(stranger)
    await on.room.dispatches.hear(UnitReport("app:17", uuid7(), DispatchStep.DONE, "m-3", datetime.now(UTC)))
    await report(on, sent.dispatch_id, "delivered")
    now = await on.room.cases.get(case.case_id)
    assert (now.state, now.dispatches[0].step) == ("filed", "accepted")
    changes = [e for e in await on.emitted() if isinstance(e, DispatchChanged)]
    assert [change.dispatch.step for change in changes] == ["queued", "accepted"]


async def test_with_two_units_the_case_is_done_when_both_have_ended(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    op_id = uuid7()
    send = on.room.dispatches.send
    one = await send(case.case_id, op_id=op_id, unit_id="app:17", actor=DISPATCHER)
    assert await send(case.case_id, op_id=op_id, unit_id="app:17", actor=DISPATCHER) == one
    with pytest.raises(WrongStep):
        await send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    other = await send(case.case_id, op_id=uuid7(), unit_id="app:18", actor=DISPATCHER)
    await report(on, one.dispatch_id, "done")
    assert (await on.room.cases.get(case.case_id)).state == "filed"
    await on.room.dispatches.recall(other.dispatch_id, op_id=uuid7(), reason="不用了", actor=DISPATCHER)
    assert (await on.room.cases.get(case.case_id)).state == "done"


async def test_a_case_in_a_units_hands_is_not_cancelled(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    sent = await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:17", actor=DISPATCHER)
    cancel = on.room.cases.take_step
    with pytest.raises(WrongStep, match="unit still has"):
        await cancel(case.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="误报")
    await on.room.dispatches.recall(sent.dispatch_id, op_id=uuid7(), reason="误报", actor=DISPATCHER)
    cancelled = await cancel(case.case_id, CaseAction.CANCEL, op_id=uuid7(), actor=DISPATCHER, reason="误报")
    assert cancelled.state == "cancelled"


async def test_roles_are_checked_where_the_act_is_done(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    take = on.room.cases.take_step
    for what, actor in (
        (CaseAction.VERIFY, AGENT),
        (CaseAction.CLOSE, DISPATCHER),
        (CaseAction.CANCEL, ACCEPTOR),
    ):
        with pytest.raises(Forbidden):
            await take(case.case_id, what, op_id=uuid7(), actor=actor, reason="x")
    with pytest.raises(Forbidden):
        await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="app:1", actor=ACCEPTOR)


async def test_an_operation_id_belongs_to_one_act(any_storage: Storage) -> None:
    on = stage(any_storage)
    case = await filed(on)
    op_id = uuid7()
    await on.room.dispatches.send(case.case_id, op_id=op_id, unit_id="app:17", actor=DISPATCHER)
    with pytest.raises(Conflict, match="op_id"):
        await on.room.cases.take_step(
            case.case_id, CaseAction.CANCEL, op_id=op_id, actor=DISPATCHER, reason="x"
        )


async def test_a_merged_call_takes_its_drafts_along(any_storage: Storage) -> None:
    on = stage(any_storage)
    old, new = on.a_call(), on.a_call()
    await on.room.drafts.hear(old, words(REPORT))
    await on.room.drafts.call_merged(old, new)
    (draft,) = await on.room.drafts.of_call(new)
    assert draft.fields["address"].value == "公滨路5号"
    assert await on.room.drafts.of_call(old) == []
