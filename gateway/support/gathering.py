"""Collects the files of a bundle. What cannot be read is said, and holds nothing up."""

from __future__ import annotations

import json
import math
import platform
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from core.errors import SonghuaError
from core.secret import shown
from core.storage import Storage, create_engine
from gateway.asterisk.doctor import AmiProbe, Console
from gateway.database import absent
from gateway.examination.roles import roles_of
from gateway.examination.status import look_at
from gateway.examination.system import examine_system
from gateway.logs.reading import LogSource
from gateway.settings import Settings
from gateway.support.database import names_in, schema_of
from gateway.support.scrubbing import Scrubber, secrets_of

MOST_LINES: Final = 20_000
ABOUT: Final = """Songhua: support bundle

Read it before you pass it on. Settings are here without secrets, logs only with phrases of the program and
fields that name nobody; numbers, names and addresses of people are replaced. Nothing was sent anywhere.
"""


class SupportBundle:
    """`files` are the texts by name; `not_read` says what is missing, and why."""

    def __init__(
        self, settings: Settings, config: Path | None, source: LogSource, *, console: Console, ami: AmiProbe
    ) -> None:
        self._settings = settings
        self._config = config
        self._source = source
        self._console = console
        self._ami = ami
        self.files: dict[str, str] = {}
        self.not_read: list[str] = []

    async def gather(self, now: datetime, hours: float, unread: Sequence[str] = ()) -> None:
        """`unread` are the places of secrets that this user may not read."""
        self.not_read += [f"{place}: this user may not read it" for place in unread]
        names: set[str] = set()
        # SQLite would make the missing file.
        missing = absent(self._settings.storage)
        away = "storage.password" in unread or missing is not None
        storage = Storage(create_engine(self._settings.storage), origin="centre")
        try:
            if away:
                why = missing.remedy if missing is not None else "its password may not be read by this user"
                self.not_read.append(f"database: {why}")
            else:
                names = await self._try("names in the database", lambda: names_in(storage), set())
            scrubber = Scrubber(secrets_of(self._settings), names)
            found = {
                "versions.json": _versions(),
                "settings.json": shown(self._settings.model_dump()),
                "status.json": await self._try("status", lambda: self._status(unread), None),
                "doctor.json": await self._try("doctor", lambda: self._doctor(unread), None),
                "schema.json": None if away else await self._try("schema", lambda: schema_of(storage), None),
            }
        finally:
            await storage.close()
        found |= await self._roles()
        texts = {name: _json(scrubber.value(value)) for name, value in found.items() if value is not None}
        texts["log.jsonl"] = self._log(scrubber, now - timedelta(hours=hours), now)
        texts["about.txt"] = ABOUT
        texts["not-read.json"] = _json(scrubber.value(self.not_read))
        self.files = texts

    async def _status(self, unread: Sequence[str]) -> Any:
        return (await look_at(self._settings, unread)).document()

    async def _doctor(self, unread: Sequence[str]) -> Any:
        found = await examine_system(
            self._settings, self._config, console=self._console, ami=self._ami, unread=unread
        )
        return [
            {
                "check": one.check, "severity": one.severity, "where": one.where,
                "what": one.what.in_language("en"), "remedy": one.remedy.in_language("en"),
            }
            for one in found
        ]  # fmt: skip

    async def _roles(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for role in await roles_of(self._settings):
            if role.told is None:
                self.not_read.append(
                    f"health of {role.name}: nobody answers at {role.address or 'no address'}"
                )
                continue
            found[f"health-{role.name}.json"] = {"health": role.told, "ready": role.ready}
            # What was never measured is no number, and JSON has no word for that.
            found[f"metrics-{role.name}.json"] = {
                name: value for name, value in role.figures.items() if math.isfinite(value)
            }
        return found

    def _log(self, scrubber: Scrubber, since: datetime, until: datetime) -> str:
        kept: deque[str] = deque(maxlen=MOST_LINES)
        count = 0
        for line in self._source.lines(since, until):
            count += 1
            kept.append(json.dumps(scrubber.value(line.shown()), ensure_ascii=False, default=str))
        if count > MOST_LINES:
            self.not_read.append(f"log: the newest {MOST_LINES} of {count} lines are here")
        self.not_read += self._source.trouble
        return "".join(f"{line}\n" for line in kept)

    async def _try(self, what: str, get: Callable[[], Awaitable[Any]], otherwise: Any) -> Any:
        try:
            return await get()
        except SonghuaError as error:
            self.not_read.append(f"{what}: {error.remedy or error.title}")
        except OSError as error:
            self.not_read.append(f"{what}: {error.strerror or type(error).__name__}")
        return otherwise


def _versions() -> dict[str, Any]:
    packages = {one.metadata["Name"]: one.version for one in metadata.distributions() if one.metadata["Name"]}
    return {
        "songhua": metadata.version("songhua"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": dict(sorted(packages.items())),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"
