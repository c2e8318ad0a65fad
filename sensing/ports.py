"""What cameras, feeds and change patches need from other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from starlette.requests import HTTPConnection

from core.actor import Actor
from core.audit import TransactionAudit
from core.bus import Bus
from core.place import Position
from core.storage import Storage
from core.views import Views
from sensing.patches.ports import PatchVerifications

CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


@dataclass(frozen=True, slots=True)
class SnapshotCase:
    """The case that a picture is for."""

    case_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture as it is stored; `sha256` of the stored bytes."""

    at: datetime
    sha256: str
    size: int


class CasesOfSnapshots(Protocol):
    async def by_number(self, actor: Actor, number: str) -> SnapshotCase:
        """A case in which this person may act. Raises `NotFound`, `OutOfScope`, `Forbidden`."""
        ...

    async def place_of(self, actor: Actor, case_id: UUID) -> tuple[Position | None, bool]:
        """Where the case is, and whether nobody has measured that. Raises as `require`."""
        ...

    async def require(self, actor: Actor, case_id: UUID) -> None:
        """Raises as `by_number` unless this person sees the case."""
        ...


class SnapshotPhotos(Protocol):
    """The store of photos of cases: sealed, limited, erased with the case."""

    async def keep(
        self, actor: Actor, code: str, case: SnapshotCase | None, data: bytes, photo_id: UUID
    ) -> KeptPicture:
        """Store and audit it, once for each `photo_id`. Raises what refuses a photo."""
        ...

    async def read(self, code: str, photo_id: UUID) -> tuple[str, bytes]:
        """Media type and bytes. Raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class KeptClip:
    """Where a clip lies, and the key's id; `sha256` and `size` of its bytes."""

    path: str
    key_id: str
    sha256: str
    size: int


class ClipFiles(Protocol):
    """Where the bytes of clips lie: encrypted where there is a key, as photos of cases. Blocking."""

    def append(self, clip_id: UUID, offset: int, piece: bytes) -> None:
        """Of one that is coming; what lies behind `offset` goes. Raises `OSError`."""
        ...

    def keep(self, clip_id: UUID) -> KeptClip:
        """All of it has come. Raises `OSError`, and what the vault raises."""
        ...

    def read(self, clip_id: UUID, path: str, key_id: str) -> bytes:
        """Raises `FileNotFoundError`, and what the vault raises."""
        ...

    def erase(self, clip_id: UUID, path: str) -> None:
        """Every file of it. Raises `OSError`."""
        ...


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """What is drafted of an event. `event_id` is ours: the same one again is the same draft. `category` is
    `scheme@version/code` or empty; `pictures` are JPEG or PNG of at most 2 MiB each.
    """

    event_id: UUID
    received_at: datetime
    text: str
    place: str
    position: Position | None
    category: str
    pictures: tuple[bytes, ...] = ()


class FeedDrafts(Protocol):
    """The queue of drafts that need no call."""

    async def put(self, draft: FeedDraft) -> UUID:
        """The id of its report, which the draft has too; once for each event. Raises `StorageAway`."""
        ...


CertificateOf = Callable[[HTTPConnection], str]
"""SHA-256 (hexadecimal) of the client certificate of a connection; empty without one."""


@dataclass(frozen=True, slots=True)
class SensingPorts:
    storage: Storage
    audit: TransactionAudit
    views: Views
    current_user: CurrentUser
    cases: CasesOfSnapshots
    photos: SnapshotPhotos
    clips: ClipFiles
    drafts: FeedDrafts
    certificate_of: CertificateOf
    bus: Bus
    verifications: PatchVerifications
