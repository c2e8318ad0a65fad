"""`songhua audit` on the command line: keys once, verification from a copy, the list of who did what."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cdr.chain import seal_keys
from cdr.chain.heads import HeadSigner
from core.storage import Storage
from gateway.commands.audit import app
from gateway.commands.user import app as user_app
from gateway.wiring.sealing import LedgerChain
from tests.storage import empty_sqlite

Run = Callable[..., Any]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return empty_sqlite(tmp_path / "ledger.db")


@pytest.fixture
def songhua(storage: Storage, tmp_path: Path) -> Run:
    config = tmp_path / "songhua.toml"
    config.write_text(
        f'[storage]\nurl = "sqlite+aiosqlite:///{tmp_path}/ledger.db"\n'
        f'[cdr]\nkey_file = "{tmp_path}/chain.key"\nheads_file = "{tmp_path}/heads"\n'
        f'heads_copies = {{ files = ["{tmp_path}/copy"] }}\n'
    )
    config.chmod(0o600)

    async def run(*words: str, code: int = 0, of: Any = app) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, of, [*words, "--config", str(config)])
        assert done.exit_code == code, done.output
        return str(done.output)

    return run


async def test_init_key_makes_both_keys_once_and_only_for_their_owner(songhua: Run, tmp_path: Path) -> None:
    said = await songhua("init-key")
    key, seal, public = (tmp_path / name for name in ("chain.key", "chain.key.seal", "chain.key.pub"))
    assert (key.stat().st_mode & 0o777, seal.stat().st_mode & 0o777) == (0o600, 0o600)
    assert str(public) in said
    assert seal_keys.load(seal).newest is not None
    assert seal.read_text().strip() not in said
    held = (key.read_bytes(), seal.read_bytes())
    assert "already there" in await songhua("init-key", code=1)
    assert (key.read_bytes(), seal.read_bytes()) == held


async def test_an_installation_of_before_gets_the_key_that_it_lacks(songhua: Run, tmp_path: Path) -> None:
    await songhua("init-key")
    held = (tmp_path / "chain.key").read_bytes()
    (tmp_path / "chain.key.seal").unlink()
    assert "run: songhua audit init-key" in await songhua("rotate-key", code=1)
    assert "seal key" in await songhua("init-key")
    assert (tmp_path / "chain.key").read_bytes() == held
    seal = tmp_path / "chain.key.seal"
    first = seal_keys.load(seal).newest
    seal.write_bytes(seal.read_bytes().rstrip())  # as an editor or a copy by hand may leave it
    await songhua("rotate-key")
    keys = seal_keys.load(seal)
    assert first is not None
    assert keys.newest != first
    assert keys.known(first.id)


async def test_the_list_and_its_proof(songhua: Run, storage: Storage, tmp_path: Path) -> None:
    await songhua("init-key")
    add = ("add", "wang", "--name", "Wang", "--role", "agent")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONGHUA_NEW_PASSWORD", "songhua-river-2026")
        patch.setenv("LOGNAME", "somebody-else")
        await songhua(*add, of=user_app)
    me = f"cli:{pwd.getpwuid(os.geteuid()).pw_name}"
    found = json.loads(await songhua("list", "--who", me, "--action", "create-user", "--json"))
    assert [(row["actor"], row["subject"]) for row in found["rows"]] == [(me, "user:wang")]
    assert "user:wang" in await songhua("list", "--text", "wang")
    assert "give 2026-12-01" in await songhua("list", "--since", "yesterday", code=2)

    await HeadSigner(storage, tmp_path / "chain.key", tmp_path / "heads").sign_once()
    (tmp_path / "copy").write_bytes((tmp_path / "heads").read_bytes())
    report = json.loads(await songhua("verify", "--json"))
    assert (report["ok"], report["unsealed"], report["copied_to"]) == (True, 0, report["entries"])
    assert "copied heads" in await songhua("verify")

    # The database and the heads file cut together: the copy in reach of the settings tells, and one given.
    (tmp_path / "elsewhere").write_bytes((tmp_path / "copy").read_bytes())
    (tmp_path / "heads").write_bytes(b"")
    async with storage.write() as transaction:
        for table in ("cdr_chain", "cdr_chain_heads", "identity_audit"):
            await transaction.connection.exec_driver_sql(f"DELETE FROM {table}")
    assert "chain-cut" in await songhua("verify", code=1)
    (tmp_path / "copy").unlink()
    public = ("--key", str(tmp_path / "chain.key.pub"))
    assert "chain-cut" in await songhua("verify", "--heads", str(tmp_path / "elsewhere"), *public, code=1)


async def test_a_command_without_the_key_changes_nothing_under_a_sealed_chain(
    songhua: Run, storage: Storage, tmp_path: Path
) -> None:
    await songhua("init-key")
    await songhua("list")  # the look is the first sealed entry
    (tmp_path / "chain.key.seal").rename(tmp_path / "away")
    assert "seal key cannot be read here" in await songhua("list", code=1)
    assert storage.chain is None
    assert LedgerChain()
