"""What follows from what the reducer of calls has seen: pops, agents' states, counts, callbacks, closings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from core.metrics import counter, gauge
from hotline.agents.signals import CallMerged, PhoneSeen, RingMissed, TakenOver
from hotline.calls.model import (
    AgentRang,
    Call,
    CallOpened,
    CallOver,
    Changed,
    DeskTouched,
    Effect,
    LegAnswered,
    LegGone,
    LegSpeaks,
    RingAttemptMissed,
    phone,
)
from hotline.calls.view import agents_of, closed, moment
from hotline.events import CallbackReason, CallEnded, CallOutcome, CallRinging
from hotline.outbound.callbacks.model import LostCall
from hotline.parts import Parts
from hotline.taps.model import wish_of

_popped = counter("hotline_pops", "Ring attempts shown to an agent")
_unseated = counter("hotline_pops_unseated", "Ring attempts at a desk that belongs to nobody")
_calls = gauge("hotline_calls", "Calls now")


class Consequences:
    """Carries out the effects in their order; nothing here waits."""

    def __init__(self, parts: Parts, *, bus: Bus, clock: Clock) -> None:
        self._parts = parts
        self._bus = bus
        self._clock = clock
        self._by_effect: dict[type, Callable[[Any, float], None]] = {
            Changed: self._on_changed,
            AgentRang: self._on_rang,
            LegAnswered: self._on_answered,
            LegGone: self._on_leg_gone,
            LegSpeaks: self._on_speaks,
            CallOpened: self._on_opened,
            RingAttemptMissed: self._on_missed,
            CallOver: self._on_ended,
        }

    def carry_out(self, effects: Sequence[Effect], at: float, *, taps: bool = True) -> None:
        desks: dict[str, None] = {}
        for effect in effects:
            if isinstance(effect, DeskTouched):
                desks[effect.endpoint] = None
            else:
                self._by_effect[type(effect)](effect, at)
            if taps and isinstance(effect, LegAnswered | LegSpeaks):
                self._parts.taps.want(wish_of(effect.call, effect.leg))
        # Last, when the calls are as they will be: what an agent owes depends on who else speaks in a call.
        for endpoint in desks:
            self._phone_moved(endpoint, at)
        if self._parts.control is not None:
            self._parts.control.changed()
        if self._parts.handovers is not None:
            self._parts.handovers.look()
        self._parts.callbacks.look_soon()
        self._parts.figures.touch()

    def _on_changed(self, effect: Changed, _at: float) -> None:
        if effect.call.inbound:  # the number may be known later than the call
            self._parts.callers.appeared(effect.call)
        self._parts.notifier.call(effect.call.id)

    def _on_opened(self, effect: CallOpened, _at: float) -> None:
        _calls.set(len(self._parts.calls))
        self._parts.callers.appeared(effect.call)

    def _on_rang(self, effect: AgentRang, _at: float) -> None:
        call, leg = effect.call, effect.leg
        agent_id = self._parts.registry.ledger.agent_at(leg.endpoint)
        if agent_id is None:
            _unseated.inc()
            return
        _popped.inc()
        self._bus.publish(
            CallRinging(
                at=self._clock.now(),
                call_id=call.id,
                leg_id=leg.id,
                agent_id=agent_id,
                endpoint=leg.endpoint,
                caller=call.caller,
                caller_name=call.caller_name,
                queue=call.queue,
                language=call.language,
                since=moment(call.began),
                context=self._parts.callers.contexts.get(call.id),
                confidential=call.confidential,
            )
        )

    def _on_answered(self, effect: LegAnswered, at: float) -> None:
        call, leg = effect.call, effect.leg
        if leg.role != "agent":
            return
        self._parts.figures.answered(call, leg, at)
        self._parts.callbacks.reached(call.caller)
        self._parts.registry.take(TakenOver(call.id, leg.endpoint), at)
        agent_id = self._parts.registry.ledger.agent_at(leg.endpoint)
        if agent_id is not None and call.queue:
            self._parts.pace.answered(agent_id, call.queue, at)
        if call.endpoints == [leg.endpoint] and call.queue:
            queue = self._parts.queues.named(call.queue)
            queue.answered += 1
            self._parts.notifier.queue(queue.name)

    def _on_speaks(self, effect: LegSpeaks, at: float) -> None:
        """In a call that we placed: who had it before owes nothing for it any more."""
        if effect.leg.role == "agent":
            self._parts.registry.take(TakenOver(effect.call.id, effect.leg.endpoint), at)

    def _on_leg_gone(self, effect: LegGone, _at: float) -> None:
        self._parts.taps.leg_gone(effect.leg.uniqueid)
        if self._parts.control is not None:
            self._parts.control.leg_left(effect.call)

    def _on_missed(self, effect: RingAttemptMissed, at: float) -> None:
        self._parts.registry.take(RingMissed(effect.endpoint), at)

    def _on_ended(self, effect: CallOver, at: float) -> None:
        call = effect.call
        agent_ids = agents_of(call, self._parts.registry.ledger.agent_at)
        outcome = call.outcome(effect.cause)
        merged = effect.merged_into is not None
        needed = outcome is CallOutcome.ANSWERED and not merged and self._parts.recent.kind(call.id) is None
        _calls.set(len(self._parts.calls))
        self._parts.callers.gone(call.id)
        if self._parts.control is not None:
            self._parts.control.ended(call.id)
        if self._parts.handovers is not None:
            self._parts.handovers.ended(call.id)
        self._parts.recent.add(call.id, frozenset(agent_ids), confidential=call.confidential)
        self._bus.publish(
            CallEnded(
                at=self._clock.now(),
                call_id=call.id,
                cause=effect.cause,
                outcome=outcome,
                direction=call.direction,
                agent_ids=agent_ids,
                merged_into=effect.merged_into,
                disposition_needed=needed,
                confidential=call.confidential,
            )
        )
        self._parts.figures.ended(call, outcome, effect.merged_into, at)
        if effect.merged_into is not None:
            self._parts.taps.pauses_changed()  # one of the two may be paused
            self._parts.registry.take(CallMerged(call.id, effect.merged_into), at)
            return
        if outcome is CallOutcome.ABANDONED and call.queue:
            queue = self._parts.queues.named(call.queue)
            queue.abandoned += 1
            self._parts.notifier.queue(queue.name)
            self._call_back(call, "abandoned", at)
        elif call.inbound and call.cut_off:
            self._call_back(call, "cut_off", at)
        if call.inbound:
            self._parts.priorities.ended(call.caller, outcome, moment(at))
        if call.inbound or outcome is CallOutcome.ANSWERED:
            self._parts.dispositions.close(closed(call, effect.cause, agent_ids, at))

    def _call_back(self, call: Call, reason: CallbackReason, at: float) -> None:
        place = call.began if call.queued_at is None else call.queued_at
        self._parts.callbacks.lost(
            caller=call.caller,
            call=LostCall(call.id, call.linkedid, reason, place, at),
            queue=call.queue,
            language=call.language,
            on_line=self._parts.floor.on_line(call.caller, but=call),
            at=at,
        )

    def _phone_moved(self, endpoint: str, at: float) -> None:
        page = self._parts.registry.ledger.by_endpoint.get(endpoint)
        if page is None:
            return
        now = phone(self._parts.calls, endpoint)
        left = [call_id for call_id in page.phone.served if call_id not in now.served]
        handed_on = frozenset(one for one in left if self._others_speak(one, endpoint))
        self._parts.registry.take(PhoneSeen(endpoint, now, handed_on), at)

    def _others_speak(self, call_id: UUID, endpoint: str) -> bool:
        call = self._parts.calls.by_id.get(call_id)
        return call is not None and any(leg.endpoint != endpoint for leg in call.speaking())
