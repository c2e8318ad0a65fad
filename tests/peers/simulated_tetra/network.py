"""The simulated network: short data between parties, group calls and whose turn it is to talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from tests.peers.simulated_tetra import positions, sds
from tests.peers.simulated_tetra.identities import Mni
from tests.peers.simulated_tetra.sds import Heard, UserData

LOW, HIGH, PRE_EMPTIVE, EMERGENCY_DEMAND = range(4)
"""How much a demand for talk presses."""
EMERGENCY_PRIORITY = 15
NOT_DEFINED, USER_REQUEST, CONGESTION, TIMER, SWMI = 0, 1, 5, 13, 14
"""Causes of a release."""


class Answer(Enum):
    """What a demand for talk meets while nobody talks; while somebody does, GRANT is QUEUE."""

    GRANT = 0
    REFUSE = 1
    QUEUE = 2
    """Until `SimulatedNetwork.grant_queued` or the talker's end."""
    SILENCE = 9
    """No answer at all."""


@dataclass(eq=False, slots=True)
class GroupCall:
    """A call in a group; it exists while somebody talks and for `hang_s` after."""

    gssi: int
    owner: Party
    priority: int
    talker: Party | None = None
    waiting: list[tuple[int, Party]] = field(default_factory=list)
    hang: asyncio.TimerHandle | None = None


class Party(Protocol):
    """The radio at the PEI, or one of the others."""

    issi: int
    groups: set[int]
    reachable: bool

    def hear(self, heard: Heard) -> None: ...
    def call_begins(self, call: GroupCall) -> None: ...
    def call_ends(self, call: GroupCall, cause: int) -> None: ...
    def may_talk(self, call: GroupCall) -> None: ...
    def must_wait(self, call: GroupCall) -> None: ...
    def may_not_talk(self, call: GroupCall) -> None: ...
    def must_stop(self, call: GroupCall, by: Party) -> None: ...
    def other_talks(self, call: GroupCall, talker: Party) -> None: ...
    def talk_ended(self, call: GroupCall, talker: Party) -> None: ...


class SimulatedNetwork:
    """One mobile network. `hang_s`: how long a call lasts when nobody talks."""

    def __init__(self, *, mcc: int = 460, mnc: int = 1, hang_s: float = 5.0) -> None:
        self.mni = Mni(mcc, mnc)
        self.hang_s = hang_s
        self.talk = Answer.GRANT
        self.calls: dict[int, GroupCall] = {}
        self.refused_with: int | None = None
        self._parties: dict[int, Party] = {}

    def unit(self, issi: int, *, groups: Iterable[int] = ()) -> SimulatedUnit:
        made = SimulatedUnit(self, issi, groups)
        self.join(made)
        return made

    def join(self, party: Party) -> None:
        self._parties[party.issi] = party

    def close(self) -> None:
        for call in self.calls.values():
            _stop(call)
        self.calls.clear()

    # --- short data ---------------------------------------------------------------------------------------

    def send(self, sender: int, to: int, sent: UserData) -> bool:
        """To one party, or to all in a group but the sender; False when nobody was there to have it."""
        heard = sds.read(sender, to, sent)
        one = self._parties.get(to)
        if one is not None:
            if one.reachable:
                one.hear(heard)
            return one.reachable
        members = [party for party in self._members(to) if party.issi != sender]
        for party in members:
            party.hear(heard)
        return bool(members)

    # --- calls --------------------------------------------------------------------------------------------

    def refuse_setups(self, cause: int | None) -> None:
        """Calls are released with this cause instead of being set up; None: no more."""
        self.refused_with = cause

    def set_up(self, caller: Party, gssi: int, *, priority: int = 0, demand: int = LOW) -> GroupCall | None:
        """The caller is told what becomes of it by its own methods; None: refused."""
        call = self.calls.get(gssi)
        if call is None:
            call = GroupCall(gssi, caller, priority)
            if self.refused_with is not None:
                caller.call_ends(call, self.refused_with)
                return None
            self.calls[gssi] = call
            for party in self._members(gssi):
                if party is not caller:
                    party.call_begins(call)
        self.demand(caller, call, demand)
        return call

    def demand(self, party: Party, call: GroupCall, demand: int) -> None:
        if self.calls.get(call.gssi) is not call or call.talker is party:
            return
        if self.talk is Answer.SILENCE:
            return
        if self.talk is Answer.REFUSE:
            party.may_not_talk(call)
            return
        if call.talker is None and self.talk is Answer.GRANT:
            self._give(call, party)
        elif call.talker is not None and demand >= PRE_EMPTIVE:
            self._take(call, party)
        else:
            if all(other is not party for _, other in call.waiting):
                call.waiting.append((demand, party))
                call.waiting.sort(key=lambda one: -one[0])
            party.must_wait(call)

    def cease(self, party: Party, call: GroupCall) -> None:
        """It has ended its talk, or does not want to talk any more."""
        call.waiting = [one for one in call.waiting if one[1] is not party]
        if call.talker is not party:
            return
        call.talker = None
        for other in self._members(call.gssi, party):
            other.talk_ended(call, party)
        if call.waiting:
            self.grant_queued(call.gssi)
        else:
            self._hang(call)

    def grant_queued(self, gssi: int) -> None:
        call = self.calls[gssi]
        _, party = call.waiting.pop(0)
        self._give(call, party)

    def interrupt(self, gssi: int, *, by: Party) -> None:
        """The talk goes to somebody else, as by a pre-emptive demand."""
        self._take(self.calls[gssi], by)

    def end_call(self, gssi: int, *, cause: int = SWMI) -> None:
        call = self.calls.pop(gssi, None)
        if call is None:
            return
        _stop(call)
        call.talker = None
        for party in self._members(gssi, call.owner):
            party.call_ends(call, cause)

    def lost(self, party: Party) -> None:
        """It is switched off or out of range: others take over."""
        for call in list(self.calls.values()):
            self.cease(party, call)

    def _give(self, call: GroupCall, party: Party) -> None:
        _stop(call)
        call.talker = party
        for other in self._members(call.gssi, party):
            if other is party:
                other.may_talk(call)
            else:
                other.other_talks(call, party)

    def _take(self, call: GroupCall, party: Party) -> None:
        before = call.talker
        call.talker = None
        if before is not None:
            before.must_stop(call, party)
        _stop(call)
        call.talker = party
        for other in self._members(call.gssi, party):
            if other is party:
                other.may_talk(call)
            elif other is not before:
                other.other_talks(call, party)

    def _hang(self, call: GroupCall) -> None:
        _stop(call)
        loop = asyncio.get_running_loop()
        call.hang = loop.call_later(self.hang_s, lambda: self.end_call(call.gssi, cause=TIMER))

    def _members(self, gssi: int, *more: Party) -> list[Party]:
        there = [one for one in self._parties.values() if gssi in one.groups and one.reachable]
        return [*there, *(one for one in more if one not in there)]


def _stop(call: GroupCall) -> None:
    if call.hang is not None:
        call.hang.cancel()
        call.hang = None


class SimulatedUnit:
    """Another radio. It says that a text was received when the text asks for it, read only with `reads`."""

    def __init__(self, network: SimulatedNetwork, issi: int, groups: Iterable[int]) -> None:
        self.network = network
        self.issi = issi
        self.groups = set(groups)
        self.reachable = True
        self.reports = True
        self.reads = False
        self.heard: list[Heard] = []
        self.said: list[str] = []
        """What the network has told it about its talks: granted, queued, refused, interrupted, released."""
        self.talks = False
        self._reference = 0
        self._long = 0
        self._changed = asyncio.Event()

    # --- what it sends ------------------------------------------------------------------------------------

    def send_sds(self, to: Party | int, sent: UserData) -> None:
        self.network.send(self.issi, to if isinstance(to, int) else to.issi, sent)

    def send_status(self, to: Party | int, value: int) -> None:
        self.send_sds(to, sds.status(value))

    def send_emergency(self, to: Party | int) -> None:
        self.send_status(to, sds.EMERGENCY)

    def send_short(self, to: Party | int, kind: int, value: int) -> None:
        self.send_sds(to, sds.short(kind, value))

    def send_simple_text(self, to: Party | int, text: str, *, immediate: bool = False) -> None:
        self.send_sds(to, sds.simple_text(text, immediate=immediate))

    def send_text(self, to: Party | int, text: str, *, report: int = 0, immediate: bool = False) -> int:
        """Its message reference."""
        reference = self._next_reference()
        self.send_sds(to, sds.text(text, reference, report=report, immediate=immediate))
        return reference

    def send_long_text(self, to: Party | int, text: str, *, per_part: int = 60, report: int = 0) -> list[int]:
        """The message references of its parts."""
        self._long += 1
        sent = sds.parts(text, self._reference + 1, self._long, per_part, report=report)
        references = [self._next_reference() for _ in sent]
        for one in sent:
            self.send_sds(to, one)
        return references

    def send_position(
        self,
        to: Party | int,
        lat: float,
        lon: float,
        *,
        reason: int = positions.PERIODIC,
        error_class: int = 7,
        kmh: int | None = None,
        heading: float = 0.0,
    ) -> None:
        bits = positions.short(lat, lon, reason=reason, error_class=error_class, kmh=kmh, heading=heading)
        self.send_sds(to, UserData.of(bits))

    def send_long_position(
        self,
        to: Party | int,
        lat: float,
        lon: float,
        *,
        at: datetime | None = None,
        reason: int = positions.PERIODIC,
        kmh: int | None = None,
        heading: float = 0.0,
        radius_m: float | None = None,
    ) -> None:
        bits = positions.long(lat, lon, at=at, reason=reason, kmh=kmh, heading=heading, radius_m=radius_m)
        self.send_sds(to, UserData.of(bits))

    def press(self, gssi: int, *, emergency: bool = False, demand: int | None = None) -> None:
        """Wants to talk in the group; see `talks` and `said`."""
        if demand is None:
            demand = EMERGENCY_DEMAND if emergency else LOW
        self.network.set_up(self, gssi, priority=EMERGENCY_PRIORITY if emergency else 0, demand=demand)

    def release(self, gssi: int) -> None:
        self.talks = False
        if (call := self.network.calls.get(gssi)) is not None:
            self.network.cease(self, call)

    def switch_off(self) -> None:
        self.reachable = False
        self.talks = False
        self.network.lost(self)

    # --- what a test waits for ----------------------------------------------------------------------------

    async def until(self, holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
        """Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def hears(self, wanted: Callable[[Heard], bool], timeout_s: float = 5.0) -> Heard:
        """The first that it has heard, or hears in time. Raises `TimeoutError`."""
        await self.until(lambda: any(wanted(one) for one in self.heard), timeout_s)
        return next(one for one in self.heard if wanted(one))

    async def is_told(
        self, by: Party, *, reference: int, outcome: int = sds.RECEIVED, timeout_s: float = 5.0
    ) -> Heard:
        """The report on one of its texts."""
        return await self.hears(
            lambda one: (one.sender, one.reference, one.reported) == (by.issi, reference, outcome), timeout_s
        )

    # --- what the network tells it ------------------------------------------------------------------------

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        self._changed.set()
        if heard.text is None or heard.reference is None or heard.pid is None:
            return
        if self.reports and heard.wants_report & 1:
            self._report(heard, sds.RECEIVED)
        if self.reports and self.reads and heard.wants_report & 2:
            self._report(heard, sds.READ)

    def report(self, heard: Heard, outcome: int) -> None:
        """Says what became of a text, by hand."""
        self._report(heard, outcome)

    def call_begins(self, call: GroupCall) -> None:
        self._say("called")

    def call_ends(self, call: GroupCall, cause: int) -> None:
        self.talks = False
        self._say("released")

    def may_talk(self, call: GroupCall) -> None:
        self.talks = True
        self._say("granted")

    def must_wait(self, call: GroupCall) -> None:
        self._say("queued")

    def may_not_talk(self, call: GroupCall) -> None:
        self._say("refused")

    def must_stop(self, call: GroupCall, by: Party) -> None:
        self.talks = False
        self._say("interrupted")

    def other_talks(self, call: GroupCall, talker: Party) -> None:
        self._say(f"hears {talker.issi}")

    def talk_ended(self, call: GroupCall, talker: Party) -> None:
        self._say("silence")

    def _say(self, word: str) -> None:
        self.said.append(word)
        self._changed.set()

    def _report(self, heard: Heard, outcome: int) -> None:
        assert heard.reference is not None
        assert heard.pid is not None
        if heard.wants_short and outcome in {sds.RECEIVED, sds.READ}:
            self.send_sds(heard.sender, sds.short_report(2 + (outcome == sds.READ), heard.reference))
        else:
            self.send_sds(heard.sender, sds.report(heard.pid, outcome, heard.reference))

    def _next_reference(self) -> int:
        self._reference = (self._reference + 1) % 256
        return self._reference
