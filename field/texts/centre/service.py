"""Texts as people at the centre write and read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.actor import Actor
from core.errors import Invalid
from core.operations import OperationReused
from core.storage import Storage
from field import rights
from field.errors import UnknownText, UnknownUnit
from field.events import TextState
from field.texts import store
from field.texts.model import MOST_CHARACTERS, TextRead, UnitText, apply
from field.texts.telling import tell
from field.units import store as unit_store

MOST_LISTED = 500


class TextService:
    """What people at the centre do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def write(self, actor: Actor, op_id: UUID, unit_id: str, words: str) -> UnitText:
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
                    raise OperationReused
                return known
            if await unit_store.find(transaction.connection, unit_id) is None:
                raise UnknownUnit(unit_id, remedy="see GET /api/units")
            seq = await unit_store.next_seq(transaction, unit_id)
            text = UnitText(
                op_id, unit_id, "down", TextState.QUEUED, said, actor.id, actor.name, now, now, seq
            )  # fmt: skip
            await store.add(transaction, text)
            await tell(transaction, text)
        return text

    async def read(self, actor: Actor, text_id: UUID) -> UnitText:
        """Note who has read a unit's text; the first one stays. Raises `UnknownText`."""
        rights.TEXTS.check(actor)
        async with self._storage.write() as transaction:
            text = await store.find(transaction.connection, text_id, change=True)
            if text is None or text.way != "up":
                raise UnknownText(remedy="see GET /api/texts")
            text, further = apply(text, TextRead(actor.id, self._storage.clock.now()))
            if further:
                await store.save(transaction, text)
                await tell(transaction, text)
        return text

    async def listed(
        self,
        actor: Actor,
        *,
        unit_id: str | None = None,
        unread: bool = False,
        before: datetime | None = None,
        limit: int = 100,
    ) -> Sequence[UnitText]:
        """The newest first, at most `MOST_LISTED`."""
        rights.TEXTS.check(actor)
        async with self._storage.read() as connection:
            return await store.listed(
                connection, unit_id=unit_id, unread=unread, before=before, limit=min(limit, MOST_LISTED)
            )
