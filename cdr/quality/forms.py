"""Scoring forms: each change is a new version; a scorecard keeps the version that it was filled by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr import rights
from cdr.quality import store
from cdr.quality.errors import ScoringFormMoved, ScoringFormRetired, UnknownScoringForm
from cdr.quality.model import ScoringForm
from cdr.quality.views import ScoringFormView
from core.actor import Actor
from core.audit import TransactionAudit
from core.operations import OperationReused
from core.storage import Storage
from core.storage.dialect import lock_writes
from core.storage.operations import claim

_SEE = "list them: GET /api/quality/forms"


class ScoringForms:
    """Each method may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: TransactionAudit) -> None:
        self._storage = storage
        self._audit = audit

    async def all(self, actor: Actor, *, retired: bool = False) -> list[ScoringFormView]:
        """The newest version of each form."""
        rights.SEE_SCORES.check(actor)
        async with self._storage.read() as connection:
            return [form_view(row) for row in await store.newest_forms(connection, retired=retired)]

    async def versions(self, actor: Actor, form_id: UUID) -> list[ScoringFormView]:
        """The newest first. Raises `UnknownScoringForm`."""
        rights.SEE_SCORES.check(actor)
        async with self._storage.read() as connection:
            found = [form_view(row) for row in await store.versions_of(connection, form_id)]
        if not found:
            raise UnknownScoringForm(remedy=_SEE)
        return found

    async def create(self, actor: Actor, op_id: UUID, content: ScoringForm) -> ScoringFormView:
        """Its id is the `op_id`."""
        return await self._save(actor, op_id, op_id, content, 1)

    async def change(
        self, actor: Actor, form_id: UUID, op_id: UUID, content: ScoringForm, base: int
    ) -> ScoringFormView:
        """The version after `base`, which was the newest when the change began.

        Raises `UnknownScoringForm`, `ScoringFormMoved`.
        """
        return await self._save(actor, form_id, op_id, content, base + 1)

    async def retire(self, actor: Actor, form_id: UUID, *, retired: bool) -> ScoringFormView:
        """A retired form takes no more scores; it can be brought back. Raises `UnknownScoringForm`."""
        rights.EDIT_SCORING_FORMS.check(actor)
        about = f"scoring-form:{form_id}"
        async with self._storage.write() as transaction:
            await form_row(transaction.connection, form_id)
            await store.retire(transaction, form_id, retired=retired)
            await self._audit.record_in(
                transaction, actor, "retire-scoring-form", about, {"retired": retired}
            )
            return form_view(await form_row(transaction.connection, form_id))

    async def _save(
        self, actor: Actor, form_id: UUID, op_id: UUID, content: ScoringForm, number: int
    ) -> ScoringFormView:
        rights.EDIT_SCORING_FORMS.check(actor)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            # Between the look at the newest version and the next one nobody writes another.
            await lock_writes(connection, store.forms)
            known = await store.form_of(connection, form_id)
            if known is None and number > 1:
                raise UnknownScoringForm(remedy=_SEE)
            row = {
                "op_id": op_id,
                "form_id": form_id,
                "number": number,
                "content": content.model_dump(mode="json"),
                "made_by": actor.id,
                "made_at": self._storage.clock.now(),
                "retired": False,
            }
            newest = 0 if known is None else known.number
            before = await _claimed(connection, op_id)
            if before is None and number != newest + 1:
                raise ScoringFormMoved(remedy="look at the newest version and change that", number=newest)
            first = await claim(connection, store.forms, row, same=("form_id", "number"))
            if first is not None and first.content != row["content"]:
                raise OperationReused
            if first is None:
                await store.retire(transaction, form_id, retired=False)
                about, told = f"scoring-form:{form_id}", {"number": number}
                await self._audit.record_in(transaction, actor, "save-scoring-form", about, told)
            return form_view(await form_row(connection, form_id, number))


async def _claimed(connection: AsyncConnection, op_id: UUID) -> Row[Any] | None:
    found = await connection.execute(store.forms.select().where(store.forms.c.op_id == op_id))
    return found.first()


async def form_row(connection: AsyncConnection, form_id: UUID, number: int | None = None) -> Row[Any]:
    """That version, else the newest. Raises `UnknownScoringForm`."""
    row = await store.form_of(connection, form_id, number)
    if row is None:
        raise UnknownScoringForm(remedy=_SEE)
    return row


class FormsRead:
    """The versions that a page shows: each is read and checked once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[tuple[UUID, int], ScoringForm] = {}

    async def of(self, form_id: UUID, number: int) -> ScoringForm:
        """Raises `UnknownScoringForm`."""
        known = self._known.get((form_id, number))
        if known is None:
            row = await form_row(self._connection, form_id, number)
            known = self._known[form_id, number] = ScoringForm.model_validate(row.content)
        return known


async def form_in_use(connection: AsyncConnection, form_id: UUID) -> Row[Any]:
    """The version by which a call is scored now. Raises `UnknownScoringForm`, `ScoringFormRetired`."""
    row = await form_row(connection, form_id)
    if row.retired:
        raise ScoringFormRetired(remedy="choose another form, or bring it back")
    return row


def form_view(row: Row[Any]) -> ScoringFormView:
    return ScoringFormView(
        form_id=row.form_id,
        number=row.number,
        content=ScoringForm.model_validate(row.content),
        made_by=row.made_by,
        made_at=row.made_at,
        retired=row.retired,
    )
