"""The backups in a repository: sent there from an archive, listed, read, removed.

A backup is sent under the tag `PART`. It gets `WHOLE` once restic stored every byte and, with `read_back`,
they were read from there; nothing else counts as a backup. What keeps `PART` was interrupted, and goes with
the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from gateway.backup.archive import Told
from gateway.backup.errors import ArchiveRefused, ResticFailed
from gateway.backup.keys import BackupKey
from gateway.backup.listing import NAME
from gateway.backup.opened import OpenedArchive, hash_of
from gateway.backup.restic.program import ResticProgram

PART: Final = "songhua-part"
WHOLE: Final = "songhua"
LATEST: Final = "latest"
_SHORTEST_ID: Final = 8


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """`name` is that of the archive it was sent from, `begun` the moment from which it holds everything,
    `bytes` its size without compression, with what it shares with others. `sent_as` is the first id it had.
    """

    id: str
    name: str
    begun: datetime
    tenant: str
    bytes: int | None
    is_whole: bool
    sent_as: str

    def age_s(self, now: datetime) -> float:
        return (now - self.begun).total_seconds()


@dataclass(frozen=True, slots=True)
class SentArchive:
    """`added` is what the repository grew by, in bytes; 0 where it had the backup. `removed` are names of
    older ones; `note` says why they stayed.
    """

    stored: StoredBackup
    added: int = 0
    removed: tuple[str, ...] = ()
    note: str = ""


def init(program: ResticProgram) -> None:
    """A new repository. Raises `ResticFailed`, also where there is one."""
    program.asked("init")


def listed(program: ResticProgram) -> Sequence[StoredBackup]:
    """Newest first. Raises `ResticFailed`."""
    return [one for one in _all(program) if one.is_whole]


def chosen(program: ResticProgram, name: str) -> StoredBackup:
    """The newest, or the one of this name. Raises `ResticFailed`."""
    for one in listed(program):
        if name in {LATEST, one.name}:
            return one
    raise ResticFailed(
        f"{program.repository} has no backup {name!r}", remedy="see songhua backup list --restic"
    )


@contextmanager
def reading(program: ResticProgram, one: StoredBackup) -> Iterator[IO[bytes]]:
    """What was sent. Raises `ResticFailed`."""
    with program.reading("dump", one.id, f"/{one.name}", within_s=program.most_s) as stream:
        yield stream


def send(
    program: ResticProgram,
    file: Path,
    key: BackupKey,
    *,
    keep: int,
    read_back: bool,
    told: Told = lambda _: None,
) -> SentArchive:
    """Send an archive, unless it is there; then all but so many newest of its tenant go. Raises
    `ResticFailed`, `ArchiveRefused`, `BackupKeyTrouble` and `OSError`: then it does not count as a backup.
    """
    with file.open("rb") as stream:
        opened = OpenedArchive(stream, key, told)
        begun, tenant = _described(opened, file)
        # Only locks of processes that are dead.
        program.asked("unlock")
        there = next((one for one in listed(program) if one.name == file.name), None)
        if there is not None:
            return SentArchive(there)
        said = program.fed(
            "backup", "--stdin", "--stdin-filename", file.name, "--tag", PART, "--host", tenant,
            "--time", f"{begun:%Y-%m-%d %H:%M:%S}", blocks=opened.blocks(), within_s=program.most_s,
        )  # fmt: skip
    summary = _summary(said)
    part = str(summary.get("snapshot_id", ""))
    if len(part) < _SHORTEST_ID or summary.get("total_bytes_processed") != opened.bytes:
        raise ResticFailed("restic did not store what it was given", remedy="run songhua backup send")
    if read_back:
        with program.reading("dump", part, f"/{file.name}", within_s=program.most_s) as stored:
            found = hash_of(stored, told)
        if found != opened.sha256:
            raise ResticFailed(
                "what was read from the repository is not what was sent",
                remedy=f"restic -r {program.repository} check --read-data",
            )
    program.asked("tag", "--set", WHOLE, part)
    now_there = _all(program)
    whole = next((one for one in now_there if one.is_whole and one.sent_as.startswith(part)), None)
    if whole is None:
        raise ResticFailed("the repository does not list what was sent", remedy="run songhua backup send")
    removed, note = _pruned(program, now_there, tenant, keep)
    return SentArchive(whole, int(summary.get("data_added_packed", 0)), removed, note)


def _pruned(
    program: ResticProgram, there: Sequence[StoredBackup], tenant: str, keep: int
) -> tuple[tuple[str, ...], str]:
    """A backup that was stored counts, also where older ones cannot be removed."""
    own = [one for one in there if one.tenant == tenant]
    gone = [one for one in own if one.is_whole][keep:]
    left = [one for one in own if not one.is_whole]
    if not gone and not left:
        return (), ""
    try:
        program.asked("forget", "--prune", *(one.id for one in [*gone, *left]), within_s=program.most_s)
    except ResticFailed as failed:
        return (), f"older backups were not removed: {failed.detail}"
    return tuple(one.name for one in gone), ""


def _all(program: ResticProgram) -> Sequence[StoredBackup]:
    said = program.asked("snapshots", "--tag", WHOLE, "--tag", PART)
    try:
        rows: Any = json.loads(said)
        found = [one for row in rows or () if (one := _stored(row)) is not None]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ResticFailed(
            "restic lists snapshots in a form that is not known here", remedy="install restic of Debian 13"
        ) from error
    return sorted(found, key=lambda one: one.begun, reverse=True)


def _stored(row: dict[str, Any]) -> StoredBackup | None:
    """None for what somebody else stored there under our tags."""
    paths, tags = row["paths"], set(row.get("tags") or ())
    name = str(paths[0]).removeprefix("/") if len(paths) == 1 else ""
    if NAME.fullmatch(name) is None:
        return None
    begun = datetime.fromisoformat(row["time"])
    size = (row.get("summary") or {}).get("total_bytes_processed")
    return StoredBackup(
        id=str(row["id"]), name=name, begun=begun if begun.tzinfo else begun.replace(tzinfo=UTC),
        tenant=str(row["hostname"]), bytes=size if isinstance(size, int) else None,
        is_whole=WHOLE in tags and PART not in tags, sent_as=str(row.get("original") or row["id"]),
    )  # fmt: skip


def _summary(said: bytes) -> dict[str, Any]:
    for line in reversed(said.splitlines()):
        try:
            found: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and found.get("message_type") == "summary":
            return found
    return {}


def _described(opened: OpenedArchive, file: Path) -> tuple[datetime, str]:
    said = opened.said
    if (
        said.get("kind") != "backup"
        or not {"begun", "tenant"} <= said.keys()
        or not NAME.fullmatch(file.name)
    ):
        raise ArchiveRefused(f"{file} is no backup", remedy="see songhua backup list; keys are kept apart")
    return datetime.fromisoformat(said["begun"]).astimezone(UTC), str(said["tenant"])
