"""Verifies the ledger: the chain in itself, its seals, the signed heads against it, copies of heads that were
taken elsewhere, and every record against the chain.

Reads everything page by page; changes nothing. What it finds, it names with its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain import heads as signed
from cdr.chain import keys, store
from cdr.chain.entry import GENESIS, ChainEntry, to_seal
from cdr.chain.heads import Head
from cdr.chain.records import SealedTable, StoredRecord
from cdr.chain.seal import changed_fields
from core.storage import SealKeys, Storage

_PAGE = 500
MOST_FINDINGS = 1_000
"""After so many the report says that there are more."""


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """`what` is stable: `record-changed`, `record-missing`, `record-unchained`, `record-rewritten`,
    `seal-damaged`, `erased-without-order`, `entry-changed`, `chain-gap`, `chain-broken`, `chain-cut`,
    `entry-forged`, `entry-unsealed`, `seal-key-missing`, `head-changed`, `head-forged`, `head-removed`,
    `heads-file-missing`, `heads-file-damaged`, `copied-head-forged`, `copied-head-changed`,
    `copied-head-removed`, `copy-missing`, `timestamp-forged`, `file-changed`, `file-missing`, `key-missing`.

    `where` names the record, entry or line; `detail` the fields or the difference.
    """

    what: str
    where: str
    detail: str = ""


@dataclass(slots=True)
class ChainReport:
    """`unsigned` entries came after the last head; they are covered by the next one. `unsealed` entries were
    made before the first that a key sealed. `copied_to` is the last entry under a head of a copy, None
    without a copy: who has every key of the machine can still rewrite what comes after it.
    """

    entries: int = 0
    unsealed: int = 0
    heads: int = 0
    copied: int = 0
    copied_to: int | None = None
    timestamps: int = 0
    records: int = 0
    erased: int = 0
    unsigned: int = 0
    findings: list[ChainFinding] = field(default_factory=list)
    truncated: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(self, what: str, where: str, detail: str = "") -> None:
        """Note a finding; beyond a limit the report only says that there are more."""
        if len(self.findings) >= MOST_FINDINGS:
            self.truncated = True
            return
        self.findings.append(ChainFinding(what, where, detail))


async def verify_chain(
    storage: Storage,
    key: Path,
    heads_file: Path,
    tables: Sequence[SealedTable],
    *,
    seals: SealKeys | None = None,
    copies: Sequence[Path] = (),
) -> ChainReport:
    """`seals` are the keys that sealed the entries; without them seals are looked for and not checked.

    The service may sign meanwhile. A head comes into the file, then into the database and into copies, and
    after all that it covers: so they are read the other way round, and none is missed where it must be.

    Raises `KeyTrouble` when the key (either half) cannot be read, `StorageAway` without a database.
    """
    public = await asyncio.to_thread(keys.load_public, key)
    report = ChainReport()
    read = [(file, await _read_copy(file, report)) for file in copies]
    async with storage.read() as connection:
        noted = await _noted_heads(connection)
    heads = await _read_heads(heads_file, report)
    for seq in signed.links_hold(heads):
        report.add("head-removed", f"head {seq}", "the head before it in the file is not the one it follows")
    for head in heads:
        if not head.is_signed(public):
            report.add("head-forged", f"head {head.seq}", "the signature is not of this key")
    report.heads = len(heads)
    _check_noted_heads(noted, heads, report)
    copied = [head for file, found in read for head in _genuine(file, found, public, heads, report)]
    by_kind = {table.kind: table for table in tables}
    async with storage.read() as connection:
        await _Entries(report, heads, copied, seals).check(connection, by_kind)
        for table in tables:
            async for record_id in table.without_entry(connection):
                report.add("record-unchained", f"{table.kind} {record_id}", "the chain knows nothing of it")
    return report


async def _read_heads(heads_file: Path, report: ChainReport) -> list[Head]:
    try:
        heads, damaged = await asyncio.to_thread(signed.read_heads, heads_file)
    except FileNotFoundError:
        report.add("heads-file-missing", str(heads_file), "without it a rewritten chain cannot be told")
        return []
    for line in damaged:
        report.add("heads-file-damaged", f"{heads_file}:{line}")
    return heads


async def _read_copy(file: Path, report: ChainReport) -> list[Head]:
    try:
        found = await asyncio.to_thread(signed.read_copy, file)
    except OSError as error:
        report.add("copy-missing", str(file), f"it cannot be read ({type(error).__name__})")
        return []
    if not found:
        report.add("copy-missing", str(file), "no signed head is in it")
    return found


def _genuine(
    file: Path, found: Sequence[Head], public: Ed25519PublicKey, heads: Sequence[Head], report: ChainReport
) -> list[Head]:
    """The heads of a copy that this key signed. Some may be missing in it: a log loses lines."""
    here = {head.signature for head in heads}
    genuine: list[Head] = []
    for head in found:
        if not head.is_signed(public):
            report.add("copied-head-forged", f"{file} head {head.seq}", "the signature is not of this key")
            continue
        genuine.append(head)
        if head.signature not in here:
            report.add("copied-head-removed", f"head {head.seq}", f"{file} has it, the heads file has not")
    report.copied += len(genuine)
    return genuine


class _Entries:
    """The walk along the chain: each entry against the one before it, its seal, and the heads upon it."""

    def __init__(
        self, report: ChainReport, heads: Sequence[Head], copied: Sequence[Head], seals: SealKeys | None
    ) -> None:
        self._report = report
        self._heads = _by_seq(heads)
        self._copied = _by_seq(copied)
        self._seals = seals
        self._seq = 0
        self._hash = GENESIS
        self._sealed = False
        self._missing: set[str] = set()

    async def check(self, connection: AsyncConnection, tables: dict[str, SealedTable]) -> None:
        report = self._report
        at = 0
        while entries := await store.entries_after(connection, at, _PAGE):
            for entry in entries:
                self._one(entry)
                at = entry.seq
            report.entries += len(entries)
            await _check_records(connection, entries, tables, report)
        newest = max(self._heads, default=0)
        if newest > self._seq:
            self._cut(newest, "a head was signed")
        beyond = max(self._copied, default=0)
        if beyond > max(self._seq, newest):
            self._cut(beyond, "a copied head was signed")
        if self._copied:
            report.copied_to = beyond
        report.unsigned = max(0, self._seq - newest)

    def _one(self, entry: ChainEntry) -> None:
        report = self._report
        if entry.seq != self._seq + 1:
            report.add("chain-gap", f"entry {self._seq + 1}", f"the next entry is {entry.seq}")
        elif entry.prev != self._hash:
            report.add("chain-broken", f"entry {entry.seq}", "it does not follow on the entry before it")
        if not entry.is_whole():
            report.add("entry-changed", f"entry {entry.seq}", f"{entry.kind} {entry.record_id}")
        self._seal(entry)
        for head in self._heads.get(entry.seq, ()):
            if head.hash != entry.hash:
                report.add("head-changed", f"entry {entry.seq}", f"signed {head.at} with another content")
        for head in self._copied.get(entry.seq, ()):
            if head.hash != entry.hash:
                report.add(
                    "copied-head-changed", f"entry {entry.seq}", f"the copy of {head.at} has another content"
                )
        self._seq, self._hash = entry.seq, entry.hash

    def _seal(self, entry: ChainEntry) -> None:
        about = f"entry {entry.seq}"
        what = f"{entry.kind} {entry.record_id}"
        if not entry.key_id:
            if self._sealed:
                self._report.add("entry-unsealed", about, f"{what}: no key sealed it, others before it are")
            else:
                self._report.unsealed += 1
            return
        self._sealed = True
        if self._seals is None:
            return
        if not self._seals.known(entry.key_id):
            if entry.key_id not in self._missing:
                self._missing.add(entry.key_id)
                self._report.add("seal-key-missing", f"key {entry.key_id}", f"{about} was sealed with it")
        elif not self._seals.fits(entry.key_id, to_seal(entry.hash), entry.mac):
            self._report.add("entry-forged", about, f"{what}: it was not made with the seal key")

    def _cut(self, newest: int, what: str) -> None:
        self._report.add(
            "chain-cut", f"entry {self._seq + 1}", f"the chain ends at {self._seq}, {what} at {newest}"
        )


def _by_seq(heads: Sequence[Head]) -> dict[int, list[Head]]:
    found: dict[int, list[Head]] = {}
    for head in heads:
        found.setdefault(head.seq, []).append(head)
    return found


async def _noted_heads(connection: AsyncConnection) -> list[tuple[int, str]]:
    """Number and signature of each head that the database remembers."""
    noted = await connection.execute(
        select(store.heads.c.seq, store.heads.c.signature).order_by(store.heads.c.seq)
    )
    return [(row.seq, row.signature) for row in noted]


def _check_noted_heads(noted: Sequence[tuple[int, str]], heads: Sequence[Head], report: ChainReport) -> None:
    """Heads that the database remembers and the file does not: the file was cut."""
    held = {head.signature for head in heads}
    for seq, signature in noted:
        if signature not in held:
            report.add("head-removed", f"head {seq}", "it was signed and is not in the heads file")


async def _check_records(
    connection: AsyncConnection,
    entries: Sequence[ChainEntry],
    tables: dict[str, SealedTable],
    report: ChainReport,
) -> None:
    """Check each record against its newest entry, when that is among these."""
    by_kind: dict[str, dict[str, list[ChainEntry]]] = {}
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
    connection: AsyncConnection,
    table: SealedTable,
    entry: ChainEntry,
    found: StoredRecord | None,
    report: ChainReport,
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
