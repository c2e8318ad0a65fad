"""The reducer of calls: `apply(state, signal, at)`. Never raises, whatever order signals come in.

Events of a channel that is known to be gone, or of a call that has ended, change nothing; what came
twice changes nothing the second time. What was missed is made up for by the next snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from core.numbers import written
from hotline.calls.model import (
    AWAY,
    NOTHING,
    AgentRang,
    Call,
    CallOpened,
    CallOver,
    CallsState,
    Changed,
    DeskTouched,
    Effect,
    Leg,
    LegAnswered,
    LegGone,
    LegSpeaks,
    RingAttemptMissed,
)
from hotline.events import EndCause
from hotline.signals import (
    RINGING,
    UP,
    AgentAnswered,
    AgentMissed,
    AgentRung,
    Bridged,
    CallSignal,
    ChannelDown,
    ChannelRenamed,
    ChannelSeen,
    Dialled,
    HoldChanged,
    Moved,
    QueueAbandoned,
    QueueJoined,
    QueueLeft,
    Transferred,
    Unbridged,
)

STAYS_IN_BRIDGE: Final = frozenset({"conference", "consult", "patch"})
"""Places of call control that a leg does not leave by being bridged."""

_ROOM: Final = re.compile(r"c[0-9a-f]{32}")
"""The name of a call's conference: its id (hotline/control/acts.py)."""

PHONE_LOST: Final = frozenset({18, 44})
"""Q.850 causes by which the switch ends a leg that answers its questions or sends its sound no more (decision
0245).
"""
CUT_OFF: Final = frozenset({27, 34, 38, 41, 42, 47, 102}) | PHONE_LOST
"""Q.850 causes by which a line ends a talk that nobody has hung up: out of order, no circuit, failure,
timer.
"""

RING: Final = 4
"""Asterisk's channel state of a call that comes in."""


def apply(state: CallsState, signal: CallSignal, at: float) -> tuple[CallsState, Sequence[Effect]]:
    """The state after the signal, and what follows from it, in order."""
    effects: list[Effect] = []
    _HANDLERS[type(signal)](state, signal, at, effects)
    return state, effects or NOTHING


def leg_for(
    state: CallsState, uniqueid: str, linkedid: str, channel: str, at: float, out: list[Effect]
) -> Leg | None:
    """The leg of this channel, made if it is new, moved if its Linkedid has become another one.

    None for a channel that is gone or that belongs to a call that has ended.
    """
    leg = state.legs.get(uniqueid)
    if leg is not None:
        call = state.call_of[uniqueid]
        if linkedid != call.linkedid and linkedid and state.aliases.get(linkedid) != call.linkedid:
            join(state, call.linkedid, linkedid, at, out)
        return leg
    if not uniqueid or uniqueid in state.dead:
        return None
    linkedid = linkedid or uniqueid
    found = state.find(linkedid)
    if found is None:
        if linkedid in state.ended:
            return None
        found = _open(state, linkedid, at, out)
    leg = state.new_leg(found, uniqueid, channel, at)
    _touch(leg, out)
    out.append(Changed(found))
    return leg


def join(state: CallsState, one: str, other: str, at: float, out: list[Effect]) -> None:
    """Two Linkedids are one call from now on. A citizen's call outlives a call between desks."""
    left = state.find(one)
    right = state.find(other)
    if left is None and right is None:
        return
    if left is None or right is None:
        survivor = left or right
        unknown = other if right is None else one
        if survivor is not None and unknown not in state.ended:
            state.aliases[unknown] = survivor.linkedid
            survivor.linkedids.append(unknown)
        return
    if left is right:
        return
    survivor, ended = (left, right) if left.inbound and not right.inbound else (right, left)
    _absorb(state, survivor, ended)
    out.append(CallOver(ended, "merged", survivor.id))
    settle(survivor, at, out)
    for leg in survivor.legs.values():
        _touch(leg, out)
    out.append(Changed(survivor))


def settle(call: Call, at: float, out: list[Effect]) -> None:
    """Draw the consequences of what is now known of an inbound call: pops and answers, each once.

    An agent has answered when the citizen hears him; a colleague who is only asked meanwhile has not.
    """
    if not call.inbound:
        _speak(call, at, out)
        return
    desks = list(call.of_role("agent"))
    heard = call.connected() if desks else frozenset()
    for leg in desks:
        spoken = leg.bridge in heard
        if leg.dialled and not leg.popped and (spoken or not leg.up):
            leg.popped = True
            out.append(AgentRang(call, leg))
        if spoken and not leg.answered:
            answer(call, leg, at, out)
    if call.answered_at is None:
        return
    for leg in call.of_role("citizen"):
        if leg.bridge and not leg.answered:
            leg.answered = True
            out.append(LegAnswered(call, leg))


def _speak(call: Call, at: float, out: list[Effect]) -> None:
    """In a call that we placed: who of desk and citizen hear each other."""
    heard = call.connected() if call.outside else frozenset()
    desks = [leg for leg in call.of_role("agent") if leg.bridge in heard]
    if not desks:
        return
    if call.answered_at is None:
        call.answered_at = at
    citizens = [leg for leg in call.of_role("citizen") if leg.bridge]
    for leg in [*citizens, *desks]:
        if leg.spoken:
            continue
        leg.spoken = True
        if leg.role == "agent" and leg.endpoint not in call.endpoints:
            call.endpoints.append(leg.endpoint)
        out.append(LegSpeaks(call, leg))
        _touch(leg, out)


def remove(state: CallsState, leg: Leg, cause: EndCause, out: list[Effect]) -> None:
    """The channel is gone; with its last real channel the call ends."""
    call = state.forget_leg(leg)
    out.append(LegGone(call, leg))
    _touch(leg, out)
    if call.legs:
        out.append(Changed(call))
        return
    state.forget_call(call)
    call.waiting = False
    out.append(CallOver(call, cause))


def become_inbound(call: Call, at: float, out: list[Effect]) -> None:
    if call.inbound:
        return
    call.inbound = True
    out.append(CallOpened(call))
    settle(call, at, out)


def know_caller(state: CallsState, call: Call, caller: str, name: str) -> None:
    """The number in the one form in which it is kept, whatever form the trunk gave it.

    Asterisk leaves the dashes out of a telephone's own name: `agent-1` calls as `agent1`.
    """
    if caller and not call.caller:
        ours = caller[0].isalpha() and next(
            (one for one in state.desks if one.replace("-", "") == caller), ""
        )
        call.caller = ours or written(caller, area_code=state.area_code)
    if name and not call.caller_name:
        call.caller_name = name


def _known(call: Call) -> tuple[object, ...]:
    """What desks see of who calls whom; a message that comes late may tell it."""
    who = call.caller, call.caller_name, call.called, call.language, call.direction
    return *who, call.queue, call.queued_at


def _open(state: CallsState, linkedid: str, at: float, out: list[Effect]) -> Call:
    if len(state) >= state.max_calls:
        oldest = next(iter(state))
        for leg in list(oldest.legs.values()):
            remove(state, leg, "lost", out)
    return state.new_call(linkedid, at)


def _absorb(state: CallsState, survivor: Call, ended: Call) -> None:
    for leg in ended.legs.values():
        state.call_of[leg.uniqueid] = survivor
        survivor.legs[leg.uniqueid] = leg
    ended.legs = {}
    del state.by_linkedid[ended.linkedid]
    del state.by_id[ended.id]
    for linkedid in ended.linkedids:
        state.aliases[linkedid] = survivor.linkedid
    survivor.linkedids += ended.linkedids
    survivor.endpoints += [one for one in ended.endpoints if one not in survivor.endpoints]
    if ended.inbound:
        survivor.waiting = survivor.waiting or ended.waiting
    elif not survivor.inbound and survivor.answered_at is None:
        survivor.answered_at = ended.answered_at
    survivor.outside = survivor.outside or ended.outside
    survivor.confidential = survivor.confidential or ended.confidential


def answer(call: Call, leg: Leg, at: float, out: list[Effect]) -> None:
    leg.answered = True
    call.waiting = False
    if call.answered_at is None:
        call.answered_at = at
    if leg.endpoint not in call.endpoints:
        call.endpoints.append(leg.endpoint)
    out.append(LegAnswered(call, leg))
    _touch(leg, out)


def _touch(leg: Leg, out: list[Effect]) -> None:
    if leg.role == "agent":
        out.append(DeskTouched(leg.endpoint))


def _channel_seen(state: CallsState, signal: ChannelSeen, at: float, out: list[Effect]) -> None:
    leg = leg_for(state, signal.uniqueid, signal.linkedid, signal.channel, at, out)
    if leg is None:
        return
    call = state.call_of[leg.uniqueid]
    changed = signal.state > leg.state  # never back from Up: an older message may come behind a snapshot
    if changed:
        leg.state = signal.state
    if signal.state == RINGING and not leg.dialled:
        leg.dialled = changed = True
    if leg.role == "citizen" and leg.uniqueid == call.linkedid:
        known = _known(call)
        know_caller(state, call, signal.caller_number, signal.caller_name)
        call.language = call.language or signal.language
        if not call.called and signal.exten != "s":
            call.called = signal.exten
        if not leg.dialled and signal.state in {RING, UP}:
            become_inbound(call, at, out)
        if _known(call) != known:
            out.append(Changed(call))
    if changed:
        _touch(leg, out)
        settle(call, at, out)
        out.append(Changed(call))


def _channel_down(state: CallsState, signal: ChannelDown, _at: float, out: list[Effect]) -> None:
    leg = state.legs.get(signal.uniqueid)
    if leg is None:
        if signal.uniqueid:
            state.dead.add(signal.uniqueid)
        return
    call = state.call_of[leg.uniqueid]
    if leg.role == "citizen" and call.inbound and call.answered_at is not None:
        # Of a line that fails the switch takes the leg out of the bridge first, and ends it then.
        talking = leg.left_talk or _talks(call, leg) or leg.place == "held"
        call.cut_off = leg.place in AWAY or call.waiting or (talking and signal.cause in CUT_OFF)
        call.phone_lost = call.cut_off and signal.cause in PHONE_LOST
    remove(state, leg, "hangup", out)


def _channel_renamed(state: CallsState, signal: ChannelRenamed, _at: float, _out: list[Effect]) -> None:
    leg = state.legs.get(signal.uniqueid)
    if leg is not None and state.endpoint_of(signal.channel) == (leg.endpoint, leg.role):
        leg.channel = signal.channel


def _dialled(state: CallsState, signal: Dialled, at: float, out: list[Effect]) -> None:
    leg = leg_for(state, signal.dest_uniqueid, signal.dest_linkedid, signal.dest_channel, at, out)
    if leg is None or leg.dialled:
        return
    leg.dialled = True
    call = state.call_of[leg.uniqueid]
    _touch(leg, out)
    settle(call, at, out)
    out.append(Changed(call))


def _talks(call: Call, citizen: Leg) -> bool:
    return citizen.bridge in {one.bridge for one in call.speaking()}


def _bridged(state: CallsState, signal: Bridged, at: float, out: list[Effect]) -> None:
    leg = leg_for(state, signal.uniqueid, signal.linkedid, signal.channel, at, out)
    if leg is None or leg.bridge == signal.bridge:
        return
    leg.bridge, leg.left_talk = signal.bridge, False
    leg.state = UP
    if leg.place not in STAYS_IN_BRIDGE:
        leg.place = leg.other = ""
    call = state.call_of[leg.uniqueid]
    if leg.role == "citizen" and leg.uniqueid == call.linkedid and not leg.dialled:
        become_inbound(call, at, out)
    _touch(leg, out)
    settle(call, at, out)
    out.append(Changed(call))


def _unbridged(state: CallsState, signal: Unbridged, _at: float, out: list[Effect]) -> None:
    leg = state.legs.get(signal.uniqueid)
    if leg is None or not leg.bridge or leg.bridge != signal.bridge:
        return
    leg.left_talk = leg.role == "citizen" and _talks(state.call_of[leg.uniqueid], leg)
    leg.bridge = ""
    leg.on_hold = False
    if leg.place in STAYS_IN_BRIDGE:
        leg.place = leg.other = ""
    _touch(leg, out)
    out.append(Changed(state.call_of[leg.uniqueid]))


def _queue_joined(state: CallsState, signal: QueueJoined, at: float, out: list[Effect]) -> None:
    leg = leg_for(state, signal.uniqueid, signal.linkedid, signal.channel, at, out)
    if leg is None:
        return
    call = state.call_of[leg.uniqueid]
    know_caller(state, call, signal.caller_number, signal.caller_name)
    call.language = signal.language or call.language
    call.queue = signal.queue
    leg.place = leg.other = ""
    if call.queued_at is None:
        call.queued_at = at
    call.waiting = True
    become_inbound(call, at, out)
    out.append(Changed(call))


def _queue_left(state: CallsState, signal: QueueLeft, _at: float, out: list[Effect]) -> None:
    call = state.call_of.get(signal.uniqueid)
    if call is not None and call.waiting:
        call.waiting = False
        out.append(Changed(call))


def _queue_abandoned(_state: CallsState, _signal: QueueAbandoned, _at: float, _out: list[Effect]) -> None:
    """The caller hangs up: the channel's own end says so, too."""


def _agent_rung(state: CallsState, signal: AgentRung, at: float, out: list[Effect]) -> None:
    leg = leg_for(state, signal.dest_uniqueid, signal.linkedid, signal.dest_channel, at, out)
    if leg is None:
        return
    call = state.call_of[leg.uniqueid]
    known = _known(call)
    know_caller(state, call, signal.caller_number, signal.caller_name)
    call.language = signal.language or call.language
    call.queue = signal.queue or call.queue
    if call.queued_at is None:
        call.queued_at = at
    become_inbound(call, at, out)
    if leg.dialled and _known(call) == known:
        return
    if not leg.dialled:
        leg.dialled = True
        _touch(leg, out)
        settle(call, at, out)
    out.append(Changed(call))


def _agent_answered(state: CallsState, signal: AgentAnswered, at: float, out: list[Effect]) -> None:
    leg = state.legs.get(signal.dest_uniqueid)
    if leg is None or leg.answered or leg.role != "agent":
        return
    call = state.call_of[leg.uniqueid]
    become_inbound(call, at, out)
    leg.state = UP
    if not leg.answered:  # becoming inbound may have told it
        answer(call, leg, at, out)
        settle(call, at, out)
    _touch(leg, out)
    out.append(Changed(call))


def _agent_missed(state: CallsState, signal: AgentMissed, _at: float, out: list[Effect]) -> None:
    leg = state.legs.get(signal.dest_uniqueid)
    if leg is not None and leg.role == "agent" and not leg.up and not leg.missed:
        leg.missed = True
        out.append(RingAttemptMissed(leg.endpoint))


def _hold_changed(state: CallsState, signal: HoldChanged, _at: float, out: list[Effect]) -> None:
    leg = state.legs.get(signal.uniqueid)
    if leg is None or leg.on_hold == signal.held:
        return
    leg.on_hold = signal.held
    _touch(leg, out)
    out.append(Changed(state.call_of[leg.uniqueid]))


def into_call(state: CallsState, leg: Leg, at: float, out: list[Effect]) -> None:
    """Who comes into a call's own conference, or is taken by its citizen, belongs to the call.

    The switch gives him its Linkedid late, in a conference never, and tells nothing of it.
    """
    host = guest = None
    if leg.place == "conference" and _ROOM.fullmatch(leg.other):
        host, guest = state.by_id.get(UUID(hex=leg.other[1:])), state.call_of[leg.uniqueid]
    elif leg.place == "join":
        host, guest = state.call_of[leg.uniqueid], state.call_of.get(leg.other)
    if host is not None and guest is not None and host is not guest:
        join(state, guest.linkedid, host.linkedid, at, out)


def _moved(state: CallsState, signal: Moved, at: float, out: list[Effect]) -> None:
    leg = leg_for(state, signal.uniqueid, signal.linkedid, signal.channel, at, out)
    if leg is None or (leg.place, leg.other) == (signal.place, signal.other):
        return
    leg.place, leg.other = signal.place, signal.other
    into_call(state, leg, at, out)
    call = state.call_of[leg.uniqueid]
    # Who holds is told of the held leg: the holder's desk may show something else now.
    for one in call.of_role("agent"):
        _touch(one, out)
    settle(call, at, out)
    out.append(Changed(call))


def _transferred(state: CallsState, signal: Transferred, at: float, out: list[Effect]) -> None:
    first, *others = signal.linkedids
    for other in others:
        join(state, other, first, at, out)


_HANDLERS: Final[dict[type, Callable[[CallsState, Any, float, list[Effect]], None]]] = {
    ChannelSeen: _channel_seen,
    ChannelDown: _channel_down,
    ChannelRenamed: _channel_renamed,
    Dialled: _dialled,
    Bridged: _bridged,
    Unbridged: _unbridged,
    QueueJoined: _queue_joined,
    QueueLeft: _queue_left,
    QueueAbandoned: _queue_abandoned,
    AgentRung: _agent_rung,
    AgentAnswered: _agent_answered,
    AgentMissed: _agent_missed,
    HoldChanged: _hold_changed,
    Moved: _moved,
    Transferred: _transferred,
}
