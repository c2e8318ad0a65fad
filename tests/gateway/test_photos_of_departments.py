"""Of a case's photos a department sees those of crews and departments, and none that an inspector took."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from cases.drafting import store as draft_store
from cases.drafting.model import Draft
from cases.drafting.store import StoredDraft
from cases.events import CaseSource, VerificationState
from cases.verification import store as task_store
from cases.verification.model import Verification, VerificationAct, VerificationAction
from cdr.settings import CdrSettings
from core.ids import uuid7
from core.operations import OperationReused
from core.storage import Storage
from field.errors import PhotoNotKept, UnknownPhoto
from field.photos import store
from field.photos.model import Photo, PhotoState
from field.settings import FieldSettings
from gateway.wiring.department_photos import PhotosOfDepartments
from gateway.wiring.inspectors import PhotosOfTasks
from gateway.wiring.photos import RecordingsVault
from tests.cases.assignments.people import MA
from tests.cases.rooms import AuditedActs
from tests.field.pictures import jpeg

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DATA = jpeg(noise=500)


def a_task(task_id: UUID, case_id: UUID) -> Verification:
    return Verification(
        task_id, None, case_id, "app:21", "一号", VerificationState.ASKED, "", "wang", NOW, NOW,
        acts=(VerificationAct(VerificationAction.ASK, NOW, "wang"),),
    )  # fmt: skip


async def test_a_departments_inspector_brings_photos_of_his_task_once(
    any_storage: Storage, tmp_path: Path
) -> None:
    settings = FieldSettings.model_validate({"photos": tmp_path / "photos"})
    vault = RecordingsVault(CdrSettings.model_validate({"recordings_key_file": tmp_path / "no.key"}))
    acts = AuditedActs()
    of = PhotosOfDepartments(any_storage, settings, vault, acts)
    tasks = PhotosOfTasks(any_storage, of.photos)
    task_id, case_id, photo_id = uuid7(), uuid7(), uuid7()
    for _ in range(2):
        await tasks.keep(MA, "drainage", task_id, case_id, photo_id, DATA)
    (seen,) = await tasks.of_task(task_id)
    assert (seen.photo_id, seen.kept) == (photo_id, True)
    kind, data = await tasks.read(task_id, photo_id)
    assert (kind, data[:2]) == ("image/jpeg", DATA[:2])
    with pytest.raises(OperationReused):
        await tasks.keep(MA, "drainage", uuid7(), case_id, photo_id, DATA)
    with pytest.raises(PhotoNotKept):
        await tasks.keep(MA, "drainage", task_id, case_id, uuid7(), b"no picture")
    with pytest.raises(UnknownPhoto):
        await tasks.read(uuid7(), photo_id)
    assert len(await tasks.of_task(task_id)) == 1


async def test_what_inspectors_took_is_for_the_centre(any_storage: Storage, tmp_path: Path) -> None:
    settings = FieldSettings.model_validate({"photos": tmp_path / "photos"})
    vault = RecordingsVault(CdrSettings.model_validate({"recordings_key_file": tmp_path / "no.key"}))
    of = PhotosOfDepartments(any_storage, settings, vault, AuditedActs())
    case_id, job, task, own = (uuid7() for _ in range(4))
    photos = {of_what: uuid7() for of_what in (job, task, own)}
    async with any_storage.write() as transaction:
        await task_store.add(transaction.connection, a_task(task, case_id))
        draft = Draft(draft_id=own, source=CaseSource.INSPECTOR)
        await draft_store.add(transaction.connection, StoredDraft(draft, "confirmed", case_id), NOW)
        for minutes, (of_what, photo_id) in enumerate(photos.items()):
            photo = Photo(
                photo_id, "app:21", len(DATA), hashlib.sha256(DATA).hexdigest(), NOW,
                NOW + timedelta(minutes=minutes), state=PhotoState.KEPT, received=len(DATA),
                dispatch_id=of_what, case_id=case_id, kind="image/jpeg",
            )  # fmt: skip
            await store.add(transaction, photo)
    shown = await of.of_case(case_id)
    assert [one.photo_id for one in shown] == [photos[job]]
    for hidden in (task, own):
        with pytest.raises(UnknownPhoto):
            await of.read(case_id, replace(shown[0], photo_id=photos[hidden]))
