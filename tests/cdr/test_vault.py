"""Recordings at rest: no crash loses one, no changed byte passes, no key no sound, and that is said."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdr.audit import ChainReport
from cdr.errors import DamagedRecording, RecordingNotReady, VaultTrouble
from cdr.recordings import sound
from cdr.recordings.settling import settle
from cdr.recordings.store import RecordingState
from cdr.recordings.vault import codec, keys
from cdr.recordings.vault.worker import EncryptionWorker
from core.ids import call_id
from tests.cdr.script import START, Script, answered_call
from tests.cdr.test_calls import events
from tests.cdr.test_recordings import kept
from tests.cdr.world import SUPERVISOR, World, whats

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SIZES = st.one_of(
    st.integers(0, 200), st.integers(codec.CHUNK - 2, codec.CHUNK + 2), st.integers(0, 3 * codec.CHUNK)
)


@dataclass
class Box:
    folder: Path
    plain: bytes

    def __post_init__(self) -> None:
        self.key = self.folder / "key"
        keys.init(self.key, NOW)
        self.source = self.folder / "a.wav"
        self.source.write_bytes(self.plain)
        self.sealed = self.folder / "a.enc"
        codec.encrypt(self.source, self.sealed, keys=keys.load(self.key), recording="r")

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        return b"".join(codec.decrypt(self.sealed, keys.load(self.key), start=start, end=end))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_part_of_any_sound_comes_back(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        plain = os.urandom(data.draw(SIZES))
        box = Box(Path(folder), plain)
        start = data.draw(st.integers(0, len(plain) + 5))
        end = data.draw(st.none() | st.integers(0, len(plain) + 5))
        assert box.read() == plain
        assert box.read(start, end) == plain[start:end]


def test_a_file_has_the_form_that_is_written_down(tmp_path: Path) -> None:
    """What was encrypted years ago, and what others read by that description, can still be told apart."""
    box = Box(tmp_path, b"sound")
    raw = box.sealed.read_bytes()
    assert raw[:8] == b"SGREC1\n\0"
    length = int.from_bytes(raw[8:10], "big")
    assert json.loads(raw[10 : 10 + length]).keys() == {"key", "wrap", "nonce", "size", "id"}
    assert len(raw) == 10 + length + len(b"sound") + 16


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_changed_cut_or_grown_file_gives_no_sound(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        box = Box(Path(folder), os.urandom(codec.CHUNK + 100))
        raw = bytearray(box.sealed.read_bytes())
        how = data.draw(st.sampled_from(["flip", "cut", "grow", "swap"]))
        if how == "flip":
            place = data.draw(st.integers(0, len(raw) - 1))
            raw[place] ^= 1 << data.draw(st.integers(0, 7))
        elif how == "cut":
            del raw[data.draw(st.integers(0, len(raw) - 1)) :]
        elif how == "grow":
            raw += os.urandom(data.draw(st.integers(1, 50)))
        else:
            raw = raw[: -100 - codec.TAG] + os.urandom(100 + codec.TAG)
        box.sealed.write_bytes(raw)
        with pytest.raises((DamagedRecording, VaultTrouble)):
            box.read()


@given(st.binary(max_size=300))
def test_any_bytes_as_an_encrypted_file(raw: bytes) -> None:
    with TemporaryDirectory() as folder:
        box = Box(Path(folder), b"x")
        box.sealed.write_bytes(raw)
        with pytest.raises(DamagedRecording):
            box.read()
        box.sealed.write_bytes(codec.MAGIC + raw)
        with pytest.raises((DamagedRecording, VaultTrouble)):
            box.read()


@pytest.mark.parametrize("plain", [10, codec.CHUNK], ids=["within a chunk", "after a full chunk"])
def test_sound_that_grows_while_it_is_encrypted_is_refused(tmp_path: Path, plain: int) -> None:
    box = Box(tmp_path, os.urandom(plain))
    held = keys.load(box.key)

    class Growing(keys.MasterKeys):
        """The key is asked for when the length was read and the sound was not."""

        def of(self, key_id: str) -> bytes:
            append(box.source, b"?")
            return super().of(key_id)

    with pytest.raises(DamagedRecording, match="changed while"):
        codec.encrypt(box.source, box.sealed, keys=Growing(held.keys, held.newest), recording="r")


def append(file: Path, sound: bytes) -> None:
    """As a recorder does that was thought to be through, some time ago."""
    stat = file.stat()
    with file.open("ab") as stream:
        stream.write(sound)
    os.utime(file, (stat.st_atime, stat.st_mtime))


# --- the key file


def test_a_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    first = keys.init(path, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(VaultTrouble):
        keys.init(path, NOW)
    second = keys.rotate(path, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    held = keys.load(path)
    assert (list(held.keys), held.newest) == ([first, second], second)
    path.chmod(0o640)
    with pytest.raises(VaultTrouble, match="other users may read"):
        keys.load(path)


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe", b"12345678 short now\n"])
def test_a_missing_or_damaged_key_file_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(VaultTrouble) as found:
        keys.load(path)
    assert str(path) in found.value.detail + found.value.remedy


# --- the ledger's recordings


class Vault:
    """A world with one settled call, and a keeper of its recordings."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = world.settings.recordings_key_file
        keys.init(self.key, NOW)
        self.worker = EncryptionWorker(world.storage, world.recordings, "songhua", self.key)
        self.plain: dict[str, bytes] = {}

    async def call(self, told: Script | None = None) -> Script:
        story = told or answered_call()
        await self.world.take_in(story)
        for file in self.world.sound(story, seconds=5.0):
            self.plain[str(file.relative_to(self.world.recordings))] = file.read_bytes()
        await self.world.settle()
        return story

    def on_disk(self) -> list[str]:
        return sorted(
            str(file.relative_to(self.world.recordings))
            for file in self.world.recordings.rglob("*")
            if file.is_file()
        )

    async def verified(self) -> ChainReport:
        await self.world.signer.sign_once()
        return await self.world.verify(files=True)

    async def every_sound_is_there(self) -> None:
        """Each recording can be heard as it was recorded, whatever lies on disk."""
        for row in await kept(self.world):
            found = sound.find(self.world.recordings, row, self.key)
            assert b"".join(found.read()) == self.plain[row.path]
            assert found.sha256() == row.sha256


@pytest.fixture
async def vault(world: World) -> Vault:
    made = Vault(world)
    await made.call()
    return made


async def test_what_is_settled_is_encrypted_and_the_plain_file_goes(any_world: World) -> None:
    vault = Vault(any_world)
    await vault.call()
    assert await vault.worker.encrypt_once() == 2
    rows = await kept(any_world)
    assert vault.on_disk() == [f"{row.path}.{row.key_id}.enc" for row in rows]
    for row in rows:
        raw = (any_world.recordings / f"{row.path}.{row.key_id}.enc").read_bytes()
        assert (row.cipher_sha256, row.cipher_size) == (hashlib.sha256(raw).hexdigest(), len(raw))
        assert vault.plain[row.path][44:144] not in raw
    await vault.every_sound_is_there()
    assert await vault.worker.encrypt_once() == 0
    assert (await vault.verified()).findings == []
    assert await any_world.watcher.sweep() == 0


STEPS = ["_write", "_prove", "_commit", "_remove"]


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_at_any_step_loses_nothing(vault: Vault, step: str, before: bool) -> None:
    class Crash(BaseException):
        pass

    original: Callable[..., Any] = getattr(EncryptionWorker, step)

    async def crashing(*given: Any) -> None:
        if not before:
            await original(*given)
        raise Crash

    def crashing_now(*given: Any) -> None:
        if not before:
            original(*given)
        raise Crash

    class Doomed(EncryptionWorker):
        __slots__ = ()

    setattr(Doomed, step, crashing if step == "_commit" else crashing_now)
    doomed = Doomed(vault.world.storage, vault.world.recordings, "songhua", vault.key)
    with pytest.raises(Crash):
        await doomed.encrypt_once()
    await vault.every_sound_is_there()
    await vault.worker.tidy()
    await vault.every_sound_is_there()
    await vault.worker.encrypt_once()
    await vault.worker.tidy()
    await vault.every_sound_is_there()
    assert [name for name in vault.on_disk() if not name.endswith(".enc")] == []
    assert len(vault.on_disk()) == 2
    assert (await vault.verified()).findings == []


@pytest.mark.parametrize(
    ("step", "before"),
    [(step, before) for step in STEPS for before in (True, False) if (step, before) != ("_remove", False)],
)
async def test_sound_that_comes_at_any_step_is_kept(vault: Vault, step: str, before: bool) -> None:
    """It is not in what was encrypted, so the plain file stays; the next sweep settles it anew."""
    original: Callable[..., Any] = getattr(EncryptionWorker, step)

    def grow() -> None:
        for name in vault.plain:
            append(vault.world.recordings / name, b"late")

    async def growing(*given: Any) -> Any:
        if before:
            grow()
        done = await original(*given)
        if not before:
            grow()
        return done

    def growing_now(worker: EncryptionWorker, row: Any, *given: Any) -> Any:
        if before:
            append(vault.world.recordings / row.path, b"late")
        done = original(worker, row, *given)
        if not before:
            append(vault.world.recordings / row.path, b"late")
        return done

    class Overtaken(EncryptionWorker):
        __slots__ = ()

    setattr(Overtaken, step, growing if step == "_commit" else growing_now)
    overtaken = Overtaken(vault.world.storage, vault.world.recordings, "songhua", vault.key)
    await overtaken.encrypt_once()
    await overtaken.tidy()
    plain = {name: (vault.world.recordings / name).read_bytes() for name in vault.plain}
    assert all(plain[name].startswith(sound + b"late") for name, sound in vault.plain.items())
    vault.plain = plain
    assert await vault.world.watcher.sweep() == 2
    await vault.every_sound_is_there()
    assert await vault.worker.encrypt_once() == 2
    assert len(vault.on_disk()) == 2
    await vault.every_sound_is_there()
    assert {row.duration_s for row in await kept(vault.world)} == {len(plain[name]) / 8_000 for name in plain}
    assert (await vault.verified()).findings == []


async def test_sound_that_was_settled_anew_while_it_was_encrypted_is_encrypted_again(vault: Vault) -> None:
    class Late(EncryptionWorker):
        __slots__ = ()

        async def _commit(self, row: Any, key_id: str, sealed: Any) -> None:
            append(vault.world.recordings / row.path, b"late")
            await vault.world.watcher.sweep()
            await super()._commit(row, key_id, sealed)

    late = Late(vault.world.storage, vault.world.recordings, "songhua", vault.key)
    assert await late.encrypt_once() == 0
    vault.plain = {name: sound + b"late" for name, sound in vault.plain.items()}
    await vault.every_sound_is_there()
    assert await vault.worker.encrypt_once() == 2
    await vault.every_sound_is_there()


async def test_a_plain_file_that_begins_differently_is_never_taken_for_grown_sound(vault: Vault) -> None:
    name = next(iter(vault.plain))
    file = vault.world.recordings / name
    file.write_bytes(b"?" + file.read_bytes())
    os.utime(file, (0, 0))
    assert await vault.world.watcher.sweep() == 0
    assert await vault.worker.encrypt_once() == 1
    assert name in vault.on_disk()
    assert whats(await vault.verified()) == ["file-changed"]


async def test_another_file_beside_the_encrypted_one_is_not_thrown_away(vault: Vault) -> None:
    await vault.worker.encrypt_once()
    name = next(iter(vault.plain))
    (vault.world.recordings / name).write_bytes(b"something else")
    assert await vault.worker.tidy() == 0
    assert name in vault.on_disk()
    await vault.every_sound_is_there()


async def test_a_write_that_was_cut_leaves_the_plain_file_and_is_done_again(vault: Vault) -> None:
    for name in list(vault.plain):
        (vault.world.recordings / f"{name}.{keys.load(vault.key).newest}.enc.part").write_bytes(b"SGREC1")
    await vault.worker.tidy()
    await vault.every_sound_is_there()
    assert await vault.worker.encrypt_once() == 2
    assert len(vault.on_disk()) == 2


async def test_sound_that_is_not_what_was_hashed_is_left_alone_and_named(vault: Vault) -> None:
    name = next(iter(vault.plain))
    file = vault.world.recordings / name
    *rest, last = file.read_bytes()
    file.write_bytes(bytes([*rest, last ^ 1]))
    assert await vault.worker.encrypt_once() == 1
    assert name in vault.on_disk()
    assert whats(await vault.verified()) == ["file-changed"]


async def test_one_changed_byte_on_disk_is_found(vault: Vault) -> None:
    await vault.worker.encrypt_once()
    file = vault.world.recordings / vault.on_disk()[0]
    raw = bytearray(file.read_bytes())
    raw[-30] ^= 1
    file.write_bytes(raw)
    assert whats(await vault.verified()) == ["file-changed"]


async def test_without_its_key_nothing_is_heard_and_it_is_said_which(vault: Vault) -> None:
    await vault.worker.encrypt_once()
    row = (await kept(vault.world))[0]
    vault.key.unlink()
    (found,) = (await vault.verified()).findings
    assert (found.what, found.where) == ("key-missing", f"recordings' key {row.key_id}")
    assert found.detail.startswith("2 recordings were not read: there is no key file")
    with pytest.raises(VaultTrouble, match="no key file"):
        await vault.world.ledger.listen(SUPERVISOR, row.recording_id)
    keys.init(vault.key, NOW)
    with pytest.raises(VaultTrouble, match=f"key {row.key_id} is not in the key file"):
        await vault.world.ledger.listen(SUPERVISOR, row.recording_id)
    assert vault.world.trail.entries == []


async def test_after_a_rotation_old_sound_is_heard_and_can_be_wrapped_anew(vault: Vault) -> None:
    await vault.worker.encrypt_once()
    old = keys.load(vault.key).newest
    new = keys.rotate(vault.key, NOW)
    await vault.call(answered_call(Script(2_000, start=START.replace(hour=15))))
    await vault.worker.encrypt_once()
    assert {row.key_id for row in await kept(vault.world)} == {old, new}
    await vault.every_sound_is_there()
    assert await vault.worker.rewrap() == 2
    assert {row.key_id for row in await kept(vault.world)} == {new}
    assert len(vault.on_disk()) == 4
    await vault.every_sound_is_there()
    assert (await vault.verified()).findings == []


@pytest.mark.parametrize("found_first", [False, True], ids=["found after", "found before"])
async def test_who_began_to_listen_before_it_was_encrypted_hears_it(vault: Vault, found_first: bool) -> None:
    rows = await kept(vault.world)
    assert {row.key_id for row in rows} == {None}
    opened = [sound.find(vault.world.recordings, row, vault.key) for row in rows] if found_first else []
    assert await vault.worker.encrypt_once() == 2
    opened = opened or [sound.find(vault.world.recordings, row, vault.key) for row in rows]
    for row, one in zip(rows, opened, strict=True):
        assert b"".join(one.read()) == vault.plain[row.path]
        assert b"".join(one.read(100, 200)) == vault.plain[row.path][100:200]
        assert one.size == len(vault.plain[row.path])


async def test_who_began_to_listen_before_it_was_wrapped_anew_hears_it(vault: Vault) -> None:
    await vault.worker.encrypt_once()
    rows = await kept(vault.world)
    keys.rotate(vault.key, NOW)
    assert await vault.worker.rewrap() == 2
    for row in rows:
        found = sound.find(vault.world.recordings, row, vault.key)
        assert b"".join(found.read()) == vault.plain[row.path]


async def test_an_erased_call_leaves_no_file_of_any_kind(vault: Vault) -> None:
    told = answered_call(Script(2_000, start=START.replace(hour=15)))
    await vault.call(told)
    await vault.worker.encrypt_once()
    row = next(one for one in await kept(vault.world) if told.ids["trunk"] in one.path)
    (vault.world.recordings / row.path).write_bytes(b"left over")
    await vault.world.ledger.erase(call_id("songhua", told.ids["trunk"]), by="sun", reason="request")
    assert [name for name in vault.on_disk() if told.ids["trunk"] in name] == []
    with pytest.raises(RecordingNotReady):
        await vault.world.ledger.listen(SUPERVISOR, row.recording_id)
    assert (await vault.verified()).findings == []


async def test_erased_while_it_is_encrypted_it_does_not_come_back(vault: Vault) -> None:
    class Late(EncryptionWorker):
        __slots__ = ()

        async def _commit(self, row: Any, key_id: str, sealed: Any) -> None:
            await vault.world.ledger.erase(row.call_id, by="sun", reason="request")
            await super()._commit(row, key_id, sealed)

    await Late(vault.world.storage, vault.world.recordings, "songhua", vault.key).encrypt_once()
    assert vault.on_disk() == []


async def test_what_was_erased_meanwhile_is_not_settled_again(vault: Vault) -> None:
    row = (await kept(vault.world))[0]
    await vault.world.ledger.erase(row.call_id, by="sun", reason="request")
    told = await events(vault.world, "cdr.recording_settled")
    await settle(vault.world.storage, row, RecordingState.LOST, None)
    assert {one.state for one in await kept(vault.world)} == {"erased"}
    assert await events(vault.world, "cdr.recording_settled") == told


async def test_a_lost_encrypted_file_is_lost_until_it_comes_back(vault: Vault) -> None:
    await vault.worker.encrypt_once()
    file = vault.world.recordings / vault.on_disk()[0]
    raw = file.read_bytes()
    file.unlink()
    await vault.world.watcher.sweep()
    assert sorted(row.state for row in await kept(vault.world)) == ["complete", "lost"]
    file.write_bytes(raw)
    await vault.world.watcher.sweep()
    assert {row.state for row in await kept(vault.world)} == {"complete"}
    assert (await vault.verified()).findings == []


async def test_until_there_is_a_key_nothing_is_encrypted(world: World) -> None:
    story = answered_call()
    await world.take_in(story)
    world.sound(story)
    await world.settle()
    worker = EncryptionWorker(world.storage, world.recordings, "songhua", world.folder / "no.key")
    assert await worker.encrypt_once() == 0
    worker.required = True
    with pytest.raises(VaultTrouble):
        await worker.encrypt_once()
