"""`songhua user scope` and `songhua user rights`: what limits a person, and what he may do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from core.actor import Role
from core.storage import Storage, StorageSettings, create_engine
from gateway.commands.user import app
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.storage import empty_sqlite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asyncio.run(empty_sqlite(tmp_path / "songhua.db").close())
    url = f"sqlite+aiosqlite:///{tmp_path / 'songhua.db'}"
    (tmp_path / "songhua.toml").write_text(f'[storage]\nurl = "{url}"\n', encoding="utf-8")

    async def add() -> None:
        storage = Storage(create_engine(StorageSettings(url=url)))
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        people = IdentityService(storage, IdentitySettings(), hasher=quick)
        await people.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), "songhua-river-2026")
        await storage.close()

    asyncio.run(add())
    return tmp_path


def shell(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner(env={"COLUMNS": "300"}).invoke(app, [*words, "--config", str(folder / "songhua.toml")])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_scopes_are_shown_replaced_and_cleared(folder: Path) -> None:
    assert "no limits" in shell(folder, "scope", "li.na")
    limits = ("queue=hotline", "queue=english", "district=230102", "department=roads", "talkgroup=app:1")
    assert "queue english, queue hotline" in shell(folder, "scope", "li.na", *limits)
    kept = json.loads(shell(folder, "scope", "li.na", "--json"))
    assert kept["scopes"] == {
        "queue": ["english", "hotline"], "district": ["230102"], "department": ["roads"],
        "talkgroup": ["app:1"],
    }  # fmt: skip
    assert json.loads(shell(folder, "scope", "li.na", "--clear", "--json"))["scopes"] == {}


@pytest.mark.parametrize("wrong", ["street=a", "district=daoli", "talkgroup=9", "queue", "queue="])
def test_what_is_no_scope_is_refused_and_changes_nothing(folder: Path, wrong: str) -> None:
    shell(folder, "scope", "li.na", "queue=hotline")
    shell(folder, "scope", "li.na", wrong, code=1)
    assert json.loads(shell(folder, "scope", "li.na", "--json"))["scopes"] == {"queue": ["hotline"]}


def test_nobody_is_limited_who_is_not_there(folder: Path) -> None:
    shell(folder, "scope", "nobody", "queue=hotline", code=1)


def test_rights_are_those_of_the_table(folder: Path) -> None:
    mine = json.loads(shell(folder, "rights", "li.na", "--json"))
    assert mine == json.loads(shell(folder, "rights", "--role", "agent", "--json"))
    operations = {one for line in mine for one in line["operations"]}
    assert "POST /api/agents/me/sign-in" in operations
    assert "POST /api/users" not in operations
    assert "act on a call" in shell(folder, "rights", "--role", "supervisor")
    shell(folder, "rights", code=1)


def test_who_works_for_a_department_is_added_with_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGHUA_NEW_PASSWORD", "songhua-river-2026")
    words = ("add", "ma.ke", "--name", "马科", "--role", "department")
    assert "user scope" not in shell(folder, *words, "--department", "drainage", "--department", "gas")
    people = {one["id"]: one for one in json.loads(shell(folder, "list", "--json"))}
    assert people["ma.ke"]["scopes"] == {"department": ["drainage", "gas"]}
    assert "songhua user scope lin" in shell(folder, "add", "lin", *words[2:])
