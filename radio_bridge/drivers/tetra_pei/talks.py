"""Who talks in which talkgroup, out of what the interface says of calls: a pure state machine.

A group call stays while several talk in it one after the other. A talk whose end is not said ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from radio_bridge.drivers.tetra_pei import at
from radio_bridge.drivers.tetra_pei.identity import TetraIdentity

MOST_CALLS: Final = 64
_TO_US, _TO_ANOTHER = 0, 3


@dataclass(frozen=True, slots=True)
class TetraTransmissionBegan:
    gssi: int
    talker: TetraIdentity


@dataclass(frozen=True, slots=True)
class TetraTransmissionEnded:
    gssi: int


@dataclass(frozen=True, slots=True)
class TetraEmergencyCall:
    """A call that pre-empts others."""

    caller: TetraIdentity


Told = TetraTransmissionBegan | TetraTransmissionEnded | TetraEmergencyCall


@dataclass(slots=True)
class _TetraTransmission:
    talker: TetraIdentity
    since: float


class TetraTransmissions:
    """On `groups`; the first of them is the one that our own radio talks on. `limit_s`: the longest talk."""

    def __init__(self, groups: Sequence[int], now: Callable[[], float], *, limit_s: float) -> None:
        self._groups = list(groups)
        self._now = now
        self._limit_s = limit_s
        self.own: TetraIdentity | None = None
        self._calls: dict[int, int | None] = {}
        """By call: its talkgroup, None where that is not one of ours."""
        self._talks: dict[int, _TetraTransmission] = {}

    def talker(self, gssi: int) -> TetraIdentity | None:
        talk = self._talks.get(gssi)
        return None if talk is None else talk.talker

    def heard(self, line: at.Line) -> list[Told]:
        match line:
            case at.CallComes():
                return self._comes(line)
            case at.TransmissionGrant():
                return self._granted(line)
            case at.Ceased(call):
                return self._end(self._calls.get(call))
            case at.Released(call):
                gssi = self._calls.get(call)
                self._know(call, None)
                return self._end(gssi)
        return []

    def lost(self) -> list[Told]:
        """The interface is gone, and with it all that it said."""
        self._calls.clear()
        return [one for gssi in list(self._talks) for one in self._end(gssi)]

    def wakeup(self) -> float | None:
        """When the first talk counts as lost, monotonic seconds; None without a talk."""
        return min((talk.since + self._limit_s for talk in self._talks.values()), default=None)

    def tick(self) -> list[Told]:
        now = self._now()
        late = [gssi for gssi, talk in self._talks.items() if now >= talk.since + self._limit_s]
        return [one for gssi in late for one in self._end(gssi)]

    def _comes(self, call: at.CallComes) -> list[Told]:
        if call.service != at.SPEECH:
            return []
        told: list[Told] = []
        if call.priority == at.EMERGENCY_PRIORITY and call.calling is not None:
            told.append(TetraEmergencyCall(call.calling))
        called = None if call.called is None else call.called.ssi
        gssi = called if called in self._groups else None
        self._know(call.call, gssi)
        if gssi is None or call.calling is None:
            return told
        return told + self._begin(gssi, call.calling)

    def _granted(self, grant: at.TransmissionGrant) -> list[Told]:
        talker = {_TO_US: self.own, _TO_ANOTHER: grant.talker}.get(grant.grant)
        if talker is None:
            return []
        if grant.call not in self._calls and self._groups:
            # It began before we were there, or by our own radio's button: it is the selected talkgroup's.
            self._know(grant.call, self._groups[0])
        gssi = self._calls.get(grant.call)
        return [] if gssi is None else self._begin(gssi, talker)

    def _know(self, call: int, gssi: int | None) -> None:
        """Which talkgroup's call it is; None: of none of ours, or over."""
        self._calls.pop(call, None)
        if len(self._calls) >= MOST_CALLS:
            self._calls.pop(next(iter(self._calls)))
        self._calls[call] = gssi

    def _begin(self, gssi: int, talker: TetraIdentity) -> list[Told]:
        talk = self._talks.get(gssi)
        if talk is not None and talk.talker.ssi == talker.ssi:
            return []
        ended = self._end(gssi)
        self._talks[gssi] = _TetraTransmission(talker, self._now())
        return [*ended, TetraTransmissionBegan(gssi, talker)]

    def _end(self, gssi: int | None) -> list[Told]:
        if gssi is None or self._talks.pop(gssi, None) is None:
            return []
        return [TetraTransmissionEnded(gssi)]
