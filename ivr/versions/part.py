"""Changes at run time as a part of the process: routes, polling for other processes' changes, health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.audit import Audit
from core.room import Health
from core.storage import Storage
from core.tasks import Tasks
from ivr.flows.book import FlowBook
from ivr.room import flow_files
from ivr.settings import IvrSettings
from ivr.versions.active import ActiveVersions
from ivr.versions.files import VersionFolder
from ivr.versions.service import Versions

if TYPE_CHECKING:
    from fastapi import APIRouter


class ChangesPart:
    """Implements `core.room.Room`. What was in force last is restored when this is made, before any call."""

    name = "ivr-changes"

    def __init__(self, versions: Versions, routers: Sequence[APIRouter] = ()) -> None:
        self.versions = versions
        self.routers = routers
        self._tasks = Tasks("ivr-changes")

    async def start(self) -> None:
        self._tasks.forever("watch", self.versions.watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        faults = self.versions.faults
        if not faults:
            return Health("ivr-changes", "up")
        names = ", ".join(sorted(str(subject) for subject in faults)[:5])
        return Health(
            "ivr-changes", "degraded", f"callers hear an older version of {names}: see songhua ivr flows"
        )


def versions_of(settings: IvrSettings, book: FlowBook, storage: Storage, audit: Audit) -> Versions:
    """Begin with the versions that were active last. `book` holds the built-in flows. Raises `OSError` for a
    missing file.
    """
    texts = {name: file.read_bytes() for name, file in flow_files(settings).items()}
    versions = Versions(storage, ActiveVersions(book, texts), VersionFolder(settings.uploads), audit)
    versions.restore()
    return versions
