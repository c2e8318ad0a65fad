"""The database: a file of SQLite, or role and database in the PostgreSQL of this machine; then its schema."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from core.private import make_file
from core.storage import Storage, create_engine
from gateway import database
from gateway.commands.failures import explained
from gateway.installation.context import USER, Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.plan import StepName
from gateway.installation.steps.settings import POSTGRESQL

ADMINISTRATOR: Final = "postgres"
_ROLE: Final = "SELECT 1 FROM pg_roles WHERE rolname = 'songhua'"
_DATABASE: Final = "SELECT 1 FROM pg_database WHERE datname = 'songhua'"


class DatabaseWithSchema:
    name = StepName.DATABASE

    def missing(self, to: Installation) -> Sequence[str]:
        storage = to.settings.storage
        gone = database.absent(storage)
        if gone is not None:
            return [str(storage.file())]
        return asyncio.run(_lacking(to))

    def do(self, to: Installation) -> Sequence[str]:
        storage, done = to.settings.storage, []
        file = storage.file()
        to.wait_for_start(USER)
        if file is not None and not file.exists():
            # The service's before anything is in it: SQLite gives its journals the same owner.
            make_file(file)
            to.own(file, USER, USER, 0o640)
            done.append(str(file))
        elif storage.url == POSTGRESQL and self.missing(to):
            done += make_role_and_database(to)
        asyncio.run(database.upgrade(storage))
        return [*done, f"schema {database.head()}"]


async def _lacking(to: Installation) -> list[str]:
    storage = Storage(create_engine(to.settings.storage))
    try:
        wrong = database.mismatch(await database.current(storage))
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        return [known.cause]
    finally:
        await storage.close()
    if isinstance(wrong, database.SchemaAhead):
        raise wrong
    return [] if wrong is None else [f"schema {database.head()}"]


def make_role_and_database(to: Installation) -> list[str]:
    """Where they are missing. The password is told to psql alone, and one that is there is not changed."""
    password = to.settings.storage.password
    if password is None:
        raise InstallationStopped(
            "storage.password_file names no secret", remedy='password_file = "/etc/songhua/secrets/database"'
        )
    if to.machine.systemd:
        to.machine.run(["systemctl", "enable", "--now", "postgresql.service"])
    elif program := to.machine.program("pg_ctlcluster"):
        for line in to.machine.says(["pg_lsclusters", "--no-header"]).splitlines():
            version, name, _, state, *_ = line.split()
            if state != "online":
                to.machine.run([program, version, name, "start"])
    done = []
    if not _asked(to, _ROLE):
        _asked(to, f"CREATE ROLE songhua LOGIN PASSWORD {_literal(password.get_secret_value())}")
        done.append("role songhua")
    if not _asked(to, _DATABASE):
        _asked(to, "CREATE DATABASE songhua OWNER songhua")
        done.append("database songhua")
    return done


def _literal(text: str) -> str:
    """As a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _asked(to: Installation, question: str) -> str:
    words = [
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        ADMINISTRATOR,
    ]
    return to.machine.run(words, told=f"{question};\n", user=ADMINISTRATOR).strip()
