"""A small ledger for the tests: a CEL file, a recordings folder, a key, and the parts that work on them."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from sqlalchemy import select, text

from cdr.agents.store import AgentStateRow
from cdr.audit import ChainReport, init_keys, verify
from cdr.calls.closer import Closer
from cdr.calls.projection import Parties
from cdr.calls.projector import CallProjector
from cdr.calls.store import calls
from cdr.cel.importer import Importer
from cdr.chain import seal_keys
from cdr.chain.heads import HeadSigner
from cdr.chain.records import SealedTable
from cdr.ports import LiveSnapshot
from cdr.recordings.watcher import Watcher, WatchTimes
from cdr.service import LedgerService
from cdr.settings import CdrSettings
from cdr.tables import SEALED
from core.actor import Actor, Role
from core.bus import BatchHandler, E, Handler
from core.errors import Unauthenticated
from core.events import Event
from core.storage import Storage, Transaction
from tests.cdr.ports import played_ports
from tests.cdr.script import Script

AGENTS = {"8001": "li.na", "8002": "wang.wei"}
SUPERVISOR = Actor("zhao", "Zhao", frozenset({Role.SUPERVISOR}))
AGENT = Actor("li.na", "Li Na", frozenset({Role.AGENT}))
OTHER_AGENT = Actor("wang.wei", "Wang Wei", frozenset({Role.AGENT}))
ACCEPTOR = Actor("wang.fang", "Wang Fang", frozenset({Role.ACCEPTOR}))
DISPATCHER = Actor("sun", "Sun", frozenset({Role.DISPATCHER}))


class Trail:
    """The audit trail as a list."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []
        self.views: list[tuple[str, str, str]] = []

    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.views.append((actor.id, action, subject))

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.entries.append((actor.id, action, subject))

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        del transaction
        self.entries.append((actor.id, action, subject))


class Seats:
    def agent_of(self, endpoint: str, at: datetime) -> str | None:
        return AGENTS.get(endpoint)


class Switch:
    """What Asterisk would say is alive; None: no link."""

    def __init__(self) -> None:
        self.alive: frozenset[str] | None = frozenset()

    async def snapshot(self) -> LiveSnapshot | None:
        return None if self.alive is None else LiveSnapshot(self.alive)


class HandedBus:
    """A bus that hands each event to its subscribers at once, in the test's own task."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Any]] = {}
        self._runs: dict[type[Event], list[Any]] = {}

    def publish(self, event: Event) -> None:
        raise AssertionError("the ledger publishes nothing live")

    async def deliver(self, event: Event) -> None:
        for handler in self._handlers.get(type(event), []):
            await handler(event)
        for handler in self._runs.get(type(event), []):
            await handler([event])

    def subscribe(self, event_type: type[E], handler: Handler[E], *, name: str) -> None:
        self._handlers.setdefault(event_type, []).append(handler)

    def subscribe_batch(
        self, event_types: tuple[type[Event], ...], handler: BatchHandler, *, name: str
    ) -> None:
        for event_type in event_types:
            self._runs.setdefault(event_type, []).append(handler)


@dataclass(frozen=True)
class Snapshot:
    """Every byte of a world on SQLite: its database and its folder, with the times of the files."""

    database: bytes
    files: Mapping[str, tuple[bytes, int, int]]
    """By path below the folder: content, mode, time of the last write in ns."""


@dataclass
class World:
    storage: Storage
    folder: Path
    trail: Trail = field(default_factory=Trail)
    switch: Switch = field(default_factory=Switch)
    bus: HandedBus = field(default_factory=HandedBus)
    actor: Actor | None = None

    def __post_init__(self) -> None:
        self.cel = self.folder / "cel" / "calls.csv"
        self.cel.parent.mkdir()
        self.recordings = self.folder / "rec"
        self.recordings.mkdir()
        self.key = self.folder / "chain.key"
        self.heads = self.folder / "chain.heads"
        self.settings = CdrSettings(
            cel_file=self.cel,
            recordings=self.recordings,
            key_file=self.key,
            heads_file=self.heads,
            recordings_key_file=self.folder / "recordings.key",
        )
        init_keys(self.settings)
        self.storage.seal_keys = seal_keys.load(self.settings.sealing_key)
        self.ports = played_ports(
            storage=self.storage,
            bus=self.bus,
            audit=self.trail,
            actor=self.who,
            roster=Seats(),
            live_calls=self.switch,
        )
        self.ledger = LedgerService(self.settings, self.ports)
        self.importer = Importer(self.storage, self.cel, "songhua")
        self.projector = CallProjector(
            self.storage, "songhua", Parties(), recordings_root="/rec", agent_of=Seats().agent_of
        )
        self.watcher = Watcher(
            self.storage,
            self.recordings,
            "songhua",
            WatchTimes(still_s=0, missing_s=5, orphan_s=0, sweep_s=0),
        )
        self.closer = Closer(
            self.storage, "songhua", live=self.switch, caught_up=lambda: True, quiet_s=10, blind_s=3600
        )
        self.signer = HeadSigner(self.storage, self.key, self.heads)

    async def who(self, request: Request) -> Actor:
        if self.actor is None:
            raise Unauthenticated
        return self.actor

    async def keep_agent_state(self, row: AgentStateRow) -> bool:
        """Whether it was new."""
        async with self.ledger.entries() as entries:
            return await entries.agent_states([row]) > 0

    async def snapshot(self) -> Snapshot:
        async with self.storage.read() as connection:
            await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        found = {
            str(path.relative_to(self.folder)): (
                path.read_bytes(),
                path.stat().st_mode,
                path.stat().st_mtime_ns,
            )
            for path in self.folder.rglob("*")
            if path.is_file()
        }
        return Snapshot(self._database.read_bytes(), found)

    async def restore(self, snapshot: Snapshot) -> None:
        """As if the snapshot had been lived here."""
        await self.storage.close()
        self._database.write_bytes(snapshot.database)
        for path, (content, mode, written) in snapshot.files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(mode)
            os.utime(file, ns=(written, written))
        self.storage.seal_keys = seal_keys.load(self.settings.sealing_key)

    @property
    def _database(self) -> Path:
        assert self.storage.engine.url.database
        return Path(self.storage.engine.url.database)

    def write(self, told: Script | list[bytes]) -> None:
        with self.cel.open("ab") as stream:
            stream.write(b"".join(told) if isinstance(told, list) else told.data)

    async def take_in(self, told: Script | list[bytes] | None = None) -> None:
        """Import what was written, and derive the calls that it touches."""
        if told is not None:
            self.write(told)
        await self.importer.import_once()
        await self.projector.derive_once()

    async def settle(self) -> int:
        return await self.watcher.settle_once()

    async def verify(
        self, *, files: bool = False, copies: Sequence[Path] = (), tables: Sequence[SealedTable] = ()
    ) -> ChainReport:
        return await verify(
            self.storage,
            self.key,
            self.heads,
            recordings=self.recordings if files else None,
            recordings_key=self.settings.recordings_key_file,
            seals=seal_keys.load(self.settings.sealing_key),
            copies=copies,
            tables=[*SEALED, *tables],
        )

    async def calls(self) -> list[Any]:
        async with self.storage.read() as connection:
            return list((await connection.execute(select(calls).order_by(calls.c.started_at))).all())

    def sound(
        self, told: Script, *, seconds: float = 2.0, who: str = "trunk", age: float = 10.0
    ) -> list[Path]:
        """Both directions of a leg as MixMonitor leaves them, last written `age` seconds ago."""
        return [self.alaw(f"20261125/{told.ids[who]}-{track}.alaw", seconds, age) for track in ("in", "out")]

    def alaw(self, path: str, seconds: float = 2.0, age: float = 10.0) -> Path:
        return self._file(path, os.urandom(int(seconds * 8_000)), age)

    def wav(self, path: str, seconds: float = 2.0, age: float = 10.0) -> Path:
        """As recordings were before they were A-law."""
        sound = os.urandom(int(seconds * 16_000))
        header = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16, b"data", len(sound),
        )  # fmt: skip
        return self._file(path, header + sound, age)

    def _file(self, path: str, content: bytes, age: float) -> Path:
        file = self.recordings / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (time.time() - age, time.time() - age))
        return file


def whats(report: ChainReport) -> list[str]:
    return [finding.what for finding in report.findings]
