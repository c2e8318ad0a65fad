"""The place of a case before the work and after it, and the verification that names both pictures."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from cases.errors import NoPairOfPictures
from cases.life.model import CaseAction
from cases.life.service import BY_CAMERA
from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.cameras import PairsOfCameras
from tests.cases.rooms import ACCEPTOR
from tests.sensing.test_snapshots import ADMIN, AGENT, DISPATCHER, ELSEWHERE, OTHER, Centre, centre


async def taken(desk: Centre, number: str) -> str:
    answer = await desk(AGENT, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()), case_number=number)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["snapshot_id"])


async def moments(desk: Centre, case_id: UUID) -> dict[str, str]:
    listed = (await desk(AGENT, "GET", f"/snapshots?case_id={case_id}")).json()["snapshots"]
    return {one["snapshot_id"]: one["moment"] for one in listed}


async def test_one_picture_is_before_and_one_after_and_the_older_one_is_before(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with centre(any_storage, tmp_path) as desk:
        case_id, number = await desk.case()
        first, second, third = [await taken(desk, number) for _ in range(3)]
        assert (await desk(AGENT, "POST", f"/snapshots/{first}/moment", moment="before")).status_code == 200
        marked = await desk(OTHER, "POST", f"/snapshots/{second}/moment", moment="after")
        assert marked.json()["moment"] == "after"
        # Another takes its place; the same said again changes nothing.
        for _ in range(2):
            await desk(AGENT, "POST", f"/snapshots/{third}/moment", moment="after")
        assert await moments(desk, case_id) == {first: "before", second: "", third: "after"}
        pair = await PairsOfCameras(any_storage).of_case(case_id)
        assert pair is not None
        assert (str(pair.before.photo_id), str(pair.after.photo_id)) == (first, third)
        wrong = await desk(AGENT, "POST", f"/snapshots/{third}/moment", moment="before")
        assert wrong.status_code == 200, "it is no longer the one after"
        reversed_ = await desk(AGENT, "POST", f"/snapshots/{first}/moment", moment="after")
        assert (reversed_.status_code, reversed_.json()["type"]) == (409, "urn:songhua:problem:pair-reversed")
        assert [one[1] for one in desk.audited.acts].count("snapshot-mark") == 4


async def test_whom_the_case_is_not_for_marks_nothing(storage: Storage, tmp_path: Path) -> None:
    async with centre(storage, tmp_path) as desk:
        case_id, number = await desk.case(confidential=True)
        one = await taken(desk, number)
        for who in (OTHER, ELSEWHERE, ADMIN):
            refused = await desk(who, "POST", f"/snapshots/{one}/moment", moment="before")
            assert refused.status_code == 403, who.id
        loose = await desk(DISPATCHER, "POST", "/cameras/C1/snapshots", op_id=str(uuid7()))
        answer = await desk(
            DISPATCHER, "POST", f"/snapshots/{loose.json()['snapshot_id']}/moment", moment="after"
        )
        assert answer.status_code == 404
        assert await moments(desk, case_id) == {one: ""}


async def test_a_verification_by_camera_names_both_pictures_in_the_log_of_the_case(
    storage: Storage, tmp_path: Path
) -> None:
    async with centre(storage, tmp_path) as desk:
        case_id, number = await desk.case()
        cases = desk.on.room.cases
        cases._pairs = PairsOfCameras(storage)
        await cases.take_step(case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
        first, second = [await taken(desk, number) for _ in range(2)]
        await desk(AGENT, "POST", f"/snapshots/{first}/moment", moment="before")
        with pytest.raises(NoPairOfPictures):
            await cases.take_step(case_id, CaseAction.VERIFY, op_id=uuid7(), actor=ACCEPTOR, by_camera=True)
        assert (await cases.get(case_id)).state == "done"
        await desk(AGENT, "POST", f"/snapshots/{second}/moment", moment="after")
        op_id = uuid7()
        for _ in range(2):
            verified = await cases.take_step(
                case_id, CaseAction.VERIFY, op_id=op_id, actor=ACCEPTOR, reason="已平整", by_camera=True
            )
        assert verified.state == "verified"
        told = [one for one in await cases.history(case_id) if one.act in {BY_CAMERA, "verify"}]
        assert [(one.act, one.actor) for one in told] == [(BY_CAMERA, "li"), ("verify", "li")]
        assert told[0].reason.index(first) < told[0].reason.index(second)
        assert told[0].reason.startswith("C1 20")
