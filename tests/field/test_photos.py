"""A photo comes whole and as announced, or not at all: any order of pieces, doubles, a kill in between."""

from __future__ import annotations

import errno
import hashlib
import random
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from core.actor import Actor, OutOfScope, Role
from core.errors import Conflict, Forbidden, SonghuaError, Unavailable
from core.ids import uuid7
from core.place import Position
from core.scopes import Scopes
from field.errors import UnknownPhoto
from field.photos import store
from field.photos.centre.files import PhotoFiles
from field.photos.centre.service import Photos
from field.photos.model import (
    MOST_PIECE,
    TRIES,
    Announced,
    Erase,
    Photo,
    PhotoBytesLost,
    PhotoChunk,
    PhotoComplete,
    PhotoState,
    apply,
)
from field.photos.radio.tickets import MOST_COMING, PhotoTickets
from field.units.model import Unit
from tests.field.conftest import ADMIN, UNIT, City
from tests.field.pictures import PLACE, jpeg, png

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CASE, DISTRICT = uuid7(), "230102"
DISPATCHER = Actor("anna", "安娜", frozenset({Role.DISPATCHER}))
SUPERVISOR = Actor("zhao", "赵磊", frozenset({Role.SUPERVISOR}))


def photo(size: int, data: bytes = b"") -> Photo:
    return Photo(uuid7(), UNIT, size, hashlib.sha256(data).hexdigest(), NOW, NOW)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 2**32))
def test_pieces_in_any_order_doubled_cut_and_forgotten_make_the_bytes_or_are_not_counted(
    data: bytes, seed: int
) -> None:
    """A disk that may lose its end at any time, and a sender that believes nothing but what it is told."""
    chance = random.Random(seed)  # dice for a test
    one, disk = photo(len(data), data), b""
    for _ in range(300):
        if one.received == one.size:
            break
        what = chance.random()
        if what < 0.15:  # the machine lost power: the end of the file is gone
            disk = disk[: chance.randint(0, len(disk))]
        if what < 0.3:  # the service starts anew and looks at the disk
            one, _ = apply(one, PhotoBytesLost(len(disk)))
        offset = one.received if what > 0.5 else chance.randint(0, len(data))
        piece = data[offset : offset + chance.randint(0, 40)]
        if len(disk) < one.received:
            one, _ = apply(one, PhotoBytesLost(len(disk)))
        after, outcome = apply(one, PhotoChunk(offset, len(piece)))
        if outcome in {"taken", "complete"}:
            disk = disk[:offset] + piece
            if chance.random() < 0.1:
                continue  # killed after the disk and before the row: the piece is not counted
            one = after
        else:
            assert after == one
        assert data.startswith(disk[: one.received])
    if one.received == one.size:
        ended, outcome = apply(one, PhotoComplete(hashlib.sha256(disk).hexdigest(), NOW, "image/jpeg"))
        assert (ended.state, outcome, disk) == (PhotoState.KEPT, "kept", data)
        assert apply(ended, PhotoChunk(0, 1)) == (ended, "over")


@given(st.lists(st.one_of(
    st.tuples(st.integers(-2, 40), st.integers(-2, 40)).map(lambda made: PhotoChunk(*made)),
    st.integers(-2, 40).map(PhotoBytesLost),
    st.sampled_from(["right", "wrong"]).map(lambda word: PhotoComplete(word, NOW)),
    st.just(Erase("anna", NOW)),
), max_size=40))  # fmt: skip
def test_it_is_never_more_than_it_said_and_ends_once(signals: list[object]) -> None:
    one = replace(photo(20), sha256="right")
    for signal in signals:
        before = one
        one, _ = apply(one, signal)  # type: ignore[arg-type]
        assert 0 <= one.received <= one.size
        if before.state is not PhotoState.COMING:
            assert one.state is before.state or one.state is PhotoState.ERASED
        if one.state is PhotoState.KEPT and before.state is PhotoState.COMING:
            assert before.received == before.size
        assert one.tries <= TRIES


def test_another_digest_comes_again_and_is_refused_in_the_end() -> None:
    one, outcomes = photo(4, b"abcd"), []
    for _ in range(TRIES):
        one, _ = apply(one, PhotoChunk(0, 4))
        one, outcome = apply(one, PhotoComplete("other", NOW))
        outcomes.append(outcome)
    assert outcomes == ["again"] * (TRIES - 1) + ["refused"]
    assert (one.state, one.why) == (PhotoState.REFUSED, "digest")


class PlainVault:
    """Stands for the recordings' vault: turns the bytes round."""

    def __init__(self) -> None:
        self.has_key = True

    def ready(self) -> bool:
        return self.has_key

    def seal(self, plain: Path, target: Path, name: str) -> str:
        target.write_bytes(name.encode() + plain.read_bytes()[::-1])
        return "cafe0001"

    def open(self, sealed: Path, name: str) -> bytes:
        return sealed.read_bytes().removeprefix(name.encode())[::-1]


def no_room(*_given: object) -> str:
    raise OSError(errno.ENOSPC, "No space left on device")


class NoKey(SonghuaError):
    """As the recordings' vault says it."""


def no_key(*_given: object) -> str:
    raise NoKey("there is no key file")


class Scene:
    def __init__(self, city: City, folder: Path) -> None:
        self.city = city
        self.folder = folder
        self.vault = PlainVault()
        self.audited: list[str] = []
        self.tickets = PhotoTickets(city.storage, city.driver)
        self.photos = self.again()

    def again(self, files: PhotoFiles | None = None) -> Photos:
        """The service after a restart."""
        return Photos(
            self.city.storage, files or PhotoFiles(self.folder, self.vault), self,
            case_of=self.case_of, districts_of=self.districts_of, coming_days=7, loose_days=30,
        )  # fmt: skip

    async def case_of(self, _dispatch_id: UUID) -> UUID | None:
        return CASE

    async def districts_of(self, case_ids: Collection[UUID]) -> dict[UUID, str | None]:
        return dict.fromkeys(case_ids, DISTRICT)

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append(f"{actor.id} {action} {subject}")

    async def announce(
        self, data: bytes, photo_id: UUID | None = None, unit_id: str = UNIT, **more: object
    ) -> UUID:
        digest = hashlib.sha256(data).hexdigest()
        said = Announced(photo_id or uuid7(), unit_id, len(data), digest, NOW, uuid7())
        await self.tickets.announce(replace(said, **more))  # type: ignore[arg-type]
        return said.photo_id

    def ticket(self) -> str:
        return self.city.driver.tickets[-1][1]

    async def bring(self, photo_id: UUID, data: bytes, piece: int = 700) -> str:
        """As a terminal does it: ask where it goes on, and send from there."""
        ticket, outcome = self.ticket(), ""
        known = await self.photos.where(photo_id, ticket)
        while known.state is PhotoState.COMING:
            at = known.received
            known, outcome = await self.photos.bring(photo_id, ticket, at, data[at : at + piece])
        return outcome

    def lying_there(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def scene(city: City, tmp_path: Path) -> Scene:
    return Scene(city, tmp_path / "photos")


async def test_a_photo_is_kept_encrypted_with_its_case_and_shown_without_its_place(scene: Scene) -> None:
    data = jpeg(noise=4000)
    place = Position(lon=PLACE[0], lat=PLACE[1] + 0.001, accuracy_m=9)
    photo_id = await scene.announce(data, dispatch_id=await scene.city.order(), place=place)
    assert await scene.bring(photo_id, data) == "kept"
    (kept,) = await scene.photos.listed(DISPATCHER, case_id=CASE)
    assert (kept.state, kept.kind, kept.key_id) == (PhotoState.KEPT, "image/jpeg", "cafe0001")
    assert kept.shown_lon == pytest.approx(PLACE[0], abs=1e-6)
    assert scene.lying_there() == [f"{photo_id}.enc"]
    assert data not in (scene.folder / kept.path).read_bytes()
    _, shown = await scene.photos.look(DISPATCHER, photo_id)
    assert b"Exif" not in shown
    _, original = await scene.photos.look(SUPERVISOR, photo_id, original=True)
    assert original == data
    with pytest.raises(Forbidden):
        await scene.photos.look(DISPATCHER, photo_id, original=True)
    await scene.photos.listed(DISPATCHER, unit_id=UNIT, reveal=True)
    assert scene.audited == [
        f"anna photo-look photo:{photo_id}",
        f"zhao photo-original photo:{photo_id}",
        f"anna photos-reveal photos:{UNIT}",
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 1500))
def test_any_length_of_pieces_gives_the_same_file(piece: int) -> None:
    data = jpeg(noise=3000)
    files = PhotoFiles(Path("/tmp") / f"songhua-test-{uuid7()}", PlainVault())  # hypothesis has no tmp_path
    name = uuid7()
    try:
        for at in range(0, len(data), piece):
            files.append(name, at, data[at : at + piece] + b"torn by a kill")
            files.append(name, at, data[at : at + piece])
        assert files.digest(name) == hashlib.sha256(data).hexdigest()
    finally:
        files.erase(name, "")
        (files.root / "coming").rmdir()
        files.root.rmdir()


async def test_it_goes_on_after_a_kill_at_any_place(scene: Scene) -> None:
    data = jpeg(noise=2000)
    photo_id = await scene.announce(data)
    ticket = scene.ticket()
    await scene.photos.bring(photo_id, ticket, 0, data[:500])
    # Killed after the disk and before the row.
    PhotoFiles(scene.folder, scene.vault).append(photo_id, 500, data[500:900])
    scene.photos = scene.again()
    assert (await scene.photos.where(photo_id, ticket)).received == 500
    # The disk lost its end.
    (scene.folder / "coming" / str(photo_id)).write_bytes(data[:300])
    assert (await scene.photos.where(photo_id, ticket)).received == 300
    # Killed between the last piece and the proof.
    await scene.photos.bring(photo_id, ticket, 300, data[300:-1])
    PhotoFiles(scene.folder, scene.vault).append(photo_id, len(data) - 1, data[-1:])
    async with scene.city.storage.write() as transaction:
        wanted = update(store.photos).where(store.photos.c.photo_id == photo_id)
        await transaction.connection.execute(wanted.values(received=len(data)))
    assert (await scene.again().where(photo_id, ticket)).state is PhotoState.KEPT


async def test_a_piece_elsewhere_changes_nothing_and_a_double_is_not_counted_twice(scene: Scene) -> None:
    data = jpeg(noise=2000)
    photo_id = await scene.announce(data)
    ticket = scene.ticket()
    for offset, length, wanted in (
        (5, 10, "elsewhere"),
        (0, 500, "taken"),
        (0, 500, "elsewhere"),
        (500, 0, "elsewhere"),
    ):
        _, outcome = await scene.photos.bring(photo_id, ticket, offset, data[offset : offset + length])
        assert outcome == wanted
    assert apply(photo(10**7), PhotoChunk(0, MOST_PIECE + 1))[1] == "elsewhere"
    assert await scene.bring(photo_id, data) == "kept"


async def test_what_is_no_photo_or_another_one_is_not_kept(scene: Scene) -> None:
    page = b"<svg onload='alert(1)'/>" * 20
    bad = await scene.announce(page)
    assert await scene.bring(bad, page) == "refused"
    data = jpeg(noise=100)
    other = await scene.announce(data)
    assert await scene.bring(other, data[:-1] + b"\x00") == "refused"
    assert scene.lying_there() == []
    with pytest.raises(UnknownPhoto):
        await scene.photos.look(SUPERVISOR, bad)


async def test_a_ticket_opens_one_photo_and_a_new_one_voids_it(scene: Scene) -> None:
    data = jpeg()
    first = await scene.announce(data)
    old = scene.ticket()
    await scene.announce(data, first)
    second = await scene.announce(data)
    with pytest.raises(UnknownPhoto):
        await scene.photos.where(first, old)
    with pytest.raises(UnknownPhoto):
        await scene.photos.bring(first, scene.ticket(), 0, data[:1])
    with pytest.raises(UnknownPhoto):
        await scene.photos.where(uuid7(), scene.ticket())
    with pytest.raises(Conflict):
        await scene.photos.look(SUPERVISOR, second)
    assert await scene.bring(second, data) == "kept"
    await scene.announce(data, second)
    assert scene.city.driver.tickets[-1] == (second, "")


async def test_announced_by_an_unknown_unit_under_anothers_name_or_without_end_it_is_not_taken(
    scene: Scene,
) -> None:
    data = jpeg()
    known = await scene.announce(data)
    await scene.announce(data, unit_id="app:99")
    await scene.announce(data + b"x", known)
    assert len(scene.city.driver.tickets) == 1
    for _ in range(MOST_COMING + 3):
        await scene.announce(data)
    assert len(scene.city.driver.tickets) == MOST_COMING


async def test_another_units_job_gets_no_photo_of_this_one(scene: Scene) -> None:
    await scene.city.register.create(Unit("app:18", "道里二组"), ADMIN)
    data = jpeg()
    for job in (await scene.city.order("app:18"), uuid7()):
        photo_id = await scene.announce(data, dispatch_id=job)
        assert await scene.bring(photo_id, data) == "kept"
        assert await scene.photos.listed(DISPATCHER, dispatch_id=job) == []
    assert await scene.photos.listed(DISPATCHER, case_id=CASE) == []
    assert len(await scene.photos.listed(DISPATCHER, unit_id=UNIT)) == 2


async def test_a_revoked_units_tickets_open_nothing_until_it_is_enrolled_again(scene: Scene) -> None:
    data = jpeg(noise=900)
    photo_id = await scene.announce(data)
    await scene.photos.bring(photo_id, scene.ticket(), 0, data[:100])
    await scene.city.register.revoke(UNIT, op_id=uuid7(), actor=ADMIN)
    with pytest.raises(UnknownPhoto):
        await scene.photos.where(photo_id, scene.ticket())
    with pytest.raises(UnknownPhoto):
        await scene.photos.bring(photo_id, scene.ticket(), 100, data[100:])
    await scene.announce(data)
    assert len(scene.city.driver.tickets) == 1
    await scene.city.register.enrol(UNIT, op_id=uuid7(), actor=ADMIN)
    await scene.announce(data, photo_id)
    assert await scene.bring(photo_id, data) == "kept"


async def test_a_picture_too_large_to_be_opened_is_not_kept(scene: Scene) -> None:
    for data in (jpeg(size=(60_000, 60_000)), png(size=(2**31 - 1, 2**31 - 1))):
        photo_id = await scene.announce(data)
        assert await scene.bring(photo_id, data) == "refused"
        assert (await scene.photos.where(photo_id, scene.ticket())).why == "too-large"
    largest = jpeg(size=(8_000, 8_000), noise=700_000)
    assert await scene.bring(await scene.announce(largest), largest, MOST_PIECE) == "kept"


async def test_a_small_file_that_grows_when_it_is_opened_is_not_kept(scene: Scene) -> None:
    """What a picture of 200 megapixels needs stands in its head, however few bytes it is."""
    bombs = (
        png(size=(20_000, 10_000)), png(size=(5_000, 5_000)), jpeg(size=(8_000, 8_000)),
        png((20_000, 10_000), said_again=(100, 100)), png((100, 100), said_again=(20_000, 10_000)),
    )  # fmt: skip
    for data in bombs:
        assert len(data) < 24_000
        assert await scene.bring(await scene.announce(data), data) == "refused"
    plain = png(size=(4_000, 3_000))
    assert await scene.bring(await scene.announce(plain), plain) == "kept"


async def test_a_unit_has_so_many_photos_an_hour_and_so_many_bytes_a_day(scene: Scene) -> None:
    data = jpeg()
    scene.tickets = PhotoTickets(scene.city.storage, scene.city.driver, per_hour=3)
    for _ in range(5):
        await scene.announce(data)
    assert len(scene.city.driver.tickets) == 3
    scene.tickets = PhotoTickets(scene.city.storage, scene.city.driver, mb_per_day=1)
    large = data + bytes(1024 * 1024 - 4 * len(data))
    await scene.announce(large)
    assert len(scene.city.driver.tickets) == 4
    await scene.announce(data)
    assert len(scene.city.driver.tickets) == 4


async def test_on_a_full_disk_it_waits_and_is_kept_when_there_is_room(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = jpeg(noise=900)
    photo_id = await scene.announce(data)
    await scene.photos.bring(photo_id, scene.ticket(), 0, data[:500])
    spare = PhotoFiles(scene.folder, scene.vault, spare=shutil.disk_usage(scene.folder).total)
    full = scene.again(spare)
    with pytest.raises(Unavailable):
        await full.bring(photo_id, scene.ticket(), 500, data[500:])
    assert (await full.where(photo_id, scene.ticket())).received == 500
    assert full.health().state == "degraded"
    # Full only when it is to be kept: all of it came, and is proved again at the next look.
    monkeypatch.setattr(PlainVault, "seal", no_room)
    with pytest.raises(Unavailable):
        await scene.photos.bring(photo_id, scene.ticket(), 500, data[500:])
    monkeypatch.undo()
    assert (await scene.photos.where(photo_id, scene.ticket())).state is PhotoState.KEPT
    assert scene.lying_there() == [f"{photo_id}.enc"]


async def test_without_the_key_that_is_wanted_it_waits_and_health_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = jpeg()
    photo_id = await scene.announce(data)
    monkeypatch.setattr(PlainVault, "seal", no_key)
    with pytest.raises(NoKey):
        await scene.bring(photo_id, data)
    assert scene.photos.health().why.startswith("no photo can be kept (there is no key file)")
    monkeypatch.undo()
    assert (await scene.photos.where(photo_id, scene.ticket())).state is PhotoState.KEPT
    assert scene.photos.health().state == "up"


async def test_what_a_kill_left_of_a_photo_goes_with_the_next_sweep(scene: Scene) -> None:
    data = jpeg(noise=500)
    here, erased = await scene.announce(data), await scene.announce(data)
    await scene.announce(data, here)
    await scene.bring(here, data)
    await scene.announce(data, erased)
    await scene.bring(erased, data)
    waiting = await scene.announce(data)
    await scene.photos.bring(waiting, scene.ticket(), 0, data[:100])
    # Killed after the row and before the files.
    PhotoFiles(scene.folder, scene.vault).append(here, 0, data)
    async with scene.city.storage.write() as transaction:
        gone = update(store.photos).where(store.photos.c.photo_id == erased)
        await transaction.connection.execute(gone.values(state=PhotoState.ERASED))
    assert await scene.photos.sweep() == 1
    assert scene.lying_there() == sorted([f"{here}.enc", str(waiting)])
    assert await scene.photos.sweep() == 0


def test_a_photo_that_was_kept_plain_before_there_was_a_key_does_not_stay_so(tmp_path: Path) -> None:
    """Killed after the plain copy and before the row; the key is made, and all of it comes again."""
    vault, name = PlainVault(), uuid7()
    files, data = PhotoFiles(tmp_path, vault), jpeg()
    files.append(name, 0, data)
    vault.has_key = False
    files.keep(name)
    vault.has_key = True
    path, key_id = files.keep(name)
    files.forget_coming(name)
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == [f"{name}.enc"]
    assert files.read(name, path, key_id) == data


async def test_it_goes_with_its_case_and_when_it_is_nobodys(scene: Scene) -> None:
    data = jpeg(noise=500)
    of_case = await scene.announce(data, dispatch_id=await scene.city.order())
    await scene.bring(of_case, data)
    scene.vault.has_key = False
    loose = await scene.announce(data)
    await scene.bring(loose, data)
    never = await scene.announce(data)
    await scene.photos.bring(never, scene.ticket(), 0, data[:100])
    assert scene.lying_there() == sorted([f"{of_case}.enc", str(loose), str(never)])
    assert await scene.photos.erase_of_cases([CASE], by="zhao") == 1
    assert await scene.photos.erase_of_cases([CASE], by="zhao") == 0
    async with scene.city.storage.write() as transaction:
        earlier = scene.city.storage.clock.now() - timedelta(days=31)
        await transaction.connection.execute(update(store.photos).values(announced_at=earlier))
    assert await scene.photos.sweep() == 2
    assert scene.lying_there() == []
    left = await scene.photos.listed(SUPERVISOR)
    assert {one.photo_id: (one.state, one.shown_lon) for one in left} == {
        of_case: (PhotoState.ERASED, None), loose: (PhotoState.ERASED, None),
    }  # fmt: skip
    # The terminal was away for a month, and brings it after all.
    await scene.announce(data, never)
    assert await scene.bring(never, data) == "kept"


async def test_who_is_limited_to_districts_sees_no_photo_of_anothers_case(scene: Scene) -> None:
    """Those of his districts and those of no case stay his."""
    data = jpeg(noise=900)
    of_case = await scene.announce(data, dispatch_id=await scene.city.order())
    assert await scene.bring(of_case, data) == "kept"
    loose = await scene.announce(data)
    assert await scene.bring(loose, data) == "kept"
    theirs = replace(SUPERVISOR, scopes=Scopes(districts=frozenset({"230199"})))
    ours = replace(SUPERVISOR, scopes=Scopes(districts=frozenset({DISTRICT})))
    assert {photo.photo_id for photo in await scene.photos.listed(ours)} == {of_case, loose}
    assert [photo.photo_id for photo in await scene.photos.listed(theirs)] == [loose]
    assert await scene.photos.listed(theirs, case_id=CASE, reveal=True) == []
    with pytest.raises(OutOfScope):
        await scene.photos.look(theirs, of_case)
    assert await scene.photos.look(ours, of_case)
    assert await scene.photos.look(theirs, loose)


async def test_a_case_that_is_filed_during_the_proof_keeps_its_photo(scene: Scene) -> None:
    """The proof asks for the case before it is filed, and writes after it."""
    task_id, case_id = await scene.city.order(), uuid7()

    async def filed_now(dispatch_id: UUID) -> None:
        await scene.photos.file(dispatch_id, case_id)

    scene.photos = Photos(
        scene.city.storage, PhotoFiles(scene.folder, scene.vault), scene, case_of=filed_now,
        districts_of=scene.districts_of, coming_days=7, loose_days=30,
    )  # fmt: skip
    data = jpeg(noise=900)
    photo_id = await scene.announce(data, dispatch_id=task_id)
    assert await scene.bring(photo_id, data) == "kept"
    assert [one.photo_id for one in await scene.photos.listed(DISPATCHER, case_id=case_id)] == [photo_id]
