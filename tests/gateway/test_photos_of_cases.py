"""Photos are encrypted with the recordings' keys, and go when the ledger erases a call of their case."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from cases.dispatch.whereabouts import CaseLookup
from cdr.errors import DamagedRecording, VaultTrouble
from cdr.events import CallErased
from cdr.filings.store import subject_calls
from cdr.recordings.vault import keys
from cdr.retention.store import lift_hold, set_hold
from cdr.settings import CdrSettings
from core.storage import Storage, Transaction
from field.photos import store
from field.photos.centre.files import PhotoFiles
from field.photos.centre.service import Photos
from field.photos.model import Photo, PhotoState
from gateway.wiring.photos import PhotoErasure, RecordingsVault
from tests.field.pictures import jpeg
from tests.field.ports import AuditTrail

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DATA = jpeg(noise=200_000)


def vault(folder: Path, encrypt: str = "auto") -> RecordingsVault:
    return RecordingsVault(
        CdrSettings.model_validate(
            {"recordings_key_file": folder / "recordings.key", "encrypt_recordings": encrypt}
        )
    )


def files(folder: Path, encrypt: str = "auto") -> PhotoFiles:
    return PhotoFiles(folder / "photos", vault(folder, encrypt))


def bring(kept: PhotoFiles) -> tuple[UUID, str, str]:
    photo_id = uuid4()
    kept.append(photo_id, 0, DATA)
    path, key_id = kept.keep(photo_id)
    kept.forget_coming(photo_id)
    return photo_id, path, key_id


def test_what_is_kept_can_be_read_with_the_key_alone_and_is_this_photo(tmp_path: Path) -> None:
    key_id = keys.init(tmp_path / "recordings.key", NOW)
    kept = files(tmp_path)
    photo_id, path, wrapped_by = bring(kept)
    assert wrapped_by == key_id
    assert DATA[:2000] not in (tmp_path / "photos" / path).read_bytes()
    assert kept.read(photo_id, path, wrapped_by) == DATA
    with pytest.raises(DamagedRecording):
        kept.read(uuid4(), path, wrapped_by)
    changed = tmp_path / "photos" / path
    sealed = changed.read_bytes()
    changed.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(DamagedRecording):
        kept.read(photo_id, path, wrapped_by)
    keys.rotate(tmp_path / "recordings.key", NOW)
    again = bring(kept)
    assert again[2] != key_id
    (tmp_path / "recordings.key").unlink()
    with pytest.raises(VaultTrouble):
        kept.read(*again)


def test_without_a_key_it_lies_plain_or_is_not_kept_as_the_operator_says(tmp_path: Path) -> None:
    photo_id, path, key_id = bring(files(tmp_path))
    assert (key_id, files(tmp_path).read(photo_id, path, key_id)) == ("", DATA)
    with pytest.raises(VaultTrouble):
        bring(files(tmp_path, "on"))


async def test_a_hold_on_another_call_of_the_case_keeps_its_photos(
    any_storage: Storage, tmp_path: Path
) -> None:
    erased, held, case, hold = uuid4(), uuid4(), uuid4(), uuid4()
    kept = files(tmp_path)
    async with any_storage.write() as transaction:
        path = await of_case(transaction, kept, case)
        rows = [{"subject": f"case:{case}", "call_id": call} for call in (erased, held)]
        await transaction.connection.execute(insert(subject_calls), rows)
        await set_hold(transaction, hold, f"call:{held}", reason="court", by="sun", now=NOW)
    forgetting = PhotoErasure(any_storage, photos_on(any_storage, kept))
    await forgetting.on_erased(CallErased(call_id=erased, known_as=[], kinds=["recordings"], by="sun"))
    assert path.exists()
    async with any_storage.write() as transaction:
        await lift_hold(transaction, hold, reason="over", by="sun", op_id=uuid4(), now=NOW)
    await forgetting.on_erased(CallErased(call_id=held, known_as=[], kinds=["recordings"], by="sun"))
    assert not path.exists()


async def of_case(transaction: Transaction, kept: PhotoFiles, case: UUID) -> Path:
    """A photo of this case; its file."""
    photo_id, path, key_id = bring(kept)
    photo = Photo(
        photo_id, "app:17", len(DATA), hashlib.sha256(DATA).hexdigest(), NOW, NOW,
        state=PhotoState.KEPT, received=len(DATA), case_id=case, path=path, key_id=key_id,
    )  # fmt: skip
    await store.add(transaction, photo)
    return kept.root / path


def photos_on(storage: Storage, kept: PhotoFiles) -> Photos:
    return Photos(
        storage, kept, AuditTrail(), case_of=CaseLookup(storage).case_of,
        districts_of=CaseLookup(storage).districts_of, coming_days=7, loose_days=30,
    )  # fmt: skip


async def test_an_erased_calls_cases_lose_their_photos_and_others_keep_theirs(
    any_storage: Storage, tmp_path: Path
) -> None:
    erased, alias, other = uuid4(), uuid4(), uuid4()
    cases = {call: uuid4() for call in (erased, alias, other)}
    kept, paths = files(tmp_path), {}
    async with any_storage.write() as transaction:
        for call, case in cases.items():
            paths[call] = await of_case(transaction, kept, case)
            await transaction.connection.execute(
                insert(subject_calls).values(subject=f"case:{case}", call_id=call)
            )
    forgetting = PhotoErasure(any_storage, photos_on(any_storage, kept))
    await forgetting.on_erased(CallErased(call_id=erased, known_as=[alias], kinds=["personal"], by="sun"))
    assert all(path.exists() for path in paths.values())
    for _ in range(2):
        event = CallErased(call_id=erased, known_as=[alias], kinds=["recordings"], by="system:retention")
        await forgetting.on_erased(event)
    assert {call for call, path in paths.items() if path.exists()} == {other}


async def test_the_case_of_a_dispatch_that_nobody_knows_is_none(any_storage: Storage) -> None:
    assert await CaseLookup(any_storage).case_of(uuid4()) is None
