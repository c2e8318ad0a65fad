"""Keeps the letters of superiors' orders with their cases, and hands them out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from cases import rights
from cases.errors import AttachmentNotKept, CaseNotOrdered, NoSuchAttachment, TooManyAttachments
from cases.events import CaseView
from cases.life.service import CaseService
from cases.privacy import require_case
from cases.superior.attachments import store
from cases.superior.attachments.model import PDF, OrderAttachment, is_pdf, shown_name
from cases.superior.attachments.ports import AttachmentFiles
from cases.superior.settings import SuperiorSettings
from core.actor import Actor
from core.audit import TransactionAudit
from core.errors import SonghuaError, Unavailable
from core.operations import OperationReused
from core.storage import Storage
from core.views import Views

MOST_AT_ONCE: Final = 1
"""Each takes some three times the file's size of memory."""
MOST_ERASED: Final = 200


class OrderAttachments:
    def __init__(
        self,
        storage: Storage,
        cases: CaseService,
        files: AttachmentFiles,
        audit: TransactionAudit,
        views: Views,
        settings: SuperiorSettings,
    ) -> None:
        self._storage = storage
        self._cases = cases
        self._files = files
        self._audit = audit
        self._views = views
        self._settings = settings
        self._checks = asyncio.Semaphore(MOST_AT_ONCE)

    async def listed(self, actor: Actor, case_id: UUID) -> Sequence[OrderAttachment]:
        """The oldest first. Raises `Forbidden`, `NoSuchCase`, `NotYourCase`, `OutOfScope`."""
        rights.SEE_ORDER_ATTACHMENTS.check(actor)
        await self._seen(actor, case_id)
        async with self._storage.read() as connection:
            return await store.of_case(connection, case_id)

    async def read(self, actor: Actor, case_id: UUID, attachment_id: UUID) -> tuple[OrderAttachment, bytes]:
        """One of them with its bytes; audited before. Raises `NoSuchAttachment`, and as `listed`."""
        rights.SEE_ORDER_ATTACHMENTS.check(actor)
        case = await self._seen(actor, case_id)
        async with self._storage.read() as connection:
            found = await store.find(connection, attachment_id)
        if found is None or found.case_id != case_id or found.erased_at is not None:
            raise NoSuchAttachment(remedy="look at the case again")
        await self._views.viewed(
            actor, "attachment-look", f"attachment:{attachment_id}", {"case": case.number}
        )
        try:
            data = await asyncio.to_thread(self._files.read, attachment_id, found.path, found.key_id)
        except FileNotFoundError as error:
            raise NoSuchAttachment(remedy="restore the file from its copy") from error
        return found, data

    async def add(
        self, actor: Actor, case_id: UUID, attachment_id: UUID, name: str, data: bytes
    ) -> OrderAttachment:
        """Keep a letter, once for each `attachment_id`; audited with its row.

        Raises `CaseNotOrdered`, `AttachmentNotKept`, `TooManyAttachments`, `OperationReused`, `Unavailable`,
        and as `listed`.
        """
        rights.ADD_ORDER_ATTACHMENT.check(actor)
        case = await self._seen(actor, case_id)
        if case.ordered is None:
            raise CaseNotOrdered(remedy="a letter belongs to the case of an order")
        async with self._checks:
            if (known := await self._known(actor, case_id, attachment_id)) is not None:
                return known
            kind, clean = await asyncio.to_thread(self._checked, data)
            path, key_id = await self._written(attachment_id, clean)
            one = OrderAttachment(
                attachment_id, case_id, shown_name(name, kind), kind, len(clean),
                hashlib.sha256(clean).hexdigest(), self._storage.clock.now(), actor.id, actor.name[:200],
                path, key_id,
            )  # fmt: skip
            try:
                async with self._storage.write() as transaction:
                    if await store.count(transaction.connection, case_id) >= self._settings.attachments:
                        raise TooManyAttachments(remedy="put the letters into one file")
                    await store.add(transaction.connection, one)
                    told = {"attachment": str(attachment_id), "sha256": one.sha256}
                    await self._audit.record_in(
                        transaction, actor, "attachment-add", f"case:{case.number}", told
                    )
            except SonghuaError:
                await asyncio.to_thread(self._files.erase, attachment_id, path)
                raise
        return one

    async def erase_of_cases(self, case_ids: Collection[UUID], *, by: str) -> None:
        """Their letters go: the rows first, so that nobody is shown them any more. Raises `StorageAway`."""
        async with self._storage.write() as transaction:
            await store.mark_erased(transaction.connection, case_ids, at=transaction.clock.now(), by=by)
        await self.finish_erasing()

    async def finish_erasing(self) -> None:
        """Delete the files of erased letters; what cannot be deleted now is tried again the next day."""
        async with self._storage.read() as connection:
            left = await store.left_behind(connection, MOST_ERASED)
        for one in left:
            try:
                await asyncio.to_thread(self._files.erase, one.attachment_id, one.path)
            except OSError:
                continue
            async with self._storage.write() as transaction:
                await store.file_gone(transaction.connection, one.attachment_id)

    async def _seen(self, actor: Actor, case_id: UUID) -> CaseView:
        case = await self._cases.get(case_id)
        require_case(actor, case)
        return case

    async def _known(self, actor: Actor, case_id: UUID, attachment_id: UUID) -> OrderAttachment | None:
        async with self._storage.read() as connection:
            found = await store.find(connection, attachment_id)
        if found is not None and (
            (found.case_id, found.added_by) != (case_id, actor.id) or found.erased_at is not None
        ):
            raise OperationReused
        return found

    def _checked(self, data: bytes) -> tuple[str, bytes]:
        """Media type and what is kept, by the content alone."""
        if len(data) > self._settings.attachment_mb * 1024 * 1024:
            raise AttachmentNotKept(remedy="scan it smaller", why="too-large")
        if is_pdf(data):
            return PDF, data
        picture = self._files.picture(data)
        if picture is None:
            raise AttachmentNotKept(remedy="PDF, JPEG and PNG are kept", why="no-letter")
        return picture

    async def _written(self, attachment_id: UUID, data: bytes) -> tuple[str, str]:
        try:
            return await asyncio.to_thread(self._files.keep, attachment_id, data)
        except OSError as error:
            raise Unavailable("the photos' folder cannot be used", remedy="see [field] photos") from error
