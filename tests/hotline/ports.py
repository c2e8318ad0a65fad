"""One small fake for each port of the hotline that most tests do not look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core.actor import Actor
from hotline.conferences.model import SeenLeg
from hotline.conferences.ports import ConferencePorts, KnownPhone
from hotline.outbound.alarms.model import AlarmCall
from hotline.outbound.alarms.ports import AlarmPorts, OnCall, OpenAlarm
from hotline.outbound.callbacks.unseen import UnseenCall
from hotline.outbound.conferences.policy import ConferenceCall
from hotline.outbound.crews.policy import CrewCall, CrewTarget
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.follow_ups.policy import FollowUpCall, FollowUpTarget
from hotline.outbound.follow_ups.ports import FollowUpCallPorts, Hearing, ReporterTap, SpokenWords
from hotline.outbound.notices.policy import NoticeCall, NoticeTarget, SpokenNotice
from hotline.outbound.notices.ports import NoticeCallPorts
from hotline.outbound.ports import Placed, Settled
from hotline.outbound.purposes import OutboundPorts
from hotline.outbound.warnings.policy import WarningCall, WarningCallTarget
from hotline.outbound.warnings.ports import WarningCallPorts


@dataclass
class PlayedDrainSwitch:
    epoch: int = 1
    told: list[tuple[int, int]] = field(default_factory=list)

    async def keep_away(self, since: int, until: int) -> None:
        self.told.append((since, until))


@dataclass
class PlayedDialler:
    rung: list[tuple[str, str, str]] = field(default_factory=list)
    answer: Placed = "placed"
    settled: Settled = "unknown"
    asked: list[str] = field(default_factory=list)

    async def ring(self, *, endpoint: str, number: str, channel_id: str, ring_s: float) -> Placed:
        self.rung.append((endpoint, number, channel_id))
        return self.answer

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        self.asked.append(channel_id)
        return self.settled


@dataclass
class PlayedUnseenCalls:
    calls: list[UnseenCall] = field(default_factory=list)

    async def ended_between(self, since: datetime, until: datetime) -> Sequence[UnseenCall]:
        return [one for one in self.calls if since < one.ended_at < until]


@dataclass
class AuditTrail:
    """What was written down: who, the action, on what, and the detail."""

    rows: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.rows.append((actor.id, action, subject, dict(detail or {})))


class _QuietSwitch:
    """Nothing may ring here."""

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        raise AssertionError(f"a call that nobody wanted: {channel_id}")

    async def hang_up(self, channel_id: str) -> None:
        raise AssertionError(f"a call that nobody wanted: {channel_id}")

    async def say(self, channel_id: str, words: str) -> None:
        raise AssertionError(f"a call that nobody wanted: {channel_id}")


class NoAlarms(_QuietSwitch):
    """No emergency is unanswered, and nobody is on call."""

    async def unanswered(self) -> Sequence[OpenAlarm]:
        return ()

    async def acknowledge(self, user_id: str, alarm_id: UUID) -> Literal["done", "other"]:
        return "other"

    async def on_call(self) -> OnCall:
        return OnCall(())

    async def ring(self, call: AlarmCall, *, ring_s: float) -> Placed:
        raise AssertionError(f"a call that nobody wanted: {call}")


class NoCrewJobs(_QuietSwitch):
    """No crew is to be told anything by telephone."""

    async def wanted(self) -> Sequence[CrewTarget]:
        return ()

    async def came(self, call: CrewCall) -> None:
        raise AssertionError(f"a call that nobody wanted: {call}")

    async def press(self, call: CrewCall) -> Literal["done", "gone"]:
        return "gone"

    async def citizen(self, call_id: UUID) -> str:
        return ""

    async def ring(self, call: CrewCall, *, ring_s: float, citizen: str) -> Placed:
        raise AssertionError(f"a call that nobody wanted: {call}")


class NoFollowUps(_QuietSwitch):
    """No reporter is to be called."""

    async def wanted(self) -> Sequence[FollowUpTarget]:
        return ()

    async def came(self, call: FollowUpCall) -> None:
        raise AssertionError(f"a call that nobody wanted: {call}")

    async def press(self, call: FollowUpCall) -> Literal["done", "gone"]:
        return "gone"

    async def number(self, target: FollowUpTarget) -> str:
        return ""

    async def ring(
        self, call: FollowUpCall, *, number: str, ring_s: float, queue: str, wait_s: int
    ) -> Placed:
        raise AssertionError(f"a call that nobody wanted: {call}")

    async def hearing(self, channel_id: str, hearing: Hearing) -> None:
        raise AssertionError(f"a call that nobody wanted: {channel_id}")

    async def listen(
        self, channel_id: str, line: str, take: Callable[[SpokenWords], None]
    ) -> ReporterTap | None:
        raise AssertionError(f"a call that nobody wanted: {channel_id} {line} {take}")


class NoNotices(_QuietSwitch):
    """Nobody is to be told anything by telephone."""

    async def wanted(self) -> Sequence[NoticeTarget]:
        return ()

    async def came(self, call: NoticeCall) -> None:
        raise AssertionError(f"a call that nobody wanted: {call}")

    async def press(self, call: NoticeCall) -> Literal["done", "gone"]:
        return "gone"

    async def notice(self, target: NoticeTarget) -> SpokenNotice | None:
        return None

    async def ring(self, call: NoticeCall, *, notice: SpokenNotice, ring_s: float, more: str) -> Placed:
        raise AssertionError(f"a call that nobody wanted: {call}")


class NoWarnings(_QuietSwitch):
    """No recipient of a warning is to be called."""

    async def wanted(self) -> Sequence[WarningCallTarget]:
        return ()

    async def came(self, call: WarningCall) -> None:
        raise AssertionError(f"a call that nobody wanted: {call}")

    async def press(self, call: WarningCall) -> Literal["done", "gone"]:
        return "gone"

    async def number(self, target: WarningCallTarget) -> str:
        return ""

    async def ring(self, call: WarningCall, *, number: str, ring_s: float) -> Placed:
        raise AssertionError(f"a call that nobody wanted: {call}")


def nobody_to_call() -> OutboundPorts:
    alarms, crews, asked = NoAlarms(), NoCrewJobs(), NoFollowUps()
    told, warned = NoNotices(), NoWarnings()
    return OutboundPorts(
        AlarmPorts(alarms, alarms, alarms),
        CrewPorts(crews, crews),
        FollowUpCallPorts(asked, asked, asked),
        NoticeCallPorts(told, told),
        WarningCallPorts(warned, warned),
    )


@dataclass
class PlayedRooms:
    """The switch's rooms, and telephones that ring for them: simulated. `there` by room."""

    there: dict[str, list[SeenLeg]] = field(default_factory=dict)
    done: list[tuple[str, ...]] = field(default_factory=list)
    rung: list[ConferenceCall] = field(default_factory=list)
    up: bool = True
    answer: Placed = "placed"
    settled: Settled = "alive"

    async def legs(self, room: str) -> Sequence[SeenLeg]:
        return list(self.there.get(room, ()))

    async def mute(self, room: str, channel: str, *, muted: bool) -> None:
        self.done.append(("mute" if muted else "unmute", room, channel))

    async def send_out(self, room: str, channel: str) -> None:
        self.done.append(("out", room, channel))
        self.there[room] = [one for one in self.there.get(room, ()) if one.channel != channel]

    async def lock(self, room: str, *, locked: bool) -> None:
        self.done.append(("lock" if locked else "unlock", room))

    async def place_recorder(self, room: str, recorder: UUID) -> None:
        self.done.append(("record", room, str(recorder)))

    async def place_talkgroup(self, room: str, group: str, member_id: UUID) -> None:
        self.done.append(("talkgroup", room, group))

    async def ring(self, call: ConferenceCall, *, ring_s: float) -> Placed:
        self.rung.append(call)
        return self.answer

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        return self.settled

    async def hang_up(self, channel_id: str) -> None:
        self.done.append(("hang-up", channel_id))

    async def say(self, channel_id: str, words: str) -> None:
        self.done.append(("say", channel_id, words))


@dataclass
class PlayedConferencePhones:
    desks: dict[str, KnownPhone] = field(default_factory=dict)
    units: dict[str, KnownPhone] = field(default_factory=dict)

    def desk(self, user_id: str) -> KnownPhone | None:
        return self.desks.get(user_id)

    async def unit(self, unit_id: str) -> KnownPhone | None:
        return self.units.get(unit_id)

    async def check(self, actor: Actor, group: str) -> str:
        return group


def conference_ports(rooms: PlayedRooms, phones: PlayedConferencePhones) -> ConferencePorts:
    return ConferencePorts(rooms, rooms, phones, phones)
