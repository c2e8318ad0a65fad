"""Brings a table of telephones, queues or trunks into the settings.

Every line is checked first, then the settings as they would be: nothing is written that the service would
refuse. What is done is in the audit trail before it is done.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from core.actor import Actor
from core.audit import Audit
from core.csv_table import CsvTable, TableReport, read_csv, report
from core.errors import Invalid
from gateway.first_settings import new_secret
from gateway.included_settings import SERVED as SERVED_QUEUES
from gateway.included_settings import included_file, included_files, joined
from gateway.secret_sources import FILE, SECRETS_FOLDER
from gateway.settings import BadSettings, Settings
from gateway.switch_tables.model import SERVED, PresentEntries, SwitchLine, SwitchTable, explicit, read_line
from gateway.switch_tables.writing import alone, put, text_of


class SwitchTableImport:
    """`made` are the secrets that were made, by name, after an import."""

    def __init__(self, config: Path, table: SwitchTable, audit: Audit) -> None:
        self._config = config.absolute()
        self._table = table
        self._audit = audit
        self._file = included_file(config, table.file)
        self.made: dict[str, str] = {}

    async def import_table(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> TableReport:
        """What each line does; with `op_id` it is done. An empty cell leaves an entry as it is; entries that
        are not in the table stay. Raises `TableUnreadable`, `Invalid` where the settings would be wrong,
        `StorageAway` and `OSError`.
        """
        table, lines = await asyncio.to_thread(self._read, data)
        told = [line.report for line in lines]
        if any(line.entry is None for line in lines):
            return report(table, told, applied=False)
        await asyncio.to_thread(self._tried, lines)
        changed = [one for one in told if one.act != "same"]
        if op_id is None or not changed:
            return report(table, told, applied=False)
        detail = {act: [one.key for one in changed if one.act == act] for act in ("add", "change")}
        await self._audit.record(actor, f"{self._table.name}.import", f"settings:{self._table.name}", detail)
        await asyncio.to_thread(self._write, lines)
        return report(table, told, applied=True)

    def _read(self, data: bytes) -> tuple[CsvTable, list[SwitchLine]]:
        table = read_csv(data, self._table.columns, required=self._table.required, most=2_000)
        present = self._present()
        first: dict[str, int] = {}
        lines = [read_line(self._table, line, present, first, new_secret()) for line in table.lines]
        return table, lines

    def _present(self) -> PresentEntries:
        settings = Settings.load(self._config)
        section, key = self._table.key
        entries = (
            {} if settings.asterisk is None else {one.name: one for one in getattr(settings.asterisk, key)}
        )
        base = _read(self._config)
        elsewhere = frozenset(_names(base.get(section, {}).get(key, ())))
        served = frozenset(settings.hotline.queues)
        own_served = frozenset(_read(self._file).get("hotline", {}).get("queues", ()))
        return PresentEntries(entries, elsewhere, served, served - own_served)

    def _tried(self, lines: Sequence[SwitchLine]) -> None:
        """Raises `Invalid` where the service would not start with the settings as they would be."""
        section, key = self._table.key
        own, ours = self._lists(lines), {line.report.key: line for line in lines if line.secret}
        trial = [
            {**{name: value for name, value in one.items() if name != f"secret{FILE}"},
             "secret": ours[one["name"]].secret}
            if one["name"] in ours
            else one
            for one in own[self._table.key]
        ]  # fmt: skip
        told = _nested({**own, (section, key): trial})
        others = [one for one in included_files(self._config) if one != self._file]
        more = [*((one, _read(one)) for one in others), (self._file, told)]
        try:
            Settings.of(joined(_read(self._config), more).told, self._config)
        except BadSettings as bad:
            raise Invalid(
                f"the settings would be wrong: {bad}",
                remedy="correct the table, or the settings file that it refers to",
            ) from bad

    def _lists(self, lines: Sequence[SwitchLine]) -> dict[tuple[str, str], list[Any]]:
        """What the file would hold, by section and key."""
        section, key = self._table.key
        own = _read(self._file)
        entries = {str(one["name"]): one for one in own.get(section, {}).get(key, ())}
        served = dict.fromkeys(own.get("hotline", {}).get("queues", ()))
        for line in lines:
            name = line.report.key
            if line.entry is None or (line.report.act == "same"):
                continue
            entries[name] = self._entry(name, line, entries.get(name, {}))
            if line.served:
                served[name] = None
            elif line.served is False:
                served.pop(name, None)
        found: dict[tuple[str, str], list[Any]] = {self._table.key: list(entries.values())}
        if SERVED in self._table.columns and served:
            elsewhere = self._present().served_elsewhere
            found[SERVED_QUEUES] = [name for name in served if name not in elsewhere]
        return found

    def _entry(self, name: str, line: SwitchLine, before: Mapping[str, Any]) -> dict[str, Any]:
        if line.entry is None:
            return dict(before)
        told = {
            key: _plain(value)
            for key, value in explicit(line.entry).items()
            if key != "secret" and value is not None
        }
        place = f"secret{FILE}"
        if line.secret:
            return {**told, place: str(self._secret_file(name))}
        return {**told, **{key: value for key, value in before.items() if key in {place, "secret"}}}

    def _secret_file(self, name: str) -> Path:
        return self._config.parent / SECRETS_FOLDER / f"{self._table.name[:-1]}-{name}"

    def _write(self, lines: Sequence[SwitchLine]) -> None:
        with alone(self._file.parent):
            text = text_of(self._table.name[:-1], self._lists(lines))
            for line in lines:
                if line.secret and line.report.act != "same":
                    put(self._secret_file(line.report.key), line.secret + "\n")
            put(self._file, text)
        self.made = {line.report.key: line.secret for line in lines if line.made}


def _read(file: Path) -> dict[str, Any]:
    """What a TOML file says that the settings were loaded from; nothing where it is not there."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _names(entries: Sequence[Any]) -> list[str]:
    return [str(one["name"]) for one in entries if isinstance(one, Mapping) and "name" in one]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _nested(lists: Mapping[tuple[str, str], Sequence[Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for (section, key), entries in lists.items():
        found.setdefault(section, {})[key] = list(entries)
    return found
