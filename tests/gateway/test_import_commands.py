"""Tables of telephones, queues and trunks at the terminal: tried, taken whole or the good lines, no secret
on the screen; and the settings that come of them.
"""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from core.storage import Storage, StorageSettings, create_engine
from gateway.backup.places import included
from gateway.cli import build
from gateway.included_settings import included_file
from gateway.settings import BadSettings, Settings
from gateway.settings_check.check import examine
from identity.audit.store import audit
from tests.storage import empty_sqlite
from tests.workbook import workbook

SONGHUA = build(("phone", "queue", "trunk", "user", "tg", "config"))
PHONES = "话机,浏览器,可拨,密码\nagent-2,是,mobile;local,\nagent-3,否,,0123456789abcdef\n"


class Desk:
    """The command line with a settings file and a database of its own."""

    def __init__(self, folder: Path) -> None:
        asyncio.run(empty_sqlite(folder / "ledger.db").close())
        self.folder = folder
        self.url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
        self.config = folder / "songhua.toml"
        self.write()

    def write(self, more: str = "") -> None:
        self.config.write_text(
            f'[storage]\nurl = "{self.url}"\n[ami]\nsecret = "0123456789abcdef"\n{more}'
            f'[asterisk.directories]\netc = "{self.folder}/etc"\nprompts = "{self.folder}/prompts"\n'
            f'recordings = "{self.folder}/rec"\n'
            '[asterisk.ami]\nname = "songhua"\nsecret = "0123456789abcdef"\n'
            '[[asterisk.agents]]\nname = "agent-1"\nsecret = "0123456789abcdef"\nbrowser = true\n',
            encoding="utf-8",
        )

    def table(self, text: str | bytes, name: str = "table.csv") -> Path:
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def run(self, *words: object) -> Result:
        return CliRunner().invoke(SONGHUA, [*map(str, words), "--config", str(self.config)])

    def told(self, *words: object) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(*words, "--json").stdout)
        return found

    def settings(self) -> Settings:
        return Settings.load(self.config)

    def audited(self) -> list[tuple[str, Any]]:
        async def look() -> list[tuple[str, Any]]:
            storage = Storage(create_engine(StorageSettings(url=self.url)))
            async with storage.read() as connection:
                rows = (await connection.execute(select(audit))).all()
            await storage.close()
            return [(row.action, row.detail) for row in rows]

        return asyncio.run(look())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_phones_are_tried_then_taken_and_their_secrets_are_only_in_files(desk: Desk) -> None:
    table = desk.table(PHONES.encode("gb18030"))
    tried = desk.told("phone", "import", table, "--dry-run")
    assert (tried["added"], tried["applied"], tried["passwords_file"]) == (2, False, None)
    assert not included_file(desk.config, "phones.toml").exists()
    ran = desk.run("phone", "import", table)
    assert ran.exit_code == 0, ran.output
    kept = desk.folder / "table.passwords.csv"
    assert kept.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(kept.read_text().splitlines()))
    assert (rows[0], rows[1][0], len(rows)) == (["id", "password"], "agent-2", 2)
    assert str(kept) in ran.stdout
    assert "songhua asterisk render" in ran.stdout
    for secret in (rows[1][1], "0123456789abcdef"):
        assert secret not in ran.output
    agents = {one.name: one for one in desk.settings().asterisk.agents}  # type: ignore[union-attr]
    assert list(agents) == ["agent-1", "agent-2", "agent-3"]
    assert (agents["agent-2"].browser, agents["agent-2"].may_dial) == (True, ("mobile", "local"))
    assert agents["agent-2"].secret.get_secret_value() == rows[1][1]
    assert agents["agent-3"].secret.get_secret_value() == "0123456789abcdef"
    assert (desk.folder / "secrets" / "phone-agent-2").stat().st_mode & 0o007 == 0
    assert desk.audited() == [("phones.import", {"add": ["agent-2", "agent-3"], "change": []})]
    assert [one["name"] for one in desk.told("phone", "list")["phones"]] == list(agents)


def test_the_same_table_again_changes_nothing_and_a_change_keeps_the_secret(desk: Desk) -> None:
    desk.run("phone", "import", desk.table(PHONES))
    before = included_file(desk.config, "phones.toml").read_bytes()
    again = desk.told("phone", "import", desk.table(PHONES))
    assert (again["same"], again["applied"], again["passwords_file"]) == (2, False, None)
    assert included_file(desk.config, "phones.toml").read_bytes() == before
    first = {one.name: one.secret for one in desk.settings().asterisk.agents}  # type: ignore[union-attr]
    changed = desk.told("phone", "import", desk.table("name,browser\nagent-2,no\n"))
    assert changed["lines"][0]["changes"] == ["browser: yes → no"]
    assert {one.name: one.secret for one in desk.settings().asterisk.agents} == first  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Agent 4,,", "name"),
        ("agent-4,perhaps,", "yes or no"),
        ("agent-4,,short", "at least 12 characters"),
        ("agent-4,,change-me-please", "example's value"),
        ("agent-1,no,", "stands in the settings file itself"),
        ("agent-2,yes,", "already in line 2"),
    ],
)
def test_a_refused_line_keeps_all_out_unless_the_good_ones_are_asked_for(
    desk: Desk, line: str, why: str
) -> None:
    table = desk.table(f"name,browser,secret\nagent-2,yes,\n{line}\n")
    ran = desk.run("phone", "import", table)
    assert (ran.exit_code, why in ran.output.replace("\n", " ")) == (1, True), ran.output
    assert not included_file(desk.config, "phones.toml").exists()
    assert not (desk.folder / "table.passwords.csv").exists()
    good = desk.run("phone", "import", table, "--partial", "--json")
    told = json.loads(good.stdout)
    assert (good.exit_code, told["refused"], told["added"], told["applied"]) == (1, 1, 1, True)
    assert [one["act"] for one in told["lines"]] == ["add", "refused"]


def test_queues_and_trunks_from_a_spreadsheet(desk: Desk) -> None:
    queues = workbook([
        ["队列", "策略", "振铃秒", "后备话机", "溢出到", "坐席接听"],
        ["water", "ringall", 25, "agent-1", "hotline", None], ["night", None, None, None, None, "否"],
    ])  # fmt: skip
    assert desk.told("queue", "import", desk.table(queues, "queues.xlsx"))["applied"]
    found = desk.settings()
    assert found.asterisk is not None
    assert [one.name for one in found.asterisk.queues] == ["hotline", "water", "night"]
    water = found.asterisk.queues[1]
    assert (water.ring_seconds, water.fallback_members, water.overflow_to) == (25, ("agent-1",), "hotline")
    assert found.hotline.queues == ("hotline", "water")
    assert desk.told("queue", "import", desk.table("name,served\nnight,yes\n"))["changed"] == 1
    assert desk.settings().hotline.queues == ("hotline", "water", "night")
    trunks = desk.table(
        "name,match,username,secret,contact\ncarrier,192.0.2.10,,,192.0.2.10\nsip,,u,a-long-word-of-ours,\n"
    )
    assert desk.told("trunk", "import", trunks)["added"] == 2
    switch = desk.settings().asterisk
    assert switch is not None
    assert switch.trunks[0].match == ("192.0.2.10",)
    assert switch.trunks[1].secret is not None
    assert "a-long-word-of-ours" not in included_file(desk.config, "trunks.toml").read_text()


def test_what_would_break_the_settings_is_refused_as_a_whole(desk: Desk) -> None:
    table = desk.table("name,fallback_members\nwater,agent-9\n")
    ran = desk.run("queue", "import", table)
    assert ran.exit_code == 1
    assert "agent-9" in ran.output
    assert not included_file(desk.config, "queues.toml").exists()


def test_a_mistake_in_an_included_file_is_found_with_its_place(desk: Desk) -> None:
    desk.run("phone", "import", desk.table(PHONES))
    file = included_file(desk.config, "phones.toml")
    file.write_text(file.read_text().replace("browser = true", 'browser = "perhaps"'))
    (wrong,) = [one for one in examine(desk.config, {}).mistakes if one.key.endswith("browser")]
    assert (wrong.file, wrong.line) == (
        str(file),
        file.read_text().splitlines().index('browser = "perhaps"') + 1,
    )
    file.write_text("[web]\nport = 1\n")
    with pytest.raises(BadSettings, match="does not belong here"):
        desk.settings()
    assert examine(desk.config, {}).mistakes[0].file == str(file)
    file.write_text("[[asterisk.agents]\n")
    assert examine(desk.config, {}).mistakes[0].file == str(file)


def test_included_files_have_their_place_in_a_backup(desk: Desk) -> None:
    assert {one.key for one in included(desk.config)} == {
        "included.phones",
        "included.queues",
        "included.trunks",
    }


def test_a_password_file_that_cannot_be_made_is_said_before_anything_is_done(desk: Desk) -> None:
    table = desk.table("id,name,roles\nli.na,李娜,agent\n")
    there = desk.table("kept", "there.csv")
    assert desk.run("user", "import", table, "--password-out", there).exit_code == 2
    assert desk.run("user", "import", table, "--password-out", "/nowhere/x").exit_code == 1
    assert there.read_text() == "kept"
    told = desk.told("user", "import", table)
    assert told["added"] == 1
    assert "li.na" in Path(told["passwords_file"]).read_text()
    assert desk.told("user", "import", table)["passwords_file"] is None
