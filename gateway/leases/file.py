"""A lease by `flock` on a file of this machine. The kernel frees it when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path

from gateway.leases.model import LeaseUnknown, RoleHolder, this_process


class FileLease:
    """The file holds who has it, as JSON: `host`, `pid`, `since`. It stays when the lease is given back."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    async def take(self) -> RoleHolder | None:
        if self._handle is not None:
            return None
        handle = self._open(os.O_RDWR | os.O_CREAT)
        assert handle is not None  # it is made where it is missing
        if not _locked(handle):
            os.close(handle)
            return self._read()
        mine = this_process()
        told = {"host": mine.host, "pid": mine.pid, "since": mine.since.isoformat()}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(told).encode(), 0)
        self._handle = handle
        return None

    async def kept(self) -> bool:
        return self._handle is not None

    async def holder(self) -> RoleHolder | None:
        if self._handle is not None:
            return self._read()
        handle = self._open(os.O_RDONLY)
        if handle is None:
            return None
        try:
            # A shared lock, and for no longer than this line: it disturbs nobody who takes the lease.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._read()
        finally:
            os.close(handle)
        return None

    async def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self, how: int) -> int | None:
        try:
            return os.open(self._file, how | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            if how & os.O_CREAT:
                raise LeaseUnknown(f"{self._file.parent}: there is no such folder") from None
            return None
        except OSError as error:
            raise LeaseUnknown(f"{self._file}: {error.strerror}") from error

    def _read(self) -> RoleHolder:
        """Who took it a moment ago may not have written yet."""
        unknown = RoleHolder("this machine", 0, datetime.fromtimestamp(0).astimezone())
        try:
            told = json.loads(self._file.read_bytes()[:1000])
            return RoleHolder(str(told["host"]), int(told["pid"]), datetime.fromisoformat(told["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return unknown


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
