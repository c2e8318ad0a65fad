"""Verifies the ledger: the chain in itself, the signed heads against it, and every record against the chain.

Reads everything page by page; changes nothing. What it finds, it names with its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain import heads as signed
from cdr.chain import keys, store
from cdr.chain.entry import GENESIS, Entry
from cdr.chain.heads import Head
from cdr.chain.records import Found, SealedTable
from cdr.chain.seal import changed_fields
from core.storage import Storage

_PAGE = 500
MOST_FINDINGS = 1_000
"""After so many the report says that there are more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is stable: `record-changed`, `record-missing`, `record-unchained`, `record-rewritten`,
    `seal-damaged`, `erased-without-order`, `entry-changed`, `chain-gap`, `chain-broken`, `chain-cut`,
    `head-changed`, `head-forged`, `head-removed`, `heads-file-missing`, `heads-file-damaged`,
    `file-changed`, `file-missing`, `key-missing`.

    `where` names the record, entry or line; `detail` the fields or the difference.
    """

    what: str
    where: str
    detail: str = ""


@dataclass(slots=True)
class Report:
    """`unsigned` entries came after the last head; they are covered by the next one."""

    entries: int = 0
    heads: int = 0
    records: int = 0
    erased: int = 0
    unsigned: int = 0
    findings: list[Finding] = field(default_factory=list)
    truncated: bool = False

    @property
    def ok(self) -> bool:
        return not self.findings

    def add(self, what: str, where: str, detail: str = "") -> None:
        if len(self.findings) >= MOST_FINDINGS:
            self.truncated = True
            return
        self.findings.append(Finding(what, where, detail))


async def verify_chain(
    storage: Storage, key: Path, heads_file: Path, tables: Sequence[SealedTable]
) -> Report:
    """Raises `KeyTrouble` when the key (either half) cannot be read, `StorageAway` without a database."""
    public = await asyncio.to_thread(keys.load_public, key)
    report = Report()
    heads = await _read_heads(heads_file, report)
    for seq in signed.links_hold(heads):
        report.add("head-removed", f"head {seq}", "the head before it in the file is not the one it follows")
    for head in heads:
        if not head.is_signed(public):
            report.add("head-forged", f"head {head.seq}", "the signature is not of this key")
    report.heads = len(heads)
    by_kind = {table.kind: table for table in tables}
    async with storage.read() as connection:
        await _check_entries(connection, heads, by_kind, report)
        await _check_noted_heads(connection, heads, report)
        for table in tables:
            async for record_id in table.without_entry(connection):
                report.add("record-unchained", f"{table.kind} {record_id}", "the chain knows nothing of it")
    return report


async def _read_heads(heads_file: Path, report: Report) -> list[Head]:
    try:
        heads, damaged = await asyncio.to_thread(signed.read_heads, heads_file)
    except FileNotFoundError:
        report.add("heads-file-missing", str(heads_file), "without it a rewritten chain cannot be told")
        return []
    for line in damaged:
        report.add("heads-file-damaged", f"{heads_file}:{line}")
    return heads


async def _check_entries(
    connection: AsyncConnection, heads: Sequence[Head], tables: dict[str, SealedTable], report: Report
) -> None:
    by_seq: dict[int, list[Head]] = {}
    for head in heads:
        by_seq.setdefault(head.seq, []).append(head)
    seq, prev, at = 0, GENESIS, 0
    while entries := await store.entries_after(connection, at, _PAGE):
        for entry in entries:
            if entry.seq != seq + 1:
                report.add("chain-gap", f"entry {seq + 1}", f"the next entry is {entry.seq}")
            elif entry.prev != prev:
                report.add("chain-broken", f"entry {entry.seq}", "it does not follow on the entry before it")
            if not entry.is_whole():
                report.add("entry-changed", f"entry {entry.seq}", f"{entry.kind} {entry.record_id}")
            for head in by_seq.get(entry.seq, ()):
                if head.hash != entry.hash:
                    report.add("head-changed", f"entry {entry.seq}", f"signed {head.at} with another content")
            seq, prev, at = entry.seq, entry.hash, entry.seq
        report.entries += len(entries)
        await _check_records(connection, entries, tables, report)
    newest = max(by_seq, default=0)
    if newest > seq:
        report.add("chain-cut", f"entry {seq + 1}", f"the chain ends at {seq}, a head was signed at {newest}")
    report.unsigned = max(0, seq - newest)


async def _check_noted_heads(connection: AsyncConnection, heads: Sequence[Head], report: Report) -> None:
    """Heads that the database remembers and the file does not: the file was cut."""
    held = {head.signature for head in heads}
    noted = await connection.execute(select(store.heads).order_by(store.heads.c.seq))
    for row in noted:
        if row.signature not in held:
            report.add("head-removed", f"head {row.seq}", "it was signed and is not in the heads file")


async def _check_records(
    connection: AsyncConnection,
    entries: Sequence[Entry],
    tables: dict[str, SealedTable],
    report: Report,
) -> None:
    """Each record against its newest entry, when that is among these."""
    by_kind: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, {}).setdefault(entry.record_id, []).append(entry)
    for kind, records in by_kind.items():
        table = tables.get(kind)
        if table is None:
            for record_id, of_record in records.items():
                report.add(
                    "record-missing", f"{kind} {record_id}", f"entry {of_record[-1].seq}: unknown kind"
                )
            continue
        newest = await store.newest_of(connection, kind, list(records))
        found = await table.load(connection, records)
        for record_id, of_record in records.items():
            last = newest[record_id]
            if last.seq != of_record[-1].seq:
                continue
            report.records += 1
            if table.written_once and last.entries > 1:
                report.add(
                    "record-rewritten", f"{kind} {record_id}", f"entry {last.seq}: is written once only"
                )
            await _check_record(connection, table, of_record[-1], found.get(record_id), report)


async def _check_record(
    connection: AsyncConnection, table: SealedTable, entry: Entry, found: Found | None, report: Report
) -> None:
    where = f"{entry.kind} {entry.record_id}"
    place = f"entry {entry.seq}"
    if found is None:
        report.add("record-missing", where, place)
        return
    if found.seal is None:
        report.add("seal-damaged", where, f"{place}: the seal cannot be read")
        return
    changed = changed_fields(found.payload, found.seal, table.personal, table.added)
    if changed:
        report.add("record-changed", where, f"{place}: {', '.join(changed)}")
    elif found.seal.digest != entry.digest:
        report.add("seal-damaged", where, f"{place}: record and seal agree, the chain knows another one")
    if table.personal and not found.seal.personal_salt:
        if await store.known_records(connection, "erasure", [f"{entry.kind}:{entry.record_id}"]):
            report.erased += 1
        else:
            report.add("erased-without-order", where, place)
