"""`songhua token`: made once, listed without the secret, revoked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from core.actor import Role
from core.errors import Unauthenticated
from core.storage import Storage
from gateway.commands.token import app
from identity.model import Session, User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.storage import empty_sqlite, open_sqlite

PASSWORD = "songhua-river-2026"  # opens nothing


class Shell:
    """The command line, and a database with a supervisor who is an agent too."""

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
        roles = frozenset({Role.AGENT, Role.SUPERVISOR})
        await identity.create_user(User("chen.jing", "陈静", roles), PASSWORD)
        await storage.close()

    def opens(self, secret: str) -> Session:
        async def look() -> Session:
            storage = open_sqlite(self.ledger)
            try:
                return await IdentityService(storage, IdentitySettings()).session(secret)
            finally:
                await storage.close()

        return asyncio.run(look())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_token_is_made_listed_and_revoked(shell: Shell) -> None:
    words = ("--name", "night report", "--role", "supervisor", "--scope", "queue=hotline", "--read-only")
    made = json.loads(shell("create", "chen.jing", *words, "--days", "30", "--json"))
    session = shell.opens(made["secret"])
    assert session.user.roles == {Role.SUPERVISOR}
    assert session.actor().operations == {"GET *", "WEBSOCKET *"}
    assert session.user.scopes.as_lists() == {"queue": ["hotline"]}
    listed = json.loads(shell("list", "--json"))
    assert [(one["token_id"], one["made_by"].partition(":")[0]) for one in listed] == [
        (made["token_id"], "cli")
    ]
    assert made["secret"] not in json.dumps(listed)
    assert "night report" in shell("list", "chen.jing")
    assert json.loads(shell("revoke", made["token_id"], "--json")) == {"revoked": 1}
    assert json.loads(shell("revoke", made["token_id"], "--json")) == {"revoked": 0}
    with pytest.raises(Unauthenticated):
        shell.opens(made["secret"])


def test_all_tokens_of_a_person_are_revoked(shell: Shell) -> None:
    for name in ("one", "two"):
        assert shell("create", "chen.jing", "--name", name).startswith("sgh_")
    assert json.loads(shell("revoke", "--all-of", "chen.jing", "--json")) == {"revoked": 2}


def test_what_cannot_be_made_or_revoked_is_refused_with_a_remedy(shell: Shell) -> None:
    shell("create", "chen.jing", "--name", "x", "--role", "admin", code=1)
    shell("create", "nobody", "--name", "x", code=1)
    shell("create", "chen.jing", "--name", "x", "--scope", "hotline", code=1)
    shell("create", "chen.jing", "--name", "x", "--operation", "GET /api/none", code=1)
    shell("revoke", "0123456789ab", code=1)
    shell("revoke", code=1)
