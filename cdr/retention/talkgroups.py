"""Erases recordings of talkgroups that were kept long enough, and pieces in which nobody talked.

Who talked when stays in the ledger; so does that there was a recording, with its hash. A legal hold on
`talkgroup:NAME` is stronger than any rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, select

from cdr.chain.erase import order
from cdr.recordings.erasing import SoundEraser, give_up
from cdr.recordings.store import RecordingState, recordings
from cdr.retention import store
from cdr.retention.model import TalkgroupRule, talkgroup_kept_for
from cdr.transmissions import store as talks
from core.log import logger
from core.metrics import counter
from core.storage import Storage

_log = logger("cdr")
_erased = counter(
    "cdr_talkgroup_recordings_erased", "Pieces of talkgroups' recordings erased by a rule", ["why"]
)

Why = Literal["old", "silent"]

PAGE: Final = 200
BY: Final = "system:retention"
AROUND: Final = timedelta(seconds=5)
"""Clocks of roles and switch may differ by so much: a talk so close to a piece counts as in it."""


@dataclass(slots=True)
class TalkgroupReport:
    """Pieces: `old` ones that a rule erases, `silent` ones in which nobody talked, `held` ones."""

    dry_run: bool
    old: int = 0
    silent: int = 0
    held: int = 0


class TalkgroupRetention:
    """`silent_h` is None where pieces in which nobody talked are kept as the others."""

    def __init__(
        self, storage: Storage, root: Path | None, rules: Sequence[TalkgroupRule], silent_h: float | None
    ) -> None:
        self._storage = storage
        self._root = root
        self._rules = tuple(rules)
        self._silent_h = silent_h

    def change(self, rules: Sequence[TalkgroupRule]) -> None:
        """From the next piece on."""
        self._rules = tuple(rules)

    async def run_once(self, *, dry_run: bool = False) -> TalkgroupReport:
        """Look at every piece that may be due. Raises `StorageAway`."""
        report = TalkgroupReport(dry_run)
        now = self._storage.clock.now()
        shortest = self._shortest()
        if shortest is None:
            return report
        last: tuple[datetime, UUID] | None = None
        while True:
            rows = await self._page(now - shortest, last)
            if not rows:
                break
            last = (rows[-1].ended_at, rows[-1].recording_id)
            for row in rows:
                why = await self._why(row, now)
                if why is not None:
                    await self._erase(row, why, now, report)
        if report.old or report.silent:
            if not dry_run:
                await SoundEraser(self._storage, self._root).finish()
            _log.info("retention of talkgroups", old=report.old, silent=report.silent, held=report.held)
        return report

    def _shortest(self) -> timedelta | None:
        each = [timedelta(days=rule.days) for rule in self._rules]
        if self._silent_h is not None:
            each.append(timedelta(hours=self._silent_h))
        return min(each, default=None)

    async def _why(self, row: Row[Any], now: datetime) -> Why | None:
        keep = talkgroup_kept_for(row.talkgroup, self._rules)
        if keep is not None and row.ended_at + keep <= now:
            return "old"
        silent_h = self._silent_h
        if silent_h is None or row.ended_at + timedelta(hours=silent_h) > now:
            return None
        async with self._storage.read() as connection:
            said = await talks.between(
                connection, row.talkgroup, row.began_at - AROUND, row.ended_at + AROUND
            )
        return None if said else "silent"

    async def _page(self, until: datetime, last: tuple[datetime, UUID] | None) -> Sequence[Row[Any]]:
        statement = (
            select(recordings)
            .where(
                recordings.c.talkgroup.is_not(None),
                recordings.c.state == RecordingState.COMPLETE.value,
                recordings.c.ended_at <= until,
            )
            .order_by(recordings.c.ended_at, recordings.c.recording_id)
            .limit(PAGE)
        )
        if last is not None:
            at, recording_id = last
            statement = statement.where(
                (recordings.c.ended_at > at)
                | ((recordings.c.ended_at == at) & (recordings.c.recording_id > recording_id))
            )
        async with self._storage.read() as connection:
            return (await connection.execute(statement)).all()

    async def _erase(self, row: Row[Any], why: Why, now: datetime, report: TalkgroupReport) -> None:
        if await self._is_held(row, why, now, dry_run=report.dry_run):
            report.held += 1
            return
        if why == "old":
            report.old += 1
        else:
            report.silent += 1
        if not report.dry_run:
            _erased.labels(why).inc()

    async def _is_held(self, row: Row[Any], why: Why, now: datetime, *, dry_run: bool) -> bool:
        """Give it up, unless a hold stands on it: both in one transaction."""
        async with self._storage.write() as transaction:
            if await store.is_held(transaction.connection, f"talkgroup:{row.talkgroup}"):
                return True
            if dry_run:
                return False
            await give_up(transaction, [row.recording_id], now)
            await order(transaction, [f"recording:{row.recording_id}"], by=BY, reason=f"rule: {why}", now=now)
            return False
