"""Reads everything that the ledger stores about one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents import store as agents
from cdr.backfill import store as late
from cdr.calls import store as calls
from cdr.chain import store as chain
from cdr.chain.seal import plain
from cdr.errors import UnknownCall
from cdr.filings import secrecy
from cdr.filings import store as filings
from cdr.filings.store import FilingRecord
from cdr.recordings import store as recordings
from cdr.retention import store as retention
from cdr.transcripts import store as transcripts

_GROUPS = {
    "draft": "drafts",
    "case": "cases",
    "dispatch": "dispatches",
    "disposition": "dispositions",
    "call-act": "acts",
    "survey": "surveys",
    "callback": "callbacks",
    "voicemail": "voicemails",
}
GROUPS = (*_GROUPS.values(), "other")


async def find(connection: AsyncConnection, wanted: str) -> UUID:
    """The call that `wanted` names: a call id (also of a call that was merged), a leg's id or a recording's,
    a linkedid, a uniqueid, or a filed subject (`case:…`, or the bare id or number of a case).

    Raises `UnknownCall`.
    """
    try:
        found = await _by_uuid(connection, UUID(wanted))
    except ValueError:
        found = await calls.by_linkedid(connection, wanted)
    if found is None:
        found = await _by_subject(connection, wanted)
    if found is None:
        raise UnknownCall(remedy="give a call id, a linkedid, or the id or number of a case")
    return found


async def whole(connection: AsyncConnection, call_id: UUID) -> dict[str, Any]:
    """The record as JSON-ready dict, nothing masked. Raises `UnknownCall`.

    A call is confidential by a mark of its own, or because a confidential case belongs to it.
    """
    row = await calls.call_of(connection, call_id)
    if row is None:
        raise UnknownCall
    names = await calls.names_of(connection, call_id)
    held = await chain.newest_of(connection, calls.CALLS.kind, [str(call_id)])
    filed = await filings.filings_of(connection, names)
    marked = await calls.is_confidential(connection, names)
    confidential = marked or await secrecy.has_confidential_case(connection, names)
    return {
        "call": {
            **_shown(row),
            "confidential": confidential,
            "known_as": [str(name) for name in names[1:]],
            "chain_entry": held[str(call_id)].seq if held else None,
        },
        "legs": [_shown(leg) for leg in await calls.legs_of(connection, call_id)],
        "recordings": [_shown(one) for one in await recordings.recordings_of(connection, names)],
        "agent_states": [_shown(one) for one in await agents.states_of(connection, names)],
        "legal_holds": [_shown(one) for one in await retention.holds_on(connection, names)],
        "unsealed": await _unsealed(connection, call_id, names),
        "transcript": await transcript(connection, names),
        **{group: _grouped(filed, kind) for kind, group in _GROUPS.items()},
        "other": [_filed(one) for one in filed if one.kind not in _GROUPS],
    }


async def transcript(connection: AsyncConnection, names: Sequence[UUID]) -> dict[str, Any]:
    """`{segments, gaps}` of a call, in the order in which people spoke.

    Segments with `late` were transcribed afterwards, from the recording, for the gap `gap_id`. That gap has
    their ids in `filled_by`; `filling` says how that went: None (not begun), or a state of
    `cdr.backfill.store`.
    """
    said = [_shown(one) for one in await transcripts.segments_of(connection, names)]
    missing = await transcripts.gaps_of(connection, names)
    states = await late.states_of(connection, [one.segment_id for one in missing])
    words: dict[str, list[str]] = {}
    for one in said:
        if one["gap_id"] is not None:
            words.setdefault(one["gap_id"], []).append(one["segment_id"])
    return {
        "segments": [{**one, "late": one["gap_id"] is not None} for one in said],
        "gaps": [
            {
                **_shown(one),
                "filled_by": words.get(str(one.segment_id), []),
                "filling": states.get(one.segment_id),
            }
            for one in missing
        ],
    }


async def _unsealed(connection: AsyncConnection, call_id: UUID, names: Sequence[UUID]) -> list[str]:
    """The call's parts of which the chain knows nothing yet, as `kind id`."""
    parts: dict[str, list[str]] = {
        "leg": [str(row.leg_id) for row in await calls.legs_of(connection, call_id)],
        "recording": [str(row.recording_id) for row in await recordings.recordings_of(connection, names)],
        "call": [str(call_id)],
    }
    missing: list[str] = []
    for kind, ids in parts.items():
        known = await chain.known_records(connection, kind, ids)
        missing += [f"{kind} {one}" for one in ids if one not in known]
    return missing


def summary(row: Row[Any]) -> dict[str, Any]:
    """A call as a line of a list."""
    return _shown(row)


async def _by_uuid(connection: AsyncConnection, wanted: UUID) -> UUID | None:
    found = await calls.resolve(connection, wanted)
    if found is not None:
        return found
    recording = await recordings.recording(connection, wanted)
    if recording is not None and recording.call_id is not None:
        return await calls.resolve(connection, recording.call_id)
    return await calls.by_leg(connection, wanted)


async def _by_subject(connection: AsyncConnection, wanted: str) -> UUID | None:
    for subject in [wanted, *(f"{kind}:{wanted}" for kind in _GROUPS)]:
        above = subject
        for _ in range(4):
            for call_id in await filings.calls_of(connection, above):
                found = await calls.resolve(connection, call_id)
                if found is not None:
                    return found
            above = await filings.parent_of(connection, above)
            if not above:
                break
    for call_id in await filings.calls_of_case(connection, wanted):
        found = await calls.resolve(connection, call_id)
        if found is not None:
            return found
    return None


def _grouped(filed: Iterable[FilingRecord], kind: str) -> list[dict[str, Any]]:
    """The newest state of each subject, with how many filings made it."""
    newest: dict[str, dict[str, Any]] = {}
    for filing in filed:
        if filing.kind == kind:
            before = newest.get(filing.subject)
            newest[filing.subject] = {**_filed(filing), "filings": before["filings"] + 1 if before else 1}
    return list(newest.values())


def _filed(filing: FilingRecord) -> dict[str, Any]:
    return {
        "kind": filing.kind,
        "id": filing.subject.partition(":")[2],
        "parent": filing.parent,
        "at": plain(filing.at),
        "filing_id": str(filing.filing_id),
        "label": filing.label,
        "payload": filing.told(),
    }


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row._mapping.items() if name != "seal"}  # noqa: SLF001
