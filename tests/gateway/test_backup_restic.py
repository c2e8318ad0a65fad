"""Backups in a repository of the real restic: what is said to be there is there, and comes back."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.storage import Storage
from gateway.backup.opened import OpenedArchive
from gateway.backup.restic import program as restic_program
from gateway.backup.restic import receipt, repository
from gateway.examination.status import look_at
from gateway.settings import Settings
from tests.cdr.world import World
from tests.gateway.backup_world import PAGE, BackedUp, told, told_json
from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed
from tests.peers.restic import PASSWORD, ResticPeer
from tests.peers.simulated_s3 import REGION, SimulatedS3
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.computes]

PICTURE = os.urandom(20 << 20)
"""restic cuts where the content says, after 8 MiB at most: the first piece of it and the last may be stored
again with what stands beside them, and never all of it.
"""
"""What stays the same from one backup to the next."""


@pytest.fixture(scope="module")
def empty_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Restic takes a second to make its key."""
    peer = ResticPeer(tmp_path_factory.mktemp("restic") / "empty")
    peer.init()
    return peer.repository


@pytest.fixture
def there(empty_repository: Path, tmp_path: Path) -> ResticPeer:
    return ResticPeer(Path(shutil.copytree(empty_repository, tmp_path / "restic")))


@pytest.fixture
async def installed(storage: Storage, tmp_path: Path) -> BackedUp:
    folder = tmp_path / "world"
    folder.mkdir()
    url = storage.engine.url.render_as_string(hide_password=False)
    made = BackedUp(World(storage, folder), tmp_path, url)
    await (await made.stamped()).call()
    (made.photos / "two.enc").write_bytes(PICTURE)
    return made


def restic_section(folder: Path, where: object, password: str = PASSWORD, more: str = "") -> str:
    secret = folder / "restic.password"
    folder.mkdir(exist_ok=True)
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    return f'[backup.restic]\nrepository = "{where}"\npassword_file = "{secret}"\nkeep = 2\n{more}'


def set_up(installed: BackedUp, where: object, password: str = PASSWORD, more: str = "") -> None:
    before = installed.config.read_text().partition("[backup.restic]")[0]
    installed.config.write_text(
        before + restic_section(installed.config.parent / "secrets", where, password, more)
    )


async def sent(installed: BackedUp) -> dict[str, Any]:
    made = await told_json("backup", "--send", "-c", installed.config)
    found: dict[str, Any] = made["sent"]
    return found


async def names_there(installed: BackedUp) -> list[str]:
    found = await told_json("backup", "list", "--restic", "-c", installed.config)
    return [one["name"] for one in found["backups"]]


async def test_what_was_sent_comes_back_on_an_empty_machine(installed: BackedUp, there: ResticPeer) -> None:
    """By the commands of docs/backup.md. The second backup adds to the repository what is new."""
    set_up(installed, there.repository)
    kept = installed.folder / "keys.archive"
    first = await sent(installed)
    assert first["added"] > len(PICTURE)
    await installed.call(1)
    second = await told_json("backup", "--send", "-c", installed.config, "--with-keys", kept)
    assert 0 < second["sent"]["added"] < len(PICTURE)
    name = second["sent"]["name"]
    assert await names_there(installed) == [name, first["name"]]
    there.check()
    assert [one["tags"] for one in there.snapshots()] == [["songhua"]] * 2
    settings = Settings.load(installed.config)
    assert (await look_at(settings)).parts["last backup in the repository"]["state"] == "up"
    await installed.world.storage.close()
    installed.empty_machine()
    shutil.rmtree(installed.backups)

    # An empty machine knows where the repository is, and has copies of its password and of the key.
    mine = installed.folder / "mine.toml"
    mine.write_text(
        f'[backup]\nfolder = "{installed.backups}"\nkey_file = "{installed.key}"\n'
        + restic_section(installed.folder / "safe", there.repository)
    )
    commands = re.findall(r"^songhua backup .*(?:--restic|fetch).*$", PAGE, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        words = command.replace("/srv/backup", str(installed.backups)).partition("#")[0]
        await told(*shlex.split(words)[1:], "-c", mine)
    [file] = installed.backups.glob("*.songhua-backup")
    assert file.name == name
    done = await told_json("restore", file, "--into", installed.config, "-k", installed.key, "--keys", kept)
    assert (done["ledger_ok"], done["findings"], done["notes"]) == (True, [], [])
    assert (installed.photos / "two.enc").read_bytes() == PICTURE


async def test_only_the_newest_stay_and_what_is_there_is_not_sent_again(
    installed: BackedUp, there: ResticPeer
) -> None:
    (installed.photos / "two.enc").unlink()
    set_up(installed, there.repository, more="read_back = false\n")
    found = [await sent(installed) for _ in range(3)]
    assert found[2]["removed"] == [found[0]["name"]]
    assert await names_there(installed) == [found[2]["name"], found[1]["name"]]
    again = await told_json("backup", "send", "-c", installed.config)
    assert (again["name"], again["added"]) == (found[2]["name"], 0)
    assert len(there.snapshots()) == 2


async def test_a_sender_that_was_killed_has_sent_nothing_that_counts(
    installed: BackedUp, there: ResticPeer
) -> None:
    """Killed with -9 when restic had half of it: restic takes that for the whole, and we do not."""
    set_up(installed, there.repository)
    await told("backup", "-c", installed.config)
    words = ["backup", "send", "-c", str(installed.config)]
    killing = (
        "import os, sys, gateway.backup.opened as module\n"
        "real = module.OpenedArchive.blocks\n"
        "def killed(self):\n"
        "    for number, block in enumerate(real(self)):\n"
        "        if number == 4: os.kill(os.getpid(), 9)\n"
        "        yield block\n"
        "module.OpenedArchive.blocks = killed\n"
        f"sys.argv = ['songhua', *{words!r}]\n"
        "from gateway.cli import main\nmain()\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", killing], cwd=CHECKOUT, timeout=120, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    await asyncio.to_thread(wait_for, lambda: not there.locks(), "the end of restic", 60)
    assert [one["tags"] for one in there.snapshots()] == [["songhua-part"]]
    assert await names_there(installed) == []
    assert receipt.receipt(installed.backups, str(there.repository)).begun is None
    done_again = await told_json("backup", "send", "-c", installed.config)
    assert await names_there(installed) == [done_again["name"]]
    assert [one["tags"] for one in there.snapshots()] == [["songhua"]], "what was cut is gone"


async def test_restic_that_is_killed_or_given_half_has_stored_nothing(
    installed: BackedUp, there: ResticPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(installed, there.repository)
    file = Path((await told_json("backup", "-c", installed.config))["file"])
    started: list[subprocess.Popen[bytes]] = []

    class Seen(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            started.append(self)

    def killed(self: Any) -> Iterator[bytes]:
        for number, block in enumerate(real(self)):
            if number == 4:
                started[-1].kill()
                started[-1].wait()
            yield block

    real = OpenedArchive.blocks
    with monkeypatch.context() as patched:
        patched.setattr("gateway.backup.restic.program.subprocess.Popen", Seen)
        patched.setattr(OpenedArchive, "blocks", killed)
        said = await told("backup", "send", "-c", installed.config, code=1)
    assert "ended by signal 9" in said
    whole = file.read_bytes()
    file.write_bytes(whole[:-1_000])
    said = await told("backup", "send", "-c", installed.config, code=1)
    assert "damaged or cut off" in said.replace("\n", " ")
    assert there.snapshots() == []
    with monkeypatch.context() as patched:
        patched.setattr(repository, "hash_of", lambda *_: "another")
        file.write_bytes(whole)
        said = await told("backup", "send", "-c", installed.config, code=1)
    assert "not what was sent" in said.replace("\n", " ")
    assert await names_there(installed) == []
    known = receipt.receipt(installed.backups, str(there.repository))
    assert (known.begun, "not what was sent" in known.failure) == (None, True)


async def test_what_restic_refuses_is_told_with_its_remedy(
    installed: BackedUp, there: ResticPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another password, no repository, a lock: nothing counts; afterwards it goes on."""
    (installed.photos / "two.enc").unlink()
    monkeypatch.setattr(restic_program, "LOCK_WAIT_S", 1)
    await told("backup", "-c", installed.config)

    async def refusal() -> str:
        return (await told("backup", "send", "-c", installed.config, code=1)).replace("\n", " ")

    set_up(installed, there.repository, "another-0123456789")
    assert "password_file" in await refusal()
    set_up(installed, installed.folder / "nowhere")
    assert "init-restic" in await refusal()
    assert not (installed.folder / "nowhere").exists(), "a mistyped name makes no repository"
    set_up(installed, there.repository)
    with there.held():
        assert "is locked by another restic" in await refusal()
    assert there.snapshots() == []
    why = (await look_at(Settings.load(installed.config))).parts["last backup in the repository"]["why"]
    assert "is locked by another restic" in why
    await told("backup", "send", "-c", installed.config)
    assert len(await names_there(installed)) == 1
    assert "already" in (await told("backup", "init-restic", "-c", installed.config, code=1))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    if os.geteuid() != 0:
        raise PeerFailed("this test mounts a small file system: run it as root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True, timeout=10)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=10)


async def test_a_full_disk_is_told_and_nothing_counts(
    installed: BackedUp, empty_repository: Path, small_disk: Path
) -> None:
    full = ResticPeer(Path(shutil.copytree(empty_repository, small_disk / "restic")))
    set_up(installed, full.repository)
    said = await told("backup", "--send", "-c", installed.config, code=1)
    assert "make room there" in said.replace("\n", " ")
    assert await names_there(installed) == []
    assert len(list(installed.backups.glob("*.songhua-backup"))) == 1, "the archive is there"
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True, timeout=10)
    await told("backup", "send", "-c", installed.config)
    assert len(await names_there(installed)) == 1


async def test_an_object_store_is_reached_by_keys_from_files(installed: BackedUp) -> None:
    """A simulated S3, which checks each signature."""
    with SimulatedS3("key-id", "secret/key+0123=") as store:
        keys = {"s3_key_id": store.key_id, "s3_key": store.key}
        more = f's3_region = "{REGION}"\n'
        for name, value in keys.items():
            file = installed.folder / name
            file.write_text(value)
            file.chmod(0o600)
            more += f'{name}_file = "{file}"\n'
        set_up(installed, store.repository, more=more)
        await told("backup", "init-restic", "-c", installed.config)
        one = await sent(installed)
        assert await names_there(installed) == [one["name"]]
        assert sum(map(len, store.objects.values())) > len(PICTURE)
        assert store.refused == 0
        assert "whole" in await told("backup", "verify", "--restic", "latest", "-c", installed.config)
        pack = max((key for key in store.objects if "/data/" in key), key=lambda key: len(store.objects[key]))
        store.objects[pack] = b"overwrite" + store.objects[pack][9:]
        said = await told("backup", "verify", "--restic", "latest", "-c", installed.config, code=1)
        assert "whole" not in said
