"""Every field of a draft reaches the case: stored, told, masked, and forgotten with the person."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from cases.drafting import FieldName, SpokenSegment
from cases.drafting.model import PERSONAL_FIELDS
from cases.events import CaseFiled, CaseView, DispatchQueued
from cases.life.model import Case
from cases.tables import cases
from cdr.events import CallErased
from core.events import MASK, Privacy, mask
from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.cdr import CaseFilings
from tests.cases.rooms import AGENT, DISPATCHER, Stage, stage

TOLD = (
    "我姓王，电话13904510001。从昨天晚上开始，双城区周家街道办事处对面，两盏路灯不亮",
    "边上灯杆编号HX-1023",
)


async def filed(on: Stage, *told: str) -> tuple[UUID, CaseView]:
    call_id = on.a_call()
    for at, text in enumerate(told):
        await on.room.drafts.hear(call_id, SpokenSegment(segment_id=str(at), speaker="citizen", text=text))
    (draft,) = await on.room.drafts.of_call(call_id)
    return call_id, await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)


@pytest.mark.parametrize("name", FieldName)
def test_a_case_has_every_field_of_a_draft(name: FieldName) -> None:
    assert name.value in Case.__dataclass_fields__
    assert name.value in CaseView.model_fields
    assert name.value in cases.c


async def test_what_was_drafted_stands_in_the_case_and_is_read_again(any_storage: Storage) -> None:
    on = stage(any_storage)
    _, case = await filed(on, *TOLD)
    (event,) = [one for one in await on.emitted() if isinstance(one, CaseFiled)]
    again = await on.room.cases.get(case.case_id)
    for name in FieldName:
        wanted = event.final[name.value]
        if name is FieldName.URGENCY:
            wanted = wanted or "normal"
        assert [getattr(one, name.value) for one in (case, event.case, again)] == [wanted] * 3, name
    assert (again.callback, again.count, again.asset) == ("13904510001", "2", "HX-1023")
    assert again.time is not None
    assert (again.subdistrict, again.department) == ("230113005", "城市照明主管部门")
    assert again.caller
    assert again.intent == "report"


async def test_an_agents_word_stands_in_the_case(storage: Storage) -> None:
    on = stage(storage)
    call_id = on.a_call()
    await on.room.drafts.hear(call_id, SpokenSegment(segment_id="s", speaker="citizen", text=TOLD[0]))
    (draft,) = await on.room.drafts.of_call(call_id)
    for name, value in (
        (FieldName.COUNT, "3"),
        (FieldName.CALLBACK, None),
        (FieldName.SUBDISTRICT, "230103001"),
    ):
        await on.room.drafts.edit(
            draft.draft_id,
            op_id=uuid7(),
            name=name,
            value=value,
            rev=draft.fields[name.value].rev,
            actor=AGENT,
        )
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    assert (case.count, case.callback, case.subdistrict) == ("3", None, "230103001")
    assert case.subdistrict_name


async def test_name_and_number_are_masked_reach_no_unit_and_the_ledger_once(storage: Storage) -> None:
    on = stage(storage)
    _, case = await filed(on, *TOLD)
    seen = mask(case, frozenset({Privacy.PUBLIC, Privacy.INTERNAL}))
    assert {seen[name.value] for name in PERSONAL_FIELDS} == {MASK}
    await on.room.dispatches.send(case.case_id, op_id=uuid7(), unit_id="unit-1", actor=DISPATCHER)
    emitted = await on.emitted()
    (queued,) = [one for one in emitted if isinstance(one, DispatchQueued)]
    assert "13904510001" not in queued.model_dump_json()
    ledger = RememberingLedger()
    (event,) = [one for one in emitted if isinstance(one, CaseFiled)]
    await CaseFilings(ledger).on_filed(event)  # type: ignore[arg-type]
    assert all(name.value not in ledger.told["case"]["case"] for name in PERSONAL_FIELDS)
    assert ledger.told["case"]["final"]["callback"] == "13904510001"


class RememberingLedger:
    """What it was given, by kind."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, dict[str, object]]] = {}

    async def record(
        self, kind: str, _subject: UUID, told: dict[str, dict[str, object]], **_: object
    ) -> None:
        self.told[kind] = told


async def test_with_the_person_the_case_forgets_name_and_number_and_nothing_else(
    any_storage: Storage,
) -> None:
    on = stage(any_storage)
    call_id, case = await filed(on, *TOLD)
    other_call, other = await filed(on, *TOLD)
    assert other_call != call_id
    for _ in range(2):
        await on.bus.deliver(
            CallErased(call_id=call_id, known_as=[], kinds=["personal"], by="system:retention")
        )
        async with on.storage.read() as connection:
            row = (
                (await connection.execute(select(cases).where(cases.c.case_id == case.case_id)))
                .mappings()
                .one()
            )
        assert (row["callback"], row["caller"]) == (None, None)
        assert {"callback", "caller"}.isdisjoint(row["final"])
        assert (row["count"], row["asset"]) == (case.count, case.asset)
    assert (await on.room.cases.get(other.case_id)).callback == "13904510001"
