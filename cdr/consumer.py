"""Stores other rooms' events in the ledger. Handlers are idempotent: a durable event may arrive twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cdr.agents.store import AgentStateRow
from cdr.filings.store import FilingRecord
from cdr.service import LedgerService
from core.actor import system
from core.bus import BatchBus
from core.events import Event, Privacy, mask
from hotline.events import (
    AgentMoved,
    CallActed,
    CallbackChanged,
    CallChanged,
    CallClosed,
    DispositionSet,
    LegUnheard,
)
from ivr.events import SurveyAnswered, VoicemailLeft
from speech.events import TranscriptEnded, TranscriptGap, TranscriptSegment

_BY = system("cdr").id
_NAMELESS = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})
MOST_MARKS = 2_000
_FILED = (
    AgentMoved,
    CallActed,
    CallbackChanged,
    CallClosed,
    DispositionSet,
    SurveyAnswered,
    VoicemailLeft,
)


class LedgerConsumer:
    """Subscribes the ledger to rooms whose facts it keeps. Cases hand theirs in by `LedgerService.record`."""

    def __init__(self, ledger: LedgerService) -> None:
        self._ledger = ledger
        self._confidential: OrderedDict[UUID, bool] = OrderedDict()

    def subscribe(self, bus: BatchBus) -> None:
        bus.subscribe(TranscriptSegment, self.on_segment, name="cdr.segments")
        bus.subscribe(TranscriptGap, self.on_gap, name="cdr.gaps")
        bus.subscribe(LegUnheard, self.on_unheard, name="cdr.unheard")
        bus.subscribe(TranscriptEnded, self.on_ended, name="cdr.backfill")
        bus.subscribe(CallChanged, self.on_call_changed, name="cdr.confidential")
        bus.subscribe_batch(_FILED, self.on_batch, name="cdr.filed")

    async def on_segment(self, event: TranscriptSegment) -> None:
        """Keep a final segment."""
        await self._ledger.keep_segment(event)

    async def on_gap(self, event: TranscriptGap) -> None:
        """Keep a gap of the transcript."""
        await self._ledger.keep_gap(event)

    async def on_unheard(self, event: LegUnheard) -> None:
        """Keep that a leg was not transcribed for a time."""
        await self._ledger.keep_unheard(event)

    async def on_ended(self, event: TranscriptEnded) -> None:
        """The transcript of a recording is complete: its segments came before, in order."""
        if event.gap_id is not None and event.whole:
            await self._ledger.gap_filled(event.gap_id, wholly=event.gaps == 0)

    async def on_call_changed(self, event: CallChanged) -> None:
        """The mark must hold while the call still runs; the view repeats, only a change is written."""
        before = self._confidential.get(event.call_id, False)
        if event.call.confidential == before:
            return
        await self._ledger.mark_confidential(event.call_id, event.call.confidential, _BY)
        self._remember(event.call_id, event.call.confidential)

    async def on_batch(self, events: Sequence[Event]) -> None:
        """Facts of calls and agents, whatever has come of them, in one transaction."""
        closed = [event for event in events if isinstance(event, CallClosed)]
        states = [state_of(event) for event in events if isinstance(event, AgentMoved)]
        links = {
            (f"case:{case_id}", event.call_id)
            for event in events
            if isinstance(event, DispositionSet)
            for case_id in event.case_ids
        }
        filed = [filing for event in events if (filing := filing_of(event)) is not None]
        async with self._ledger.entries() as entries:
            # What the switch joined is one call here too. It comes sorted, and with what is linked before
            # what is sealed, as with the importer, the deriver and `LedgerService.record`: on PostgreSQL two
            # of them
            # would else wait for each other in a circle.
            for linkedids in sorted(call.linkedids for call in closed):
                if len(linkedids) > 1:
                    await entries.join(linkedids)
            for subject, call_id in sorted(links):
                await entries.link(subject, call_id)
            # The last word on each: views may have been lost.
            await entries.confidential({call.call_id: call.confidential for call in closed}, _BY)
            await entries.agent_states(states)
            await entries.file(filed)
        for call in closed:
            self._confidential.pop(call.call_id, None)

    def _remember(self, call_id: UUID, confidential: bool) -> None:
        self._confidential[call_id] = confidential
        while len(self._confidential) > MOST_MARKS:
            self._confidential.popitem(last=False)


def state_of(event: AgentMoved) -> AgentStateRow:
    """The event as a row of agents' states."""
    return AgentStateRow(
        event_id=event.id,
        agent_id=event.agent_id,
        endpoint=event.endpoint,
        state=str(event.state),
        reason=event.reason[:64],
        previous=str(event.previous),
        since=event.since,
        call_id=event.call_id,
        by=event.by,
        at=event.at,
    )


def filing_of(event: Event) -> FilingRecord | None:
    """The filing that an event is kept as; None for one that is kept otherwise."""
    match event:
        case DispositionSet():
            return _filing("disposition", event.call_id, event, [event.call_id], label=event.kind)
        case CallActed():
            return _filing("call-act", event.op_id, event, [event.call_id], label=event.verb)
        case CallbackChanged(callback=callback):
            # It belongs to the calls that were lost and to those that went back.
            calls = [*(one.call_id for one in callback.calls), *(one.call_id for one in callback.attempts)]
            label = str(callback.outcome or callback.stage)
            return _filing("callback", event.callback_id, event, list(dict.fromkeys(calls)), label=label)
        case SurveyAnswered():
            return _filing("survey", event.call_id, event, [event.call_id], label=event.language)
        case VoicemailLeft():
            return _filing("voicemail", event.call_id, event, [event.call_id])
        case _:
            return None


def _filing(
    kind: str, record_id: UUID, event: Event, call_ids: Sequence[UUID], *, label: str = ""
) -> FilingRecord:
    facts, personal = apart(event)
    return FilingRecord(
        filing_id=event.id,
        kind=kind,
        subject=f"{kind}:{record_id}",
        parent="",
        call_ids=tuple(call_ids),
        at=event.at,
        payload=personal,
        facts=facts,
        label=label,
    )


def apart(event: BaseModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """What names no person, and the fields that do: the second part goes when the person is erased."""
    whole = event.model_dump(mode="json", exclude={"id", "at"})
    facts = {name: value for name, value in mask(event, _NAMELESS).items() if name in whole}
    return facts, {name: value for name, value in whole.items() if facts[name] != value}
