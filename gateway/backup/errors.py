"""What can go wrong with a backup; each says what to do."""

from __future__ import annotations

from typing import ClassVar

from core.errors import SonghuaError


class BackupFailed(SonghuaError):
    """Nothing of it is left under a name that counts as a backup."""

    kind: ClassVar[str] = "backup-failed"
    title: ClassVar[str] = "The backup was not made"


class ResticFailed(SonghuaError):
    """The repository of restic cannot be used, or what was to be sent there does not count as a backup."""

    kind: ClassVar[str] = "restic-failed"
    title: ClassVar[str] = "The repository of backups failed"


class BackupKeyTrouble(SonghuaError):
    """The key file is missing, readable by others, or holds no key."""

    kind: ClassVar[str] = "backup-key-trouble"
    title: ClassVar[str] = "The key of the backups cannot be used"


class ArchiveRefused(SonghuaError):
    """Damaged, cut off, of another key, foreign, or of a newer version. Nothing of it was used."""

    kind: ClassVar[str] = "archive-refused"
    title: ClassVar[str] = "The archive is not used"


class RestoreRefused(SonghuaError):
    """Something stands where the archive's pieces belong. Nothing was overwritten."""

    kind: ClassVar[str] = "restore-refused"
    title: ClassVar[str] = "Nothing is restored"


class CopyRefused(SonghuaError):
    """The rows were not copied; the target is as it was, but for an empty schema."""

    kind: ClassVar[str] = "copy-refused"
    title: ClassVar[str] = "The database is not copied"


class ToolMissing(SonghuaError):
    """`pg_dump` or `pg_restore` is not there, older than the server, or failed."""

    kind: ClassVar[str] = "tool-missing"
    title: ClassVar[str] = "A tool of PostgreSQL cannot be used"
