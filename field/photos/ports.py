"""What photos need from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

CaseOf = Callable[[UUID], Awaitable[UUID | None]]
DistrictsOf = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, str | None]]]


class Vault(Protocol):
    """Encryption at rest, the recordings' own. `key_id` is empty while the operator has made no key."""

    def seal(self, plain: Path, target: Path, name: str) -> str:
        """Write `target` from `plain`, prove it, and return the id of the key that wraps it."""
        ...

    def open(self, sealed: Path, name: str) -> bytes:
        """The plain bytes. Raises `core.errors.SonghuaError` without the key or when they were changed."""
        ...

    def ready(self) -> bool:
        """Whether there is a key to encrypt with."""
        ...


@dataclass(frozen=True, slots=True)
class PhotoPorts:
    """`vault` encrypts what is stored; `case_of` finds the case of a dispatch, `districts_of` the districts
    of cases (a case that nobody knows has none).
    """

    vault: Vault
    case_of: CaseOf
    districts_of: DistrictsOf
