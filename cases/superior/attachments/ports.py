"""Where the bytes of letters lie, and how pictures are checked: as photos of crews."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from core.errors import Unavailable


class AttachmentFiles(Protocol):
    def picture(self, data: bytes) -> tuple[str, bytes] | None:
        """Media type, and the picture without place, time and maker; None for what is no picture that can be
        kept.
        """
        ...

    def keep(self, attachment_id: UUID, data: bytes) -> tuple[str, str]:
        """Where it lies and the key's id: encrypted where there is a key. Raises `OSError` and what the vault
        raises.
        """
        ...

    def read(self, attachment_id: UUID, path: str, key_id: str) -> bytes:
        """Raises `FileNotFoundError`, and what the vault raises."""
        ...

    def erase(self, attachment_id: UUID, path: str) -> None:
        """Every file of it. Raises `OSError`."""
        ...


class NoAttachmentFiles:
    """Where no files are kept: a command, a test of this room alone."""

    def picture(self, data: bytes) -> tuple[str, bytes] | None:
        del data
        return None

    def keep(self, attachment_id: UUID, data: bytes) -> tuple[str, str]:
        del data
        raise Unavailable(f"{attachment_id} cannot be kept here", remedy="use the service")

    def read(self, attachment_id: UUID, path: str, key_id: str) -> bytes:
        del path, key_id
        raise Unavailable(f"{attachment_id} is not kept here", remedy="use the service")

    def erase(self, attachment_id: UUID, path: str) -> None:
        del path
        raise Unavailable(f"{attachment_id} is not kept here", remedy="use the service")
