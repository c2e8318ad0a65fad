"""Fills the port by which letters of superiors' orders are kept: beside crews' photos, encrypted as these."""

from __future__ import annotations

from uuid import UUID

from cases.superior.attachments.service import OrderAttachments
from cdr.events import CallErased
from cdr.filings.cases import cases_without_hold
from core.bus import Bus
from core.storage import Storage
from field.photos.centre import picture
from field.photos.centre.files import PhotoFiles
from field.photos.ports import Vault
from field.settings import FieldSettings


class LettersOfOrders:
    """Fills `cases.superior.attachments.ports.AttachmentFiles`."""

    def __init__(self, settings: FieldSettings, vault: Vault) -> None:
        self._files = PhotoFiles(settings.photos, vault, settings.photos_spare_mb * 1024 * 1024)
        self.read = self._files.read
        self.erase = self._files.erase

    def picture(self, data: bytes) -> tuple[str, bytes] | None:
        found = picture.look(data)
        if found is None or picture.fault_of(found, len(data)):
            return None
        return found.kind, picture.bare(data)

    def keep(self, attachment_id: UUID, data: bytes) -> tuple[str, str]:
        self._files.append(attachment_id, 0, data)
        kept = self._files.keep(attachment_id)
        self._files.forget_coming(attachment_id)
        return kept


class LetterErasure:
    """When the ledger erases a call's sound, the letters of its cases go as their photos do. A legal hold on
    any call of a case keeps them.
    """

    def __init__(self, storage: Storage, letters: OrderAttachments) -> None:
        self._storage = storage
        self._letters = letters

    def subscribe(self, bus: Bus) -> None:
        """Letters of a call's cases go when the ledger has erased the call."""
        bus.subscribe(CallErased, self.on_erased, name="letters.forget")

    async def on_erased(self, event: CallErased) -> None:
        if "recordings" not in event.kinds:
            return
        cases = await cases_without_hold(self._storage, [event.call_id, *event.known_as])
        if cases:
            await self._letters.erase_of_cases(cases, by=event.by)
