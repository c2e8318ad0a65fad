"""Texts both ways: kept before anything is said about them, each once by its id, tried until the unit has it.

The same table is used by the role `centre` (what dispatchers write and read) and by `radio` (the network).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from core.actor import Actor, Role
from core.errors import Conflict, Invalid, SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from radio_bridge.drivers.port import SaidText
from radio_bridge.errors import UnknownText, UnknownUnit
from radio_bridge.events import TextChanged
from radio_bridge.texts import store
from radio_bridge.texts.model import MOST_CHARACTERS, Offered, Read, Seen, Text, TextState, Tick, apply
from radio_bridge.units import store as unit_store

_log = logger("radio_bridge")
_heard = counter("radio_bridge_texts", "Texts of units by what became of them", ["fate"])

DISPATCH = (Role.DISPATCHER, Role.SUPERVISOR)
MOST_LISTED = 500
FORGET_EVERY_S = 3600.0


class TextDesk:
    """What people at the centre do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def write(self, actor: Actor, op_id: UUID, unit_id: str, words: str) -> Text:
        """Queue a text for the unit; its id is `op_id`, so asked twice it is one.

        Raises `UnknownUnit`, `Invalid`, and `Conflict` for an op_id of something else.
        """
        actor.require(*DISPATCH)
        said = words.strip()
        if not said or len(said) > MOST_CHARACTERS:
            raise Invalid(f"a text has 1 to {MOST_CHARACTERS} characters")
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            known = await store.find(transaction.connection, op_id)
            if known is not None:
                if (known.unit_id, known.way, known.text) != (unit_id, "down", said):
                    raise Conflict("this op_id was used for something else", remedy="make a new op_id")
                return known
            if await unit_store.find(transaction.connection, unit_id) is None:
                raise UnknownUnit(unit_id, remedy="see GET /api/units")
            seq = await unit_store.next_seq(transaction, unit_id)
            text = Text(
                op_id, unit_id, "down", TextState.QUEUED, said, actor.id, actor.name, now, now, seq
            )  # fmt: skip
            await store.add(transaction, text)
            await _tell(transaction, text)
        return text

    async def read(self, actor: Actor, text_id: UUID) -> Text:
        """Note who has read a unit's text; the first one stays. Raises `UnknownText`."""
        actor.require(*DISPATCH)
        async with self._storage.write() as transaction:
            text = await store.find(transaction.connection, text_id, change=True)
            if text is None or text.way != "up":
                raise UnknownText(remedy="see GET /api/texts")
            text, further = apply(text, Read(actor.id, self._storage.clock.now()))
            if further:
                await store.save(transaction, text)
                await _tell(transaction, text)
        return text

    async def listed(
        self,
        actor: Actor,
        *,
        unit_id: str | None = None,
        unread: bool = False,
        before: datetime | None = None,
        limit: int = 100,
    ) -> Sequence[Text]:
        """The newest first, at most `MOST_LISTED`."""
        actor.require(*DISPATCH)
        async with self._storage.read() as connection:
            return await store.listed(
                connection, unit_id=unit_id, unread=unread, before=before, limit=min(limit, MOST_LISTED)
            )


class TextCarrier(Protocol):
    """What brings a text to a unit, as `UnitDriver` does."""

    async def send_text(self, text: Text) -> bool: ...

    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool: ...


class TextTraffic:
    """What the network brings and takes."""

    def __init__(self, storage: Storage, network: TextCarrier, *, retry_s: float, kept_days: float) -> None:
        self._storage = storage
        self._network = network
        self._retry = timedelta(seconds=retry_s)
        self._kept = timedelta(days=kept_days)

    async def hear(self, said: SaidText) -> None:
        """Keep a unit's text once, and tell the unit that it is committed."""
        seq = await self.keep(said)
        if seq is not None:
            await self._network.send_receipt(said.unit_id, said.msg_id, seq)

    async def keep(self, said: SaidText) -> int | None:
        """Keep a unit's text once; the number of its receipt, None for an unknown unit."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, said.unit_id, at=now):
                _heard.labels("unknown_unit").inc()
                return None
            fate = "again"
            if await transaction.first_time(_stream(said.unit_id), str(said.msg_id)):
                text = Text(
                    said.msg_id, said.unit_id, "up", TextState.RECEIVED, said.text, "", "", said.said_at, now
                )
                fate = await self._keep(transaction, text)
            seq = await unit_store.next_seq(transaction, said.unit_id)
        _heard.labels(fate).inc()
        return seq

    async def seen(self, unit_id: str, msg_id: UUID, of: UUID, seen: Seen) -> None:
        """The unit has a text, or it was on its screen; it is told that this is committed."""
        seq = await self.note(unit_id, msg_id, of, seen)
        if seq is not None:
            await self._network.send_receipt(unit_id, msg_id, seq)

    async def note(self, unit_id: str, msg_id: UUID, of: UUID, seen: Seen) -> int | None:
        """Keep how far a text has come; the number of the receipt, None for an unknown unit."""
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, unit_id, at=self._storage.clock.now()):
                _heard.labels("unknown_unit").inc()
                return None
            if await transaction.first_time(_stream(unit_id), str(msg_id)):
                await self._move(transaction, of, unit_id, seen)
            return await unit_store.next_seq(transaction, unit_id)

    async def unit_is_there(self, unit_id: str) -> None:
        """What the unit has not said to have is offered again."""
        async with self._storage.write() as transaction:
            await store.make_due(transaction, unit_id, self._storage.clock.now())

    async def offer_due(self) -> int:
        """Send what is due and end what is too old; how many the network took. Raises `Unavailable`."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            texts = await store.due(connection, now)
        away: set[str] = set()
        sent = 0
        for text in texts:
            if now >= text.expires_at:
                await self._settle(text, Tick(now), now)
                continue
            reached = text.unit_id not in away and await self._offer(text)
            if not reached:
                away.add(text.unit_id)
            await self._settle(text, Offered(reached), now)
            sent += reached
        return sent

    async def forget(self) -> None:
        """Delete, for ever, what was kept long enough."""
        while True:
            try:
                await self.forget_old()
            except Unavailable as error:
                _log.info("old texts are deleted later", error=error.kind)
            await self._storage.clock.sleep(FORGET_EVERY_S)

    async def forget_old(self) -> int:
        """Delete texts that were kept long enough; how many."""
        async with self._storage.write() as transaction:
            return await store.forget(transaction, self._storage.clock.now() - self._kept)

    async def _keep(self, transaction: Transaction, text: Text) -> str:
        if await store.find(transaction.connection, text.text_id) is not None:
            return "foreign_id"
        await store.add(transaction, text)
        await _tell(transaction, text)
        return "kept"

    async def _move(
        self, transaction: Transaction, text_id: UUID, unit_id: str, signal: Seen | Offered | Tick
    ) -> bool:
        text = await store.find(transaction.connection, text_id, change=True)
        if text is None or text.unit_id != unit_id:
            return False
        text, further = apply(text, signal)
        if further:
            await store.save(transaction, text)
            await _tell(transaction, text)
        return further

    async def _settle(self, text: Text, signal: Offered | Tick, now: datetime) -> None:
        async with self._storage.write() as transaction:
            await self._move(transaction, text.text_id, text.unit_id, signal)
            known = await store.find(transaction.connection, text.text_id)
            if known is not None:
                # What the network holds is offered again when the unit says that it is there, not before:
                # copies would only fill the broker's queue.
                held = known.state is TextState.SENT
                await store.save(transaction, known, due_at=known.expires_at if held else now + self._retry)

    async def _offer(self, text: Text) -> bool:
        try:
            return await self._network.send_text(text)
        except Unavailable:
            raise
        except SonghuaError as error:
            _heard.labels("refused").inc()
            _log.warning("the network refuses a text", unit=text.unit_id, error=error.kind)
            return False


async def _tell(transaction: Transaction, text: Text) -> None:
    event = TextChanged(
        unit_id=text.unit_id,
        text_id=text.text_id,
        way=text.way,
        state=text.state.value,
        text=text.text,
        by=text.by,
        said_at=text.said_at,
        taken_at=text.at,
        read_by=text.read_by,
    )
    await transaction.emit(event, stream=_stream(text.unit_id))


def _stream(unit_id: str) -> str:
    return f"unit:{unit_id}"
