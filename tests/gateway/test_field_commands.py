"""`songhua unit` and `songhua tg` at the terminal: both languages, JSON, exit codes, and no broker where
none is needed. What speaks to the broker is tested in `tests/real/test_units_real.py`.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cases.errors import CaseReasonMissing, NoSuchCase, NoSuchDispatch, WrongStep
from core.errors import SonghuaError
from core.storage import Storage, StorageSettings, create_engine
from core.storage.schema import outbox
from field import errors
from field.delivery.errors import UnknownDelivery
from field.delivery.talk import NoPhone, NotTheirs
from field.statuses.centre.service import NoSuchStatuses, StatusesInvalid, StatusesMovedOn
from field.units import store as unit_store
from field.units.centre.enrolment.service import EnrolmentCode
from field.units.model import Unit
from field.units.places import store as place_store
from field.units.places.model import PositionFix, UnitPosition
from gateway.cli import COMMANDS, build
from gateway.commands.enrolment_code import page_of, tell_code
from gateway.commands.field_words import PROBLEMS, WORDS
from gateway.commands.spoken import SpokenLanguage
from gateway.settings import Settings
from gateway.tables import metadata
from tests.peers.ports import free_port
from tests.storage import empty_sqlite

NOW = datetime.now(UTC)
OTHERS = (
    NoPhone, NoSuchCase, NoSuchDispatch, NoSuchStatuses, NotTheirs, CaseReasonMissing, StatusesInvalid,
    StatusesMovedOn, UnknownDelivery, WrongStep,
)  # fmt: skip
"""Errors that these commands meet beside the register's own."""


class Shell:
    """The command line with a settings file, a database and two units of its own, and no broker."""

    def __init__(self, folder: Path) -> None:
        assert "radio_jobs" in metadata.tables  # every room's tables are known before the ledger is made
        asyncio.run(empty_sqlite(folder / "ledger.db").close())
        self.url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
        self.file = folder / "songhua.toml"
        self.file.write_text(
            f'[storage]\nurl = "{self.url}"\n[mqtt]\nport = {free_port()}\n'
            '[mqtt.accounts.centre]\nuser = "centre"\npassword = "a-word-for-nobody"\n'
        )
        self.do(self._units)

    def do(self, work: Any) -> Any:
        async def run() -> Any:
            storage = Storage(create_engine(StorageSettings(url=self.url)))
            try:
                return await work(storage)
            finally:
                await storage.close()

        return asyncio.run(run())

    async def _units(self, storage: Storage) -> None:
        async with storage.write() as transaction:
            for uid in ("app:17", "app:18"):
                await unit_store.add(transaction, Unit(uid, f"组 {uid}"), at=NOW, by="test")
            fix = PositionFix(126.62, 45.77, 8.0, "app", NOW, NOW)
            await place_store.put(transaction, [("app:17", UnitPosition(fix, NOW - timedelta(seconds=40)))])
            await unit_store.hear(transaction, "app:17", at=NOW, online=True)

    def run(self, *words: str) -> Result:
        """At a terminal that is so wide that no line is broken."""
        whole = [*words, "--config", str(self.file)]
        return CliRunner(env={"COLUMNS": "400"}).invoke(build([words[0]]), whole)

    def __call__(self, *words: str, code: int = 0) -> str:
        done = self.run(*words)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def json(self, *words: str) -> Any:
        """What a program reads: standard output alone. A slow database may be logged beside it."""
        done = self.run(*words, "--json")
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_units_are_listed_with_when_and_by_what_they_were_heard(shell: Shell) -> None:
    rows = shell.json("unit", "list")["units"]
    assert [row["unit_id"] for row in rows] == ["app:17", "app:18"]
    first = rows[0]
    assert (first["online"], first["heard_by"], first["place"]["source"]) == (True, "app", "app")
    assert first["place"]["age_s"] >= 40
    assert [row["unit_id"] for row in shell.json("unit", "list", "--online")["units"]] == ["app:17"]
    assert "在线" in shell("unit", "list", "--language", "zh")
    assert "45.77000,126.62000 ±8 m" in shell("unit", "show", "app:17")


def test_what_describes_a_unit_is_set_and_found_by_its_other_names(shell: Shell) -> None:
    row = shell.json(
        "unit", "set", "app:17", "--alias", "道里一组", "--address", "tetra:26210", "--skill", "sewage",
        "--crew", "王", "--vehicle", "黑A12345", "--shift", "2026-11-26T08:00/2026-11-26T16:00",
    )  # fmt: skip
    assert row["aliases"] == ["道里一组"]
    assert row["shift"][0].startswith("2026-11-26T00:00")
    assert shell.json("unit", "show", "道里 一组")["unit_id"] == "app:17"
    assert shell.json("unit", "show", "tetra:26210")["skills"] == ["sewage"]
    assert shell.json("unit", "set", "道里一组", "--no-shift", "--crew", "")["crew"] == []
    refused = shell("unit", "set", "app:18", "--alias", "道里一组", "--language", "zh", code=1)
    assert "别名" in refused


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["unit", "show", "app:99"], 1),
        (["unit", "set", "app:17"], 2),
        (["unit", "enrol", "app:17", "--qr"], 2),
        (["unit", "enrol", "app:17", "--page", "https://centre.example"], 2),
        (["unit", "enrol", "app:17", "--qr", "--page", "centre.example"], 2),
        (["unit", "enrol", "app:17", "--qr", "--page", "https://centre.example", "--picture", "x.gif"], 2),
        (["unit", "set", "app:17", "--shift", "tomorrow"], 2),
        (["unit", "set", "app:17", "--alias", "app:77"], 1),
        (["tg", "members", "app:none"], 1),
        (["tg", "remove", "app:none"], 1),
        (["tg", "add", "daoli", "--zh", "道里", "--en", "Daoli"], 1),
        (["tg", "add", "app:x", "--zh", "道里", "--en", "Daoli", "--talk", "everybody"], 1),
        (["tg", "add", "app:x", "--zh", "道里", "--en", "Daoli", "--priority", "15"], 2),
    ],
)
def test_exit_codes_tell_what_went_wrong(shell: Shell, words: list[str], code: int) -> None:
    shell(*words, code=code)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_code_is_drawn_on_the_screen_and_into_a_file_of_its_owner(
    shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    made = EnrolmentCode("app:17", "kX3-" * 8, NOW)
    picture = tmp_path / f"code.{kind}"
    settings = Settings.load(shell.file)
    page = page_of("https://centre.example/", picture, settings, SpokenLanguage.ZH)
    tell_code(made, page, picture, settings, SpokenLanguage.ZH, as_json=False)
    told = capsys.readouterr().out
    assert f"https://centre.example/unit/#enrol={made.code}" in told
    assert "█" in told or "▀" in told
    assert picture.stat().st_mode & 0o777 == 0o600
    assert picture.read_bytes().lstrip(b"\x89").startswith((b"<?xml", b"PNG"))


@pytest.mark.parametrize("verb", ["enrol", "revoke"])
def test_without_the_broker_nobody_is_enrolled_or_revoked(
    shell: Shell, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.commands.field_common.CONNECT_S", 0.3)
    refused = shell("unit", verb, "app:17", "--language", "zh", code=1)
    assert "什么也没有改变" in refused
    assert shell.json("unit", "show", "app:17")["revoked_at"] is None


def test_groups_are_made_filled_and_taken_down_and_the_service_hears_of_it(shell: Shell) -> None:
    made = shell.json(
        "tg", "add", "app:daoli", "--zh", "道里", "--en", "Daoli", "--talk", "members", "--priority", "6"
    )
    assert (made["talk"], made["priority"], made["tg_class"]) == (["members"], 6, "internal")
    shell("tg", "add", "app:daoli", "--zh", "道里", "--en", "Daoli", code=1)
    on = shell.json("tg", "members", "app:daoli", "--add", "app:17", "--add", "app:18")
    assert on["members"] == ["app:17", "app:18"]
    assert shell.json("tg", "members", "app:daoli", "--remove", "app:18")["members"] == ["app:17"]
    assert "Daoli" in shell("tg", "list")
    assert "道里" in shell("tg", "list", "--language", "zh")
    assert shell.json("tg", "remove", "app:daoli") == {"tg_id": "app:daoli", "removed": True}
    assert shell.json("tg", "list") == {"talkgroups": []}

    async def told(storage: Storage) -> list[tuple[str, str]]:
        async with storage.read() as connection:
            rows = await connection.execute(select(outbox.c.origin, outbox.c.destination, outbox.c.envelope))
            return [
                (row.origin, row.destination)
                for row in rows
                if row.envelope["type"] == "field.talkgroup_changed"
            ]

    found = shell.do(told)
    assert found.count(("centre", "mqtt")) == 4


def test_names_from_outside_are_text_and_no_orders_to_the_terminal(shell: Shell) -> None:
    shell("unit", "set", "app:17", "--name", "[red]x[/] [/bold]", "--vehicle", "[link]")
    assert "[red]x[/] [/bold]" in shell("unit", "list")
    assert "[link]" in shell("unit", "show", "app:17")


def test_each_word_is_in_both_languages_and_each_problem_is_an_error_of_ours() -> None:
    for text in [*WORDS.values(), *PROBLEMS.values()]:
        assert text.in_language("zh")
        assert text.in_language("en")
        assert text.in_language("zh") != text.in_language("en")
    own = {
        one.kind for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SonghuaError)
    } | {one.kind for one in OTHERS}
    assert set(PROBLEMS) - {"broker-away", "broker-refused"} <= own


def test_the_broker_is_also_called_mqtt_and_the_terminal_stays_where_it_was() -> None:
    assert COMMANDS["mqtt"] == COMMANDS["broker"]
    done = CliRunner(env={"COLUMNS": "200"}).invoke(build(["unit"]), ["unit", "--help"])
    for verb in ("run", "send", "jobs", "list", "show", "enrol", "revoke", "set"):
        assert verb in done.output
