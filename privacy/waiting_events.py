"""Events about the person in the outbox: what was delivered goes; what was not says no more who it is, and is
waited for where the rooms of this service have to hear it.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Text, cast, delete, select, update

from core.storage import Storage
from core.storage.schema import outbox
from privacy.ports import ErasureSubject
from privacy.scrub import holding

ERASED: Final = "cdr.call_erased"
"""Tells the rooms to forget: it names nobody, and must arrive."""
HERE: Final = "bus"
"""Where the rooms of this service hear it. Another role may be away for days, or not be there at all."""
_NAMING: Final = frozenset({"caller", "caller_name", "callback"})
MOST: Final = 10_000


class WaitingEvents:
    """The outbox as a place of its own."""

    name = "events"

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def erase(self, wanted: ErasureSubject) -> str:
        texts = [str(one) for one in wanted.call_ids]
        if wanted.forms is not None:
            texts += wanted.forms.stored
        if not texts:
            return ""
        about = holding(outbox.c.envelope, texts)
        tells = cast(outbox.c.envelope["type"], Text).contains(ERASED)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await connection.execute(delete(outbox).where(about, outbox.c.done_at.is_not(None), ~tells))
            left = await connection.execute(
                select(outbox.c.seq, outbox.c.destination, outbox.c.envelope)
                .where(about, outbox.c.done_at.is_(None))
                .limit(MOST)
            )
            waiting = left.all()
            for row in waiting:
                bare = _bare(row.envelope, wanted)
                if bare != row.envelope:
                    statement = update(outbox).where(outbox.c.seq == row.seq).values(envelope=bare)
                    await connection.execute(statement)
        here = sum(row.destination == HERE for row in waiting)
        return f"{here} events are not delivered yet: the service must run" if here else ""


def _bare(envelope: Any, wanted: ErasureSubject) -> Any:
    without = envelope if wanted.forms is None else wanted.forms.without(envelope)
    return _unnamed(without)


def _unnamed(value: Any) -> Any:
    """Texts stay texts: whoever reads it later takes it as the event that it is."""
    if isinstance(value, list):
        return [_unnamed(one) for one in value]
    if isinstance(value, dict):
        return {
            key: "" if key in _NAMING and isinstance(one, str) else _unnamed(one)
            for key, one in value.items()
        }
    return value
