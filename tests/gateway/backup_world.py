"""An installation that is backed up: a small ledger with calls, sounds, heads and keys, and its settings."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from typer.testing import CliRunner

from cdr.recordings.vault import keys as vault_keys
from core.storage import Storage
from gateway import database
from gateway.backup import keys
from gateway.cli import build
from gateway.included_settings import included_file
from tests.cdr.script import Script, answered_call
from tests.cdr.world import World
from tests.peers.checkout import CHECKOUT

PAGE = (CHECKOUT / "docs" / "backup.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    if not language
    for line in block.splitlines()
]
"""The commands of docs/backup.md, in their order."""

SONGHUA = build(["backup", "restore", "db", "audit", "cdr"])


class BackedUp:
    """`url` is where its settings say that the database is; `other` what else they say."""

    def __init__(self, world: World, folder: Path, url: str, other: str = "") -> None:
        self.world = world
        self.folder = folder
        self.backups = folder / "backups"
        self.config = folder / "etc" / "songhua.toml"
        self.key = folder / "backup.key"
        settings = world.settings
        secret = folder / "etc" / "secrets" / "mqtt"
        self.uploads = folder / "uploads"
        self.photos = folder / "photos"
        for one in (secret.parent, self.uploads / "zh", self.photos):
            one.mkdir(parents=True)
        secret.write_text("0123456789abcdef0123\n")
        secret.chmod(0o600)
        (self.uploads / "zh" / "公告.wav").write_bytes(b"announcement")
        (self.photos / "one.enc").write_bytes(b"photo")
        self.config.write_text(
            f'[storage]\nurl = "{url}"\n{other}'
            f'[cdr]\nkey_file = "{settings.key_file}"\nheads_file = "{settings.heads_file}"\n'
            f'recordings = "{settings.recordings}"\nrecordings_key_file = "{settings.recordings_key_file}"\n'
            f'[ivr]\nuploads = "{self.uploads}"\n[field]\nphotos = "{self.photos}"\nmaps = "{folder}/maps"\n'
            f'[speech]\nspool = "{folder}/spool.sqlite"\n'
            f'[mqtt.accounts]\ncentre = {{ user = "centre", password_file = "{secret}" }}\n'
            f'[backup]\nfolder = "{self.backups}"\nkey_file = "{self.key}"\nkeep = 2\n'
        )
        self.config.chmod(0o640)
        queues = included_file(self.config, "queues.toml")
        queues.parent.mkdir()
        queues.write_text('[hotline]\nqueues = ["water"]\n')
        keys.init(self.key)
        vault_keys.init(settings.recordings_key_file, datetime.now(UTC))

    async def stamped(self) -> BackedUp:
        """The tables are those of the newest schema: say so."""
        async with self.world.storage.write() as transaction:
            for statement in (
                "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
                f"INSERT INTO alembic_version VALUES ('{database.head()}')",
            ):
                await transaction.connection.execute(text(statement))
        return self

    async def call(self, number: int = 0) -> None:
        """A call with its sound, sealed and signed."""
        told = answered_call(
            Script(1_000 + 10 * number, start=datetime.now(UTC) - timedelta(hours=1, seconds=number))
        )
        await self.world.take_in(told)
        self.world.sound(told, seconds=0.5)
        await self.world.settle()
        await self.world.signer.sign_once()

    def empty_machine(self) -> None:
        """What was there is gone: nothing stands where the settings say, nor the settings."""
        gone = self.folder / "gone"
        gone.mkdir()
        for one in (self.world.folder, self.config.parent, self.uploads, self.photos):
            one.rename(gone / one.name)
        file = Path(self.world.storage.engine.url.database or "")
        for path in file.parent.glob(f"{file.name}*"):
            path.rename(gone / path.name)


def run(*words: object) -> Any:
    """As the command line; it has a loop of its own."""
    return CliRunner().invoke(SONGHUA, [str(word) for word in words])


async def told(*words: object, code: int = 0) -> str:
    done = await asyncio.to_thread(run, *words)
    assert done.exit_code == code, (done.output, done.exception)
    return str(done.output)


async def told_json(*words: object, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await told(*words, "--json", code=code))
    return found


async def rows(storage: Storage, table: str) -> list[tuple[Any, ...]]:
    async with storage.read() as connection:
        return [tuple(row) for row in await connection.execute(text(f"SELECT * FROM {table}"))]
