"""`songhua nuisance`: the list of malicious callers at the terminal, in both languages, with exit codes."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from core.clock import SystemClock
from core.errors import SonghuaError
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway.commands.nuisance import app
from gateway.commands.nuisance_words import PROBLEMS, STATES, WORDS
from hotline.nuisance import errors
from hotline.nuisance.service import MOST_LISTED, Nuisance
from hotline.nuisance.settings import NuisanceSettings
from hotline.nuisance.store import listings
from identity.audit.store import audit
from tests.hotline.ports import AuditTrail
from tests.storage import empty_sqlite

NUMBER = "13904510001"


class Shell:
    """The command line with a settings file and a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        asyncio.run(empty_sqlite(folder / "ledger.db").close())
        self.url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
        (folder / "songhua.toml").write_text(
            f'[storage]\nurl = "{self.url}"\n[ivr]\nnuisance_numbers = ["{NUMBER[:-1]}9"]\n', encoding="utf-8"
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it says at a terminal that is so wide that no line is broken."""
        at = CliRunner(env={"COLUMNS": "300"})
        done = at.invoke(app, [*words, "--config", str(self.folder / "songhua.toml")])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def look_up(self, number: str) -> str:
        async def ask() -> str:
            storage = Storage(create_engine(StorageSettings(url=self.url)))
            held = Nuisance(
                NuisanceSettings(), storage, SystemClock(), audit=AuditTrail(), area_code="", by_settings=()
            )
            try:
                return await held.look_up(number)
            finally:
                await storage.close()

        return asyncio.run(ask())

    def list_many(self, count: int) -> None:
        """So many others, each listed later than all that are there."""

        async def write() -> None:
            storage = Storage(create_engine(StorageSettings(url=self.url)))
            now = SystemClock().now() + timedelta(seconds=1)
            rows = [
                {
                    "listing_id": uuid7(), "number": number, "open_number": number, "reason": "x",
                    "until": now + timedelta(days=1), "added_by": "chief", "added_at": now, "lifted_by": "",
                    "lift_reason": "",
                }
                for number in (f"+86451{one:08d}" for one in range(count))
            ]  # fmt: skip
            async with storage.write() as transaction:
                await transaction.connection.execute(insert(listings), rows)
            await storage.close()

        asyncio.run(write())

    def audited(self) -> list[tuple[str, str]]:
        async def read() -> list[tuple[str, str]]:
            storage = Storage(create_engine(StorageSettings(url=self.url)))
            async with storage.read() as connection:
                rows = (await connection.execute(select(audit.c.action, audit.c.subject))).all()
            await storage.close()
            return [(row.action, row.subject) for row in rows]

        return asyncio.run(read())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_number_is_listed_shown_and_lifted_by_its_number(shell: Shell) -> None:
    added = json.loads(shell("add", NUMBER, "-m", "辱骂", "--days", "30", "--json"))
    assert (added["number"], added["state"]) == (f"+86{NUMBER}", "in_force")
    assert shell.look_up(NUMBER) == "yes"
    shown = json.loads(shell("list", "--json"))
    assert shown["numbers"][0]["number"] == "••••••••••0001"
    assert shown["by_settings"] == ["•••••••0009"]
    assert json.loads(shell("list", "--reveal", "--json"))["numbers"] == [added]
    shell("lift", f"+86 {NUMBER}", "-m", "换了机主")
    assert shell.look_up(NUMBER) == "no"
    assert json.loads(shell("list", "--json"))["numbers"] == []
    (over,) = json.loads(shell("list", "--ended", "--json"))["numbers"]
    assert (over["state"], over["lift_reason"]) == ("lifted", "换了机主")
    subject = f"nuisance:{added['listing_id']}"
    assert shell.audited() == [
        ("nuisance-add", subject), ("list-nuisance", "nuisance"), ("nuisance-lift", subject)
    ]  # fmt: skip


def test_a_listing_is_lifted_by_its_id(shell: Shell) -> None:
    added = json.loads(shell("add", NUMBER, "-m", "x", "--days", "1", "--json"))
    lifted = json.loads(shell("lift", added["listing_id"], "-m", "y", "--json"))
    assert lifted["state"] == "lifted"


def test_a_day_lasts_to_its_end_where_the_centre_is(shell: Shell) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    added = json.loads(shell("add", NUMBER, "-m", "x", "--until", today, "--json"))
    until = datetime.fromisoformat(added["until"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert (until.hour, until.minute) == (0, 0)
    assert (until.date() - datetime.fromisoformat(today).date()).days == 1


@pytest.mark.parametrize(
    ("language", "head", "said"), [("en", "number", "in force"), ("zh", "号码", "生效中")]
)
def test_both_languages(shell: Shell, language: str, head: str, said: str) -> None:
    shell("add", NUMBER, "-m", "x", "--days", "3", "--language", language)
    table = shell("list", "--language", language)
    assert head in table
    assert said in table
    told = shell("add", NUMBER, "-m", "x", "--days", "3", "--language", language, code=1)
    assert told.strip() == f"songhua: {PROBLEMS['nuisance-listed'].in_language(language)}"


@pytest.mark.parametrize("reason", ["[red]threats[/]", "says [/b]", "[link=http://x]a[/link]"])
def test_a_reason_is_shown_as_it_was_written(shell: Shell, reason: str) -> None:
    """Square brackets are no orders to the terminal, and break no list."""
    shell("add", NUMBER, "-m", reason, "--days", "3")
    shown = shell("list")
    assert reason in shown


def test_a_number_is_lifted_however_many_are_listed(shell: Shell) -> None:
    shell("add", NUMBER, "-m", "x", "--days", "3")
    shell.list_many(MOST_LISTED)
    shell("lift", NUMBER, "-m", "y")
    assert shell.look_up(NUMBER) == "no"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", NUMBER, "-m", "x"), 2),
        (("add", NUMBER, "-m", "x", "--days", "3", "--until", "2099-01-01"), 2),
        (("add", NUMBER, "-m", "x", "--until", "tomorrow"), 2),
        (("add", NUMBER, "--days", "3"), 2),
        (("add", NUMBER, "-m", " ", "--days", "3"), 1),
        (("add", NUMBER, "-m", "x", "--until", "2020-01-01"), 1),
        (("add", "110", "-m", "x", "--days", "3"), 1),
        (("add", "nobody", "-m", "x", "--days", "3"), 1),
        (("add", f"{NUMBER[:-1]}9", "-m", "x", "--days", "3"), 1),
        (("lift", NUMBER, "-m", "x"), 1),
        (("lift", f"{NUMBER[:-1]}9", "-m", "x"), 1),
        (("lift", "0b9d1c5e-0000-4000-8000-000000000000", "-m", "x"), 1),
    ],
)
def test_exit_codes(shell: Shell, words: tuple[str, ...], code: int) -> None:
    shell(*words, code=code)


def test_settings_that_are_wrong_are_exit_code_3(shell: Shell) -> None:
    with (shell.folder / "songhua.toml").open("a") as file:
        file.write("[hotline.nuisance]\nkept_days = 0\n")
    shell("list", code=3)


def test_every_sentence_and_every_refusal_is_there_in_both_languages() -> None:
    texts = [*WORDS.values(), *STATES.values(), *PROBLEMS.values()]
    assert all(
        text.in_language("zh") and text.in_language("en") and text.in_language("zh") != text.in_language("en")
        for text in texts
    )
    kinds = {
        one.kind
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, SonghuaError) and one.__module__ == errors.__name__
    }
    assert kinds == set(PROBLEMS)
