"""The audit trail: adds rows to the chain and searches page by page; each query is audited too."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.actor import Actor, system
from core.bearer import acting_by
from core.storage import Storage, Transaction
from identity import rights
from identity.audit import store
from identity.audit.model import MOST_ROWS, AuditFilter, cursor, read_cursor

ADOPTING = system("audit")
SAME_VIEW_S = 300.0
_PAGE = 500
_MOST_VIEWS = 10_000


class AuditTrail:
    """Every method may raise `StorageAway`: what cannot be written down is not done."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._viewed: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Who did what to which thing (`recording:<id>`, `user:<id>` …)."""
        async with self._storage.write() as transaction:
            await self.record_in(transaction, actor, action, subject, detail or {})

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        """As `record`, in the transaction of the change: both are kept, or neither."""
        now = self._storage.clock.now()
        await store.add_audit(transaction.connection, now, actor.id, action, subject, detail)

    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """As `record`, but a page that is read again and again is one view for five minutes."""
        told = json.dumps(dict(detail or {}), sort_keys=True)
        about = (f"{actor.id} {acting_by.get()}", action, f"{subject} {told}")
        now = self._storage.clock.monotonic()
        if self._viewed.get(about, now) > now:
            return
        await self.record(actor, action, subject, detail)
        self._viewed[about] = now + SAME_VIEW_S
        self._viewed.move_to_end(about)
        while len(self._viewed) > _MOST_VIEWS:
            self._viewed.popitem(last=False)

    async def page(self, actor: Actor, wanted: AuditFilter, *, limit: int, after: str = "") -> dict[str, Any]:
        """`{rows, next}`, the newest first; `next` is None on the last page. The look itself is a row.

        Raises `Forbidden`, and `Invalid` for a cursor that is none.
        """
        rights.AUDIT.check(actor)
        wanted = replace(wanted, before=read_cursor(after))
        limit = max(1, min(limit, MOST_ROWS))
        await self.record(actor, "read-audit", "audit", {**wanted.told(), "further": bool(after)})
        async with self._storage.read() as connection:
            found = await store.page(connection, wanted, limit + 1)
        rows = found[:limit]
        return {
            "rows": [row.shown() for row in rows],
            "next": cursor(rows[-1].seq) if len(found) > limit else None,
        }

    async def of(self, subject: str) -> list[dict[str, Any]]:
        """The newest rows about one thing."""
        async with self._storage.read() as connection:
            return await store.audit_of(connection, subject)

    async def adopt(self) -> None:
        """Chain the rows of before the trail stood under the chain, once; interrupted, it goes on."""
        if self._storage.chain is None:
            return
        async with self._storage.read() as connection:
            if await store.is_adopted(connection):
                return
        rows = 0
        while True:
            async with self._storage.write() as transaction:
                found = await store.adopt_page(transaction, _PAGE)
                if not found:
                    await store.add_audit(
                        transaction.connection, self._storage.clock.now(), ADOPTING.id, store.ADOPTED,
                        "audit", {"rows": rows},
                    )  # fmt: skip
                    return
            rows += found
