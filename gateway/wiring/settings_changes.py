"""Changes of the settings in the audit trail: the sections that differ from those of the start before."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from typing import Final

from core.actor import system
from core.room import Health
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from gateway.settings import Settings
from identity.audit import store
from identity.audit.model import AuditFilter
from identity.service import IdentityService

CHANGED: Final = "settings-changed"
_AGAIN_S = 5.0


class SettingsChanges:
    """Records that the settings file changed, when and where it took effect; who edited it is unknown."""

    name = "settings-changes"

    def __init__(self, settings: Settings, storage: Storage, identity: IdentityService) -> None:
        self._sections = sections(settings)
        # Every centre has settings of its own: they are compared with those that it had before.
        self._by = system(settings.origin("centre"))
        self._storage = storage
        self._identity = identity
        self._tasks = Tasks(self.name)

    async def start(self) -> None:
        self._tasks.spawn("compare", self._compare)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        return ()

    async def note(self) -> None:
        """Write down which sections differ from those of the last such row; nothing where none does."""
        async with self._storage.read() as connection:
            last = await store.page(connection, AuditFilter(action=CHANGED, actor=self._by.id), 1)
        before = dict(last[0].detail.get("sections", {})) if last else {}
        changed = sorted(
            name
            for name in self._sections.keys() | before.keys()
            if self._sections.get(name) != before.get(name)
        )
        if changed:
            detail = {"changed": changed, "sections": self._sections}
            await self._identity.audit.record(self._by, CHANGED, "settings", detail)

    async def _compare(self) -> None:
        while True:
            try:
                return await self.note()
            except StorageAway:
                await asyncio.sleep(_AGAIN_S)


def sections(settings: Settings) -> dict[str, str]:
    """A digest of each section as it is in force; secrets are left out of it."""
    shown = settings.model_dump(mode="json")
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
        for name, value in shown.items()
    }
