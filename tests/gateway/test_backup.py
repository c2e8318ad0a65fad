"""Backup and restore of an installation on SQLite: a ledger of real rows comes back whole, or not at all."""

from __future__ import annotations

import asyncio
import io
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cdr.audit import verify
from core.storage import Storage
from gateway import database
from gateway.backup import archive, keys
from gateway.backup.archive import ArchiveWriter
from gateway.backup.manifest import BackupManifest, now
from tests.cdr.world import World
from tests.gateway.backup_world import BackedUp, rows, told, told_json
from tests.peers.checkout import CHECKOUT
from tests.storage import open_sqlite
from tests.upgrades.installation import Installation


@pytest.fixture
async def installed(storage: Storage, tmp_path: Path) -> BackedUp:
    folder = tmp_path / "world"
    folder.mkdir()
    made = BackedUp(
        World(storage, folder), tmp_path, storage.engine.url.render_as_string(hide_password=False)
    )
    await (await made.stamped()).call()
    return made


async def backup(installed: BackedUp, *more: object) -> Path:
    made = await told_json("backup", installed.backups, "-c", installed.config, *more)
    return Path(made["file"])


def restore(installed: BackedUp, file: Path, *more: object) -> tuple[object, ...]:
    return ("restore", file, "--into", installed.config, "-k", installed.key, *more)


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(one.relative_to(folder)): (one.read_bytes(), one.stat().st_mode & 0o777)
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


async def test_an_empty_machine_gets_everything_back(installed: BackedUp) -> None:
    world = installed.world
    chain = await rows(world.storage, "cdr_chain")
    kept = installed.folder / "keys.archive"
    file = await backup(installed, "--with-keys", kept)
    assert file.stat().st_mode & 0o777 == 0o600
    await world.storage.close()
    files = {one: tree(one) for one in (world.folder, installed.config.parent, installed.uploads)}
    installed.empty_machine()

    done = await told_json(*restore(installed, file, "--keys", kept))

    assert (done["ledger_ok"], done["findings"], done["notes"]) == (True, [], [])
    for folder, before in files.items():
        # Asterisk's own lines are in the database.
        wanted = {name: one for name, one in before.items() if not name.startswith("cel/")}
        assert tree(folder) == {name: (what, mode & 0o770) for name, (what, mode) in wanted.items()}
    again = open_sqlite(Path(str(world.storage.engine.url.database)))
    assert await rows(again, "cdr_chain") == chain
    await again.close()
    assert "whole" in await told("backup", "verify", kept, "-k", installed.key)
    await told("audit", "verify", "-c", installed.config)


async def test_without_its_keys_the_ledger_is_verified_as_far_as_it_goes(installed: BackedUp) -> None:
    """The keys are in an archive of their own; settings that were made anew say where things belong."""
    file = await backup(installed)
    raw = b"".join(
        b"".join(one.blocks())
        for one in archive.read(io.BytesIO(file.read_bytes()), keys.load(installed.key))
    )
    for secret in (installed.world.key, installed.world.settings.recordings_key_file):
        assert secret.read_bytes() not in raw
    assert b"0123456789abcdef0123" not in raw
    await installed.world.storage.close()
    etc = tree(installed.config.parent)
    installed.empty_machine()
    said = await told(*restore(installed, file), code=1)
    assert "--keys FILE" in said
    assert "--go-on" in said
    for name, (content, mode) in etc.items():
        place = installed.config.parent / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        place.chmod(mode)
    done = await told_json(*restore(installed, file, "--go-on"))
    assert (done["ledger_ok"], done["findings"]) == (True, [])
    assert any("seals of entries are not verified" in one for one in done["notes"])


async def test_the_keys_may_come_with_the_second_try(installed: BackedUp) -> None:
    kept = installed.folder / "keys.archive"
    file = await backup(installed, "--with-keys", kept)
    await installed.world.storage.close()
    installed.empty_machine()
    assert "give the archive of the keys" in (await told(*restore(installed, file), code=1)).replace(
        "\n", " "
    )
    done = await told_json(*restore(installed, file, "--keys", kept, "--go-on"))
    assert (done["ledger_ok"], done["findings"], done["notes"]) == (True, [], [])


async def test_a_backup_is_one_moment_while_others_write(installed: BackedUp) -> None:
    """Calls come, recordings are settled and heads are signed all the time; each backup verifies."""
    ended = asyncio.Event()
    written = 0

    async def calls() -> None:
        nonlocal written
        while not ended.is_set():
            written += 1
            await installed.call(written)

    writing = asyncio.create_task(calls())
    try:
        files = [await backup(installed) for _ in range(2)]
    finally:
        ended.set()
        await writing
    assert written > 1
    kept = installed.folder / "keys.archive"
    await told("backup", installed.backups, "-c", installed.config, "--with-keys", kept)
    await installed.world.storage.close()
    installed.empty_machine()
    done = await told_json(*restore(installed, files[1], "--keys", kept))
    assert (done["ledger_ok"], done["findings"]) == (True, [])


async def test_nothing_is_overwritten(installed: BackedUp) -> None:
    file = await backup(installed)
    before = tree(installed.folder)
    said = await told(*restore(installed, file), code=1)
    assert "stands there already" in said
    assert str(installed.photos) in said.replace("\n", "")
    assert tree(installed.folder) == before
    await installed.world.storage.close()
    installed.empty_machine()
    installed.photos.mkdir()
    (installed.photos / "other").write_bytes(b"somebody's")
    said = await told(*restore(installed, file), code=1)
    assert "stands there already" in said
    assert not installed.config.exists()


def _cut(raw: bytes) -> bytes:
    return raw[:-1_000]


def _flipped(raw: bytes) -> bytes:
    return raw[:-500] + bytes([raw[-500] ^ 1]) + raw[-499:]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_cut, "damaged or cut off"),
        (_flipped, "damaged or cut off"),
        (lambda _: b"PK\x03\x04 something else", "no backup of Songhua"),
        (lambda _: b"", "no backup of Songhua"),
    ],
    ids=["cut", "flipped", "foreign", "empty"],
)
async def test_what_is_no_whole_backup_is_refused_before_anything_is_written(
    installed: BackedUp, change: Any, why: str
) -> None:
    file = await backup(installed)
    file.write_bytes(change(file.read_bytes()))
    await installed.world.storage.close()
    installed.empty_machine()
    before = tree(installed.folder)
    assert why in (await told(*restore(installed, file), code=1)).replace("\n", " ")
    assert why in (await told("backup", "verify", file, "-k", installed.key, code=1)).replace("\n", " ")
    assert tree(installed.folder) == before


async def test_archives_of_another_key_kind_or_a_newer_version_are_refused(
    installed: BackedUp, tmp_path: Path
) -> None:
    kept = tmp_path / "keys.archive"
    file = await backup(installed, "--with-keys", kept)
    other = tmp_path / "other.key"
    keys.init(other)
    newer = tmp_path / "newer"
    with newer.open("wb") as stream:
        writer = ArchiveWriter(stream, keys.load(installed.key), {"kind": "backup"})
        writer.close(
            BackupManifest(
                kind="backup", version="9.9", schema_revision="9999", database="sqlite", begun=now(),
                ended=now(), places={}, members=[],
            )
        )  # fmt: skip
    await installed.world.storage.close()
    installed.empty_machine()
    before = tree(installed.folder)
    into = ("--into", installed.config)
    for words, why in (
        (("restore", file, *into, "-k", other), "another key"),
        (("restore", file, *into), "no key file is named"),
        (restore(installed, newer), "install version 9.9"),
        (restore(installed, kept), "name it by --keys"),
        (restore(installed, file, "--keys", file), "no archive of keys"),
    ):
        assert why in (await told(*words, code=1)).replace("\n", " ")
    assert tree(installed.folder) == before


@pytest.mark.parametrize("where", ["gateway.backup.landing._put", "gateway.backup.restoring.put"])
async def test_a_restore_that_was_killed_is_gone_on_with(installed: BackedUp, where: str) -> None:
    """Killed with -9 at the second file, and when all files stand and the database does not."""
    kept = installed.folder / "keys.archive"
    file = await backup(installed, "--with-keys", kept)
    await installed.world.storage.close()
    installed.empty_machine()
    words = [str(one) for one in restore(installed, file, "--keys", kept)]
    module, _, name = where.rpartition(".")
    killing = (
        f"import os, sys, {module} as module\n"
        f"real, seen = module.{name}, []\n"
        "def killed(*given, **named):\n"
        "    seen.append(1)\n"
        f"    if len(seen) == {2 if name == '_put' else 1}: os.kill(os.getpid(), 9)\n"
        "    return real(*given, **named)\n"
        f"module.{name} = killed\n"
        f"sys.argv = ['songhua', *{words!r}]\n"
        "from gateway.cli import main\nmain()\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", killing], cwd=CHECKOUT, timeout=120, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    said = (await told(*words, code=1)).replace("\n", " ")
    assert "was interrupted; there are:" in said
    assert "--go-on" in said
    again = await told_json(*words, "--go-on")
    assert (again["ledger_ok"], again["findings"]) == (True, [])
    assert not list(installed.folder.glob("**/*.restor*"))
    assert "stands there already" in await told(*words, code=1)


async def test_only_the_newest_are_kept_and_their_age_is_told(installed: BackedUp) -> None:
    files = [await backup(installed) for _ in range(3)]
    found = await told_json("backup", "list", installed.backups)
    assert [one["file"] for one in found["backups"]] == [str(files[2]), str(files[1])]
    assert 0 <= found["last_age_s"] < 600
    assert not files[0].exists()
    assert "h old" in await told("backup", "list", "-c", installed.config)


async def test_a_backup_that_fails_leaves_nothing_that_counts(installed: BackedUp) -> None:
    (installed.backups).mkdir()
    left = installed.backups / "harbin-20261201T000000Z.songhua-backup.part"
    left.write_bytes(b"of one that was killed")
    async with installed.world.storage.write() as transaction:
        await transaction.connection.execute(text("SELECT 1"))
        file = await backup(installed)  # somebody writes, and is not waited for
    assert not left.exists()
    database = Path(str(installed.world.storage.engine.url.database))
    await installed.world.storage.close()
    database.rename(database.with_suffix(".away"))
    said = await told("backup", installed.backups, "-c", installed.config, code=1)
    assert "songhua db upgrade" in said.replace("\n", " ")
    assert sorted(installed.backups.glob("h*.songhua-backup*")) == [file]
    assert not list(database.parent.glob("*.backup-copy-*"))
    installed.key.chmod(0o644)
    assert "everybody may read" in await told("backup", installed.backups, "-c", installed.config, code=1)


async def test_an_older_schema_is_brought_to_the_newest(tmp_path: Path) -> None:
    """What version 0016 left, backed up as it is; its ledger verifies after the upgrade."""
    old = Installation("sqlite")
    here = tmp_path / "lib"
    old.put_sqlite(here / "songhua.db")
    old.put_ledger_keys(here)
    config, key = tmp_path / "songhua.toml", tmp_path / "backup.key"
    config.write_text(
        f'[storage]\nurl = "sqlite+aiosqlite:///{here}/songhua.db"\n'
        f'[cdr]\nkey_file = "{here}/ledger.key"\nheads_file = "{here}/heads.jsonl"\n'
        f'[ivr]\nuploads = "{here}/ivr"\n[field]\nphotos = "{here}/photos"\nmaps = "{here}/maps"\n'
    )
    keys.init(key)
    kept = tmp_path / "keys.archive"
    made = await told_json("backup", tmp_path, "-c", config, "-k", key, "--with-keys", kept)
    assert made["schema"] < str(database.head())
    here.rename(tmp_path / "gone")
    config.unlink()
    done = await told_json("restore", made["file"], "--into", config, "-k", key, "--keys", kept)
    assert (done["ledger_ok"], done["findings"]) == (True, [])
    assert done["head"]["seq"] > 0
    assert (await told_json("db", "status", "-c", config))["ok"]


async def test_the_ledger_is_the_one_of_the_manifest(installed: BackedUp) -> None:
    file = await backup(installed)
    found = await told_json("backup", "verify", file, "-c", installed.config)
    chain = await rows(installed.world.storage, "cdr_chain")
    assert found["head"]["seq"] == len(chain)
    report = await verify(installed.world.storage, installed.world.key, installed.world.heads)
    assert report.ok
