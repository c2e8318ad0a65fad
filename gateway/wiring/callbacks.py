"""Fills the ports of callbacks: attempts placed by AMI at most once, and missed calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import false, or_, select

from cdr.calls.model import Direction, RecordedOutcome
from cdr.calls.store import calls as ledger_calls
from core.storage import Storage
from gateway.ami.actions import Originate
from gateway.ami.client import AmiClient
from gateway.wiring.placing import OUTBOUND, PlacingPort, PlacingRefused
from hotline.dispositions.store import calls as hotline_calls
from hotline.events import CallOutcome
from hotline.outbound import ports
from hotline.outbound.callbacks.store import lost_calls
from hotline.outbound.callbacks.unseen import UnseenCall
from hotline.outbound.follow_ups.policy import CHANNEL_ID as FOLLOW_UP

MOST_UNSEEN: Final = 500
"""Calls at a time: after a long outage the next look brings the next ones."""


class AmiDialler:
    """Fills `hotline.outbound.ports.Dialler`."""

    def __init__(self, client: AmiClient, *, technology: str = "PJSIP") -> None:
        self._placing = PlacingPort(client)
        self._technology = technology
        self.settle = self._placing.settle

    async def ring(self, *, endpoint: str, number: str, channel_id: str, ring_s: float) -> ports.Placed:
        call = Originate(f"{self._technology}/{endpoint}", OUTBOUND, number, timeout=ring_s)
        try:
            return await self._placing.place(call, channel_id)
        except PlacingRefused:
            return "refused"


class LedgerOfUnseen:
    """Fills `callbacks.unseen.UnseenCalls`: what Asterisk's record has and the hotline has not."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def ended_between(self, since: datetime, until: datetime) -> Sequence[UnseenCall]:
        ledger, seen, taken = ledger_calls, hotline_calls, lost_calls
        switch = self._storage.switch
        later = ledger.alias("later")
        answered_since = (
            select(later.c.call_id)
            .where(
                later.c.number == ledger.c.number,
                later.c.direction == Direction.INBOUND.value,
                later.c.answered_at > ledger.c.ended_at,
            )
            .exists()
        )
        query = (
            select(ledger)
            .outerjoin(seen, seen.c.call_id == ledger.c.call_id)
            .outerjoin(taken, taken.c.call_id == ledger.c.call_id)
            .where(
                ledger.c.direction == Direction.INBOUND.value,
                ledger.c.outcome == RecordedOutcome.ABANDONED_QUEUE.value,
                ledger.c.queued_at.is_not(None),
                ledger.c.number != "",
                ledger.c.ended_at > since,
                ledger.c.ended_at < until,
                taken.c.call_id.is_(None),
                or_(
                    seen.c.call_id.is_(None),
                    seen.c.outcome == CallOutcome.UNKNOWN.value,
                    # Another switch's centre makes no callbacks of its own.
                    ledger.c.system_name != switch if switch else false(),
                ),
                ~answered_since,
            )
            .order_by(ledger.c.queued_at)
            .limit(MOST_UNSEEN)
        )
        async with self._storage.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            UnseenCall(row.call_id, row.linkedids[0], row.number, row.queue, row.queued_at, row.ended_at)
            for row in rows
            # Agents have these reporters in their list of follow-ups.
            if not row.linkedids[0].startswith(FOLLOW_UP)
        ]
