"""What follows from what the reducers of calls and agents saw: pops, states, counts, callbacks, closings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from core.metrics import counter, gauge
from hotline.agents.model import Agent, Move
from hotline.agents.signals import CallMerged, PhoneSeen, RingMissed, TakenOver
from hotline.agents.state_writer import AgentStateWriter
from hotline.callers import Callers
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
from hotline.control.service import CallControl
from hotline.dispositions.service import Dispositions
from hotline.events import (
    AgentState,
    AgentStateSet,
    CallbackReason,
    CallEnded,
    CallOutcome,
    CallRinging,
    StateCause,
)
from hotline.handovers.service import Handovers
from hotline.live import LiveState
from hotline.metrics.service import LiveBoard
from hotline.notifier import Notifier
from hotline.outbound.callbacks.floor import CentreFloor
from hotline.outbound.callbacks.model import LostCall
from hotline.outbound.callbacks.service import Callbacks
from hotline.outbound.follow_ups.policy import CHANNEL_ID as FOLLOW_UP
from hotline.queue.pace import QueuePace
from hotline.routing.service import Priorities
from hotline.taps.model import wish_of
from hotline.taps.service import Taps

_popped = counter("hotline_pops", "Ring attempts shown to an agent")
_unseated = counter("hotline_pops_unseated", "Ring attempts at a desk that belongs to nobody")
_calls = gauge("hotline_calls", "Calls now")


@dataclass(slots=True, eq=False, kw_only=True)
class Consequences:
    """Carries out the effects in their order; nothing here waits."""

    queues: Sequence[str]
    """Those that agents serve."""
    live: LiveState
    callers: Callers
    priorities: Priorities
    pace: QueuePace
    moves: AgentStateWriter
    taps: Taps
    control: CallControl
    handovers: Handovers
    dispositions: Dispositions
    callbacks: Callbacks
    floor: CentreFloor
    figures: LiveBoard
    notifier: Notifier
    bus: Bus
    clock: Clock
    _by_effect: Mapping[type, Callable[[Any, float], None]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_effect = {
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
                self.taps.want(wish_of(effect.call, effect.leg))
        # Last, when the calls are as they will be: what an agent owes depends on who else speaks in a call.
        for endpoint in desks:
            self._phone_moved(endpoint, at)
        self.control.changed()
        self.handovers.look()
        self.callbacks.look_soon()
        self.figures.touch()

    def agent_changed(self, page: Agent) -> None:
        """An agent's page is another than before."""
        self.notifier.agent(page.id)
        if page.shown is AgentState.READY:
            # Before the switch is told that he is free: who comes first in the line is offered to him.
            self.callbacks.look()
        else:
            self.callbacks.look_soon()
        self.figures.touch()
        for name in self.queues:
            self.notifier.queue(name)

    def agent_moved(self, move: Move, page: Agent) -> None:
        """An agent's state has changed."""
        self.pace.moved(move.agent_id, move.state, move.at)
        self.moves.add(move, signed_in=page.signed_in, forced_by=page.forced_by)

    def state_set(self, page: Agent, cause: StateCause) -> None:
        """An agent gets a state that he has not asked for: he is told."""
        if page.wish is not None:
            self.bus.publish(
                AgentStateSet(
                    at=self.clock.now(),
                    agent_id=page.id,
                    state=page.wish.state,
                    reason=page.wish.reason,
                    cause=cause,
                    by=page.wish.by,
                    missed=page.missed,
                )
            )

    # --- effects of calls -------------------------------------------------------------------------------

    def _on_changed(self, effect: Changed, _at: float) -> None:
        if effect.call.inbound:  # the number may be known later than the call
            self.callers.appeared(effect.call)
        self.notifier.call(effect.call.id)

    def _on_opened(self, effect: CallOpened, _at: float) -> None:
        _calls.set(len(self.live.calls))
        self.callers.appeared(effect.call)

    def _on_rang(self, effect: AgentRang, _at: float) -> None:
        call, leg = effect.call, effect.leg
        agent_id = self.live.registry.ledger.agent_at(leg.endpoint)
        if agent_id is None:
            _unseated.inc()
            return
        _popped.inc()
        self.bus.publish(
            CallRinging(
                at=self.clock.now(),
                call_id=call.id,
                leg_id=leg.id,
                agent_id=agent_id,
                endpoint=leg.endpoint,
                caller=call.caller,
                caller_name=call.caller_name,
                queue=call.queue,
                language=call.language,
                since=moment(call.began),
                context=self.callers.contexts.get(call.id),
                confidential=call.confidential,
            )
        )

    def _on_answered(self, effect: LegAnswered, at: float) -> None:
        call, leg = effect.call, effect.leg
        if leg.role != "agent":
            return
        self.figures.answered(call, leg, at)
        self.callbacks.reached(call.caller)
        self.live.registry.take(TakenOver(call.id, leg.endpoint), at)
        agent_id = self.live.registry.ledger.agent_at(leg.endpoint)
        if agent_id is not None and call.queue:
            self.pace.answered(agent_id, call.queue, at)
        if call.endpoints == [leg.endpoint] and call.queue:
            queue = self.live.queues.named(call.queue)
            queue.answered += 1
            self.notifier.queue(queue.name)

    def _on_speaks(self, effect: LegSpeaks, at: float) -> None:
        """In a call that we placed: who had it before owes nothing for it any more."""
        if effect.leg.role == "agent":
            self.live.registry.take(TakenOver(effect.call.id, effect.leg.endpoint), at)

    def _on_leg_gone(self, effect: LegGone, _at: float) -> None:
        self.taps.leg_gone(effect.leg.uniqueid)
        self.control.leg_left(effect.call)

    def _on_missed(self, effect: RingAttemptMissed, at: float) -> None:
        self.live.registry.take(RingMissed(effect.endpoint), at)

    def _on_ended(self, effect: CallOver, at: float) -> None:
        call = effect.call
        agent_ids = agents_of(call, self.live.registry.ledger.agent_at)
        outcome = call.outcome(effect.cause)
        merged = effect.merged_into is not None
        needed = outcome is CallOutcome.ANSWERED and not merged and self.live.recent.kind(call.id) is None
        _calls.set(len(self.live.calls))
        self.callers.gone(call.id)
        self.control.ended(call.id)
        self.handovers.ended(call.id)
        self.live.recent.add(call.id, frozenset(agent_ids), confidential=call.confidential)
        self.bus.publish(
            CallEnded(
                at=self.clock.now(),
                call_id=call.id,
                cause=effect.cause,
                outcome=outcome,
                direction=call.direction,
                agent_ids=agent_ids,
                merged_into=effect.merged_into,
                disposition_needed=needed,
                confidential=call.confidential,
                cut_off=call.inbound and call.cut_off and effect.merged_into is None,
                phone_lost=call.inbound and call.phone_lost and effect.merged_into is None,
            )
        )
        # A reporter whom an automatic call asked, and whom nobody took, is not a caller who gave up.
        gave_up = outcome is CallOutcome.ABANDONED and not call.linkedid.startswith(FOLLOW_UP)
        if gave_up or outcome is not CallOutcome.ABANDONED:
            self.figures.ended(call, outcome, effect.merged_into, at)
        if effect.merged_into is not None:
            self.taps.pauses_changed()  # one of the two may be paused
            self.live.registry.take(CallMerged(call.id, effect.merged_into), at)
            return
        if gave_up and call.queue:
            queue = self.live.queues.named(call.queue)
            queue.abandoned += 1
            self.notifier.queue(queue.name)
            self._call_back(call, "abandoned", at)
        elif call.inbound and call.cut_off:
            self._call_back(call, "cut_off", at)
        if call.inbound and not call.linkedid.startswith(FOLLOW_UP):
            self.priorities.ended(call.caller, outcome, moment(at))
        if call.inbound or outcome is CallOutcome.ANSWERED:
            self.dispositions.close(closed(call, effect.cause, agent_ids, at))

    def _call_back(self, call: Call, reason: CallbackReason, at: float) -> None:
        if call.linkedid.startswith(FOLLOW_UP):
            return  # Agents have him in their list of follow-ups.
        place = call.began if call.queued_at is None else call.queued_at
        self.callbacks.lost(
            caller=call.caller,
            call=LostCall(call.id, call.linkedid, reason, place, at),
            queue=call.queue,
            language=call.language,
            on_line=self.floor.on_line(call.caller, but=call),
            at=at,
        )

    def _phone_moved(self, endpoint: str, at: float) -> None:
        page = self.live.registry.ledger.by_endpoint.get(endpoint)
        if page is None:
            return
        now = phone(self.live.calls, endpoint)
        left = [call_id for call_id in page.phone.served if call_id not in now.served]
        handed_on = frozenset(one for one in left if self._others_speak(one, endpoint))
        self.live.registry.take(PhoneSeen(endpoint, now, handed_on), at)

    def _others_speak(self, call_id: UUID, endpoint: str) -> bool:
        call = self.live.calls.by_id.get(call_id)
        return call is not None and any(leg.endpoint != endpoint for leg in call.speaking())
