"""`songhua cdr` on the command line: keys, check, export, holds, retention, erasure, and their exit codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.commands.ledger import cdr
from tests.cdr.script import CITIZEN, Script, answered_call
from tests.cdr.test_search import id_of
from tests.cdr.world import World

Run = Callable[..., Result]


@pytest.fixture
async def call(world: World) -> UUID:
    # An hour ago by the real clock, which the command has: after a day it asks for a disposition too.
    told = answered_call(Script(start=datetime.now(UTC) - timedelta(hours=1)))
    await world.take_in(told)
    world.sound(told, seconds=45)
    await world.settle()
    await world.signer.sign_once()
    return id_of(told)


@pytest.fixture
def songhua(world: World, tmp_path: Path) -> Run:
    where = world.storage.engine.url.render_as_string(hide_password=False)
    settings = world.settings
    config = tmp_path / "songhua.toml"
    config.write_text(
        f'[storage]\nurl = "{where}"\n[cdr]\nkey_file = "{settings.key_file}"\n'
        f'heads_file = "{settings.heads_file}"\nrecordings = "{settings.recordings}"\n'
        f'recordings_key_file = "{settings.recordings_key_file}"\n'
        'retention = [{ kind = "recordings", days = 0.000001 }]\n'
    )
    config.chmod(0o600)

    def run(*words: str) -> Any:
        return CliRunner().invoke(cdr, [*words, "--config", str(config)])

    return run


async def told(songhua: Run, *words: str, code: int = 0) -> str:
    """What the command prints; it runs in a loop of its own."""
    done = await asyncio.to_thread(songhua, *words)
    assert done.exit_code == code, done.output
    return str(done.output)


async def test_check_names_what_a_record_lacks(songhua: Run, call: UUID) -> None:
    said = await told(songhua, "check", str(call), code=1)
    assert f"{call} agent state: talk of li.na" in said
    found = json.loads(await told(songhua, "check", str(call), "--json", code=1))
    assert found["incomplete"] == {str(call): ["agent state: talk of li.na"]}
    assert "has no such call" in await told(songhua, "check", "nobody", code=1)


async def test_a_bundle_is_written_and_audited(
    world: World, songhua: Run, call: UUID, tmp_path: Path
) -> None:
    out = tmp_path / "call.zip"
    made = json.loads(await told(songhua, "export", str(call), "--out", str(out), "--json"))
    assert (made["file"], made["sounds"], made["absent"]) == (str(out), 2, [])
    async with world.storage.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT action, subject FROM identity_audit")).all()
    assert [tuple(row) for row in rows] == [("export-call", f"call:{call}")]
    assert "give another place" in await told(songhua, "export", str(call), "--out", "/no/where.zip", code=1)


async def test_holds_and_retention(songhua: Run, call: UUID) -> None:
    held = json.loads(await told(songhua, "hold", f"call:{call}", "--reason", "court"))
    assert [one["hold_id"] for one in json.loads(await told(songhua, "holds"))] == [held["hold_id"]]
    assert "1 under a legal hold" in await told(songhua, "retention")
    erase = ("erase", CITIZEN, "--reason", "asked", "--wait", "0")
    assert "a legal hold stands on call" in await told(songhua, *erase, code=1)
    assert json.loads(await told(songhua, "erasures", "--json")) == {"erasures": []}
    await told(songhua, "lift-hold", held["hold_id"], "--reason", "over")
    assert "recordings of 1 calls would be erased" in await told(songhua, "retention", "--dry-run")
    assert "recordings of 1 calls erased" in await told(songhua, "retention")
    assert "request 1 waits for a second person" in await told(songhua, *erase, code=4)
    waits = await told(songhua, *erase, "--alone", code=1)
    assert "events are not delivered yet: the service must run" in waits
    assert "running, 1 calls" in await told(songhua, "erasures", code=1)
    assert "contains the number itself" in await told(songhua, "erase", CITIZEN, "--reason", CITIZEN, code=1)


async def test_keys_are_made_once_and_rotated(songhua: Run, world: World, call: UUID) -> None:
    assert "songhua cdr init-key" in await told(songhua, "rotate-key", code=1)
    assert "copy this file" in await told(songhua, "init-key")
    assert "already there" in await told(songhua, "init-key", code=1)
    assert "0 recordings encrypted anew" in await told(songhua, "rotate-key", "--rewrap")
    assert len(world.settings.recordings_key_file.read_text().splitlines()) == 3
    assert call


async def test_a_person_is_told_what_is_kept_of_him(
    world: World, songhua: Run, call: UUID, tmp_path: Path
) -> None:
    file = tmp_path / "answer.json"
    export = ("export", CITIZEN, "--out", str(file), "--json")
    assert "say --why" in await told(songhua, *export, code=2)
    why = ("--why", "asked by letter")
    waits = json.loads(await told(songhua, *export, *why, code=4))["request"]
    assert (waits["number"], waits["state"]) == (1, "waiting")
    assert not file.exists()
    made = json.loads(await told(songhua, *export, *why, "--alone"))
    assert (made["calls"], made["file"]) == (1, str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text(encoding="utf-8")
    answer = json.loads(text)
    assert answer["number"] == CITIZEN
    assert [one["call"]["call_id"] for one in answer["calls"]] == [str(call)]
    assert set(answer["tables"]) == set(answer["kept"]) >= {"cdr_calls", "cdr_cel_rows", "cdr_legs"}
    assert "li.na" not in text, "who of the centre it was is none of his data"
    async with world.storage.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT action, subject FROM identity_audit")).all()
    assert [tuple(row) for row in rows] == [
        ("ask-second-person", "request:1"), ("withdraw-request", "request:1"), ("ask-alone", "request:2"),
        ("act-alone", "request:2"), ("export-person", f"person:{answer['request']}"),
        ("request-done", "request:2"),
    ]  # fmt: skip
    assert "give another place" in await told(songhua, *export, *why, "--alone", code=1)
    assert "no record holds this number" in await told(songhua, "export", "13999999999", code=1)
