"""Settings of backups: the section `[backup]`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class BackupSettings(BaseModel):
    """Without `folder` nobody watches the age of backups."""

    model_config = ConfigDict(extra="forbid")

    folder: Path | None = Field(
        default=None, description="where songhua backup writes, better on another machine"
    )
    key_file: Path | None = Field(
        default=None, description="encrypts backups: 32 bytes, 64 hex digits or a passphrase; keep a copy"
    )
    every_h: float = Field(
        default=24.0, gt=0, le=8_784, description="a last good backup older than this degrades health"
    )
    keep: int = Field(default=14, ge=1, le=10_000, description="the newest that stay in the folder")
    keys_also: tuple[Path, ...] = Field(
        default=(), max_length=100, description="more files or folders with secrets, for --with-keys"
    )
