"""Settings of backups: the section `[backup]`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from core.models import StrictSettings
from core.secret import GivenSecret, OwnSecret

REPOSITORY: Final = re.compile(r"/.+|sftp:.+|s3:.+")
_ACCOUNT: Final = re.compile(r"//[^/@]*:[^/@]*@")


class ResticSettings(StrictSettings):
    """A repository of restic: a further place for backups, on another machine or in an object store."""

    repository: str = Field(
        max_length=2_000, description="/folder, sftp:user@host:/folder or s3:https://host/bucket/folder"
    )
    password: OwnSecret = Field(
        description="encrypts the repository: without it nothing there can be read; keep a copy"
    )
    s3_key_id: GivenSecret = SecretStr("")
    s3_key: GivenSecret = SecretStr("")
    s3_region: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$", max_length=100)
    ca_file: Path | None = Field(default=None, description="trust this authority (PEM) of the object store")
    keep: int = Field(default=30, ge=1, le=10_000, description="the newest that stay there")
    most_h: float = Field(default=12.0, gt=0, le=168, description="sending fails after so long")
    read_back: bool = Field(
        default=True, description="each counts once it was read from there; false where reading is paid"
    )

    @field_validator("repository")
    @classmethod
    def _known(cls, repository: str) -> str:
        if not repository.isprintable() or REPOSITORY.fullmatch(repository) is None:
            raise ValueError("name a whole path, sftp:user@host:/folder, or s3:https://host/bucket")
        if _ACCOUNT.search(repository):
            raise ValueError("a password stands in the address; S3's keys are s3_key_id_file and s3_key_file")
        return repository

    @model_validator(mode="after")
    def _both_keys(self) -> Self:
        if bool(self.s3_key_id.get_secret_value()) != bool(self.s3_key.get_secret_value()):
            raise ValueError("name both s3_key_id_file and s3_key_file")
        return self


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
    restic: ResticSettings | None = Field(default=None, description="a further place")

    @model_validator(mode="after")
    def _from_a_folder(self) -> Self:
        if self.restic is not None and self.folder is None:
            raise ValueError("backups are sent to restic from [backup] folder: set it")
        return self
