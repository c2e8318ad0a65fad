"""Texts both ways: kept before anything is said about them, each once by its id, tried until the unit has it.

The same table is used by the role `centre` (what dispatchers write and read) and by `radio` (the network).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from core.actor import Actor
from core.errors import Conflict, Invalid, SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from radio_bridge import rights
from radio_bridge.drivers.port import SaidSeen, SaidText
from radio_bridge.errors import UnknownText, UnknownUnit
from radio_bridge.events import TextChanged
from radio_bridge.texts import store
from radio_bridge.texts.model import MOST_CHARACTERS, Offered, Read, Seen, Text, TextState, Tick, apply
from radio_bridge.units import store as unit_store
from radio_bridge.words import Receipt, hear_words, send_receipts, source

_log = logger("radio_bridge")
_heard = counter("radio_bridge_texts", "Texts of units by what became of them", ["fate"])

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
        rights.TEXTS.check(actor)
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
        rights.TEXTS.check(actor)
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
        rights.TEXTS.check(actor)
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
        await self.hear_run([said])

    async def hear_run(self, said: Sequence[SaidText]) -> None:
        """Keep these, each once and all in one transaction, and tell the units that they are committed."""
        await send_receipts(self._network, await self._keep(said))

    async def keep(self, said: SaidText) -> int | None:
        """Keep a unit's text once; the number of its receipt, None for an unknown unit."""
        return next((one.seq for one in await self._keep([said])), None)

    async def seen_run(self, said: Sequence[SaidSeen]) -> None:
        """Units have texts, or they were on their screens; they are told that this is committed."""
        await send_receipts(self._network, await self._note(said))

    async def note(self, said: SaidSeen) -> int | None:
        """Keep how far a text has come; the number of the receipt, None for an unknown unit."""
        return next((one.seq for one in await self._note([said])), None)

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

    async def _keep(self, said: Sequence[SaidText]) -> Sequence[Receipt]:
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            heard = await hear_words(transaction, said, now)
            # Two units may give their texts one id: the first of them has it.
            new = {
                one.msg_id: Text(
                    one.msg_id, one.unit_id, "up", TextState.RECEIVED, one.text, "", "", one.said_at, now
                )
                for one in reversed(heard.new)
            }
            kept = await store.add_new(transaction, list(new.values()))
            for text_id in (one.msg_id for one in heard.new):
                text = new.pop(text_id, None)
                if text is not None and text_id in kept:
                    await _tell(transaction, text)
        _heard.labels("unknown_unit").inc(len(said) - len(heard.receipts))
        _heard.labels("again").inc(len(heard.receipts) - len(heard.new))
        _heard.labels("foreign_id").inc(len(heard.new) - len(kept))
        _heard.labels("kept").inc(len(kept))
        return heard.receipts

    async def _note(self, said: Sequence[SaidSeen]) -> Sequence[Receipt]:
        async with self._storage.write() as transaction:
            heard = await hear_words(transaction, said, self._storage.clock.now())
            for one in heard.new:
                await self._move(transaction, one.of, one.unit_id, one.seen)
        _heard.labels("unknown_unit").inc(len(said) - len(heard.receipts))
        return heard.receipts

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
    await transaction.emit(event, stream=source(text.unit_id))
