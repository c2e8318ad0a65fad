"""Puts a recorded installation back (`record.py` made it): settings, database, broker, ledger keys, terminal.

Its clock was another one. What the program keeps for some days only (outbox, inbox, field units, cases) is
moved to now, or it would be pruned before a test sees it; the ledger is signed and stays as it is.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sqlite3
import tarfile
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import asyncpg

RECORDED: Final = Path(__file__).parent / "installation-0016"
TERMINAL: Final = RECORDED / "unit.pyz"
"""The terminal's program of that version: `python unit.pyz run …`."""
_PLACE: Final = "/srv/songhua"
_PROGRAM: Final = "/opt/songhua"
_INTO: Final = re.compile(r'INSERT INTO (?:public\.)?"?(\w+)"?')
_MOVED: Final = ("outbox", "inbox", "radio_", "case", "hotline_", "identity_session")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(?:\.\d{1,6})?")

_TAKEN: Final = re.compile(r"""INTO (?:public\.)?"?inbox"? VALUES ?\('mqtt:centre', ?'([0-9a-f-]{36})'""")
_HANDED_OVER: Final = re.compile(
    r"""INTO\ (?:public\.)?"?outbox"?\ VALUES\ ?\(\d+,\ ?'(radio)',\ ?'mqtt',\ ?'[^']*',\ ?'[0-9a-f-]+',
        \ ?'(\{.*\})',\ ?'[^']+',\ ?\d+,\ ?'[^']+',\ ?NULL,\ ?'[^']+'\)""",
    re.VERBOSE,
)
"""An event of the role radio that the broker has taken: the last column says when."""


class Installation:
    """What was recorded on one kind of database, `sqlite` or `postgresql`."""

    def __init__(self, kind: str) -> None:
        self._folder = RECORDED / kind
        self.facts: dict[str, Any] = json.loads((self._folder / "facts.json").read_text(encoding="utf-8"))

    @cached_property
    def recorded_at(self) -> datetime:
        """When the last event was handed over, or became due: the last column with a moment."""
        rows = [line for line in self._dump.splitlines() if _table(line) == "outbox"]
        latest = max(list(_MOMENT.finditer(row))[-1].group() for row in rows)
        return datetime.fromisoformat(latest).replace(tzinfo=UTC)

    @cached_property
    def database(self) -> str:
        """The dump as SQL text. In tables that are not signed every moment is so much later that the latest
        is now.
        """
        age = datetime.now(UTC) - self.recorded_at
        made, table = [], ""
        for line in self._dump.splitlines():
            table = _table(line) or (table if not line.startswith(("CREATE", "ALTER", "SET", "--")) else "")
            made.append(_later(line, age) if table.startswith(_MOVED) else line)
        return "\n".join(made) + "\n"

    @cached_property
    def _dump(self) -> str:
        return gzip.decompress((self._folder / "database.sql.gz").read_bytes()).decode()

    def settings(self, folder: Path, checkout: Path) -> dict[str, Any]:
        """The settings file as it was, its folders below `folder`."""
        text = (self._folder / "songhua.toml").read_text(encoding="utf-8")
        return tomllib.loads(text.replace(_PLACE, str(folder)).replace(_PROGRAM, str(checkout)))

    def retained(self) -> list[tuple[str, str]]:
        """What the broker kept: topic and payload."""
        lines = (self._folder / "retained.jsonl").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return [(one["topic"], json.dumps(one["payload"], ensure_ascii=False)) for one in found]

    def queued(self) -> list[tuple[str, str]]:
        """What the broker held for roles that were away: topic and payload of each event that had been handed
        over and was not taken yet.
        """
        lines = self.database.splitlines()
        taken = {row.group(1) for row in map(_TAKEN.search, lines) if row}
        rows = [row for row in map(_HANDED_OVER.search, lines) if row]
        events = [(row.group(1), json.loads(row.group(2))) for row in rows]
        return [
            (f"v1/harbin/role/{role}/{event['type']}", json.dumps(event))
            for role, event in events
            if event["id"] not in taken
        ]

    def put_broker(self, folder: Path) -> None:
        """The accounts of roles and units, before the new version renders the broker's files again."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("accounts.json", "passwords.json"):
            shutil.copyfile(self._folder / name, folder / name)

    def put_ledger_keys(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("ledger.key", "heads.jsonl"):
            shutil.copyfile(self._folder / name, folder / name)
            (folder / name).chmod(0o600)

    def put_recordings(self, folder: Path) -> None:
        """What the switch had recorded."""
        with tarfile.open(self._folder / "recordings.tar.gz") as archive:
            archive.extractall(folder, filter="data")

    def put_terminal(self, store: Path) -> None:
        """The jobs that the unit's terminal keeps, and what it has reported."""
        with sqlite3.connect(store) as connection:
            connection.executescript((self._folder / "unit.sql").read_text(encoding="utf-8"))

    def put_sqlite(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        with sqlite3.connect(file) as connection:
            connection.executescript(self.database)

    async def put_postgresql(self, url: str) -> None:
        """Into an empty database, whose URL is SQLAlchemy's."""
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        lines = self.database.splitlines()
        await connection.execute("\n".join(line for line in lines if not line.startswith("\\")))
        await connection.close()


def _table(line: str) -> str:
    found = _INTO.match(line)
    return found.group(1) if found else ""


def _later(line: str, by: timedelta) -> str:
    def later(moment: re.Match[str]) -> str:
        return (datetime.fromisoformat(moment.group()) + by).isoformat(moment.group(1), "microseconds")

    return _MOMENT.sub(later, line)
