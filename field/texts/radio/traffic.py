"""Texts both ways: each is stored once by its id before it is acknowledged, and sent again until the unit has
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from core.errors import SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from field.contract.port import ReceiptSender, SaidSeen, SaidText
from field.events import TextState
from field.hearing import Receipt, hear_words, send_receipts
from field.texts import store
from field.texts.model import Offered, TextReceived, TextTick, UnitText, apply
from field.texts.telling import tell

_log = logger("field")

_heard = counter("field_texts", "Texts of units by what became of them", ["fate"])

FORGET_EVERY_S = 3600.0


class TextCarrier(ReceiptSender, Protocol):
    """What brings a text to a unit, as `UnitDriver` does."""

    async def send_text(self, text: UnitText) -> bool:
        """Bring a text to the crew; whether the network holds it for the unit."""
        ...


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
                await self._settle(text, TextTick(now), now)
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
                one.msg_id: UnitText(
                    one.msg_id, one.unit_id, "up", TextState.RECEIVED, one.text, "", "", one.said_at, now
                )
                for one in reversed(heard.new)
            }
            kept = await store.add_new(transaction, list(new.values()))
            for text_id in (one.msg_id for one in heard.new):
                text = new.pop(text_id, None)
                if text is not None and text_id in kept:
                    await tell(transaction, text)
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
        self, transaction: Transaction, text_id: UUID, unit_id: str, signal: TextReceived | Offered | TextTick
    ) -> bool:
        text = await store.find(transaction.connection, text_id, change=True)
        if text is None or text.unit_id != unit_id:
            return False
        text, further = apply(text, signal)
        if further:
            await store.save(transaction, text)
            await tell(transaction, text)
        return further

    async def _settle(self, text: UnitText, signal: Offered | TextTick, now: datetime) -> None:
        async with self._storage.write() as transaction:
            await self._move(transaction, text.text_id, text.unit_id, signal)
            known = await store.find(transaction.connection, text.text_id)
            if known is not None:
                # What the network holds is offered again when the unit says that it is there, not before:
                # copies would only fill the broker's queue.
                held = known.state is TextState.SENT
                await store.save(transaction, known, due_at=known.expires_at if held else now + self._retry)

    async def _offer(self, text: UnitText) -> bool:
        try:
            return await self._network.send_text(text)
        except Unavailable:
            raise
        except SonghuaError as error:
            _heard.labels("refused").inc()
            _log.warning("the network refuses a text", unit=text.unit_id, error=error.kind)
            return False
