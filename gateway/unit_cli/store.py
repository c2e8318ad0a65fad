"""The terminal's store on disk: its jobs, and each message until the centre's receipt.

A kill at any time loses no message and sends none twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast
from uuid import UUID

from cases.events import CrewStep, DispatchStep
from core.ids import uuid7
from field.contract.mobile.messages import JobBody
from gateway.unit_cli.jobs import JobClosed, TerminalJob, UnconfirmedMessage, UnknownJob

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (dispatch_id TEXT PRIMARY KEY, body TEXT NOT NULL, step TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', down_seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS said (dispatch_id TEXT NOT NULL, step TEXT NOT NULL, msg_id TEXT NOT NULL UNIQUE,
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL DEFAULT x'',
  receipted INTEGER NOT NULL DEFAULT 0, UNIQUE (dispatch_id, step));
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
KEEP_ENDED = 200
UP_SEQ = "up_seq"

Compose = Callable[[UUID, int], bytes]
"""Makes the payload from the message's id and number."""


class TerminalStore:
    """One SQLite file; several processes may hold it. Calls are short and block."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def writing(self) -> AbstractContextManager[None]:
        """All that is done inside is kept together or not at all."""
        return _Write(self._db)

    def jobs(self) -> list[TerminalJob]:
        """In the order in which they came."""
        rows = self._db.execute("SELECT body, step, reason FROM jobs ORDER BY down_seq, dispatch_id")
        return [TerminalJob(JobBody.model_validate_json(body), step, reason) for body, step, reason in rows]

    def job(self, dispatch_id: UUID) -> TerminalJob:
        """Raises `UnknownJob`."""
        row = self._db.execute(
            "SELECT body, step, reason FROM jobs WHERE dispatch_id = ?", (str(dispatch_id),)
        ).fetchone()
        if row is None:
            raise UnknownJob(str(dispatch_id))
        return TerminalJob(JobBody.model_validate_json(row[0]), row[1], row[2])

    def take(self, body: JobBody, down_seq: int) -> bool:
        """Keep a job; False when it is known: then its words are the newer ones."""
        self._db.execute(
            "UPDATE jobs SET body = ? WHERE dispatch_id = ? AND down_seq < ?",
            (body.model_dump_json(), str(body.dispatch_id), down_seq),
        )
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO jobs (dispatch_id, body, step, down_seq) VALUES (?, ?, '', ?)",
            (str(body.dispatch_id), body.model_dump_json(), down_seq),
        )
        return cursor.rowcount == 1

    def end(self, dispatch_id: UUID, step: str, reason: str = "") -> bool:
        """The centre ended the job; False when it is unknown or was ended before."""
        cursor = self._db.execute(
            "UPDATE jobs SET step = ?, reason = ? WHERE dispatch_id = ?"
            " AND step NOT IN ('declined', 'done', 'returned', 'recalled', 'gone')",
            (step, reason, str(dispatch_id)),
        )
        return cursor.rowcount == 1

    def end_missing(self, listed: set[UUID], before_seq: int) -> list[UUID]:
        """End the open jobs that came before `before_seq` and are not `listed` by the centre."""
        rows = self._db.execute("SELECT dispatch_id FROM jobs WHERE down_seq < ?", (before_seq,)).fetchall()
        missing = [UUID(row[0]) for row in rows if UUID(row[0]) not in listed]
        return [dispatch_id for dispatch_id in missing if self.end(dispatch_id, "gone")]

    def say(self, dispatch_id: UUID, step: CrewStep, kind: str, compose: Compose) -> UUID:
        """Keep a message for sending and move the job on; the same step again is the same message.

        Raises `UnknownJob`, and `JobClosed` when the job was ended by another word.
        """
        with self.writing():
            known = self._db.execute(
                "SELECT msg_id FROM said WHERE dispatch_id = ? AND step = ?", (str(dispatch_id), step)
            ).fetchone()
            if known is not None:
                return UUID(known[0])
            job = self.job(dispatch_id)
            if not job.open:
                raise JobClosed(job.step)
            msg_id, seq = uuid7(), self.next_number(UP_SEQ)
            self._db.execute(
                "INSERT INTO said (dispatch_id, step, msg_id, seq, kind, payload) VALUES (?, ?, ?, ?, ?, ?)",
                (str(dispatch_id), step, str(msg_id), seq, kind, compose(msg_id, seq)),
            )
            self._db.execute("UPDATE jobs SET step = ? WHERE dispatch_id = ?", (step, str(dispatch_id)))
        return msg_id

    def unconfirmed(self) -> list[UnconfirmedMessage]:
        """What the centre has not confirmed, in the order in which it was said."""
        rows = self._db.execute(
            "SELECT msg_id, seq, kind, dispatch_id, step, payload FROM said WHERE receipted = 0 ORDER BY seq"
        )
        return [
            UnconfirmedMessage(
                UUID(msg_id),
                seq,
                kind,
                UUID(dispatch_id),
                cast("CrewStep", DispatchStep(step)),
                bytes(payload),
            )
            for msg_id, seq, kind, dispatch_id, step, payload in rows
        ]

    def confirm(self, msg_id: UUID) -> bool:
        """The centre has committed the message; False when that was known."""
        cursor = self._db.execute(
            "UPDATE said SET receipted = 1, payload = x'' WHERE msg_id = ? AND receipted = 0", (str(msg_id),)
        )
        return cursor.rowcount == 1

    def confirmed(self, msg_id: UUID) -> bool:
        row = self._db.execute("SELECT receipted FROM said WHERE msg_id = ?", (str(msg_id),)).fetchone()
        return row is not None and bool(row[0])

    def number(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def next_number(self, name: str) -> int:
        with self.writing():
            value = self.number(name) + 1
            self.raise_number(name, value)
        return value

    def raise_number(self, name: str, value: int) -> None:
        """Keep the larger of the kept and the given value."""
        self._db.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            (name, value),
        )

    def forget_ended(self) -> None:
        """Keep the newest `KEEP_ENDED` ended jobs, and all open ones."""
        ended = "step IN ('declined', 'done', 'returned', 'recalled', 'gone')"
        with self.writing():
            self._db.execute(
                f"DELETE FROM jobs WHERE {ended} AND dispatch_id NOT IN"  # noqa: S608  # constants only
                f" (SELECT dispatch_id FROM jobs WHERE {ended} ORDER BY down_seq DESC LIMIT ?)"
                " AND dispatch_id NOT IN (SELECT dispatch_id FROM said WHERE receipted = 0)",
                (KEEP_ENDED,),
            )
            self._db.execute(
                "DELETE FROM said WHERE receipted = 1 AND dispatch_id NOT IN (SELECT dispatch_id FROM jobs)"
            )


class _Write:
    """BEGIN IMMEDIATE … COMMIT or ROLLBACK; inside another one it does nothing."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._outer = False

    def __enter__(self) -> None:
        self._outer = not self._db.in_transaction
        if self._outer:
            self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._outer:
            self._db.execute("COMMIT" if kind is None else "ROLLBACK")
