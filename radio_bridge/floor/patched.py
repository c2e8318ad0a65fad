"""The floors of two talkgroups that are patched: who talks in one has the floor of the other as well.

Floor control keeps each floor by itself. Here is what stands between it and the networks, the register and
the broker: before a talk is granted in a patched talkgroup, the floor of the other one is asked for in the
name of the patch, and what ends one of the two ends the other. What was asked for in the name of a patch is
never asked for a second time (single hop), and a talk of our own that a network brings back asks for nothing
(echo).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.ids import uuid7
from core.log import logger
from core.metrics import counter, gauge
from radio_bridge.floor.model import (
    EMERGENCY,
    FIELD,
    PATCH,
    Cause,
    FloorRules,
    FloorState,
    QueuedFloorRequest,
)
from radio_bridge.floor.ports import (
    FloorReply,
    FloorRight,
    FloorSink,
    FloorTalker,
    NetworkFloor,
    TalkgroupMembership,
)
from radio_bridge.floor.service import FloorControl
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkGranted, NetworkQueued

_log = logger("radio_bridge")
_pairs = gauge("radio_bridge_patched_talkgroups", "Pairs of talkgroups whose floors are one now")
_relays = counter(
    "radio_bridge_patch_relays", "Floors asked for who talks in a patched talkgroup", ["result", "cause"]
)
_echoes = counter(
    "radio_bridge_patch_echoes", "Talks of our own that a network brought back: they were not patched on"
)

PATCHED_FOR_S: Final = 4.0
"""How long the word of the role `centre` counts that two talkgroups are patched: it says so each second."""
LOOKED_S: Final = 0.5
AGAIN_S: Final = 2.0
"""A talk that could not be patched on is tried again so much later, while it lasts."""
TAIL_S: Final = 0.25
"""The last words of a talk are on their way through both conferences for so long."""

Later = Callable[[float, Callable[[], None]], object]


@dataclass(slots=True)
class Relay:
    """The floor of `to`, asked for who talks in the other talkgroup. `ask` is his request; None for somebody
    who talks in that one's network. `needed`: he is not granted, and does not go on, without it.
    """

    request_id: UUID
    to: str
    party: str
    name: str
    priority: int
    ask: QueuedFloorRequest | None
    needed: bool
    granted: bool = False


class PatchedFloors:
    """Implements `TalkgroupMembership`, `FloorSink` and `NetworkFloor` towards floor control. `ours` are the
    names under which networks tell our own talks. What follows from a word of floor control is done a moment
    later: it is still telling what led to it.
    """

    def __init__(
        self,
        membership: TalkgroupMembership,
        sink: FloorSink,
        networks: Mapping[str, NetworkFloor],
        clock: Clock,
        *,
        ours: Callable[[], Collection[str]] = tuple,
        later: Later | None = None,
    ) -> None:
        self._membership = membership
        self._sink = sink
        self._networks = networks
        self._clock = clock
        self._ours = ours
        self._later_s = later or _on_the_loop
        self._control: FloorControl | None = None
        self._told: dict[str, tuple[str, float]] = {}
        self._pairs: dict[str, str] = {}
        self._relays: dict[str, Relay] = {}
        """By the talkgroup whose talker each is for."""
        self._tails: dict[str, Relay] = {}
        """Talks that are over and whose last words are still on their way."""
        self._alone: dict[str, tuple[object, float]] = {}
        """Talks that could not be patched on, and when to try again."""
        self._changed: list[Callable[[], None]] = []

    def attach(self, control: FloorControl) -> None:
        """The control whose floors are joined."""
        self._control = control

    @property
    def control(self) -> FloorControl:
        if self._control is None:
            raise RuntimeError("floor control is not attached")
        return self._control

    # --- which are patched ----------------------------------------------------------------------------

    def told(self, group: str, other: str | None) -> None:
        """The role `centre` says to which talkgroup it is patched. It counts when it is said of both."""
        if other is None:
            self._told.pop(group, None)
        else:
            self._told[group] = (other, self._clock.monotonic() + PATCHED_FOR_S)
        self._settle()

    def other(self, group: str) -> str | None:
        """The talkgroup that this one is patched with; None without a patch."""
        return self._pairs.get(group)

    async def run(self) -> None:
        """Look after the patches, until cancelled."""
        while True:
            await asyncio.sleep(LOOKED_S)
            self.look()

    def look(self) -> None:
        self._settle()
        for group in list(self._pairs):
            self._carry(group)

    def _settle(self) -> None:
        now = self._clock.monotonic()
        live = {group: other for group, (other, until) in self._told.items() if now < until}
        pairs = {group: other for group, other in live.items() if live.get(other) == group != other}
        if pairs == self._pairs:
            return
        gone = [group for group in self._pairs if pairs.get(group) != self._pairs[group]]
        self._pairs = pairs
        _pairs.set(len(pairs) // 2)
        for group in gone:
            self._part(group)
        for changed in self._changed:
            changed()
        for group in pairs:
            self._carry(group)

    def _part(self, group: str) -> None:
        """The patch is over at once: who talks is heard in his own talkgroup alone from now on."""
        self._alone.pop(group, None)
        relay = self._forget(group)
        if relay is not None and relay.ask is not None and relay.needed and not relay.granted:
            self._onwards(group, relay.ask)

    # --- for floor control: the register --------------------------------------------------------------

    def groups(self) -> Mapping[str, FloorRules]:
        """A patched talkgroup's floor is not granted by itself alone."""
        return {
            group: replace(rules, owned_by_network=True) if group in self._pairs else rules
            for group, rules in self._membership.groups().items()
        }

    def right(self, group: str, party: str) -> FloorRight | None:
        if not party.startswith(PATCH):
            return self._membership.right(group, party)
        relay = self._relays.get(party.removeprefix(PATCH)) or self._tails.get(party.removeprefix(PATCH))
        return None if relay is None or relay.to != group else FloorRight(relay.priority, name=relay.name)

    def name_of(self, address: str) -> str:
        return self._membership.name_of(address)

    def on_change(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)
        self._membership.on_change(changed)

    # --- for floor control: networks ------------------------------------------------------------------

    def ask(self, group: str, ask: QueuedFloorRequest) -> None:
        self._later(lambda: self._ask(group, ask))

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        network = self._network(group)
        if network is not None:
            network.cease(group, party, request_id)
        self._later(lambda: self._over(group, party, request_id))

    # --- for floor control: what it says --------------------------------------------------------------

    def answer(self, answer: FloorReply) -> None:
        if answer.party.startswith(PATCH):
            self._later(lambda: self._answered(answer))
            return
        self._sink.answer(answer)
        request_id = answer.request_id
        if request_id is not None and answer.result in {"denied", "revoked", "released"}:
            self._later(lambda: self._over(answer.group, answer.party, request_id))

    def state(self, group: str) -> None:
        self._sink.state(group)

    def began(self, group: str, talker: FloorTalker) -> None:
        self._sink.began(group, talker)
        if group in self._pairs:
            self._later(lambda: self._carry(group))

    def ended(self, group: str, talker: FloorTalker, cause: Cause) -> None:
        self._sink.ended(group, talker, cause)
        if group in self._pairs:
            self._later(lambda: self._carry(group))

    def closed(self, group: str) -> None:
        self._sink.closed(group)

    # --- one who asks ---------------------------------------------------------------------------------

    def _ask(self, group: str, ask: QueuedFloorRequest) -> None:
        """First the other floor, then the own network: no transmitter is keyed for who may not talk."""
        floor = self.control.floor(group)
        if floor is None or floor.asking is None or floor.asking.ask.key != ask.key:
            return
        other = self._pairs.get(group)
        if (
            other is None
            or ask.relayed
            or ask.is_notice
            or (floor.outsider is not None and ask.priority == EMERGENCY)
        ):
            self._onwards(group, ask)
        elif floor.outsider is not None:
            # He is carried: he would be cut off on the other side for somebody who is not granted here.
            self.control.take(group, NetworkDenied(*ask.key, Cause.NETWORK_BUSY))
        else:
            self._relay(group, other, ask.party, ask, needed=True)

    def _relay(
        self, group: str, other: str, party: str, ask: QueuedFloorRequest | None, *, needed: bool
    ) -> None:
        # The new request takes the place of what is held for the former one.
        self._tails.pop(group, None)
        self._relays.pop(group, None)
        right = self._membership.right(group, party)
        name = (right.name if right is not None else "") or self._membership.name_of(party) or party
        priority = FIELD if ask is None else ask.priority
        relay = self._relays[group] = Relay(uuid7(), other, party, name, priority, ask, needed)
        self.control.request(
            other,
            f"{PATCH}{group}",
            relay.request_id,
            emergency=priority == EMERGENCY,
            take_over=ask is not None and ask.take_over,
            priority=priority,
            relayed=True,
        )

    def _onwards(self, group: str, ask: QueuedFloorRequest) -> None:
        """The other floor is there, or not needed: what is left is the talkgroup's own network."""
        rules = self._membership.groups().get(group)
        network = self._network(group)
        if rules is not None and not rules.owned_by_network:
            self.control.take(group, NetworkGranted(*ask.key))
        elif network is not None:
            network.ask(group, ask)
        else:
            self.control.take(group, NetworkAway())

    # --- what the other floor says --------------------------------------------------------------------

    def _answered(self, answer: FloorReply) -> None:
        group = answer.party.removeprefix(PATCH)
        relay = self._relays.get(group)
        if relay is None or relay.request_id != answer.request_id:
            return
        if answer.result == "granted":
            if relay.granted:
                return
            relay.granted = True
            _relays.labels("granted", "").inc()
            if relay.needed and relay.ask is not None:
                self._onwards(group, relay.ask)
        elif answer.result == "queued":
            if relay.needed and relay.ask is not None:
                self.control.take(group, NetworkQueued(*relay.ask.key, answer.position or 1))
        else:
            self._refused(group, relay, answer.result, answer.cause)

    def _refused(self, group: str, relay: Relay, result: str, cause: Cause) -> None:
        _relays.labels(result, cause.value).inc()
        del self._relays[group]
        floor = self.control.floor(group)
        talk = None if floor is None else _talk(floor)
        # Whoever has had his time in the other talkgroup is not given it anew within the same talk.
        again = float("inf") if cause is Cause.TIME_OUT else self._clock.monotonic() + AGAIN_S
        self._alone[group] = (talk, again)
        ask = relay.ask
        if ask is None or not relay.needed:
            return
        if ask.priority == EMERGENCY:
            # An emergency is heard where it can be heard.
            _log.warning("an emergency is heard in its own talkgroup alone", talkgroup=group)
            if not relay.granted:
                self._onwards(group, ask)
            return
        self.control.take(group, NetworkDenied(*ask.key, cause))
        network = self._network(group)
        if network is not None:
            network.cease(group, *ask.key)

    # --- one who talks --------------------------------------------------------------------------------

    def _carry(self, group: str) -> None:
        """Whoever talks here without the other floor gets it when it is free; who does not, gives it back."""
        other, floor = self._pairs.get(group), self.control.floor(group)
        if other is None or floor is None:
            return
        relay = self._relays.get(group)
        if relay is not None and relay.ask is None and _outsider(floor) != relay.party:
            self._end(group)
            relay = None
        if relay is not None:
            return
        hold, party = floor.hold, _outsider(floor)
        if hold is not None and hold.ask.is_notice:
            # Each talkgroup has its own.
            return
        if hold is not None and not hold.ask.relayed:
            party = hold.ask.party
        elif party is None:
            return
        if party in self._ours():
            _echoes.inc()
            return
        talk, again = self._alone.get(group, (None, 0.0))
        if talk == _talk(floor) and self._clock.monotonic() < again:
            return
        self._relay(group, other, party, hold.ask if hold is not None else None, needed=False)

    def _over(self, group: str, party: str, request_id: UUID) -> None:
        """A request of the talkgroup has ended, whatever it was given."""
        relay = self._relays.get(group)
        if relay is not None and relay.ask is not None and relay.ask.key == (party, request_id):
            self._end(group)

    def _end(self, group: str) -> None:
        """The talk is over; its last words are still heard on the other side."""
        relay = self._relays.pop(group)
        if not relay.granted:
            self._release(group, relay)
            return
        self._tails[group] = relay
        self._later_s(TAIL_S, lambda: self._tail(group, relay))

    def _tail(self, group: str, relay: Relay) -> None:
        if self._tails.get(group) is relay:
            del self._tails[group]
            self._release(group, relay)

    def _forget(self, group: str) -> Relay | None:
        """Give back at once what is held for this talkgroup."""
        tail = self._tails.pop(group, None)
        if tail is not None:
            self._release(group, tail)
        relay = self._relays.pop(group, None)
        if relay is not None:
            self._release(group, relay)
        return relay

    def _release(self, group: str, relay: Relay) -> None:
        self.control.release(relay.to, f"{PATCH}{group}", relay.request_id)

    def _network(self, group: str) -> NetworkFloor | None:
        return self._networks.get(group.partition(":")[0])

    def _later(self, act: Callable[[], None]) -> None:
        self._later_s(0.0, act)


def _outsider(floor: FloorState) -> str | None:
    return None if floor.outsider is None else floor.outsider.party


def _talk(floor: FloorState) -> object:
    """Equal for as long as the same talk lasts, from its request on."""
    if floor.outsider is not None:
        return floor.outsider.party, floor.outsider.since
    ours = floor.hold or floor.asking
    return None if ours is None else ours.ask.key


def _on_the_loop(delay_s: float, act: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    if delay_s > 0:
        loop.call_later(delay_s, act)
    else:
        loop.call_soon(act)
