"""The list of blocks in one small file, shared by the service and the command line: an outage of the database
shuts nobody out for longer and lets nobody in. Rows that are over stay for a while: who comes back stays out
longer.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.metrics import counter
from gateway.sip_guard.model import AddressBlock

KEPT: Final = timedelta(days=30)
MOST: Final = 10_000
LARGEST: Final = 8 << 20
"""Bytes of a file that is read; `MOST` rows take less."""

_unread = counter("sip_block_rows_unread", "Rows of the file of blocks that could not be read")


class BlockFile:
    """Writes atomically: each change replaces the file, under a lock. What is looked at each second is parsed
    when it has changed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._parsed: tuple[tuple[int, int, int], list[AddressBlock]] | None = None

    def all(self) -> list[AddressBlock]:
        """The newest first; none where there is no file, or none that can be read."""
        try:
            with self._file.open("rb") as held:
                seen = os.fstat(held.fileno())
                stamp = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
                parsed = self._parsed
                if parsed is not None and parsed[0] == stamp:
                    return list(parsed[1])
                text = held.read(LARGEST)
        except FileNotFoundError:
            return []
        rows = [one for line in text.splitlines() if (one := _read(line)) is not None]
        self._parsed = stamp, rows
        return list(rows)

    def holding(self, now: datetime) -> list[AddressBlock]:
        """Blocks that hold at this moment."""
        return [one for one in self.all() if one.holds(now)]

    def earlier(self, since: datetime) -> Counter[str]:
        """How often each network was shut out since then, what a person lifted left out."""
        return Counter(one.network for one in self.all() if one.since >= since and one.lifted_at is None)

    def add(self, *blocks: AddressBlock) -> None:
        """Put these in front, under the file's lock."""
        with self._changing() as rows:
            rows[:0] = blocks

    def lift(self, network: str, now: datetime, by: str) -> int:
        """How many blocks of it ended."""
        ended = 0
        with self._changing() as rows:
            for at, one in enumerate(rows):
                if one.network == network and one.holds(now):
                    rows[at] = replace(one, lifted_at=now, lifted_by=by)
                    ended += 1
        return ended

    @contextmanager
    def _changing(self) -> Iterator[list[AddressBlock]]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(self._lock(), "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rows = self.all()
            yield rows
            self._put(_kept(rows, datetime.now(UTC)))

    def _put(self, rows: Sequence[AddressBlock]) -> None:
        fresh = self._file.with_name(self._file.name + ".new")
        fresh.unlink(missing_ok=True)
        with fresh.open("x", encoding="utf-8") as stream:
            stream.writelines(json.dumps(asdict(one), default=str) + "\n" for one in rows)
            self._share(stream.fileno())
        fresh.replace(self._file)

    def _lock(self) -> int:
        file = self._file.with_name(self._file.name + ".lock")
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return os.open(file, os.O_RDWR | os.O_NOFOLLOW)
        self._share(handle)
        return handle

    def _share(self, made: int) -> None:
        """What root makes at the command line is the folder's owner's: the service goes on with it. Only of a
        file that was just made: the folder is the service's, and a link in it must give it nothing of root's.
        """
        if os.geteuid() == 0:
            folder = self._file.parent.stat()
            os.fchown(made, folder.st_uid, folder.st_gid)
        os.fchmod(made, 0o660)


def _kept(rows: Sequence[AddressBlock], now: datetime) -> list[AddressBlock]:
    return [one for one in rows if one.until > now - KEPT][:MOST]


def _read(line: bytes) -> AddressBlock | None:
    try:
        row: dict[str, Any] = json.loads(line)
        moments = {name: datetime.fromisoformat(row[name]) for name in ("since", "until")}
        lifted = row["lifted_at"] and datetime.fromisoformat(row["lifted_at"])
        row |= {**moments, "lifted_at": lifted or None, "block_id": UUID(row["block_id"])}
        block = AddressBlock(**row)
        block.holds(datetime.now(UTC))  # a moment without its time zone compares with nothing
    except (ValueError, TypeError, KeyError, AttributeError):
        _unread.inc()
        return None
    return block
