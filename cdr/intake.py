"""Takes what other rooms publish into the ledger. Handlers are idempotent: a durable event may come twice."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cdr.agents.store import AgentStateRow
from cdr.service import Ledger
from core.actor import system
from core.bus import Bus
from core.events import Event, Privacy, mask
from hotline.events import AgentMoved, CallActed, CallbackChanged, CallChanged, CallClosed, DispositionSet
from ivr.events import SurveyAnswered, VoicemailLeft
from speech.events import TranscriptGap, TranscriptSegment

_BY = system("cdr").id
_NAMELESS = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})
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
        bus.subscribe(AgentMoved, self.on_agent_moved, name="cdr.agent-moved")
        bus.subscribe(CallActed, self.on_call_acted, name="cdr.call-acted")
        bus.subscribe(CallbackChanged, self.on_callback, name="cdr.callbacks")
        bus.subscribe(SurveyAnswered, self.on_survey, name="cdr.surveys")
        bus.subscribe(VoicemailLeft, self.on_voicemail, name="cdr.voicemails")

    async def on_segment(self, event: TranscriptSegment) -> None:
        await self._ledger.keep_segment(event)

    async def on_gap(self, event: TranscriptGap) -> None:
        await self._ledger.keep_gap(event)

    async def on_disposition(self, event: DispositionSet) -> None:
        await self._file("disposition", event.call_id, event, [event.call_id], label=event.kind)
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
        """The last word: views may have been lost. What the switch joined is one call here too."""
        await self._ledger.mark_confidential(event.call_id, event.confidential, _BY)
        self._confidential.pop(event.call_id, None)
        if len(event.linkedids) > 1:
            await self._ledger.join(event.linkedids)

    async def on_agent_moved(self, event: AgentMoved) -> None:
        await self._ledger.keep_agent_state(
            AgentStateRow(
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
        )

    async def on_call_acted(self, event: CallActed) -> None:
        await self._file("call-act", event.op_id, event, [event.call_id], label=event.verb)

    async def on_callback(self, event: CallbackChanged) -> None:
        """It belongs to the calls that were lost and to those that went back."""
        callback = event.callback
        calls = [*(one.call_id for one in callback.calls), *(one.call_id for one in callback.attempts)]
        label = str(callback.outcome or callback.stage)
        await self._file("callback", event.callback_id, event, list(dict.fromkeys(calls)), label=label)

    async def on_survey(self, event: SurveyAnswered) -> None:
        await self._file("survey", event.call_id, event, [event.call_id], label=event.language)

    async def on_voicemail(self, event: VoicemailLeft) -> None:
        await self._file("voicemail", event.call_id, event, [event.call_id])

    async def _file(
        self, kind: str, record_id: UUID | str, event: Event, call_ids: list[UUID], *, label: str = ""
    ) -> None:
        facts, personal = apart(event)
        await self._ledger.record(
            kind,
            record_id,
            personal,
            call_ids=call_ids,
            event_id=event.id,
            at=event.at,
            facts=facts,
            label=label,
        )

    def _remember(self, call_id: UUID, confidential: bool) -> None:
        self._confidential[call_id] = confidential
        while len(self._confidential) > MOST_MARKS:
            self._confidential.popitem(last=False)


def apart(event: BaseModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """What names no person, and the fields that do: the second part goes when the person is erased."""
    whole = event.model_dump(mode="json", exclude={"id", "at"})
    facts = {name: value for name, value in mask(event, _NAMELESS).items() if name in whole}
    return facts, {name: value for name, value in whole.items() if facts[name] != value}
