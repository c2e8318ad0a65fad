"""Call control: who may do what with a call that runs; each request once, and one at a time for each call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from core.actor import Actor, Role
from core.bus import Bus
from core.clock import Clock
from core.errors import SonghuaError
from core.ids import call_id as call_id_of
from core.log import logger
from core.metrics import counter
from core.scopes import Scope
from core.storage import Storage
from core.tasks import Tasks
from hotline import rights
from hotline.agents.service import AgentRegistry
from hotline.calls.model import Call, CallsState, Leg
from hotline.control.acts import Acts, Seen
from hotline.control.answer import Acted, ControlParameters, ControlRequest, Outcome
from hotline.control.errors import (
    CallMovedOn,
    PhoneMustAnswer,
    SwitchInDoubt,
    SwitchRefused,
    TooManyWaiting,
)
from hotline.control.help import Helps
from hotline.control.lost_phones import LostPhones
from hotline.control.model import (
    PATCHING,
    RINGING,
    SUPERVISION,
    CallDesk,
    Verb,
    allowed,
    main_seat,
    parked,
    seat_of,
)
from hotline.control.operation_log import OperationLog
from hotline.control.operation_writer import OperationWriter
from hotline.control.ports import ControlSwitch, DialplanPlace, PlacedCall
from hotline.control.recovery import Recovery
from hotline.control.settings import ControlSettings
from hotline.control.supervise import Supervising
from hotline.control.targets import Targets
from hotline.control.watch import ControlWatch
from hotline.errors import NoSuchLiveCall, NotYourCall
from hotline.events import AnswerRequested
from hotline.recent import RecentCalls

_log = logger("hotline")
_acts = counter("hotline_acts", "Verbs of call control, by what came of them", ["verb", "outcome"])

SUPERVISORS_ONLY: Final = SUPERVISION | {Verb.INTERCEPT, Verb.HELP_ACCEPT}
LEAVES: Final = frozenset({Verb.CALL, Verb.HELP, Verb.HELP_ACCEPT, Verb.ANSWER})
"""Verbs that are not waited for: the switch moves no leg of this call by them."""


@dataclass(slots=True, eq=False)
class _CallTurn:
    """Whose turn it is on one call; `wanted` counts those who have it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted: int = 0


class CallControl:
    """`act` is for verbs on a call, `call` places one. Both give the same answer to the same `op_id`."""

    def __init__(
        self,
        settings: ControlSettings,
        *,
        system_name: str,
        technology: str,
        queues: tuple[str, ...],
        switch: ControlSwitch,
        calls: CallsState,
        registry: AgentRegistry,
        recent: RecentCalls,
        storage: Storage,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
        told: Callable[[UUID], None],
        helps: Helps,
    ) -> None:
        self._settings = settings
        self._system_name = system_name
        self._technology = technology
        self._switch = switch
        self._calls = calls
        self._recent = recent
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._told = told
        self._turns: dict[UUID, _CallTurn] = {}
        self._book = OperationLog(settings.kept, tasks)
        self._watch = ControlWatch()
        self._targets = Targets(registry, switch, queues=queues)
        self.written = OperationWriter(storage, clock, patience_s=settings.book_s)
        self.helps = helps
        acts = Acts(switch, self._targets, self._watch, effect_s=settings.effect_s)
        self._acts = acts
        self._supervising = Supervising(
            switch, acts, self._targets, self._watch, tasks,
            calls=calls, technology=technology, serial=self._alone,
            ring_s=settings.ring_s, effect_s=settings.effect_s,
        )  # fmt: skip
        self._recovery = Recovery(
            switch, storage, self.helps,
            calls=calls, clock=clock, tasks=tasks, serial=self._alone, told=told,
        )  # fmt: skip
        self.lost_phones = LostPhones(
            settings, switch, self._watch, calls=calls, clock=clock, serial=self._alone, told=told
        )
        self._by_verb: dict[Verb, Callable[[Call, CallDesk, ControlParameters], Awaitable[Seen]]] = {
            Verb.HOLD: acts.hold,
            Verb.RESUME: acts.resume,
            Verb.ABORT: acts.resume,
            Verb.MUTE: acts.mute,
            Verb.UNMUTE: acts.unmute,
            Verb.TRANSFER: acts.transfer,
            Verb.CONSULT: acts.consult,
            Verb.COMPLETE: acts.complete,
            Verb.CONFERENCE: acts.conference,
            Verb.PARK: acts.park,
            Verb.REDIRECT: acts.redirect,
            Verb.SILENT: acts.silent,
            Verb.DIGITS: acts.digits,
            Verb.HANGUP: acts.hangup,
            Verb.PATCH: acts.patch,
            Verb.UNPATCH: acts.unpatch,
        }

    # --- what the hotline tells ---------------------------------------------------------------------

    def changed(self) -> None:
        """Some call has changed."""
        self._watch.look()

    def found(self, legs: Sequence[Leg]) -> None:
        """The switch has these legs, and nobody here saw them begin."""
        self._recovery.found(legs)

    def leg_left(self, call: Call) -> None:
        """Who is left alone in a conference is let go: an outside line costs for as long as it lasts. So is
        the desk that stays on a talkgroup without its citizen.
        """
        inside = [leg for leg in call.legs.values() if leg.place == "conference"]
        if not any(call.of_role("citizen")):
            inside += [leg for leg in call.of_role("agent") if leg.place == "patch"]
        if len(inside) == 1:
            channel = inside[0].channel
            self._tasks.spawn("end-conference", lambda: self._switch.hang_up(channel))

    def ended(self, call_id: UUID) -> None:
        self.helps.ended(call_id)
        self._watch.look()

    def desk_of(self, actor: Actor) -> str:
        """The endpoint of this person. Raises `NoTelephone`."""
        return self._targets.desk_of(actor)

    # --- what people ask ----------------------------------------------------------------------------

    async def act(
        self, actor: Actor, call_id: UUID, verb: Verb, op_id: UUID, wish: ControlParameters | None = None
    ) -> Acted:
        """Carry out one verb.

        Raises `Forbidden`, `NoSuchLiveCall`, `NotYourCall`, `CallMovedOn`, `NoSuchTarget`,
        `PhoneUnreachable`, `PhoneBusy`, `OperationReused`, `SwitchAway`, `SwitchRefused`: each means that
        nothing was done.
        """
        if verb in SUPERVISORS_ONLY:
            rights.SUPERVISE_CALL.check(actor)
        elif verb not in PATCHING:
            rights.CONTROL_CALL.check(actor)
        request = ControlRequest(op_id, actor.id, verb, call_id, wish or ControlParameters())
        return await self._book.once(request, lambda: self._once(actor, request))

    async def call(self, actor: Actor, op_id: UUID, wish: ControlParameters) -> Acted:
        """Click to call: the agent's telephone first or the citizen's. Raises as `act`,
        `CallerIdNotAllowed`.
        """
        rights.PLACE_CALL.check(actor)
        linkedid = channel_id_of(op_id)
        request = ControlRequest(op_id, actor.id, Verb.CALL, call_id_of(self._system_name, linkedid), wish)
        return await self._book.once(request, lambda: self._place(actor, request, linkedid))

    # --- one verb -----------------------------------------------------------------------------------

    async def _once(self, actor: Actor, request: ControlRequest) -> Acted:
        call = self._live(request.call_id)
        done: list[Acted] = []

        async def carry_out() -> None:
            done.append(await self._carry_out(actor, request, call))

        await self._alone(call, carry_out)
        return done[0]

    async def _carry_out(self, actor: Actor, request: ControlRequest, call: Call) -> Acted:
        if call.id not in self._calls.by_id:
            raise self._moved_on(call, None)
        verb = request.verb
        seat = self._seat(actor, call, verb)
        leg = seat.leg if seat is not None else parked(call)
        if verb in RINGING:
            known = await self._known(request)
            if known is not None:
                return known
        try:
            seen = await self._effect(actor, request, call, seat)
        except SwitchInDoubt:
            return self._in_doubt(request, call, leg)
        except SonghuaError as refused:
            _acts.labels(verb.value, "refused").inc()
            if verb in RINGING:
                await self.written.refused(request)
            if isinstance(refused, SwitchRefused):
                raise self._moved_on(call, seat) from refused
            raise
        if verb not in LEAVES and not await self._watch.until(seen, self._settings.effect_s):
            _log.info("a verb's effect was not seen in time", verb=verb.value, call_id=str(call.id))
        acted = self._answer(request, "done", leg)
        self.helps.acted(acted, actor.id)
        self.written.took_effect(request, acted)
        self._told(call.id)
        return acted

    async def _effect(  # noqa: PLR0911  # one line for each kind of verb
        self, actor: Actor, request: ControlRequest, call: Call, seat: CallDesk | None
    ) -> Seen:
        verb, wish = request.verb, request.wish
        if verb is Verb.HELP_ACCEPT:
            if not self.helps.may_accept(call.id, actor.id):
                raise self._moved_on(call, seat)
            return lambda: True
        if verb is Verb.RETRIEVE:
            waiting = parked(call)
            if waiting is None:
                raise self._moved_on(call, seat)
            return await self._acts.retrieve(waiting, self._targets.desk_of(actor))
        if seat is None or not allowed(verb, seat):
            raise self._moved_on(call, seat)
        if verb in SUPERVISION:
            endpoint = self._targets.desk_of(actor)
            return await self._supervising.listen(verb, call, seat, endpoint, channel_id_of(request.op_id))
        if verb is Verb.INTERCEPT:
            endpoint = self._targets.desk_of(actor)
            return await self._acts.intercept(call, seat, endpoint, self._supervising.spy(endpoint, seat.leg))
        if verb is Verb.HELP:
            return lambda: True
        if verb is Verb.ANSWER:
            return self._ask_to_answer(actor, call, seat.leg)
        return await self._by_verb[verb](call, seat, wish)

    def _ask_to_answer(self, actor: Actor, call: Call, leg: Leg) -> Seen:
        if not self._switch.answers_itself(leg.endpoint):
            raise PhoneMustAnswer(
                "this is a SIP telephone",
                remedy="lift the receiver; a browser's telephone answers by the page",
            )
        self._bus.publish(
            AnswerRequested(
                at=self._clock.now(), call_id=call.id, leg_id=leg.id, agent_id=actor.id, endpoint=leg.endpoint
            )
        )
        return lambda: True

    def _seat(self, actor: Actor, call: Call, verb: Verb) -> CallDesk | None:
        """The seat that the verb is about: the actor's own, or for a supervisor the call's main one."""
        if verb in SUPERVISORS_ONLY:
            actor.require_within(Scope.QUEUE, call.queue)
            return main_seat(call)
        endpoint = self._targets.desk_if_any(actor)
        own = seat_of(call, endpoint) if endpoint else None
        if own is not None or verb is Verb.RETRIEVE:
            return own
        if verb in PATCHING:
            return main_seat(call)
        if actor.has(Role.SUPERVISOR):
            actor.require_within(Scope.QUEUE, call.queue)
            return main_seat(call)
        if endpoint in call.endpoints:
            raise self._moved_on(call, None)
        raise NotYourCall(remedy="ask who is on the call, or a supervisor")

    async def _known(self, request: ControlRequest) -> Acted | None:
        """What an earlier run of this process has done under this op_id; None: it is new, and written
        down.
        """
        known = await self.written.before_ringing(request)
        if known is None:
            return None
        if known.answer is not None:
            return Acted.model_validate(known.answer)
        # That run ended between the writing and the end: perhaps a telephone rang. It is not rung again.
        return self._answer(request, "uncertain", None)

    def _in_doubt(self, request: ControlRequest, call: Call, leg: Leg | None) -> Acted:
        acted = self._answer(request, "uncertain", leg)
        _acts.labels(request.verb.value, "uncertain").inc()
        self.written.took_effect(request, acted)
        _log.warning("a verb is in doubt", verb=request.verb.value, call_id=str(call.id))
        return acted

    # --- placing a call -----------------------------------------------------------------------------

    async def _place(self, actor: Actor, request: ControlRequest, channel_id: str) -> Acted:
        wish = request.wish
        colleague = self._targets.colleague(wish)
        number = "" if colleague else self._targets.number(wish.number)
        caller_id = self._targets.caller_id(wish.caller_id, self._settings.caller_ids)
        desk = self._targets.desk_of(actor)
        if wish.first == "agent":
            await self._targets.free(desk)
            phone = f"{self._technology}/{desk}"
            place = DialplanPlace("outbound", number)
            if colleague:
                await self._targets.free(colleague)
                place = DialplanPlace("desk", colleague)
        else:
            goal = self._targets.goal(wish.target) if wish.target else None
            to_queue = goal is not None and goal.kind == "queue"
            name = goal.name if goal is not None else desk
            phone = f"Local/{number}@outbound/n"
            place = DialplanPlace("control-queue" if to_queue else "control-transfer", name)
            if not to_queue:
                await self._targets.free(name)
        known = await self._known(request)
        if known is not None:
            return await self._settled(request, channel_id) if known.outcome == "uncertain" else known
        placed = PlacedCall(phone, place, channel_id, number, caller_id, desk, self._settings.ring_s)
        try:
            await self._switch.ring(placed)
        except SwitchInDoubt:
            self._tasks.spawn("settle-call", lambda: self._settle(request, channel_id))
            return self._answer(request, "uncertain", None)
        except SonghuaError:
            await self.written.refused(request)
            raise
        acted = self._answer(request, "done", None)
        self.written.took_effect(request, acted)
        return acted

    async def _settle(self, request: ControlRequest, channel_id: str) -> None:
        self._book.correct(await self._settled(request, channel_id))

    async def _settled(self, request: ControlRequest, channel_id: str) -> Acted:
        found = await self._switch.settle(channel_id, self._settings.settle_s)
        outcomes: dict[str, Outcome] = {"placed": "done", "not_placed": "not_placed", "unknown": "uncertain"}
        acted = self._answer(request, outcomes[found], None)
        self.written.took_effect(request, acted)
        return acted

    # --- the rest -----------------------------------------------------------------------------------

    async def _alone(self, call: Call, body: Callable[[], Awaitable[None]]) -> None:
        """One verb at a time on each call. Raises `TooManyWaiting`."""
        turn = self._turns.setdefault(call.id, _CallTurn())
        if turn.wanted > self._settings.waiting:
            raise TooManyWaiting(remedy="wait for the operations before this one")
        turn.wanted += 1
        try:
            async with turn.lock:
                await body()
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                self._turns.pop(call.id, None)

    def _live(self, call_id: UUID) -> Call:
        call = self._calls.by_id.get(call_id)
        if call is not None:
            return call
        if call_id in self._recent:
            raise CallMovedOn(
                "the call has ended", remedy="nothing can be done with it any more", state="ended"
            )
        raise NoSuchLiveCall

    def _moved_on(self, call: Call, seat: CallDesk | None) -> CallMovedOn:
        state = call.state if call.id in self._calls.by_id else "ended"
        doing = seat.doing if seat is not None else ""
        detail = f"the call is now: {state}" + (f", the desk in it: {doing}" if doing else "")
        return CallMovedOn(
            detail, remedy="look at the call as it is now, then choose again", state=state, doing=doing
        )

    def _answer(self, request: ControlRequest, outcome: Outcome, leg: Leg | None) -> Acted:
        call = self._calls.by_id.get(request.call_id)
        if outcome == "done":
            _acts.labels(request.verb.value, "done").inc()
        return Acted(
            op_id=request.op_id,
            call_id=request.call_id,
            verb=request.verb,
            outcome=outcome,
            state="ended"
            if call is None and request.verb is not Verb.CALL
            else (call.state if call else "ringing"),
            leg_id=None if leg is None else leg.id,
            at=self._clock.now(),
        )


def channel_id_of(op_id: UUID) -> str:
    """The Uniqueid of the channel that an operation places: known before it rings, and after a restart."""
    return f"gw-op-{op_id.hex}"
