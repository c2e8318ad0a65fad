"""Fills the sources of a case's timeline: calls, positions, photos, texts, and who has looked at it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from cases.life.acceptance import AcceptedCalls
from cases.ports import CallDirectory
from cases.timeline.model import TimelineEntry, TimelineKind, TimelineSubject
from cases.timeline.ports import TimelineSource
from cdr import rights as ledger_rights
from cdr.calls import store as ledger_calls
from cdr.recordings.store import recordings_of
from cdr.transcripts.store import segments
from citizen.reports import additions
from citizen.reports import store as citizen_reports
from core.actor import Actor
from core.storage import Storage
from field import rights as field_rights
from field.photos import store as photos
from field.texts import store as texts
from field.units.places import store as places
from gateway.wiring.cameras import ClipsOfCase
from gateway.wiring.incident_conferences import ConferencesOfCase
from identity import rights as identity_rights
from identity.audit.store import audit_of

MOST_POSITIONS, MOST_PHOTOS, MOST_TEXTS, MOST_VIEWS = 200, 200, 200, 200
VIEWS = frozenset({"view-case", "print-case"})


class CallsOfCase:
    """What was heard in a call is for who took part in it, supervisors, and the acceptor of its case."""

    def __init__(self, storage: Storage, calls: CallDirectory) -> None:
        self._storage = storage
        self._calls = calls
        self._accepted = AcceptedCalls(storage)

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        out = []
        for call_id in about.call_ids:
            hears = await self._calls.may_hear(actor, call_id) or await self._accepts(actor, call_id)
            async with self._storage.read() as connection:
                known = await ledger_calls.resolve(connection, call_id)
                row = await ledger_calls.call_of(connection, known) if known else None
                if row is None:
                    continue
                names = await ledger_calls.names_of(connection, row.call_id)
                sound = await recordings_of(connection, names) if hears else ()
                written = hears and ledger_rights.READ_TRANSCRIPT.allows(actor)
                said = select(segments.c.call_id).where(segments.c.call_id.in_(names)).limit(1)
                transcript = written and (await connection.execute(said)).first() is not None
            out.append(
                TimelineEntry(
                    kind=TimelineKind.CALL, at=row.started_at, by=", ".join(row.agents), act=row.outcome,
                    call_id=call_id, transcript=transcript,
                    recordings=[one.recording_id for one in sound if ledger_rights.LISTEN.allows(actor)],
                )
            )  # fmt: skip
        return out

    async def _accepts(self, actor: Actor, call_id: UUID) -> bool:
        async with self._storage.read() as connection:
            names = await ledger_calls.names_of(connection, call_id)
            if await ledger_calls.is_confidential(connection, names):
                return False
        return await self._accepted.hears(actor, names)


class PositionsOfUnits:
    """Where the units of a case were while they had it, for who commands."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        if not field_rights.SEE_PLACES.allows(actor):
            return ()
        out = []
        async with self._storage.read() as connection:
            for unit_id, (since, until) in about.units.items():
                rows = await places.way_of(
                    connection, unit_id, since=since, until=until, limit=MOST_POSITIONS
                )
                out += [
                    TimelineEntry(
                        kind=TimelineKind.POSITION, at=row.measured_at, by=f"unit:{unit_id}", act="position",
                        unit_id=unit_id, lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m,
                    )
                    for row in rows
                ]  # fmt: skip
        return out


class PhotosOfCase:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        if not field_rights.SEE_PHOTOS.allows(actor):
            return ()
        async with self._storage.read() as connection:
            found = await photos.listed(connection, case_id=about.case_id, limit=MOST_PHOTOS)
        placed = field_rights.SEE_PHOTO_PLACES.allows(actor)
        return [
            TimelineEntry(
                kind=TimelineKind.PHOTO, at=one.taken_at, by=one.by, act=one.state.value,
                photo_id=one.photo_id, dispatch_id=one.dispatch_id,
                unit_id=one.unit_id if one.is_of_unit else None,
                lon=one.place.lon if one.place and placed else None,
                lat=one.place.lat if one.place and placed else None,
                accuracy_m=one.place.accuracy_m if one.place and placed else None,
            )
            for one in found
        ]  # fmt: skip


class TextsOfUnits:
    """What was written between the centre and the units of a case while they had it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        if not field_rights.TEXTS.allows(actor):
            return ()
        out = []
        async with self._storage.read() as connection:
            for unit_id, (since, until) in about.units.items():
                found = await texts.listed(connection, unit_id=unit_id, limit=MOST_TEXTS)
                out += [
                    TimelineEntry(
                        kind=TimelineKind.TEXT, at=one.said_at, by=one.by or f"unit:{unit_id}", act=one.way,
                        words=one.text, unit_id=unit_id,
                    )
                    for one in found
                    if since <= one.said_at <= until
                ]  # fmt: skip
        return out


class ReporterOfCase:
    """That its reporter added something or rated it. What was written stands with the report: every look at
    that is audited.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, _actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        async with self._storage.read() as connection:
            report = await citizen_reports.of_case(connection, about.case_id)
            if report is None:
                return ()
            added = await additions.of_report(connection, report.report_id)
            rated = await additions.rated_at(connection, report.report_id)
        out = [
            TimelineEntry(kind=TimelineKind.CITIZEN, at=one.at, by="", act="citizen-added") for one in added
        ]
        if rated is not None:
            stars, at = rated
            out.append(
                TimelineEntry(
                    kind=TimelineKind.CITIZEN, at=at, by="", act="citizen-rated", words=f"{stars}/5"
                )
            )
        return out


class ViewsOfCase:
    """Who has looked at the case beyond his own work, for who reads the audit trail."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        if not identity_rights.AUDIT.allows(actor):
            return ()
        async with self._storage.read() as connection:
            rows = await audit_of(connection, f"case:{about.number}", MOST_VIEWS)
        return [
            TimelineEntry(kind=TimelineKind.VIEW, at=row["at"], by=row["actor"], act=row["action"])
            for row in rows
            if row["action"] in VIEWS
        ]


def timeline_sources(storage: Storage, calls: CallDirectory) -> Sequence[TimelineSource]:
    return (
        CallsOfCase(storage, calls),
        PositionsOfUnits(storage),
        PhotosOfCase(storage),
        TextsOfUnits(storage),
        ReporterOfCase(storage),
        ConferencesOfCase(storage),
        ClipsOfCase(storage),
        ViewsOfCase(storage),
    )
