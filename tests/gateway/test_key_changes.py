"""Keys that are in use change only with a second person; the first ones need nobody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cdr.chain import seal_keys
from core.actor import Actor, Role
from core.storage import Storage
from gateway.commands.acting import operator
from gateway.commands.approvals import app as approvals_app
from gateway.commands.audit import app
from gateway.commands.user import app as user_app
from gateway.wiring.sealing import LedgerChain
from identity.approvals.service import Approvals
from identity.approvals.settings import ApprovalSettings
from identity.audit.store import add_audit

Run = Callable[..., Any]
CHIEF = Actor("chen.jing", "陈静", frozenset({Role.SUPERVISOR}))
WHY = ("--why", "the yearly change")


@pytest.fixture
def songhua(storage: Storage, tmp_path: Path) -> Run:
    config = tmp_path / "songhua.toml"
    config.write_text(
        f'[storage]\nurl = "sqlite+aiosqlite:///{tmp_path}/ledger.db"\n'
        f'[cdr]\nkey_file = "{tmp_path}/chain.key"\nheads_file = "{tmp_path}/heads"\n'
    )
    config.chmod(0o600)
    assert storage

    async def run(*words: str, code: int = 0, of: Any = app) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, of, [*words, "--config", str(config)])
        assert done.exit_code == code, done.output
        return str(done.output)

    return run


@pytest.fixture
async def sealed(songhua: Run, storage: Storage, tmp_path: Path) -> Path:
    """The file of seal keys, after something was sealed by them."""
    await songhua("init-key")
    await songhua("rotate-key")
    file = tmp_path / "chain.key.seal"
    storage.seal_keys = seal_keys.load(file)
    storage.chain = LedgerChain()
    async with storage.write() as transaction:
        await add_audit(transaction.connection, storage.clock.now(), "li.na", "sign-in", "user:li.na", {})
    return file


async def test_a_seal_key_in_use_is_changed_once_when_another_person_has_approved(
    songhua: Run, storage: Storage, sealed: Path
) -> None:
    before = sealed.read_bytes()
    assert "say --why" in await songhua("rotate-key", code=2)
    assert "request 1 waits for a second person" in await songhua("rotate-key", *WHY, code=4)
    assert sealed.read_bytes() == before
    approvals = Approvals(storage, ApprovalSettings())
    assert (await approvals.listed(CHIEF))[0]["asked_by"] == operator().id
    await approvals.approve(CHIEF, 1)
    assert "seal key" in await songhua("rotate-key")
    changed = sealed.read_bytes()
    assert changed != before
    assert "request 2 waits" in await songhua("rotate-key", *WHY, code=4)
    assert sealed.read_bytes() == changed
    assert "request 2 is withdrawn" in await songhua("withdraw", "2", of=approvals_app)
    assert "can no longer be changed" in await songhua("withdraw", "2", of=approvals_app, code=1)
    assert "seal key" in await songhua("rotate-key", *WHY, "--alone")
    assert [one.kind for one in await approvals.alarms()] == ["alone"]


async def test_a_key_that_was_lost_is_made_anew_only_with_a_second_person(songhua: Run, sealed: Path) -> None:
    assert "already there" in await songhua("init-key", *WHY, "--alone", code=1)
    sealed.unlink()
    assert "waits for a second person" in await songhua("init-key", *WHY, code=4)
    assert not sealed.exists()
    assert "seal key" in await songhua("init-key", *WHY, "--alone")


async def test_an_envelope_is_sealed_seen_and_voided(songhua: Run) -> None:
    async def glass(*words: str, code: int = 0) -> str:
        return str(await songhua("break-glass", *words, of=user_app, code=code))

    assert "no envelope is sealed" in await glass("status", code=1)
    made = json.loads(await glass("seal", "--role", "agent", "--role", "supervisor", "--json"))
    assert len(made["words"].split("-")) == 8
    shown = await glass("status")
    assert "agent, supervisor" in shown
    assert made["words"] not in shown
    assert json.loads(await glass("status", "--json"))["used"] is None
    assert "counts no more" in await glass("void")
    assert json.loads(await glass("void", "--json", code=1)) == {"voided": False}
    assert "name some of" in await glass("seal", "--role", "unit", code=1)
