"""Takes what other rooms publish into the ledger. Handlers are idempotent: a durable event may come twice."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from cdr.service import Ledger
from core.actor import system
from core.bus import Bus
from hotline.events import CallChanged, CallClosed, DispositionSet
from speech.events import TranscriptGap, TranscriptSegment

_BY = system("cdr").id
MOST_MARKS = 2_000


class Intake:
    """Subscribes the ledger to rooms whose facts it keeps. Cases hand theirs in by `Ledger.record`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._confidential: OrderedDict[UUID, bool] = OrderedDict()

    def subscribe(self, bus: Bus) -> None:
        bus.subscribe(TranscriptSegment, self.on_segment, name="cdr.segments")
        bus.subscribe(TranscriptGap, self.on_gap, name="cdr.gaps")
        bus.subscribe(DispositionSet, self.on_disposition, name="cdr.dispositions")
        bus.subscribe(CallChanged, self.on_call_changed, name="cdr.confidential")
        bus.subscribe(CallClosed, self.on_call_closed, name="cdr.closed")

    async def on_segment(self, event: TranscriptSegment) -> None:
        await self._ledger.keep_segment(event)

    async def on_gap(self, event: TranscriptGap) -> None:
        await self._ledger.keep_gap(event)

    async def on_disposition(self, event: DispositionSet) -> None:
        await self._ledger.record(
            "disposition",
            event.call_id,
            event.model_dump(mode="json", exclude={"id", "at"}),
            call_ids=[event.call_id],
            event_id=event.id,
            at=event.at,
        )
        for case_id in event.case_ids:
            await self._ledger.link("case", case_id, event.call_id)

    async def on_call_changed(self, event: CallChanged) -> None:
        """The mark must hold while the call still runs; the view repeats, only a change is written."""
        before = self._confidential.get(event.call_id, False)
        if event.call.confidential == before:
            return
        await self._ledger.mark_confidential(event.call_id, event.call.confidential, _BY)
        self._remember(event.call_id, event.call.confidential)

    async def on_call_closed(self, event: CallClosed) -> None:
        """The last word: views may have been lost."""
        await self._ledger.mark_confidential(event.call_id, event.confidential, _BY)
        self._confidential.pop(event.call_id, None)

    def _remember(self, call_id: UUID, confidential: bool) -> None:
        self._confidential[call_id] = confidential
        while len(self._confidential) > MOST_MARKS:
            self._confidential.popitem(last=False)
