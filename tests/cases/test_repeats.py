"""A draft that may repeat a filed case says so; nothing is merged. A second problem gets its own draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cases.dispatch.service import DispatchService
from cases.drafting import Draft, FieldName, FieldValue
from cases.drafting.model import PERSONAL_FIELDS, SpokenSegment
from cases.errors import DraftClosed
from cases.events import CaseState, DispatchQueued, DraftChanged, DraftView, PositionSource
from cases.life.duplicates import repeat_of
from cases.life.model import Case
from cases.life.position import ReportPosition
from cases.tables import cases
from core.errors import Invalid
from core.events import MASK, Privacy, mask
from core.ids import uuid7
from core.place import Position
from core.storage import Storage
from lab.judging.short_reports import tools
from tests.cases.rooms import AGENT, DISPATCHER, Stage, stage
from tests.cases.test_drafting import drafted
from tests.cases.test_life import NOW, a_case

LATER = NOW + timedelta(hours=2)
HERE = Position(lon=126.65, lat=45.75, accuracy_m=20)
BOTH = "学府路七十四号井盖丢了，另外楼下有人露天烧烤"
JOINED = "学府路七十四号井盖丢了，还有旁边那两盏路灯也不亮"
"""井盖 and 路灯 in one sentence are not the cover of a lamp's cable."""


def a_draft(**values: str) -> Draft:
    fields = {
        FieldName.CATEGORY: FieldValue(value="gbt30428.2@2013/P0123"),
        **{FieldName(name): FieldValue(value=value) for name, value in values.items()},
    }
    return Draft(draft_id=UUID(int=9), fields=fields)


def why(draft: Draft, case: Case, position: Position | None = None, now: datetime = LATER) -> str | None:
    there = None if position is None else ReportPosition(position, PositionSource.PLACE)
    found = repeat_of(case, draft, position=there, now=now, within_m=50, within_h=24)
    return None if found is None else found.why


def changed(case: Case, **fields: object) -> Case:
    return replace(case, **fields)  # type: ignore[arg-type]


def test_the_same_number_of_the_same_street_is_offered_with_that_reason() -> None:
    assert why(a_draft(address="公滨路5号"), a_case()) == "same-address"
    assert why(a_draft(address="公滨路5号", district="230110"), a_case()) == "same-address"


def test_another_number_district_class_state_or_day_is_no_repeat() -> None:
    case = a_case()
    assert why(a_draft(address="公滨路7号"), case) is None
    assert why(a_draft(address="公滨路5号", district="230103"), case) is None
    assert why(a_draft(address="公滨路5号", category="gbt30428.2@2013/P0137"), case) is None
    assert why(a_draft(address="公滨路5号"), a_case(CaseState.CLOSED)) is None
    assert why(a_draft(address="公滨路5号"), case, now=NOW + timedelta(hours=25)) is None


def test_a_street_without_a_number_is_too_long_to_be_the_same_place() -> None:
    assert why(a_draft(address="公滨路"), changed(a_case(), address="公滨路")) is None
    assert why(a_draft(address="Lianmeng Street"), changed(a_case(), address="Lianmeng Street")) is None
    assert why(a_draft(address="兆麟公园"), changed(a_case(), address="兆麟公园")) == "same-address"


def test_a_crossing_is_the_same_in_either_order() -> None:
    case = changed(a_case(), address=None, crossing="中央大街与经纬街交口")
    assert why(a_draft(crossing="经纬街与中央大街交口"), case) == "same-crossing"
    assert why(a_draft(crossing="经纬街与友谊路交口"), case) is None


def test_coordinates_that_are_close_enough_decide_before_words() -> None:
    near = changed(a_case(), lon=126.6502, lat=45.75, accuracy_m=20.0)
    far = changed(a_case(), lon=126.66, lat=45.75, accuracy_m=20.0)
    assert why(a_draft(address="学府路7号"), near, HERE) == "near"
    assert why(a_draft(address="公滨路5号"), far, HERE) is None
    coarse = changed(near, accuracy_m=5000.0)
    assert why(a_draft(address="学府路7号"), coarse, HERE) is None


def test_invented_positions_are_compared_with_each_other_alone() -> None:
    def of(case: Case, source: PositionSource, *, exact: bool = True) -> str | None:
        there = ReportPosition(HERE.model_copy(update={"accuracy_m": 5000}), source, exact)
        found = repeat_of(
            case, a_draft(address="公滨路7号"), position=there, now=LATER, within_m=50, within_h=24
        )
        return None if found is None else found.why

    near = changed(a_case(), lon=126.6502, lat=45.75, accuracy_m=5000.0)
    invented = changed(near, position_source=PositionSource.INVENTED)
    assert of(invented, PositionSource.INVENTED) == "near"
    assert of(invented, PositionSource.INVENTED, exact=False) is None
    assert of(changed(invented, address="公滨路"), PositionSource.INVENTED) is None
    assert of(invented, PositionSource.PLACE) is None
    measured = changed(near, position_source=PositionSource.PLACE, accuracy_m=20.0)
    assert of(measured, PositionSource.INVENTED) is None


@given(st.text(max_size=12), st.text(max_size=12), st.integers(-3000, 3000))
def test_any_place_and_time_are_judged_and_only_equal_places_match(
    one: str, other: str, minutes: int
) -> None:
    case = changed(a_case(), address=other)
    found = why(a_draft(address=one), case, now=NOW + timedelta(minutes=minutes))
    if found is not None:
        assert one == other
        assert 0 <= minutes <= 24 * 60


def test_a_second_problem_is_offered_with_its_own_words() -> None:
    draft = drafted(BOTH)
    offered = {one.category.rpartition("/")[2] for one in draft.additional_problems}
    shown = (draft.value(FieldName.CATEGORY) or "").rpartition("/")[2]
    assert offered | {shown} >= {"P0123", "E0129"}
    assert draft.value(FieldName.CATEGORY) not in {one.category for one in draft.additional_problems}
    first = {(e.start, e.end) for e in draft.fields[FieldName.CATEGORY].evidence}
    for one in draft.additional_problems:
        assert one.evidence
        assert not first & {(e.start, e.end) for e in one.evidence}


def test_words_of_two_problems_are_not_one() -> None:
    offered = {one.category.rpartition("/")[2] for one in drafted(JOINED).additional_problems}
    shown = (drafted(JOINED).value(FieldName.CATEGORY) or "").rpartition("/")[2]
    assert offered | {shown} >= {"P0123", "P0137"}


@pytest.mark.parametrize("text", ["学府路七十四号井盖丢了", "路灯不亮，路灯真的不亮，黑灯瞎火的", "你好", ""])
def test_one_problem_offers_no_second(text: str) -> None:
    assert drafted(text).additional_problems == ()


def test_the_department_is_that_of_the_class_with_its_source() -> None:
    field = drafted("学府路七十四号路灯不亮").fields[FieldName.DEPARTMENT]
    assert field.value == "城市照明主管部门"
    assert "住房和城乡建设部令第4号" in str(field.detail["source"])
    assert drafted("你好").value(FieldName.DEPARTMENT) is None


def test_the_department_follows_the_agent_s_class_and_his_own_word_stays() -> None:
    drafter, _ = tools()
    draft = drafted("学府路七十四号路灯不亮")
    draft, _ = drafter.edit(draft, FieldName.CATEGORY, "gbt30428.2@2013/E0502", expected_rev=0)
    assert draft.value(FieldName.DEPARTMENT) == "燃气管理部门"
    draft, _ = drafter.edit(draft, FieldName.DEPARTMENT, "哈尔滨市燃气办", expected_rev=0)
    draft, _ = drafter.edit(draft, FieldName.CATEGORY, "gbt30428.2@2013/E0501", expected_rev=2)
    assert draft.value(FieldName.DEPARTMENT) == "哈尔滨市燃气办"


# With the whole room on a database --------------------------------------------------------------------


async def say(on: Stage, call_id: UUID, *texts: str) -> None:
    for text in texts:
        await on.room.drafts.hear(
            call_id, SpokenSegment(segment_id=str(uuid4()), speaker="citizen", text=text)
        )


async def only_draft(on: Stage, call_id: UUID) -> DraftView:
    [draft] = await on.room.drafts.of_call(call_id)
    return draft


async def test_with_the_shipped_places_alone_neighbours_are_near_and_a_crossing_has_a_position(
    storage: Storage,
) -> None:
    on = stage(storage)
    first, second, third, fourth = (on.a_call(f"1390000000{n}") for n in range(4))
    await say(on, first, "南岗区学府路七十四号井盖丢了")
    case = await on.room.cases.confirm((await only_draft(on, first)).draft_id, op_id=uuid7(), actor=AGENT)
    assert case.position_source is PositionSource.INVENTED
    await say(on, second, "学府路七十六号门口井盖没了")
    (neighbour,) = (await only_draft(on, second)).duplicates
    assert (neighbour.case_id, neighbour.why) == (case.case_id, "near")
    assert neighbour.metres is not None
    assert 0 < neighbour.metres <= 50
    await say(on, third, "学府路三百号的井盖没了")
    assert "near" not in [one.why for one in (await only_draft(on, third)).duplicates]
    await say(on, fourth, "南岗区中山路和文昌街交口井盖丢了")
    await on.room.cases.confirm((await only_draft(on, fourth)).draft_id, op_id=uuid7(), actor=AGENT)
    async with storage.read() as connection:
        rows = (await connection.execute(select(cases.c.crossing, cases.c.lon, cases.c.lat))).all()
    (placed,) = [row for row in rows if row.crossing]
    assert placed.lon is not None
    assert placed.lat is not None


async def test_a_second_call_about_the_same_spot_is_offered_the_first_one_s_case(storage: Storage) -> None:
    on = stage(storage)
    first, second = on.a_call(), on.a_call("13900000000")
    await say(on, first, "南岗区学府路七十四号井盖丢了")
    case = await on.room.cases.confirm((await only_draft(on, first)).draft_id, op_id=uuid7(), actor=AGENT)
    await say(on, second, "学府路七十四号那个井盖没了")
    draft = await only_draft(on, second)
    assert [(one.case_id, one.why) for one in draft.duplicates] == [(case.case_id, "same-address")]
    shown = [event for event in on.bus.seen if isinstance(event, DraftChanged) and event.call_id == second]
    assert shown[-1].draft.duplicates == draft.duplicates
    assert len((await on.room.cases.find())[0]) == 1  # offered, and nothing merged or filed
    await say(on, second, "不对，是学府路九十号")
    draft = await only_draft(on, second)
    assert [(one.case_id, one.why) for one in draft.duplicates] == [(case.case_id, "same-street")]
    await say(on, second, "不对，是中山路九十号")
    assert (await only_draft(on, second)).duplicates == []


async def test_the_further_draft_is_opened_by_one_request_and_only_once(storage: Storage) -> None:
    on = stage(storage)
    call_id, op_id = on.a_call(), uuid7()
    await say(on, call_id, BOTH)
    draft = await only_draft(on, call_id)
    category = draft.additional_problems[0].category
    opened = await on.room.drafts.open_additional_problem(draft.draft_id, category, op_id=op_id, actor=AGENT)
    again = await on.room.drafts.open_additional_problem(draft.draft_id, category, op_id=op_id, actor=AGENT)
    assert again.draft_id == opened.draft_id
    assert opened.fields["category"].value == category
    assert opened.fields["address"].value == "学府路74号"
    drafts = await on.room.drafts.of_call(call_id)
    assert [one.draft_id for one in drafts] == [draft.draft_id, opened.draft_id]
    assert not any(one.category == category for view in drafts for one in view.additional_problems)
    assert drafts[0].fields["category"].value == draft.fields["category"].value
    await say(on, call_id, "我电话幺三八零四五幺二七六六")
    both = await on.room.drafts.of_call(call_id)
    assert [one.fields["callback"].value for one in both] == ["13804512766"] * 2
    assert not any(one.category == category for view in both for one in view.additional_problems)
    with pytest.raises(Invalid):
        await on.room.drafts.open_additional_problem(draft.draft_id, category, op_id=uuid7(), actor=AGENT)


async def test_a_draft_that_was_discarded_opens_no_other(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await say(on, call_id, BOTH)
    draft = await only_draft(on, call_id)
    await on.room.drafts.discard(draft.draft_id, op_id=uuid7(), actor=AGENT)
    with pytest.raises(DraftClosed):
        await on.room.drafts.open_additional_problem(
            draft.draft_id, draft.additional_problems[0].category, op_id=uuid7(), actor=AGENT
        )


def hidden(view: DraftView) -> Sequence[object]:
    masked = mask(view, frozenset({Privacy.PUBLIC, Privacy.INTERNAL}))
    return [masked["fields"][name.value][part] for name in PERSONAL_FIELDS for part in ("value", "detail")]


async def test_number_and_name_are_masked_and_reach_no_unit(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await say(on, call_id, "南岗区学府路七十四号井盖丢了，我叫李明，电话幺三八零四五幺二七六六")
    draft = await only_draft(on, call_id)
    assert draft.fields["callback"].value == "13804512766"
    assert draft.fields["caller"].value == "李明"
    assert set(map(str, hidden(draft))) == {MASK}
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    dispatches: DispatchService = on.room.dispatches
    await dispatches.send(case.case_id, op_id=uuid7(), unit_id="unit-1", actor=DISPATCHER)
    [queued] = [event for event in await on.emitted() if isinstance(event, DispatchQueued)]
    told = queued.model_dump_json()
    assert "李明" not in told
    assert "幺三八" not in told
    assert "13804512766" not in told


async def test_a_draft_knows_when_its_call_was(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await say(on, call_id, "昨天晚上八点井盖丢了")
    field = (await only_draft(on, call_id)).fields["time"]
    yesterday = (storage.clock.now().astimezone(UTC) + timedelta(hours=8)).date() - timedelta(days=1)
    assert field.value == f"at {yesterday.isoformat()}T20"
    assert field.detail["said"] == "昨天晚上八点"
