"""The last member of an archive: what must be in it, and to what moment it belongs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database/"
HEADS: Final = "ledger.heads"
SETTINGS: Final = "settings.toml"
FILES: Final = "files/"

Kind = Literal["backup", "keys"]
DatabaseKind = Literal["sqlite", "postgresql"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BackedUpFile(_Part):
    """A file of the archive: bytes, and its SHA-256 as hex."""

    name: str = Field(max_length=4_096)
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class LedgerHead(_Part):
    """The last entry of the chain in the database that was stored."""

    seq: int
    hash: str


class BackupManifest(_Part):
    """`places` are the paths from which files came, by their keys in the settings."""

    kind: Kind
    version: str
    schema_revision: str | None = None
    database: DatabaseKind | None = None
    head: LedgerHead | None = None
    begun: datetime
    ended: datetime
    places: dict[str, str]
    members: list[BackedUpFile]
    notes: list[str] = []

    @property
    def bytes(self) -> int:
        return sum(one.size for one in self.members)


def now() -> datetime:
    return datetime.now(UTC)
