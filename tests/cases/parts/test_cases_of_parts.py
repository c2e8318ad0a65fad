"""A number that a citizen reads from a lamp post finds its part; the part gives class, place and owner."""

from __future__ import annotations

from uuid import UUID, uuid4

from cases.beats.model import Beat
from cases.drafting.model import FieldName, SpokenSegment
from cases.events import CaseView, DraftView, PositionSource
from cases.grid.build import build, read_outlines
from cases.grid.index import GridIndex
from cases.privacy import shown
from cases.responsibility.loading import responsibility_from
from cases.responsibility.service import CaseDepartments
from core.events import MASK, Privacy, mask
from core.ids import uuid7
from core.storage import Storage
from tests.cases.parts.test_register import COVER, HEADER, LAMP
from tests.cases.parts.trail import RememberedTrail
from tests.cases.rooms import ADMIN, AGENT, OTHER_AGENT, Stage, stage
from tests.cases.test_grid import TO_METRES, collection, feature, square
from tests.cases.web import desk_of

RULES = """
departments:
  - {id: lamps, name_zh: 路灯管理处, name_en: Lamps, level: enterprise, owns: [市路灯管理处], source: test}
  - {id: garden, name_zh: 花园街道, name_en: Garden, level: street, place: "230103002", source: test}
  - {id: nangang, name_zh: 南岗区, name_en: Nangang, level: district, place: "230103", source: synthetic}
rows:
  - {classes: [P], host: "{owner}", assists: ["{district}"], why: 部件先属主后属地}
  - {classes: [P], beats: [garden-1], host: garden, why: 责任网格}
  - {classes: [P, E], host: "{district}", why: 属地}
"""
OTHER_LAMP = LAMP.replace("0137000001", "0137000002").replace("学府路74号", "学府路80号")


async def with_parts(storage: Storage, *rows: str) -> Stage:
    on = stage(storage)
    on.room.parts._audit = RememberedTrail()
    if rows:
        told = await on.room.parts.import_table(ADMIN, (HEADER + "".join(rows)).encode(), op_id=uuid7())
        assert told.applied, told
    rules = responsibility_from(RULES.encode(), "rules.yaml")
    departments = CaseDepartments(on.room.knowledge.catalogues, rules)
    on.room.departments = on.room.cases._departments = departments
    return on


async def say(on: Stage, call_id: UUID, text: str) -> DraftView:
    await on.room.drafts.hear(call_id, SpokenSegment(segment_id=str(uuid4()), speaker="citizen", text=text))
    (draft,) = await on.room.drafts.of_call(call_id)
    return draft


async def filed(on: Stage, draft: DraftView) -> CaseView:
    return await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)


async def test_the_number_on_a_lamp_post_fills_the_draft_and_its_owner_answers(any_storage: Storage) -> None:
    on = await with_parts(any_storage, LAMP, COVER)
    call_id = on.a_call()
    draft = await say(on, call_id, "你好，我们小区门口的路灯不亮了")
    assert draft.part is None
    draft = await say(on, call_id, "灯杆编号是HX-1023")
    assert draft.part is not None
    assert draft.part.part_id == "2301030137000001"
    assert draft.fields["address"].value == "学府路74号"
    assert draft.fields["district"].value == "230103"
    assert draft.fields["category"].value == "gbt30428.2@2013/P0137"
    assert draft.fields["address"].evidence == draft.fields["asset"].evidence
    # What is said later does not take it out again.
    draft = await say(on, call_id, "麻烦尽快来修一下")
    assert (draft.part is not None, draft.fields["address"].value) == (True, "学府路74号")
    case = await filed(on, draft)
    assert (case.part_id, case.owner, case.position_source) == (
        "2301030137000001", "市路灯管理处", PositionSource.PART,
    )  # fmt: skip
    assert case.responsible is not None
    assert case.responsible.host.id == "lamps"
    assert [one.id for one in case.responsible.assists] == ["nangang"]


async def test_without_a_known_part_the_district_answers(any_storage: Storage) -> None:
    on = await with_parts(any_storage)
    case = await filed(on, await say(on, on.a_call(), "南岗区学府路七十四号路灯不亮，灯杆编号HX-1023"))
    assert (case.part_id, case.owner, case.beat) == (None, None, None)
    assert case.responsible is not None
    assert case.responsible.host.id == "nangang"


async def test_of_several_parts_with_one_number_a_person_chooses(any_storage: Storage) -> None:
    on = await with_parts(any_storage, LAMP, OTHER_LAMP)
    call_id = on.a_call()
    draft = await say(on, call_id, "路灯不亮了，灯杆编号是HX-1023")
    assert draft.part is None
    assert [one.address for one in draft.parts] == ["学府路74号", "学府路80号"]
    chosen = await on.room.drafts.choose_part(draft.draft_id, draft.parts[1], op_id=uuid7(), actor=AGENT)
    assert chosen.part is not None
    address = chosen.fields["address"]
    assert (address.value, address.by, address.author) == ("学府路80号", "agent", AGENT.id)
    gone = await on.room.drafts.choose_part(draft.draft_id, None, op_id=uuid7(), actor=AGENT)
    assert gone.part is None


async def test_a_part_that_was_taken_out_stays_out_and_a_corrected_number_replaces_it(
    storage: Storage,
) -> None:
    on = await with_parts(storage, LAMP, COVER)
    call_id = on.a_call()
    draft = await say(on, call_id, "路灯不亮了，灯杆编号是HX-1023")
    assert draft.part is not None
    corrected = await on.room.drafts.edit(
        draft.draft_id, op_id=uuid7(), name=FieldName.ASSET, value="雨0739",
        rev=draft.fields["asset"].rev, actor=AGENT,
    )  # fmt: skip
    assert corrected.part is not None
    assert corrected.part.part_id == "2301030101000001"
    assert corrected.fields["address"].value == "学府路76号"
    gone = await on.room.drafts.choose_part(draft.draft_id, None, op_id=uuid7(), actor=AGENT)
    assert gone.part is None
    assert gone.fields["address"].value is None
    assert (await say(on, call_id, "就在路边")).part is None


async def test_a_case_gets_cell_and_beat_of_its_position_and_a_row_may_name_the_beat(
    any_storage: Storage,
) -> None:
    ownerless = LAMP.replace("市路灯管理处", "")
    on = await with_parts(any_storage, ownerless)
    east, north = TO_METRES(126.65, 45.75)
    ring = square(east - 150, north - 150, 300)
    on.room.grid.index = GridIndex(build(read_outlines(collection(feature("230103002", ring)))))
    there = on.room.grid.index.at_point(east, north)
    assert there is not None
    on.room.grid.use([Beat(beat_id="garden-1", name_zh="花园一号", cells=(there.cell_id,), people=("wang",))])
    case = await filed(on, await say(on, on.a_call(), "路灯不亮了，灯杆编号是HX-1023"))
    assert (case.cell, case.beat, case.subdistrict) == (there.cell_id, "garden-1", "230103002")
    assert case.responsible is not None
    assert (case.responsible.host.id, case.responsible.why) == ("garden", "责任网格")
    # An invented position lies in no measured cell: the district answers.
    other = await filed(on, await say(on, on.a_call(), "南岗区学府路九十号的路灯不亮"))
    assert (other.position_source, other.cell, other.beat) == (PositionSource.INVENTED, None, None)
    assert other.responsible is not None
    assert other.responsible.host.id == "nangang"


async def test_the_routes_of_parts_keep_the_rights_of_the_draft(storage: Storage) -> None:
    async with desk_of(storage, [AGENT, OTHER_AGENT, ADMIN]) as desk:
        on = desk.on
        on.room.parts._audit = RememberedTrail()
        data = (HEADER + LAMP + OTHER_LAMP).encode()
        assert (await on.room.parts.import_table(ADMIN, data, op_id=uuid7())).applied
        found = (await desk(AGENT, "GET", "/parts?q=HX-10&class_code=P0137")).json()
        assert (found["total"], [one["label"] for one in found["parts"]]) == (2, ["HX-1023", "HX-1023"])
        near = (await desk(AGENT, "GET", "/parts?lon=126.65&lat=45.75&limit=1")).json()["parts"]
        assert near[0]["metres"] < 1
        assert (await desk(AGENT, "GET", "/parts?lon=126.65")).status_code == 422
        assert (await desk(AGENT, "GET", "/parts/2301030137000001")).json()["owner"] == "市路灯管理处"
        assert (await desk(AGENT, "GET", "/parts/9999999999999999")).status_code == 404
        assert (await desk(AGENT, "POST", "/parts/import")).status_code == 403
        draft = await say(on, on.a_call(), "路灯不亮")
        path = f"/drafts/{draft.draft_id}/part"
        refused = await desk.post(OTHER_AGENT, path, part_id="2301030137000001")
        assert refused.status_code == 403
        chosen = await desk.post(AGENT, path, part_id="2301030137000001")
        assert chosen.json()["part"]["owner"] == "市路灯管理处"
        assert chosen.json()["fields"]["address"]["value"] == "学府路74号"
        unknown = await desk.post(AGENT, path, part_id="2301030137000099")
        assert unknown.status_code == 404


async def test_the_routes_of_the_grid_tell_areas_beats_and_cells(storage: Storage) -> None:
    async with desk_of(storage, [AGENT]) as desk:
        empty = (await desk(AGENT, "GET", "/grid")).json()
        assert (empty["version"], empty["areas"], empty["beats"]) == (0, [], [])
        grid = desk.on.room.grid
        east, north = TO_METRES(126.65, 45.75)
        outline = feature("230103", square(east - 150, north - 150, 300))
        grid.index = GridIndex(build(read_outlines(collection(outline))))
        cell = grid.index.at_point(east, north)
        assert cell is not None
        grid.use([Beat(beat_id="b1", name_zh="一号", cells=(cell.cell_id,), units=("app:1",))])
        told = (await desk(AGENT, "GET", "/grid")).json()
        (area,) = told["areas"]
        assert area["without_beat"] == area["cells"] - 1
        assert told["beats"] == [
            {
                "beat_id": "b1",
                "name_zh": "一号",
                "name_en": "一号",
                "cells": 1,
                "units": ["app:1"],
                "people": [],
                "area_class": None,
            }
        ]
        at = (await desk(AGENT, "GET", "/grid/cell?lon=126.65&lat=45.75")).json()
        assert (at["cell"], at["beat"]["beat_id"]) == (cell.cell_id, "b1")
        assert (await desk(AGENT, "GET", "/grid/cell?lon=120&lat=45")).json()["cell"] == ""
        box = "west=126.648&south=45.749&east=126.652&north=45.751"
        drawn = (await desk(AGENT, "GET", f"/grid/cells?{box}")).json()
        assert cell.cell_id in [one["properties"]["cell"] for one in drawn["features"]]
        wide = (await desk(AGENT, "GET", "/grid/cells?west=126&south=45&east=127&north=46")).json()
        assert (wide["truncated"], wide["features"]) == (True, [])


async def test_where_a_confidential_case_is_is_not_told_by_its_part_or_beat(storage: Storage) -> None:
    on = await with_parts(storage, LAMP)
    draft = await say(on, on.a_call(), "路灯不亮了，灯杆编号是HX-1023")
    case = await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT, confidential=True)
    assert case.part_id is not None
    assert shown(AGENT, case)["part_id"] == case.part_id
    assert (shown(OTHER_AGENT, case)["part_id"], shown(OTHER_AGENT, case)["address"]) == (MASK, MASK)
    assert draft.part is not None
    masked = mask(draft, frozenset({Privacy.PUBLIC, Privacy.INTERNAL}))["part"]
    assert {masked[name] for name in ("part_id", "label", "address", "position")} == {MASK}
