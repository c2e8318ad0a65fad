"""Photos of a case by its assignment: who sees which, who brings one, and which an answer may name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cases.assignments.photos import AssignmentPhotos
from cases.errors import AssignmentIncomplete, NoSuchAssignment, NoSuchAssignmentPhoto, WrongStep
from core.actor import Role
from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import ACCEPTOR, DISPATCHER, EVERYBODY, HE, HOST, MA, office
from tests.cases.web import desk_of

OWN = f"department:{HOST}"


async def test_a_department_sees_all_photos_but_of_a_confidential_case_its_own(any_storage: Storage) -> None:
    at = office(any_storage)
    photos = AssignmentPhotos(at.service, at.on.photos, at.on.looked)
    for confidential, expected in ((False, ["citizen", "unit:app:1", OWN]), (True, [OWN])):
        case = await at.filed(confidential=confidential)
        one = (await at.of(case)).assignment.assignment_id
        kept = [at.on.photos.put(case.case_id, by) for by in ("citizen", "unit:app:1", OWN)]
        assert [photo.by for photo in await photos.listed(MA, one)] == expected
        assert len(await photos.listed(ACCEPTOR, one)) == 3
        assert await photos.look(MA, one, kept[2]) == ("image/jpeg", b"photo")
        assert at.on.looked.at[-1] == ("ma", "photo-look", f"photo:{kept[2]}")
        if confidential:
            with pytest.raises(NoSuchAssignmentPhoto):
                await photos.look(MA, one, kept[0])
        with pytest.raises(NoSuchAssignment):
            await photos.listed(HE, one)


@pytest.mark.parametrize(("role", "expected"), [(Role.AGENT, [OWN]), (Role.DISPATCHER, ["citizen", OWN])])
async def test_a_second_role_shows_photos_of_a_confidential_case_as_it_shows_the_case(
    any_storage: Storage, role: Role, expected: list[str]
) -> None:
    at = office(any_storage)
    case = await at.filed(confidential=True)
    for by in ("citizen", OWN):
        at.on.photos.put(case.case_id, by)
    both = replace(MA, roles=MA.roles | {role})
    photos = AssignmentPhotos(at.service, at.on.photos, at.on.looked)
    found = await photos.listed(both, (await at.of(case)).assignment.assignment_id)
    assert [photo.by for photo in found] == expected


async def test_a_photo_is_brought_while_an_answer_is_possible(any_storage: Storage) -> None:
    at = office(any_storage)
    photos = AssignmentPhotos(at.service, at.on.photos, at.on.looked)
    case = await at.filed()
    one = (await at.of(case)).assignment.assignment_id
    with pytest.raises(WrongStep):
        await photos.bring(MA, one, b"early")
    await at.act(MA, case, "sign")
    with pytest.raises(Forbidden):
        await photos.bring(DISPATCHER, one, b"of the centre")
    before, after = await photos.bring(MA, one, b"dirty"), await photos.bring(MA, one, b"clean")
    foreign = at.on.photos.put(uuid7(), OWN)
    with pytest.raises(AssignmentIncomplete):
        await at.act(MA, case, "answer", "已清运", photos=(foreign,))
    with pytest.raises(AssignmentIncomplete):
        await at.act(MA, case, "answer", "已清运", before=(uuid7(),))
    answered = (await at.act(MA, case, "answer", "已清运", photos=(after,), before=(before,))).assignment
    assert (list(answered.photos), list(answered.before)) == ([after], [before])
    kept = (await at.of(case)).assignment
    assert (list(kept.photos), list(kept.before)) == ([after], [before])
    with pytest.raises(WrongStep):
        await photos.bring(MA, one, b"late")


async def test_the_routes_take_a_photo_as_the_whole_body(any_storage: Storage) -> None:
    office(any_storage)
    async with desk_of(any_storage, EVERYBODY) as desk:
        at = office(any_storage)
        at.on, at.service = desk.on, desk.on.room.assignments
        case = await at.filed()
        await at.act(MA, case, "sign")
        path = f"/assignments/{(await at.of(case)).assignment.assignment_id}/photos"
        brought = await desk.bring(MA, path, b"\xff\xd8 and so on")
        assert brought.status_code == 201
        photo_id = brought.json()["photo_id"]
        (listed,) = (await desk(MA, "GET", path)).json()["photos"]
        assert (listed["photo_id"], listed["by"]) == (photo_id, OWN)
        looked = await desk(MA, "GET", f"{path}/{photo_id}")
        assert (looked.headers["content-type"], looked.content) == ("image/jpeg", b"\xff\xd8 and so on")
        assert (await desk.bring(HE, path, b"x")).status_code == 404
        assert (await desk.bring(DISPATCHER, path, b"x")).status_code == 403
        assert (await desk(MA, "GET", f"{path}/{uuid7()}")).status_code == 404
