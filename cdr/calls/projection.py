"""A call and its legs, derived from its CEL rows. Pure and repeatable: more rows, derived anew.

Rows that never come do no harm: a leg without an end ends with its call, a call without closing rows
(Asterisk was killed) is closed by the reader and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cdr.calls.model import (
    AgentRing,
    BridgePeriod,
    CallRecord,
    ClosedBy,
    Direction,
    ExpectedRecording,
    LegParty,
    LegRecord,
    RecordedOutcome,
    Transfer,
    TransferKind,
)
from cdr.calls.stays import pauses, stays
from cdr.calls.talk import TalkTime, talks
from cdr.cel.model import MARKS, CelRow
from core.ids import call_id, leg_id
from core.numbers import told, written

RECORDING_EVENT = "RECORDING"
_BY_DIALPLAN = "dialplan/"


@dataclass(frozen=True, slots=True)
class Parties:
    """How a channel's party is told: by its endpoint, or by the context in which it began."""

    trunks: frozenset[str] = frozenset()
    citizen_contexts: frozenset[str] = frozenset({"hotline"})
    area_code: str = ""

    def of(self, first: CelRow) -> LegParty:
        if first.channel.startswith("Local/"):
            return LegParty.SWITCH
        if endpoint_of(first.channel) in self.trunks or first.context in self.citizen_contexts:
            return LegParty.CITIZEN
        return LegParty.AGENT


@dataclass(slots=True)
class _Leg:
    first: CelRow
    party: LegParty
    own_call: bool
    number: str = ""
    name: str = ""
    exten: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    hung_up_by: str = ""
    linkedids: set[str] = field(default_factory=set)


def endpoint_of(channel: str) -> str:
    """`PJSIP/8001-0000002a` is a channel of endpoint `8001`."""
    _, _, rest = channel.partition("/")
    return rest.rpartition("-")[0] or rest or channel


def project(
    system_name: str, rows: Sequence[CelRow], *, parties: Parties, reader_closed_at: datetime | None = None
) -> CallRecord | None:
    """The call that `rows` tell of: all rows of its linkedids, in order of time, then of the file.

    `reader_closed_at` closes the call if it has no closing rows and none of its rows is later than that.
    None when nothing but taps is left.
    """
    rows = [row for row in rows if not row.is_tap]
    if not rows:
        return None
    linkedids = tuple(dict.fromkeys(row.linkedid for row in rows))
    closed_by = _closed_by(rows, linkedids, reader_closed_at)
    last = rows[-1].at
    ended_at = last if closed_by else None
    legs = _legs([row for row in rows if row.event not in MARKS], parties)
    if not legs:
        return None
    talk = talks(rows, last)
    bridged = stays(rows, ended_at)
    ends = {uniqueid: leg.ended_at or ended_at for uniqueid, leg in legs.items()}
    citizen = next((leg for leg in legs.values() if leg.party is LegParty.CITIZEN), None)
    head = citizen or next(iter(legs.values()))
    queued_at, queue = _queue(rows)
    citizen_talk = _talk_of(legs, talk, head.party)
    answered_at = citizen_talk.first if citizen_talk else None
    direction = _direction(legs)
    until = answered_at or ended_at or last
    return CallRecord(
        call_id=call_id(system_name, linkedids[0]),
        system_name=system_name,
        linkedids=linkedids,
        direction=direction,
        number=written(head.number, area_code=parties.area_code),
        name=head.name,
        dialled=rows[0].exten if direction is Direction.INBOUND else head.number,
        queue=queue,
        started_at=rows[0].at,
        queued_at=queued_at,
        answered_at=answered_at,
        ended_at=ended_at,
        wait_s=max(0.0, (until - (queued_at or rows[0].at)).total_seconds()),
        talk_s=citizen_talk.seconds if citizen_talk else 0.0,
        outcome=_outcome(closed_by, direction, head, answered_at, queued_at),
        closed_by=closed_by,
        legs=tuple(_leg_record(system_name, leg, talk, bridged, ended_at) for leg in legs.values()),
        rings=tuple(_rings(system_name, legs, ended_at)),
        transfers=tuple(_transfers(rows)),
        recordings=tuple(_recordings(system_name, rows)),
        pauses=tuple(pauses(system_name, rows, ends)),
    )


def _closed_by(
    rows: Sequence[CelRow], linkedids: Sequence[str], reader_closed_at: datetime | None
) -> ClosedBy | None:
    ended = {row.linkedid for row in rows if row.event == "LINKEDID_END"}
    if ended.issuperset(linkedids):
        return ClosedBy.ASTERISK
    if reader_closed_at is not None and rows[-1].at <= reader_closed_at:
        return ClosedBy.READER
    return None


def _legs(rows: Sequence[CelRow], parties: Parties) -> dict[str, _Leg]:
    legs: dict[str, _Leg] = {}
    for row in rows:
        leg = legs.get(row.uniqueid)
        if leg is None:
            leg = _Leg(row, parties.of(row), own_call=row.uniqueid == row.linkedid)
            legs[row.uniqueid] = leg
        leg.number = leg.number or told(row.number)
        leg.name = leg.name or told(row.name)
        if row.event == "ANSWER":
            leg.answered_at = leg.answered_at or row.at
        elif row.event == "HANGUP":
            cause = row.extras().get("hangupcause")
            leg.cause = cause if isinstance(cause, int) else None
            leg.hung_up_by = row.extra_text("hangupsource")
            leg.ended_at = leg.ended_at or row.at
        elif row.event == "CHAN_END":
            leg.ended_at = row.at
    return legs


def _queue(rows: Sequence[CelRow]) -> tuple[datetime | None, str]:
    """When the call first entered a queue, and the queue it was in last."""
    entries = [row for row in rows if row.event == "APP_START" and row.app.lower() == "queue"]
    if not entries:
        return None, ""
    return entries[0].at, entries[-1].app_data.partition(",")[0]


def _talk_of(legs: dict[str, _Leg], talk: Mapping[str, TalkTime], party: LegParty) -> TalkTime | None:
    """The talk of all legs of one party taken together: the earliest beginning, the longest share."""
    found = [talk[uniqueid] for uniqueid, leg in legs.items() if leg.party is party and uniqueid in talk]
    if not found:
        return None
    firsts = [one.first for one in found if one.first is not None]
    return TalkTime(None, min(firsts), max(one.seconds for one in found))


def _direction(legs: dict[str, _Leg]) -> Direction:
    """Who began it. A call that begins with a Local channel was placed by the gateway: the citizen in it was
    rung, unless another one who had called himself was put through to it.
    """
    people = [leg for leg in legs.values() if leg.party is not LegParty.SWITCH]
    placed = any(leg.own_call for leg in legs.values() if leg.party is LegParty.SWITCH)
    citizens = [leg for leg in people if leg.party is LegParty.CITIZEN]
    if placed and citizens and not any(leg.own_call for leg in citizens):
        return Direction.OUTBOUND
    if people and people[0].party is LegParty.CITIZEN:
        return Direction.INBOUND
    if citizens:
        return Direction.OUTBOUND
    return Direction.INTERNAL


def _outcome(
    closed_by: ClosedBy | None,
    direction: Direction,
    head: _Leg,
    answered_at: datetime | None,
    queued_at: datetime | None,
) -> RecordedOutcome:
    if closed_by is None:
        return RecordedOutcome.RUNNING
    if answered_at is not None:
        return RecordedOutcome.ANSWERED
    if closed_by is ClosedBy.READER and head.ended_at is None:
        return RecordedOutcome.CUT
    if direction is not Direction.INBOUND or head.hung_up_by.startswith(_BY_DIALPLAN):
        return RecordedOutcome.UNANSWERED
    return RecordedOutcome.ABANDONED_QUEUE if queued_at else RecordedOutcome.ABANDONED_GREETING


def _leg_record(
    system_name: str,
    leg: _Leg,
    talk: Mapping[str, TalkTime],
    bridged: Mapping[str, Sequence[BridgePeriod]],
    ended_at: datetime | None,
) -> LegRecord:
    own = talk.get(leg.first.uniqueid)
    return LegRecord(
        leg_id=leg_id(system_name, leg.first.uniqueid),
        uniqueid=leg.first.uniqueid,
        channel=leg.first.channel,
        endpoint=endpoint_of(leg.first.channel),
        party=leg.party,
        number=leg.number,
        name=leg.name,
        started_at=leg.first.at,
        answered_at=leg.answered_at,
        ended_at=leg.ended_at or ended_at,
        talk_s=own.seconds if own else 0.0,
        cause=leg.cause,
        stays=tuple(bridged.get(leg.first.uniqueid, ())),
    )


def _rings(system_name: str, legs: dict[str, _Leg], ended_at: datetime | None) -> list[AgentRing]:
    """The agents' legs that somebody else placed; a leg that is its own linkedid is a call of the agent."""
    return [
        AgentRing(
            leg_id=leg_id(system_name, uniqueid),
            endpoint=endpoint_of(leg.first.channel),
            at=leg.first.at,
            until=leg.answered_at or leg.ended_at or ended_at,
            answered=leg.answered_at is not None,
        )
        for uniqueid, leg in legs.items()
        if leg.party is LegParty.AGENT and not leg.own_call
    ]


def _transfers(rows: Sequence[CelRow]) -> list[Transfer]:
    found: list[Transfer] = []
    for row in rows:
        by = endpoint_of(row.channel)
        if row.event == "BLINDTRANSFER":
            found.append(Transfer(TransferKind.BLIND, row.at, by, row.extra_text("extension")))
        elif row.event == "ATTENDEDTRANSFER":
            target = row.extra_text("transfer_target_channel_name")
            # A Local channel is named after the extension that was asked: `802@desk`. Asterisk does not
            # always know it any more, and then says N/A.
            to = "" if target == "N/A" else endpoint_of(target).partition("@")[0]
            found.append(Transfer(TransferKind.ATTENDED, row.at, by, to))
    return found


def _recordings(system_name: str, rows: Sequence[CelRow]) -> list[ExpectedRecording]:
    found: dict[str, ExpectedRecording] = {}
    for row in rows:
        base = row.extra_text("extra") if row.event == RECORDING_EVENT else ""
        if base and base not in found:
            found[base] = ExpectedRecording(leg_id(system_name, row.uniqueid), base, row.at)
    return list(found.values())
