"""`songhua user sessions`, `end-sessions`, `reset-second-factor`: what an operator does with an account."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from core.actor import Role
from core.storage import Storage
from gateway.commands.user import app
from identity.model import User
from identity.origin import RequestOrigin
from identity.second import store as factors
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.storage import empty_sqlite, open_sqlite

PASSWORD = "songhua-river-2026"  # opens nothing


class Shell:
    """The command line, a database, and an agent with a second factor who is signed in twice."""

    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "ledger.db"
        self.settings = folder / "songhua.toml"
        asyncio.run(self._people(empty_sqlite(self.ledger)))
        self.settings.write_text(f'[storage]\nurl = "sqlite+aiosqlite:///{self.ledger}"\n', encoding="utf-8")

    def __call__(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--config", str(self.settings)])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    async def _people(self, storage: Storage) -> None:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        identity = IdentityService(storage, IdentitySettings(), hasher=quick)
        await identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), PASSWORD)
        for address in ("10.0.0.7", "10.0.0.8"):
            await identity.sign_in(
                "li.na", PASSWORD, RequestOrigin(address, "Mozilla/5.0 (Windows NT) Firefox/140.0")
            )
        now = storage.clock.now()
        async with storage.write() as transaction:
            await factors.put_pending(transaction.connection, "li.na", b"sealed", now)
            await factors.activate(transaction.connection, "li.na", 1, now)
        await storage.close()

    def audited(self) -> list[str]:
        async def look() -> list[str]:
            storage = open_sqlite(self.ledger)
            rows = await IdentityService(storage, IdentitySettings()).audit_of("user:li.na")
            await storage.close()
            return [f"{row['actor'].partition(':')[0]} {row['action']}" for row in rows]

        return asyncio.run(look())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_sessions_are_seen_and_ended(shell: Shell) -> None:
    shown = shell("sessions", "li.na")
    assert "10.0.0.7" in shown
    assert "Firefox, Windows" in shown
    listed = json.loads(shell("sessions", "li.na", "--json"))
    assert {one["address"] for one in listed["sessions"]} == {"10.0.0.7", "10.0.0.8"}
    assert json.loads(shell("end-sessions", "li.na", "--json")) == {"user": "li.na", "ended": 2}
    assert "0 sessions" in shell("sessions", "li.na")
    assert "cli end-sessions" in shell.audited()


def test_a_second_factor_is_reset_once_and_the_sessions_end(shell: Shell) -> None:
    told = json.loads(shell("reset-second-factor", "li.na", "--json"))
    assert told == {"user": "li.na", "second_factor": "none"}
    assert "0 sessions" in shell("sessions", "li.na")
    assert "li.na has none" in shell("reset-second-factor", "li.na", code=1)
    assert "cli reset-second-factor" in shell.audited()


@pytest.mark.parametrize("command", ["sessions", "end-sessions", "reset-second-factor"])
def test_nobody_of_that_name_ends_with_1(shell: Shell, command: str) -> None:
    assert "no user 'nobody'" in shell(command, "nobody", code=1)
