"""Patches of a beat go to an inspector when a dispatcher says so, and what he finds comes back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cases.drafting.model import FieldName
from cases.errors import NoInspector
from cases.events import CaseFiled, VerificationAsked, VerificationChanged, VerificationFinding
from cases.reports.service import ReportDrafts
from core.actor import Actor, OutOfScope, Role
from core.errors import Forbidden
from core.ids import uuid7
from core.operations import OperationReused
from core.scopes import Scopes
from core.storage import Storage
from gateway.wiring.patches import TasksOfPatches
from sensing.errors import NoPatchesToRelease, PatchesBeingVerified
from sensing.patches.answers import results_of
from sensing.patches.service import IN_TASK, ChangePatches
from sensing.patches.store import StoredPatch
from tests.cases.parts.trail import RememberedTrail
from tests.cases.rooms import AGENT, Stage, stage
from tests.cases.verification.test_service import City, says
from tests.sensing.patches.city import feature, geojson
from tests.sensing.patches.test_import import ADMIN, importer, written

DISPATCHER = Actor("zhao", "赵调度", frozenset({Role.DISPATCHER}))
ELSEWHERE = Actor("zhou", "周", frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({"230110"})))


class Desk:
    """A room of cases with inspectors, and the patches of one import beside it."""

    def __init__(self, on: Stage, city: City) -> None:
        self.on, self.city, self.trail = on, city, RememberedTrail()
        tasks = TasksOfPatches(on.room.verifications, on.room.reports, on.storage.clock)
        self.patches = ChangePatches(on.storage, self.trail, tasks)
        self.import_id = uuid7()
        self.told = 0

    async def begin(self, folder: Path, count: int) -> Desk:
        file = written(folder, "a.json", geojson(feature(number) for number in range(count)))
        self.import_id = (await importer(self.on.storage).import_file(ADMIN, file)).import_id
        return self

    async def release(self, who: Actor = DISPATCHER, **more: Any) -> Any:
        return await self.patches.release(who, self.import_id, "b1", **{"op_id": uuid7()} | more)

    async def answers(self, task: Any, step: str, finding: str = "", note: str = "") -> None:
        kept = await self.on.room.verifications.get(task.task_id)
        await says(self.on, kept, step, finding=finding, note=note)
        await self.hear()

    async def hear(self) -> None:
        """Twice: durable events may come again."""
        for _ in range(2):
            for event in await self.on.emitted():
                if isinstance(event, VerificationChanged):
                    await self.patches.hear(event)
                if isinstance(event, CaseFiled):
                    await self.patches.on_filed(event)

    async def listed(self) -> Sequence[StoredPatch]:
        return await self.patches.listed(DISPATCHER, import_id=self.import_id)


def a_desk(storage: Storage) -> Desk:
    city = City()
    return Desk(stage(storage, inspectors=city), city)


async def test_places_of_a_beat_are_one_task_and_its_answer_comes_back_to_each(
    any_storage: Storage, tmp_path: Path
) -> None:
    desk = await a_desk(any_storage).begin(tmp_path, IN_TASK + 1)
    op_id = uuid7()
    task = await desk.release(op_id=op_id)
    assert await desk.release(op_id=op_id) == task
    (order,) = [one for one in await desk.on.emitted() if isinstance(one, VerificationAsked)]
    assert order.unit_id == task.unit_id == "app:21"
    assert order.description.count("㎡") == IN_TASK
    assert len(order.description) <= 1000, "as long as a terminal's message may be"
    assert order.lon == pytest.approx(126.60125)
    assert "西网格" in order.place
    assert [one.number for one in await desk.listed() if one.draft_id is None] == [IN_TASK + 1]
    with pytest.raises(PatchesBeingVerified):
        await desk.release()
    await desk.answers(task, "done", "differs", "属实 1、3；不属实 2；4号进不去")
    found = await desk.listed()
    assert [one.result for one in found[:4]] == ["real", "not_real", "real", ""]
    assert found[0].result_by == "unit:app:21"
    decided = await desk.patches.decide(DISPATCHER, found[3].patch_id, real=False)
    assert decided.result == "not_real"
    # A case that is filed of the draft is the case of what is not refuted.
    taken = await desk.on.room.reports.take(task.draft_id, op_id=uuid7(), actor=AGENT)
    await desk.on.room.drafts.edit(
        task.draft_id, op_id=uuid7(), name=FieldName.CATEGORY, value="gbt30428.2@2013/E0110", rev=taken.rev,
        actor=AGENT,
    )  # fmt: skip
    filed = await desk.on.room.cases.confirm(task.draft_id, op_id=uuid7(), actor=AGENT)
    await desk.hear()
    found = await desk.listed()
    assert [one.result for one in found[:5]] == ["case", "not_real", "case", "not_real", "case"]
    assert found[0].case_id == filed.case_id
    rest = await desk.release()
    assert rest.draft_id != task.draft_id
    await desk.answers(rest, "done", "not_found")
    assert [one.result for one in (await desk.listed())[IN_TASK:]] == ["not_real"]
    with pytest.raises(NoPatchesToRelease):
        await desk.release()
    shown = await desk.patches.one(DISPATCHER, desk.import_id)
    (beat,) = shown.beats
    assert (beat.beat, beat.patches, beat.waiting, beat.not_real) == ("b1", 21, 0, 3)
    assert [one.state for one in shown.tasks] == ["answered", "answered"]
    assert [one[1] for one in desk.trail.actions] == ["patches.release", "patches.decide", "patches.release"]


async def test_what_is_declined_or_finds_nobody_is_asked_again_for_the_same_places(
    storage: Storage, tmp_path: Path
) -> None:
    desk = await a_desk(storage).begin(tmp_path, 2)
    everybody, desk.city.inspectors = desk.city.inspectors, []
    with pytest.raises(NoInspector):
        await desk.release()
    desk.city.inspectors = everybody
    first = await desk.release()
    await desk.answers(first, "declined")
    again = await desk.release()
    assert (again.draft_id, again.unit_id) == (first.draft_id, "app:22")
    # Somebody declines the draft: its places are no task's any more, and a person may decide them.
    reports: ReportDrafts = desk.on.room.reports
    await reports.take(first.draft_id, op_id=uuid7(), actor=AGENT)
    await reports.decline(first.draft_id, reason="not_ours", op_id=uuid7(), actor=AGENT)  # type: ignore[arg-type]
    await desk.on.room.verifications.look()
    await desk.hear()
    with pytest.raises(NoPatchesToRelease):
        await desk.release()
    (left,) = (await desk.patches.one(DISPATCHER, desk.import_id)).tasks
    assert left.state == "over"


async def test_only_a_dispatcher_of_the_district_releases(storage: Storage, tmp_path: Path) -> None:
    desk = await a_desk(storage).begin(tmp_path, 2)
    with pytest.raises(Forbidden):
        await desk.release(ADMIN)
    with pytest.raises(NoPatchesToRelease):
        await desk.release(ELSEWHERE)
    assert (await desk.patches.one(ELSEWHERE, desk.import_id)).beats == []
    (one, _) = await desk.listed()
    with pytest.raises(OutOfScope):
        await desk.patches.decide(ELSEWHERE, one.patch_id, real=True)
    op_id = uuid7()
    await desk.release(op_id=op_id)
    with pytest.raises(OperationReused):
        await desk.patches.release(DISPATCHER, uuid7(), "b1", op_id=op_id)


async def test_a_task_is_asked_again_only_by_who_sees_its_places(storage: Storage, tmp_path: Path) -> None:
    desk = await a_desk(storage).begin(tmp_path, 2)
    everybody, desk.city.inspectors = desk.city.inspectors, []
    op_id = uuid7()
    with pytest.raises(NoInspector):
        await desk.release(op_id=op_id)
    desk.city.inspectors = everybody
    for more in ({"op_id": op_id}, {}):
        with pytest.raises(OutOfScope):  # it was interrupted
            await desk.release(ELSEWHERE, **more)
    task = await desk.release()
    with pytest.raises(OutOfScope):  # under way
        await desk.release(ELSEWHERE)
    await desk.answers(task, "declined")
    with pytest.raises(OutOfScope):
        await desk.release(ELSEWHERE)
    assert (await desk.release()).draft_id == task.draft_id


@pytest.mark.parametrize(
    ("finding", "text", "found"),
    [
        ("confirmed", "", {1: "real", 2: "real", 3: "real"}),
        ("not_found", "属实 1", {1: "not_real", 2: "not_real", 3: "not_real"}),
        ("differs", "1、2属实；3不属实", {1: "real", 2: "real", 3: "not_real"}),
        ("differs", "real 1; not real 2 3", {1: "real", 2: "not_real", 3: "not_real"}),
        ("differs", "属实 1\n不属实 1 2，99，2026", {2: "not_real"}),
        ("differs", "到不了", {}),
    ],
)
def test_an_answer_names_places_by_number(finding: str, text: str, found: dict[int, str]) -> None:
    assert results_of(VerificationFinding(finding), text, 3) == found
