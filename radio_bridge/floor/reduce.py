"""The reducer of a floor: `apply(floor, signal, at)`. Never raises; what does not fit changes nothing.

A higher priority never waits behind a lower one; a request that was let go is never granted; where a network
owns the floor, nothing is granted before the network grants it. Nobody waits for a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from radio_bridge.floor.model import (
    OVER_KEPT,
    Asking,
    Cause,
    EndedRequest,
    FloorStage,
    FloorState,
    Hold,
    Outsider,
    QueuedFloorRequest,
    Verdict,
)
from radio_bridge.floor.signals import (
    AskNetwork,
    CeaseNetwork,
    CloseFloor,
    FloorPressed,
    FloorRelease,
    FloorRequestEnded,
    FloorSound,
    FloorTaken,
    FloorTick,
    Gone,
    Granted,
    NetworkAway,
    NetworkDenied,
    NetworkGranted,
    NetworkIdle,
    NetworkQueued,
    NetworkTaken,
    Queued,
    Quiet,
    Said,
    Signal,
    Talking,
    Void,
)


def apply(floor: FloorState, signal: Signal, at: float) -> tuple[FloorState, Sequence[Said]]:
    """The floor after the signal, and what is said about it, in order. What was due by `at` ends first, but a
    sign of life counts that is here before the watch has looked: then it is this process that is late.
    """
    turn = _SignalWork(replace(floor, at=max(at, floor.at)))
    turn.note_sign(signal)
    turn.expire()
    _HANDLERS[type(signal)](turn, signal)
    turn.next()
    turn.tell_places(before=floor.queue)
    return turn.floor, turn.said


class _SignalWork:
    """One signal's work on a floor."""

    def __init__(self, floor: FloorState) -> None:
        self.floor = floor
        self.said: list[Said] = []

    @property
    def now(self) -> float:
        return self.floor.at

    def change(self, **values: Any) -> None:
        self.floor = replace(self.floor, **values)

    # --- time ----------------------------------------------------------------------------------------

    def note_sign(self, signal: Signal) -> None:
        """Whoever has the floor shows that he is there."""
        hold = self.floor.hold
        if hold is None:
            return
        match signal:
            case Talking(party, token):
                shows = hold.token == token and hold.ask.party == party
            case FloorSound(token):
                shows = hold.token == token
            case FloorPressed(party, request_id):
                shows = hold.ask.key == (party, request_id)
            case _:
                shows = False
        if shows:
            self.change(hold=replace(hold, heard=self.now, signed=True))

    def expire(self) -> None:
        """End what has lasted long enough."""
        rules = self.floor.rules
        for ask in [ask for ask in self.floor.queue if ask.at + rules.wait_s <= self.now]:
            self.drop(ask, Cause.WAITED_TOO_LONG)
        hold = self.floor.hold
        silent = None if hold is None else hold.silent_until(rules)
        if hold is not None and hold.until <= self.now:
            self.end_hold("revoked", Cause.TIME_OUT)
        elif silent is not None and silent <= self.now:
            self.end_hold("revoked", Cause.DEAD_KEY)
        asking = self.floor.asking
        if asking is not None and asking.until <= self.now:
            waited = asking.ask.at + rules.wait_s <= self.now
            self.stop_asking(Cause.WAITED_TOO_LONG if waited else Cause.NETWORK_SILENT)
        outsider = self.floor.outsider
        if outsider is not None and outsider.until <= self.now:
            self.end_outsider(Cause.TIME_OUT)
        if self.floor.hang_until is not None and self.floor.hang_until <= self.now:
            self.change(hang_until=None)

    # --- steps ---------------------------------------------------------------------------------------

    def next(self) -> None:
        """Give the floor to who is first in the queue, or ask the network for him."""
        floor = self.floor
        if floor.hold is not None or floor.asking is not None or not floor.queue:
            return
        first, *others = floor.queue
        self.change(queue=tuple(others))
        if floor.rules.owned_by_network:
            until = min(self.now + floor.rules.answer_s, first.at + floor.rules.wait_s)
            self.change(asking=Asking(first, until))
            self.said.append(AskNetwork(first))
        else:
            self.grant(first)

    def grant(self, ask: QueuedFloorRequest) -> None:
        number = self.floor.granted + 1
        token = f"{self.floor.run}.{self.floor.group}.{number}"
        limit_s = self.floor.rules.limit_s
        hold = Hold(ask, token, self.now, self.now + limit_s, self.now)
        self.change(granted=number, hold=hold, asking=None, hang_until=None)
        self.said += [Granted(ask, token, limit_s), FloorTaken(ask.party, ask.priority)]

    def enqueue(self, ask: QueuedFloorRequest) -> None:
        """Put it in its place; when the queue is full, whoever stands lowest is denied."""
        queue = sorted([*self.floor.queue, ask], key=lambda one: one.rank)
        self.change(queue=tuple(queue))
        if len(queue) > self.floor.rules.queue_most:
            self.drop(queue[-1], Cause.QUEUE_FULL)

    def drop(self, ask: QueuedFloorRequest, cause: Cause) -> None:
        """Out of the queue, with an answer."""
        self.change(queue=tuple(one for one in self.floor.queue if one.key != ask.key))
        self.end(ask, "denied", cause)

    def end(self, ask: QueuedFloorRequest, verdict: Verdict, cause: Cause, token: str = "") -> None:
        over = EndedRequest(ask.party, ask.request_id, verdict, cause, token)
        self.remember(over)
        self.said.append(FloorRequestEnded(over))

    def remember(self, over: EndedRequest) -> None:
        self.change(over=(*self.floor.over, over)[-OVER_KEPT:])

    def end_hold(self, verdict: Verdict, cause: Cause, *, network_knows: bool = False) -> None:
        hold = self.floor.hold
        if hold is None:
            return
        self.change(hold=None)
        self.end(hold.ask, verdict, cause, hold.token)
        self.said.append(Quiet(hold.ask.party, cause))
        if self.floor.rules.owned_by_network and not network_knows:
            self.said.append(CeaseNetwork(*hold.ask.key))
        if not hold.ask.is_notice:
            self.hang()

    def stop_asking(self, cause: Cause, *, network_knows: bool = False) -> None:
        asking = self.floor.asking
        if asking is None:
            return
        self.change(asking=None)
        if not network_knows:
            self.said.append(CeaseNetwork(*asking.ask.key))
        self.end(asking.ask, "denied", cause)

    def end_outsider(self, cause: Cause) -> None:
        outsider = self.floor.outsider
        if outsider is not None:
            self.change(outsider=None)
            self.said.append(Quiet(outsider.party, cause))
            self.hang()

    def hang(self) -> None:
        rules = self.floor.rules
        if self.floor.outsider is None and rules.hang_s > 0:
            self.change(hang_until=self.now + rules.hang_s)

    def leave(self, party: str, cause: Cause) -> None:
        """End whatever this party has here."""
        floor = self.floor
        for ask in [ask for ask in floor.queue if ask.party == party]:
            self.drop(ask, cause)
        if floor.asking is not None and floor.asking.ask.party == party:
            self.stop_asking(cause)
        if floor.hold is not None and floor.hold.ask.party == party:
            self.end_hold("revoked", cause)

    def tell_places(self, before: Sequence[QueuedFloorRequest]) -> None:
        known = {ask.key: place for place, ask in enumerate(before, start=1)}
        told = {one.ask.key for one in self.said if isinstance(one, Queued)}
        for place, ask in enumerate(self.floor.queue, start=1):
            if known.get(ask.key) != place and ask.key not in told:
                self.said.append(Queued(ask, place))


# --- people ------------------------------------------------------------------------------------------


def _request(turn: _SignalWork, signal: FloorPressed) -> None:
    if _copy(turn, signal):
        return
    # Who presses anew has let go before, whatever became of that message.
    turn.leave(signal.party, Cause.SUPERSEDED)
    ask = QueuedFloorRequest(
        signal.party, signal.request_id, signal.priority, turn.now, signal.take_over, signal.relayed
    )
    if ask.is_notice and (turn.floor.stage is not FloorStage.IDLE or turn.floor.queue):
        turn.end(ask, "denied", Cause.PRE_EMPTED)
        return
    hold, asking = turn.floor.hold, turn.floor.asking
    if hold is not None and ask.takes_from(hold.ask):
        turn.end_hold("revoked", Cause.PRE_EMPTED)
    if asking is not None and asking.ask.is_notice:
        turn.stop_asking(Cause.PRE_EMPTED)
    elif asking is not None and ask.goes_before(asking.ask):
        turn.change(asking=None)
        turn.said.append(CeaseNetwork(*asking.ask.key))
        turn.enqueue(asking.ask)
    turn.enqueue(ask)


def _copy(turn: _SignalWork, signal: FloorPressed) -> bool:
    """Answer a request that is known already; whether it was."""
    key = (signal.party, signal.request_id)
    hold, asking = turn.floor.hold, turn.floor.asking
    if hold is not None and hold.ask.key == key:
        turn.said.append(Granted(hold.ask, hold.token, hold.until - turn.now, again=True))
        return True
    for place, ask in enumerate(turn.floor.queue, start=1):
        if ask.key == key:
            turn.said.append(Queued(ask, place))
            return True
    over = turn.floor.end_of(*key)
    if over is not None:
        turn.said.append(FloorRequestEnded(over, again=True))
    return over is not None or (asking is not None and asking.ask.key == key)


def _release(turn: _SignalWork, signal: FloorRelease) -> None:
    key = (signal.party, signal.request_id)
    floor = turn.floor
    if floor.hold is not None and floor.hold.ask.key == key:
        turn.end_hold("released", Cause.NONE)
    elif floor.asking is not None and floor.asking.ask.key == key:
        turn.stop_asking(Cause.WITHDRAWN)
    elif waiting := next((ask for ask in floor.queue if ask.key == key), None):
        turn.drop(waiting, Cause.WITHDRAWN)
    elif floor.end_of(*key) is None:
        # It overtook its request, which must not key anybody when it comes.
        turn.remember(EndedRequest(signal.party, signal.request_id, "denied", Cause.WITHDRAWN))


def _talking(turn: _SignalWork, signal: Talking) -> None:
    hold = turn.floor.hold
    if hold is not None and hold.token == signal.token and hold.ask.party == signal.party:
        turn.said.append(Granted(hold.ask, hold.token, hold.until - turn.now, again=True))
    else:
        turn.said.append(Void(signal.party, signal.token))


def _sound(_turn: _SignalWork, _signal: FloorSound) -> None:
    """It is noted as a sign of life, and nothing else."""


def _gone(turn: _SignalWork, signal: Gone) -> None:
    turn.leave(signal.party, signal.cause)


def _close(turn: _SignalWork, signal: CloseFloor) -> None:
    for ask in turn.floor.queue:
        turn.drop(ask, signal.cause)
    turn.stop_asking(signal.cause)
    turn.end_hold("revoked", signal.cause)
    turn.end_outsider(signal.cause)
    turn.change(hang_until=None)


def _tick(_turn: _SignalWork, _signal: FloorTick) -> None:
    """What was due has ended already."""


# --- the network that owns the floor -----------------------------------------------------------------


def _network_granted(turn: _SignalWork, signal: NetworkGranted) -> None:
    key = (signal.party, signal.request_id)
    floor = turn.floor
    if floor.asking is not None and floor.asking.ask.key == key:
        turn.end_outsider(Cause.NONE)
        turn.grant(floor.asking.ask)
    elif floor.rules.owned_by_network and (floor.hold is None or floor.hold.ask.key != key):
        # Nobody wants it any more: it is given back.
        turn.said.append(CeaseNetwork(*key))


def _network_queued(turn: _SignalWork, signal: NetworkQueued) -> None:
    asking = turn.floor.asking
    if asking is not None and asking.ask.key == (signal.party, signal.request_id):
        until = asking.ask.at + turn.floor.rules.wait_s
        turn.change(asking=replace(asking, until=until))
        turn.said.append(Queued(asking.ask, max(1, signal.position)))


def _network_denied(turn: _SignalWork, signal: NetworkDenied) -> None:
    key = (signal.party, signal.request_id)
    floor = turn.floor
    if floor.asking is not None and floor.asking.ask.key == key:
        turn.stop_asking(signal.cause, network_knows=True)
    elif floor.rules.owned_by_network and floor.hold is not None and floor.hold.ask.key == key:
        turn.end_hold("revoked", signal.cause, network_knows=True)


def _network_taken(turn: _SignalWork, signal: NetworkTaken) -> None:
    if not turn.floor.rules.owned_by_network:
        return
    known = turn.floor.outsider
    if known is not None and known.party != signal.party:
        turn.end_outsider(Cause.NETWORK_TOOK_IT)
    until = turn.now + turn.floor.rules.talker_s
    since = known.since if known is not None and known.party == signal.party else turn.now
    turn.change(outsider=Outsider(signal.party, since, until))
    turn.end_hold("revoked", Cause.NETWORK_TOOK_IT, network_knows=True)
    turn.change(hang_until=None)
    if known is None or known.party != signal.party:
        turn.said.append(FloorTaken(signal.party, 0))


def _network_idle(turn: _SignalWork, _signal: NetworkIdle) -> None:
    if turn.floor.rules.owned_by_network:
        turn.end_outsider(Cause.NONE)
        turn.end_hold("revoked", Cause.NETWORK_TOOK_IT, network_knows=True)


def _network_away(turn: _SignalWork, _signal: NetworkAway) -> None:
    if not turn.floor.rules.owned_by_network:
        return
    for ask in turn.floor.queue:
        turn.drop(ask, Cause.NETWORK_AWAY)
    turn.stop_asking(Cause.NETWORK_AWAY, network_knows=True)
    turn.end_outsider(Cause.NETWORK_AWAY)
    turn.end_hold("revoked", Cause.NETWORK_AWAY, network_knows=True)


_HANDLERS: Final[dict[type, Callable[[_SignalWork, Any], None]]] = {
    FloorPressed: _request,
    FloorRelease: _release,
    Talking: _talking,
    FloorSound: _sound,
    Gone: _gone,
    CloseFloor: _close,
    FloorTick: _tick,
    NetworkGranted: _network_granted,
    NetworkQueued: _network_queued,
    NetworkDenied: _network_denied,
    NetworkTaken: _network_taken,
    NetworkIdle: _network_idle,
    NetworkAway: _network_away,
}
