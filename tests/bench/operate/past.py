"""A ledger with a past: ended calls that are written past the hotline, sealed and chained as the ledger does
it.

Sound is not among them: what it takes to copy it is the disk's affair.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Connection, Table, create_engine, insert, select

from cdr.calls.store import CALLS, LEGS, aliases
from cdr.cel.store import rows as cel_rows
from cdr.chain.entry import GENESIS, entry_hash, to_seal
from cdr.chain.records import SEAL, SealedTable
from cdr.chain.seal import plain, seal
from cdr.chain.store import chain
from cdr.filings.store import FILINGS, subject_calls
from cdr.transcripts.store import SEGMENTS
from core.ids import call_id, leg_id
from core.storage import SealKey

SYSTEM: Final = "songhua"
BATCH: Final = 500
WORDS: Final = ("果戈里大街有一个井盖丢了", "请问具体在什么位置", "公滨路五号门前", "好的，已经登记")
"""A segment each."""
EVENTS: Final = (
    "CHAN_START", "ANSWER", "APP_START", "CHAN_START", "ANSWER", "BRIDGE_ENTER", "BRIDGE_ENTER",
    "BRIDGE_EXIT", "BRIDGE_EXIT", "HANGUP", "CHAN_END", "LINKEDID_END",
)  # fmt: skip
"""The switch's lines of a call, in short."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PastCalls:
    """`count` calls, evenly from `since` until `until`. Those that are `whole` have legs, words, what was
    filed and the switch's lines, all sealed; the others are rows of calls alone.
    """

    count: int
    since: datetime
    until: datetime
    whole: bool


def fill(file: Path, key: SealKey, spells: Sequence[PastCalls], *, now: datetime) -> int:
    """Write them into a database with the schema; how many bytes it has then. Nobody else has it open."""
    engine = create_engine(f"sqlite:///{file}")
    dice, number = random.Random(12_345), 0
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.commit()
        end = _ChainEnd(connection, key, now)
        for spell in spells:
            step = (spell.until - spell.since) / max(1, spell.count)
            for first in range(0, spell.count, BATCH):
                many = min(BATCH, spell.count - first)
                calls = [
                    _PastCall(dice, number + at, spell.since + step * (first + at)) for at in range(many)
                ]
                number += many
                _write(connection, end, calls, whole=spell.whole)
                connection.commit()
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file.stat().st_size


class _ChainEnd:
    """The end of the chain, to which entries are appended as `cdr.chain.store` does."""

    def __init__(self, connection: Connection, key: SealKey, now: datetime) -> None:
        newest = select(chain.c.seq, chain.c.hash).order_by(chain.c.seq.desc()).limit(1)
        last = connection.execute(newest).first()
        self._seq: int = last.seq if last else 0
        self._hash: str = last.hash if last else GENESIS
        self._key = key
        self._now = now

    def sealed(self, table: SealedTable, row: Row) -> Row:
        """The entry of a row, which gets its seal."""
        payload = {name: plain(value) for name, value in row.items() if name != SEAL}
        made = seal(payload, table.personal)
        row[SEAL] = made.stored()
        self._seq += 1
        record_id = str(row[table.key])
        entry = {
            "seq": self._seq, "prev": self._hash, "kind": table.kind, "record_id": record_id,
            "digest": made.digest, "at": self._now, "key_id": self._key.id,
        }  # fmt: skip
        self._hash = entry_hash(
            self._hash, self._seq, table.kind, record_id, made.digest, self._now,
            key_id=self._key.id,
        )  # fmt: skip
        return {**entry, "hash": self._hash, "mac": self._key.mac(to_seal(self._hash))}


class _PastCall:
    """An answered call of a minute or two; rows have every column of their table."""

    def __init__(self, dice: random.Random, number: int, began: datetime) -> None:
        self.linkedid = f"{SYSTEM}-{1_500_000_000 + number}.{2 * number}"
        self.other = f"{SYSTEM}-{1_500_000_000 + number}.{2 * number + 1}"
        self.call_id = call_id(SYSTEM, self.linkedid)
        self.number = f"139{number % 100_000_000:08}"
        self.agent = f"agent-{number % 200 + 1}"
        self.began = began
        self.talk_s = float(dice.randrange(20, 200))
        self.talked = began + timedelta(seconds=8)
        self.ended = self.talked + timedelta(seconds=self.talk_s)

    def call(self) -> Row:
        return {
            "call_id": self.call_id, "system_name": SYSTEM, "linkedids": [self.linkedid],
            "direction": "inbound", "number": self.number, "name": "", "dialled": "12345",
            "queue": "hotline", "started_at": self.began, "queued_at": self.began + timedelta(seconds=6),
            "answered_at": self.talked, "ended_at": self.ended, "wait_s": 2.0, "talk_s": self.talk_s,
            "outcome": "answered", "closed_by": None, "agents": [self.agent], "rings": [], "transfers": [],
            "pauses": [], "merged_into": None, "revision": 1, SEAL: None,
        }  # fmt: skip

    def alias(self) -> Row:
        return {
            "alias": self.call_id,
            "call_id": self.call_id,
            "system_name": SYSTEM,
            "linkedid": self.linkedid,
        }

    def legs(self) -> Iterator[Row]:
        for uniqueid, party, endpoint in (
            (self.linkedid, "citizen", "trunk"), (self.other, "agent", self.agent),
        ):  # fmt: skip
            citizen = party == "citizen"
            yield {
                "leg_id": leg_id(SYSTEM, uniqueid), "call_id": self.call_id, "uniqueid": uniqueid,
                "channel": f"PJSIP/{endpoint}-0000abcd", "endpoint": endpoint, "party": party,
                "agent": "" if citizen else self.agent, "number": self.number if citizen else "", "name": "",
                "started_at": self.began, "answered_at": self.talked, "ended_at": self.ended,
                "talk_s": self.talk_s, "cause": 16, "stays": [], SEAL: None,
            }  # fmt: skip

    def segments(self) -> Iterator[Row]:
        for at, words in enumerate(WORDS):
            start = self.talk_s * at / len(WORDS)
            yield {
                "segment_id": uuid5(self.call_id, f"segment {at}"), "call_id": self.call_id,
                "leg_id": leg_id(SYSTEM, self.other if at % 2 else self.linkedid),
                "speaker": "agent" if at % 2 else "citizen", "text": words, "language": "zh",
                "engine": "bench", "confidence": 0.9, "start_s": start, "end_s": start + 4.0,
                "started_at": self.talked + timedelta(seconds=int(start)), "node": "speech", "gap_id": None,
                SEAL: None,
            }  # fmt: skip

    def filing(self) -> Row:
        return {
            "filing_id": self.filed, "kind": "disposition", "subject": self.subject, "parent": "",
            "call_ids": [str(self.call_id)], "at": self.ended, "payload": '{"note":"井盖"}',
            "facts": '{"kind":"enquiry"}', "label": "enquiry", SEAL: None,
        }  # fmt: skip

    @property
    def filed(self) -> UUID:
        return uuid5(self.call_id, "disposition")

    @property
    def subject(self) -> str:
        return f"disposition:{self.filed}"

    def lines(self) -> Iterator[Row]:
        for at, event in enumerate(EVENTS):
            yield {
                "line_id": f"{self.call_id.hex}{at:04}", "system_name": SYSTEM, "event": event,
                "at": self.began + timedelta(seconds=at), "name": "", "number": self.number, "exten": "12345",
                "context": "hotline", "channel": "PJSIP/trunk-0000abcd", "app": "Queue",
                "app_data": "hotline", "uniqueid": self.linkedid, "linkedid": self.linkedid, "peer": "",
                "extra": "",
            }  # fmt: skip


def _write(connection: Connection, end: _ChainEnd, calls: Sequence[_PastCall], *, whole: bool) -> None:
    found: list[tuple[Table, list[Row]]] = [
        (CALLS.table, [one.call() for one in calls]), (aliases, [one.alias() for one in calls]),
    ]  # fmt: skip
    if whole:
        kept: list[tuple[SealedTable, list[Row]]] = [
            (CALLS, found[0][1]),
            (LEGS, [row for one in calls for row in one.legs()]),
            (SEGMENTS, [row for one in calls for row in one.segments()]),
            (FILINGS, [one.filing() for one in calls]),
        ]
        entries = [end.sealed(table, row) for table, rows in kept for row in rows]
        found += [(sealed.table, rows) for sealed, rows in kept[1:]]
        found += [
            (subject_calls, [{"subject": one.subject, "call_id": one.call_id} for one in calls]),
            (cel_rows, [row for one in calls for row in one.lines()]),
            (chain, entries),
        ]
    for table, rows in found:
        connection.execute(insert(table), rows)
