"""An emergency makes one case with its whole timeline, in whatever order and however often its events
come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue.loading import load_catalogues
from cases.emergencies.model import ASKED, CATEGORY, MOST_CHARACTERS, description_of, entry_of
from cases.errors import NoSuchCase
from cases.events import CaseChanged, CaseFiled
from cases.learning.store import confirmed
from cases.privacy import shown
from cases.privacy import timeline as timeline_of
from core.events import MASK
from core.ids import uuid7
from core.place import Position
from core.storage import Storage
from field.events import EmergencyChanged
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, Stage, stage

BEGAN = datetime(2026, 11, 26, 8, tzinfo=UTC)
PLACE = Position(lon=126.61, lat=45.75, accuracy_m=12)
STORY = ("raised", "located", "repeated", "escalated", "escalated", "acknowledged", "cleared")


def event(what: str, after_s: float = 0, *, case_id: UUID | None, **more: Any) -> EmergencyChanged:
    fields: dict[str, Any] = {
        "at": BEGAN + timedelta(seconds=after_s), "alarm_id": UUID(int=7), "unit_id": "app:17", "what": what,
        "state": "raised", "asked": "dispatcher", "raised_at": BEGAN, "kind": "call",
        "talkgroup": "app:daoli", "case_id": case_id, "unit_name": "道里一组", "actor": "app:17",
    }  # fmt: skip
    return EmergencyChanged(**{**fields, **more})


def story(case_id: UUID, *, false_alarm: bool = False) -> list[EmergencyChanged]:
    return [
        event("raised", case_id=case_id),
        event("located", 1, case_id=case_id, position=PLACE, position_at=BEGAN),
        event("repeated", 10, case_id=case_id, repeats=6),
        event("escalated", 10.5, case_id=case_id, asked="next_dispatcher", actor="system:emergencies"),
        event("escalated", 20.5, case_id=case_id, asked="supervisor", actor="system:emergencies"),
        event("acknowledged", 25, case_id=case_id, acknowledged_by="赵调度", actor="zhao"),
        event("cleared", 300, case_id=case_id, cleared_by="赵调度", actor="zhao", note="人员已送医",
              false_alarm=false_alarm, nothing_in_case=false_alarm),
    ]  # fmt: skip


async def play(on: Stage, events: Sequence[EmergencyChanged]) -> None:
    for one in events:
        await on.bus.deliver(one)


async def timeline(on: Stage, case_id: UUID) -> list[tuple[str, str]]:
    return [(entry.act, entry.actor) for entry in await on.room.cases.history(case_id)]


async def test_the_case_has_its_number_its_place_and_the_whole_story(any_storage: Storage) -> None:
    on = stage(any_storage)
    case_id = uuid7()
    await play(on, story(case_id))
    case = await on.room.cases.get(case_id)
    assert (case.state, case.urgency, case.confidential) == ("filed", "danger", True)
    assert (case.category_name, case.category_name_en) == ("外勤人员紧急呼救", "Emergency of a field crew")
    assert case.filed_at == BEGAN
    assert "道里一组（app:17）" in (case.description or "")
    assert "emergency call on app:daoli" in (case.description or "")
    history = await on.room.cases.history(case_id)
    assert [entry.act for entry in history] == ["file", *(f"emergency-{what}" for what in STORY)]
    assert [entry.reason for entry in history[2:]] == [
        "126.610000,45.750000 ±12 m 2026-11-26T08:00:00Z", "×6", ASKED["next_dispatcher"],
        ASKED["supervisor"], "赵调度", "赵调度: 人员已送医",
    ]  # fmt: skip
    assert [entry.actor for entry in history][-2:] == ["zhao", "zhao"]
    filed = [one for one in await on.emitted() if isinstance(one, CaseFiled)]
    assert [one.case.case_id for one in filed] == [case_id]
    assert len([one for one in await on.emitted() if isinstance(one, CaseChanged)]) == len(STORY)
    # Where the crew is stands in the log alone, and those who command read it there.
    changed = {one.act: one.reason for one in await on.emitted() if isinstance(one, CaseChanged)}
    assert (changed["emergency-located"], changed["emergency-acknowledged"]) == ("", "赵调度")
    assert timeline_of(DISPATCHER, history) == history
    assert [one.reason for one in timeline_of(ACCEPTOR, history) if one.reason == MASK] == [MASK]
    # What others than those who act read of it.
    assert shown(AGENT, case)["description"] == MASK
    assert shown(DISPATCHER, case)["description"] == case.description


@pytest.mark.parametrize("turned", [False, True], ids=["late", "backwards"])
async def test_events_that_come_late_again_and_out_of_order_make_the_same_timeline(
    any_storage: Storage, turned: bool
) -> None:
    on = stage(any_storage)
    case_id = uuid7()
    told = story(case_id)
    first = [*reversed(told)] if turned else [*told[5:], *told[:5]]
    await play(on, first)
    await play(on, told)
    assert [act for act, _ in await timeline(on, case_id)] == [
        "file", *(f"emergency-{what}" for what in STORY)
    ]  # fmt: skip
    assert len([one for one in await on.emitted() if isinstance(one, CaseFiled)]) == 1


async def test_a_false_alarm_cancels_its_case_with_the_note(storage: Storage) -> None:
    on = stage(storage)
    case_id = uuid7()
    await play(on, story(case_id, false_alarm=True))
    await play(on, story(case_id, false_alarm=True)[:1])
    assert (await on.room.cases.get(case_id)).state == "cancelled"
    last = (await on.room.cases.history(case_id))[-1]
    assert (last.act, last.actor) == ("cancel", "zhao")
    assert "人员已送医" in last.reason


async def test_a_false_alarm_to_which_somebody_is_on_his_way_is_left_to_people(storage: Storage) -> None:
    on = stage(storage)
    case_id = uuid7()
    told = story(case_id, false_alarm=True)
    await play(on, told[:6])
    await on.room.dispatches.send(case_id, op_id=uuid7(), unit_id="app:18", actor=DISPATCHER)
    await play(on, told[6:])
    assert (await on.room.cases.get(case_id)).state == "filed"


async def test_two_emergencies_in_one_case_are_one_case(storage: Storage) -> None:
    on = stage(storage)
    case_id = uuid7()
    await play(on, [event("raised", case_id=case_id), event("raised", 5, case_id=case_id, kind="alarm")])
    assert [act for act, _ in await timeline(on, case_id)] == ["file", "emergency-raised", "emergency-raised"]


async def test_one_of_before_there_were_cases_makes_none_and_no_case_counts_as_drafted(
    storage: Storage,
) -> None:
    on = stage(storage)
    await play(on, [event("cleared", case_id=None)])
    with pytest.raises(NoSuchCase):
        await on.room.cases.get(UUID(int=7))
    await play(on, story(uuid7()))
    async with storage.read() as connection:
        assert [one async for one in confirmed(connection)] == []


def test_its_class_is_one_that_the_catalogues_have_and_no_report_is_offered() -> None:
    catalogues = load_catalogues()
    assert catalogues.by_ref(CATEGORY).name_zh == "外勤人员紧急呼救"
    assert catalogues.default.get("E9001") is None


@given(
    what=st.sampled_from(STORY),
    name=st.text(max_size=64),
    note=st.text(max_size=3000),
    group=st.text(max_size=64),
)
def test_any_words_fit(what: str, name: str, note: str, group: str) -> None:
    told = event(what, case_id=None, unit_name=name, note=note, talkgroup=group, cleared_by=name)
    assert len(entry_of(told)) <= MOST_CHARACTERS
    assert description_of(told)
