"""The reducer of incident conferences: `apply(conferences, signal) -> (conferences, [facts])`.

Never raises; what does not fit changes nothing. A fact comes once for each member and each conference in one
run of this process; the database keeps that it is written once whatever run says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from hotline.conferences.model import (
    EMPTY_S,
    RECORDER_LEG,
    ConferenceParty,
    Conferences,
    EndCause,
    IncidentConference,
    SeenLeg,
    member_id_of,
)
from hotline.conferences.signals import (
    ClockTold,
    ConferenceLocked,
    ConferenceOpened,
    ConferenceSignal,
    EndAsked,
    LegChanged,
    LegJoined,
    LegLeft,
    PartyAsked,
    PartyNotReached,
    RoomSeen,
)


@dataclass(frozen=True, slots=True)
class PartyJoined:
    conference_id: UUID
    member_id: UUID
    at: float


@dataclass(frozen=True, slots=True)
class PartyLeft:
    conference_id: UUID
    member_id: UUID
    at: float


@dataclass(frozen=True, slots=True)
class PartyMissed:
    """Was called and did not come."""

    conference_id: UUID
    member_id: UUID
    outcome: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    """`recorder` is the id of the leg that records."""

    conference_id: UUID
    recorder: UUID
    at: float


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    conference_id: UUID
    recorder: UUID
    at: float


@dataclass(frozen=True, slots=True)
class ConferenceOver:
    conference_id: UUID
    cause: EndCause
    at: float


ConferenceFact = PartyJoined | PartyLeft | PartyMissed | RecordingBegan | RecordingEnded | ConferenceOver
Outcome = tuple[Conferences, list[ConferenceFact]]


def apply(conferences: Conferences, signal: ConferenceSignal) -> Outcome:
    """The open conferences after the signal, and what became a fact by it, in order."""
    if isinstance(signal, ConferenceOpened):
        known = conferences.get(signal.conference.conference_id)
        one = signal.conference if known is None else known
        return {**conferences, one.conference_id: one}, []
    if isinstance(signal, ClockTold):
        return _clock(conferences, signal.at)
    conference = conferences.get(signal.conference_id)
    if conference is None:
        return conferences, []
    if isinstance(signal, EndAsked):
        return _over(conferences, conference, "ended", signal.at)
    after, facts = _in_one(conference, signal)
    conferences = {**conferences, after.conference_id: after}
    if any(isinstance(fact, PartyLeft) for fact in facts) and not _held(after):
        conferences, last = _over(conferences, after, "last-left", facts[-1].at)
        facts += last
    return conferences, facts


def _held(conference: IncidentConference) -> bool:
    """Whether a person is there. Talkgroups and recorders hold none open."""
    return any(one.present for one in conference.people)


def _in_one(  # noqa: PLR0911  # one line a signal
    conference: IncidentConference, signal: ConferenceSignal
) -> tuple[IncidentConference, list[ConferenceFact]]:
    match signal:
        case PartyAsked(_, party) if party.member_id not in conference.parties:
            return _with(conference, party), []
        case PartyNotReached(_, member_id, outcome, at):
            return _missed(conference, member_id, outcome, at)
        case LegJoined(_, leg, at):
            return _joined(conference, leg, at)
        case LegLeft(_, uniqueid, at):
            return _left(conference, uniqueid, at)
        case LegChanged(_, uniqueid, muted, talks):
            return _changed(conference, uniqueid, muted, talks), []
        case RoomSeen(_, legs, at):
            return _seen(conference, legs, at)
        case ConferenceLocked(_, locked):
            return replace(conference, locked=locked), []
    return conference, []


def _with(conference: IncidentConference, *parties: ConferenceParty) -> IncidentConference:
    return replace(conference, parties={**conference.parties, **{one.member_id: one for one in parties}})


def _party(conference: IncidentConference, uniqueid: str) -> ConferenceParty | None:
    member_id = member_id_of(uniqueid)
    return None if member_id is None else conference.parties.get(member_id)


def _recorder(uniqueid: str) -> UUID | None:
    if not uniqueid.startswith(RECORDER_LEG):
        return None
    try:
        return UUID(uniqueid.removeprefix(RECORDER_LEG).removesuffix("-2"))
    except ValueError:
        return None


def _joined(
    conference: IncidentConference, leg: SeenLeg, at: float
) -> tuple[IncidentConference, list[ConferenceFact]]:
    recorder = _recorder(leg.uniqueid)
    if recorder is not None:
        # The half that hears; its other half waits outside.
        if recorder in conference.recorders:
            return conference, []
        after = replace(conference, recorders=conference.recorders | {recorder})
        return after, [RecordingBegan(conference.conference_id, recorder, at)]
    party = _party(conference, leg.uniqueid)
    if party is None or party.left_at is not None:
        return conference, []
    here = replace(
        party, channel=leg.channel, muted=leg.muted, outcome="",
        joined_at=at if party.joined_at is None else party.joined_at,
    )  # fmt: skip
    new = party.joined_at is None
    facts: list[ConferenceFact] = [PartyJoined(conference.conference_id, party.member_id, at)] if new else []
    return _with(conference, here), facts


def _left(
    conference: IncidentConference, uniqueid: str, at: float
) -> tuple[IncidentConference, list[ConferenceFact]]:
    recorder = _recorder(uniqueid)
    if recorder is not None and recorder in conference.recorders:
        after = replace(conference, recorders=conference.recorders - {recorder})
        return after, [RecordingEnded(conference.conference_id, recorder, at)]
    party = _party(conference, uniqueid)
    if party is None or not party.present:
        return conference, []
    gone = replace(party, left_at=at, channel="", talks=False)
    return _with(conference, gone), [PartyLeft(conference.conference_id, party.member_id, at)]


def _missed(
    conference: IncidentConference, member_id: UUID, outcome: str, at: float
) -> tuple[IncidentConference, list[ConferenceFact]]:
    party = conference.parties.get(member_id)
    if party is None or not party.awaited:
        return conference, []
    missed = replace(party, outcome=outcome)
    return _with(conference, missed), [PartyMissed(conference.conference_id, member_id, outcome, at)]


def _changed(
    conference: IncidentConference, uniqueid: str, muted: bool | None, talks: bool | None
) -> IncidentConference:
    party = _party(conference, uniqueid)
    if party is None or not party.present:
        return conference
    muted = party.muted if muted is None else muted
    talks = party.talks if talks is None else talks
    # Who is muted is not heard, whatever the switch says of its sound.
    return _with(conference, replace(party, muted=muted, talks=talks and not muted))


def _seen(
    conference: IncidentConference, legs: Iterable[SeenLeg], at: float
) -> tuple[IncidentConference, list[ConferenceFact]]:
    facts: list[ConferenceFact] = []
    there: set[UUID] = set()
    for leg in legs:
        one = member_id_of(leg.uniqueid) or _recorder(leg.uniqueid)
        if one is not None:
            there.add(one)
        conference, more = _joined(conference, leg, at)
        facts += more
    for recorder in sorted(conference.recorders - there):
        conference, more = _left(conference, f"{RECORDER_LEG}{recorder}", at)
        facts += more
    for party in list(conference.parties.values()):
        if party.present and party.member_id not in there:
            gone = replace(party, left_at=at, channel="", talks=False)
            conference = _with(conference, gone)
            facts.append(PartyLeft(conference.conference_id, party.member_id, at))
    return conference, facts


def _over(conferences: Conferences, conference: IncidentConference, cause: EndCause, at: float) -> Outcome:
    """Who is still there leaves with it, whether the switch has said so or not."""
    facts: list[ConferenceFact] = [
        RecordingEnded(conference.conference_id, one, at) for one in sorted(conference.recorders)
    ]
    for party in conference.parties.values():
        if party.present:
            facts.append(PartyLeft(conference.conference_id, party.member_id, at))
        elif party.awaited:
            facts.append(PartyMissed(conference.conference_id, party.member_id, "stopped", at))
    facts.append(ConferenceOver(conference.conference_id, cause, at))
    left = {key: one for key, one in conferences.items() if key != conference.conference_id}
    return left, facts


def _clock(conferences: Conferences, at: float) -> Outcome:
    facts: list[ConferenceFact] = []
    for conference in list(conferences.values()):
        if at - conference.opened_at < EMPTY_S or _held(conference):
            continue
        if any(one.awaited for one in conference.people):
            continue
        conferences, more = _over(conferences, conference, "nobody-came", at)
        facts += more
    return conferences, facts
