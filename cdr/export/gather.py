"""Collects the contents of a bundle: the readable record, its rows with their seals, its chain entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr import record
from cdr.agents.store import AGENT_STATES, agent_states
from cdr.calls import store as calls
from cdr.chain import store as chain
from cdr.chain.entry import ChainEntry
from cdr.chain.erase import ERASURES
from cdr.chain.heads import Head
from cdr.chain.records import SealedTable, StoredRecord
from cdr.chain.seal import plain
from cdr.errors import NotSignedYet
from cdr.filings import store as filings
from cdr.model import HIDDEN, mask_number
from cdr.recordings import store as recordings
from cdr.timeline import timeline
from cdr.transcripts import store as transcripts
from core.storage import Storage

MOST_ENTRIES = 100_000
"""Entries between a record and the head that covers it; heads are signed every few seconds."""
_NAMES = ("call", "leg", "filing")
"""Kinds whose personal columns name somebody; without `reveal` they are left out of the bundle."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """`records` are rows with their seals, `entries` the pieces of the chain up to `heads`."""

    call_id: UUID
    record: dict[str, Any]
    records: list[dict[str, Any]]
    entries: list[ChainEntry]
    heads: list[Head]
    sounds: Sequence[Row[Any]]


async def gather(storage: Storage, wanted: str, heads: Sequence[Head], *, reveal: bool) -> Gathered:
    """Raises `UnknownCall`, `NotSignedYet`, `StorageAway`."""
    async with storage.read() as connection:
        call_id = await record.find(connection, wanted)
        whole = await record.whole(connection, call_id)
        names = await calls.names_of(connection, call_id)
        sounds = await recordings.recordings_of(connection, names)
        records = await _records(connection, call_id, names, reveal=reveal)
        entries, used = await _entries(connection, [one["seq"] for one in records], heads)
    if not reveal:
        whole = masked(whole)
    return Gathered(call_id, {**whole, "timeline": timeline(whole)}, records, entries, used, sounds)


def masked(whole: dict[str, Any]) -> dict[str, Any]:
    """The record without numbers and names; what was said and recorded stays."""
    legs = [_masked(leg) for leg in whole["legs"]]
    filed = {group: [{**one, "payload": None} for one in whole[group]] for group in record.GROUPS}
    return {**whole, "call": _masked(whole["call"]), "legs": legs, **filed}


def _masked(shown: dict[str, Any]) -> dict[str, Any]:
    out = dict(shown)
    for name in ("number", "dialled"):
        if name in out:
            out[name] = mask_number(out[name])
    if out.get("name"):
        out["name"] = HIDDEN
    return out


async def _records(
    connection: AsyncConnection, call_id: UUID, names: Sequence[UUID], *, reveal: bool
) -> list[dict[str, Any]]:
    parts: list[tuple[SealedTable, list[str]]] = [
        (calls.CALLS, [str(call_id)]),
        (calls.LEGS, [str(row.leg_id) for row in await calls.legs_of(connection, call_id)]),
        (
            recordings.RECORDINGS,
            [str(row.recording_id) for row in await recordings.recordings_of(connection, names)],
        ),
        (
            transcripts.SEGMENTS,
            [str(row.segment_id) for row in await transcripts.segments_of(connection, names)],
        ),
        (transcripts.GAPS, [str(row.segment_id) for row in await transcripts.gaps_of(connection, names)]),
        (
            filings.FILINGS,
            [str(one.filing_id) for one in await filings.filings_of(connection, names)],
        ),
        (calls.MARKS, [str(name) for name in names]),
        (AGENT_STATES, await _states(connection, names)),
    ]
    parts.append((ERASURES, [f"{table.kind}:{one}" for table, ids in parts for one in ids]))
    found: list[dict[str, Any]] = []
    for table, ids in parts:
        newest = await chain.newest_of(connection, table.kind, ids)
        held = await table.load(connection, [one for one in ids if one in newest])
        found += [_shown(table, one, held[one], newest[one].seq, reveal=reveal) for one in ids if one in held]
    return found


async def _states(connection: AsyncConnection, names: Sequence[UUID]) -> list[str]:
    found = await connection.execute(
        select(agent_states.c.event_id).where(agent_states.c.call_id.in_(names)).order_by(agent_states.c.at)
    )
    return [str(one) for one in found.scalars()]


def _shown(
    table: SealedTable, record_id: str, found: StoredRecord, seq: int, *, reveal: bool
) -> dict[str, Any]:
    seal = found.seal.stored() if found.seal else {"salt": "", "personal_salt": "", "fields": {}}
    payload = dict(found.payload)
    hidden = not reveal and table.kind in _NAMES
    if hidden:
        # Without its salt a withheld value can not be guessed from its digest.
        seal = {**seal, "personal_salt": ""}
        payload.update(dict.fromkeys(table.personal, None))
    return {
        "kind": table.kind,
        "record_id": record_id,
        "seq": seq,
        "payload": payload,
        "personal": sorted(table.personal),
        "added": dict(table.added),
        "erased": bool(found.seal and table.personal and not found.seal.personal_salt),
        "withheld": hidden,
        "seal": seal,
    }


async def _entries(
    connection: AsyncConnection, seqs: Sequence[int], heads: Sequence[Head]
) -> tuple[list[ChainEntry], list[Head]]:
    """The entries of these records, each with those that link it to the first head after it."""
    ordered = sorted(heads, key=lambda head: head.seq)
    used: dict[int, Head] = {}
    found: dict[int, ChainEntry] = {}
    for seq in sorted(set(seqs)):
        head = next((one for one in ordered if one.seq >= seq), None)
        if head is None:
            raise NotSignedYet(
                f"entry {seq} is not under a signed head",
                remedy="try again in some seconds, while songhua serves",
            )
        used[head.seq] = head
        if seq in found:
            continue
        rows = await connection.execute(
            select(chain.chain)
            .where(chain.chain.c.seq >= seq, chain.chain.c.seq <= head.seq)
            .order_by(chain.chain.c.seq)
            .limit(MOST_ENTRIES)
        )
        found |= {row.seq: ChainEntry(*row) for row in rows}
    return [found[seq] for seq in sorted(found)], [used[seq] for seq in sorted(used)]


def entry_shown(entry: ChainEntry) -> dict[str, Any]:
    """A chain entry as the bundle holds it."""
    return {
        "seq": entry.seq,
        "prev": entry.prev,
        "kind": entry.kind,
        "record_id": entry.record_id,
        "digest": entry.digest,
        "at": plain(entry.at),
        "hash": entry.hash,
        "key_id": entry.key_id,
    }
