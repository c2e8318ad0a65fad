"""The unit of work: rows and the durable events about them commit together or not at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar, Final

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock, SystemClock
from core.errors import Unavailable
from core.events import Event
from core.storage.dialect import insert_missing, insert_new, is_busy
from core.storage.schema import inbox, outbox
from core.storage.sealing import NO_SEAL_KEYS, HashChain, SealKeys

_TRANSACTION = "songhua_transaction"

Router = Callable[[Event], Sequence[str]]
"""The outbox destinations of a durable event, for example `("bus", "mqtt")`."""


class StorageAway(Unavailable):
    """The database is locked, stopped or unreachable; nothing of the transaction was kept."""

    kind: ClassVar[str] = "storage-away"
    title: ClassVar[str] = "The database is not available"


class StorageBusy(StorageAway):
    """Others held the rows, or every connection, for too long; nothing of the transaction was kept."""

    kind: ClassVar[str] = "storage-busy"
    title: ClassVar[str] = "Others are writing the same"


def _to_the_bus(_event: Event) -> Sequence[str]:
    return ("bus",)


OF_EVERY_PROCESS: Final = frozenset({"bus", "mqtt"})
"""Destinations that each process relays for itself; what goes elsewhere is sent by the one that leads."""


class Transaction:
    """What may be done inside one write: run statements on `connection`, `emit` durable events."""

    def __init__(self, connection: AsyncConnection, storage: Storage) -> None:
        self.connection = connection
        self._storage = storage
        self._emitted: list[dict[str, object]] = []

    @property
    def clock(self) -> Clock:
        return self._storage.clock

    @property
    def seal_keys(self) -> SealKeys:
        """The keys that seal entries of the chain in this process."""
        return self._storage.seal_keys

    @classmethod
    def of(cls, connection: AsyncConnection) -> Transaction:
        """The transaction whose connection this is. Raises `LookupError` for one that only reads."""
        sync = connection.sync_connection
        transaction = sync.get_execution_options().get(_TRANSACTION) if sync is not None else None
        if isinstance(transaction, cls):
            return transaction
        raise LookupError("this connection writes nothing: use Storage.write")

    async def chain(self, table: Table, keys: Sequence[object]) -> None:
        """Put rows that this transaction wrote under the ledger's chain, where there is one."""
        if self._storage.chain is not None:
            await self._storage.chain.seal(self, table, keys, self._storage.clock.now())

    async def emit(self, event: Event, *, stream: str = "") -> None:
        """Put a durable event into the outbox, with all others of this transaction at its end. Events of one
        `stream` (a case, a unit) keep their order. One that is there already, by its id, is not put again: it
        may have been committed without the answer coming through.
        """
        if event.DELIVERY != "durable":
            raise TypeError(f"{event.TYPE} is a live event: publish it on the bus")
        now = self._storage.clock.now()
        envelope = event.envelope()
        self._emitted += [
            {
                "origin": self._storage.origin_for(destination),
                "destination": destination,
                "stream": stream or event.TYPE,
                "event_id": event.id,
                "envelope": envelope,
                "created_at": now,
                "due_at": now,
                "attempts": 0,
            }
            for destination in self._storage.route(event)
        ]

    async def finish(self) -> frozenset[str]:
        """Write what was emitted; its destinations. `Storage.write` does this just before it commits."""
        if self._emitted:
            await insert_missing(self.connection, outbox, self._emitted, keys=["event_id", "destination"])
        return frozenset(str(row["destination"]) for row in self._emitted)

    async def first_time(self, source: str, msg_id: str) -> bool:
        """True once for each (source, message id): the second delivery of a message gets False, within
        `storage.inbox_days` at least.
        """
        return bool(await self.first_times([(source, msg_id)]))

    async def first_times(self, messages: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """The (source, message id) pairs for which `first_time` is true; each counts as delivered now."""
        if not messages:
            return frozenset()
        now = self._storage.clock.now()
        # In one order everywhere: two who note the same ones would else wait for each other in a circle.
        rows = [{"source": source, "msg_id": msg_id, "at": now} for source, msg_id in sorted(set(messages))]
        columns = [inbox.c.source, inbox.c.msg_id]
        found = await insert_new(self.connection, inbox, rows, returning=columns)
        return frozenset((row.source, row.msg_id) for row in found)


class Commits:
    """Counts the commits that brought something for a destination, and lets its relay wait for the next."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._next: dict[str, asyncio.Event] = {}

    def count(self, destination: str) -> int:
        """How many commits have emitted an event for this destination."""
        return self._counts[destination]

    def note(self, destinations: Iterable[str]) -> None:
        """A commit has emitted for these destinations: who waits for them goes on."""
        for destination in destinations:
            self._counts[destination] += 1
            waited_for = self._next.pop(destination, None)
            if waited_for is not None:
                waited_for.set()

    async def beyond(self, destination: str, count: int) -> None:
        """Return when there are more than `count`."""
        while self._counts[destination] <= count:
            await self._next.setdefault(destination, asyncio.Event()).wait()


def role_of(origin: str) -> str:
    """The role whose process wrote these rows of the outbox."""
    return origin.partition(":")[0]


class Storage:
    """The database as the rooms see it.

    `origin` is the role of this process (`centre`, `radio`, `speech`): each relays its own outbox rows. A
    centre beside the one that leads has its switch's name after it (`centre:south`). `leads`: this process
    does what is done once for the whole database: deadlines, retention, sending. `switch`: the switch whose
    calls and files are here, where others have theirs on other machines; empty where all are here.
    `chain` takes the rows that other rooms put under the ledger's chain, `seal_keys` seal its entries.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        origin: str = "centre",
        leads: bool = True,
        switch: str = "",
        clock: Clock | None = None,
        route: Router = _to_the_bus,
        seal_keys: SealKeys = NO_SEAL_KEYS,
        chain: HashChain | None = None,
    ) -> None:
        self.engine = engine
        self.origin = origin
        self.leads = leads
        self.switch = switch
        self.clock: Clock = clock or SystemClock()
        self.route = route
        self.seal_keys = seal_keys
        self.chain = chain
        self.commits = Commits()
        # SQLite has one writer: waiting here is fair and cheap, waiting in SQLite polls.
        self._writer: asyncio.Lock | None = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def origin_for(self, destination: str) -> str:
        """Whose rows those are that go there."""
        return self.origin if destination in OF_EVERY_PROCESS else role_of(self.origin)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction: commits at the end of the block, rolls back on an exception.

        Raises `StorageAway` when the database cannot be reached or stays locked, `StorageBusy` where only
        rows of it do, or no connection becomes free.
        """
        if self._writer is None:
            async with self._transaction() as transaction:
                yield transaction
            return
        async with self._writer, self._transaction() as transaction:
            yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection with a read transaction; nothing written on it is kept."""
        try:
            async with self.engine.connect() as connection:
                yield connection
        except (DBAPIError, OSError, NoConnectionFree) as error:
            if (away := _away(error)) is None:
                raise
            raise away from error

    async def ping(self) -> None:
        """Raises `StorageAway` when the database does not answer."""
        async with self.read() as connection:
            await connection.execute(select(1))

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        try:
            async with self.engine.connect() as connection:
                transaction = Transaction(connection, self)
                await connection.execution_options(songhua_write=True, **{_TRANSACTION: transaction})
                async with connection.begin():
                    yield transaction
                    destinations = await transaction.finish()
        except (DBAPIError, OSError, NoConnectionFree) as error:
            if (away := _away(error)) is None:
                raise
            raise away from error
        self.commits.note(destinations)


_REMEDY = "see that the database runs, has disk space and is not held by another program"


def _away(error: DBAPIError | OSError | NoConnectionFree) -> StorageAway | None:
    """What the error means for a transaction; None for a fault in it."""
    if isinstance(error, NoConnectionFree):
        # Every connection is in use, for example by those who wait for one row.
        return StorageBusy("no connection became free", remedy="try again")
    if isinstance(error, DBAPIError):
        if is_busy(error):
            return StorageBusy(type(error).__name__, remedy="try again")
        if not isinstance(error, OperationalError) and not error.connection_invalidated:
            return None
    return StorageAway(type(error).__name__, remedy=_REMEDY)
