"""The archive of a backup: any bytes come back, and no change, cut or swap of it goes unnoticed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.backup import archive, keys, sealed
from gateway.backup.archive import ArchiveWriter
from gateway.backup.errors import ArchiveRefused, BackupKeyTrouble
from gateway.backup.keys import BackupKey
from gateway.backup.manifest import BackupManifest, now
from gateway.backup.sealed import SealedReader, SealedWriter

KEY = BackupKey(bytes(range(32)), is_passphrase=False)
NAMES = st.lists(st.text(min_size=1, max_size=12), max_size=4)


def sealed_bytes(plain: bytes, key: BackupKey = KEY) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, key, {"kind": "backup"})
    writer.write(plain)
    writer.close()
    return out.getvalue()


def opened(raw: bytes, key: BackupKey = KEY) -> bytes:
    reader = SealedReader(io.BytesIO(raw), key)
    found = reader.read(1 << 30)
    reader.finish()
    return found


def whole(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    writer = ArchiveWriter(out, KEY, {"kind": "backup"})
    for name, content in members.items():
        writer.add_bytes(name, content)
    writer.close(
        BackupManifest(
            kind="backup", version="1", begun=now(), ended=now(), places={}, members=writer.members
        )
    )
    return out.getvalue()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "CHUNK", 64)


@given(plain=st.binary(max_size=3_000), chunk=st.integers(min_value=1, max_value=200))
def test_any_bytes_come_back(plain: bytes, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sealed, "CHUNK", chunk)
        assert opened(sealed_bytes(plain)) == plain


@given(data=st.data(), plain=st.binary(max_size=300))
def test_any_change_is_noticed(data: st.DataObject, plain: bytes) -> None:
    """A flipped bit, a cut, more at the end, a chunk that is missing, twice, or in the place of another."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sealed, "CHUNK", 64)
        raw = sealed_bytes(plain)
        begin = len(sealed.MAGIC) + 4 + int.from_bytes(raw[len(sealed.MAGIC) :][:4], "big")
        piece = 64 + sealed.TAG
        chunks = [raw[at : at + piece] for at in range(begin, len(raw), piece)]
        how = data.draw(st.sampled_from(["flip", "cut", "more", "drop", "twice", "swap"]))
        one = data.draw(st.integers(0, len(chunks) - 1))
        if how == "flip":
            at = data.draw(st.integers(0, len(raw) - 1))
            changed = raw[:at] + bytes([raw[at] ^ (1 << data.draw(st.integers(0, 7)))]) + raw[at + 1 :]
        elif how == "cut":
            changed = raw[: data.draw(st.integers(0, len(raw) - 1))]
        elif how == "more":
            changed = raw + data.draw(st.binary(min_size=1, max_size=100))
        else:
            other = {"drop": chunks[:one] + chunks[one + 1 :], "twice": [*chunks[: one + 1], *chunks[one:]]}
            changed = raw[:begin] + b"".join(other.get(how, chunks[::-1]))
        if changed != raw:
            with pytest.raises((ArchiveRefused, BackupKeyTrouble)):
                opened(changed)


@given(
    members=st.dictionaries(
        NAMES.map(lambda parts: "/".join(["files", "ivr.uploads", *parts])).filter(archive.is_ours),
        st.binary(max_size=2_000),
        max_size=5,
    )
)
def test_any_members_come_back_with_their_manifest(members: dict[str, bytes]) -> None:
    try:
        raw = whole(members)
    except UnicodeEncodeError:
        return  # a lone surrogate, which no name of a file has here
    manifest = archive.check(io.BytesIO(raw), KEY)
    assert {one.name: one.size for one in manifest.members} == {k: len(v) for k, v in members.items()}
    found = {one.name: b"".join(one.blocks()) for one in archive.read(io.BytesIO(raw), KEY)}
    assert {name: found[name] for name in members} == members


@pytest.mark.parametrize(
    "name", ["files/a/../b", "/etc/passwd", "files/a//b", "files/", "other", "database/../x", "files/a/."]
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(ArchiveRefused):
        archive.check(io.BytesIO(whole({name: b"x"})), KEY)


def test_a_stream_without_manifest_or_with_another_one_is_refused() -> None:
    def stream(change: Any) -> bytes:
        out = io.BytesIO()
        writer = ArchiveWriter(out, KEY, {})
        writer.add_bytes("settings.toml", b"tenant = 1")
        change(writer)
        return out.getvalue()

    def unfinished(writer: ArchiveWriter) -> None:
        writer._tar.close()
        writer._sealed.close()

    def other(writer: ArchiveWriter) -> None:
        writer.close(
            BackupManifest(kind="backup", version="1", begun=now(), ended=now(), places={}, members=[])
        )

    for change in (unfinished, other):
        with pytest.raises(ArchiveRefused):
            archive.check(io.BytesIO(stream(change)), KEY)


def test_keys_and_passphrases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keys.SCRYPT, "n", 1 << 10)
    file = tmp_path / "key"
    keys.init(file)
    assert file.stat().st_mode & 0o777 == 0o600
    key = keys.load(file)
    with pytest.raises(BackupKeyTrouble, match="already there"):
        keys.init(file)
    file.write_text("correct horse battery staple\n")
    phrase = keys.load(file)
    assert (key.is_passphrase, phrase.is_passphrase) == (False, True)
    assert opened(sealed_bytes(b"words", phrase), phrase) == b"words"
    for wrong in (key, BackupKey(b"another passphrase", is_passphrase=True)):
        with pytest.raises(BackupKeyTrouble, match=r"another key|holds a key"):
            opened(sealed_bytes(b"words", phrase), wrong)
    with pytest.raises(BackupKeyTrouble, match="another key"):
        opened(sealed_bytes(b"words", key))
    file.write_text("short")
    with pytest.raises(BackupKeyTrouble, match="neither a key nor"):
        keys.load(file)
    file.chmod(0o644)
    with pytest.raises(BackupKeyTrouble, match="everybody may read"):
        keys.load(file)


def test_a_strangers_header_does_not_cost_memory() -> None:
    phrase = BackupKey(b"correct horse battery", is_passphrase=True)
    for kdf in ({"name": "scrypt", "n": 1 << 30, "r": 8, "p": 1}, {"name": "scrypt", "n": 3, "r": 8, "p": 1}):
        with pytest.raises(ArchiveRefused):
            phrase.of(kdf, bytes(32))
