"""Photos that departments bring: checked as crews' are, stored without place, limited, audited."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.actor import Actor, Role
from core.errors import Unavailable
from core.ids import uuid7
from core.storage import Transaction
from field.errors import PhotoNotKept, TooManyPhotos
from field.photos import store
from field.photos.centre import picture
from field.photos.centre.departments import DepartmentPhotos
from field.photos.centre.files import PhotoFiles
from field.photos.model import MOST_BYTES
from tests.field.conftest import City
from tests.field.pictures import jpeg, png
from tests.field.test_photos import PlainVault

MA = Actor("ma", "马科长", frozenset({Role.DEPARTMENT}))
CASE = uuid7()


class Trail:
    """The audit trail; `away` refuses what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.away = False

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        del transaction
        if self.away:
            raise Unavailable("the trail is away")
        self.told.append((actor.id, action, f"{subject} {detail['department']}"))


def photos_of(
    city: City, folder: Path, trail: Trail, *, per_hour: int = 9, mb_per_day: int = 99
) -> DepartmentPhotos:
    files = PhotoFiles(folder, PlainVault())
    return DepartmentPhotos(city.storage, files, trail, per_hour=per_hour, mb_per_day=mb_per_day)


async def test_it_is_kept_without_place_and_maker_and_stands_with_its_case(
    city: City, tmp_path: Path
) -> None:
    trail = Trail()
    photos = photos_of(city, tmp_path / "photos", trail)
    first = await photos.keep(MA, "roads", CASE, "2026-1", jpeg(noise=2000))
    second = await photos.keep(MA, "roads", CASE, "2026-1", png())
    assert (first.department_id, first.by) == ("roads", "department:roads")
    assert [one.photo_id for one in await photos.of_case(CASE)] == [first.photo_id, second.photo_id]
    on_disk = b"".join(file.read_bytes() for file in (tmp_path / "photos").rglob("*") if file.is_file())
    assert b"Zhang Wei" not in on_disk
    found = picture.look(await photos.read(first))
    assert found is not None
    assert (found.lon, found.taken) == (None, "")
    assert trail.told == [("ma", "photo-bring", "case:2026-1 roads")] * 2


@pytest.mark.parametrize(
    "data", [b"", b"no picture", jpeg(noise=50)[:60], jpeg(size=(60_000, 60_000)), bytes(MOST_BYTES + 1)]
)
async def test_what_is_no_picture_or_too_large_is_refused(city: City, tmp_path: Path, data: bytes) -> None:
    trail = Trail()
    with pytest.raises(PhotoNotKept):
        await photos_of(city, tmp_path / "photos", trail).keep(MA, "roads", CASE, "2026-1", data)
    assert trail.told == []
    assert not any(file.is_file() for file in (tmp_path / "photos").rglob("*"))


async def test_a_department_that_brings_too_many_is_told_so_and_others_are_not(
    city: City, tmp_path: Path
) -> None:
    photos = photos_of(city, tmp_path / "photos", Trail(), per_hour=1)
    await photos.keep(MA, "roads", CASE, "2026-1", png())
    with pytest.raises(TooManyPhotos):
        await photos.keep(MA, "roads", CASE, "2026-1", png())
    await photos.keep(MA, "greening", CASE, "2026-1", png())
    with pytest.raises(TooManyPhotos):
        await photos_of(city, tmp_path / "photos", Trail(), mb_per_day=0).keep(
            MA, "gas", CASE, "2026-1", png()
        )


async def test_without_its_line_in_the_trail_nothing_stays(city: City, tmp_path: Path) -> None:
    trail = Trail()
    trail.away = True
    with pytest.raises(Unavailable):
        await photos_of(city, tmp_path / "photos", trail).keep(MA, "roads", CASE, "2026-1", png())
    assert not any(file.is_file() for file in (tmp_path / "photos").rglob("*"))
    async with city.storage.read() as connection:
        assert await store.listed(connection, case_id=CASE, limit=9) == []
