"""What the database has of a call or case: record, recordings, chain, cases, events, audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.tables import case_calls, case_history, cases, dispatches, drafts
from cdr import record
from cdr.calls import store as calls
from cdr.chain.store import chain
from cdr.errors import UnknownCall
from cdr.export.gather import masked
from cdr.timeline import timeline
from core.events import MASK, Event, Privacy, mask, parse
from core.storage import Storage
from core.storage.schema import outbox
from gateway.masking import masked_text, masked_value
from gateway.trace.model import TraceEntry, TraceIds, TraceSource
from identity.audit.store import audit

MOST_CALLS: Final = 20
MOST_ROWS: Final = 2_000
"""Of each kind."""
_SAID: Final = frozenset({"text", "words", "note", "reason", "name"})
"""Fields of the record in which people wrote or spoke."""
_NOT_PERSONAL: Final = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})


class LedgerTrace:
    """`reveal` shows numbers, names and words; the caller audits that."""

    def __init__(self, connection: AsyncConnection, *, reveal: bool) -> None:
        self._connection = connection
        self._reveal = reveal
        self.ids = TraceIds()
        self.entries: list[TraceEntry] = []

    async def collect(self, wanted: str) -> None:
        """Raises `UnknownCall`."""
        await self._find(wanted)
        for call_id in self.ids.calls[:MOST_CALLS]:
            await self._of_call(call_id)
        await self._of_cases()
        await self._of_events()
        await self._of_audit()

    async def _find(self, wanted: str) -> None:
        found_calls, found_cases = await self._calls_named(wanted), await self._cases_named(wanted)
        if not found_calls and not found_cases:
            raise UnknownCall(remedy="give a call id, a linkedid, or the id or number of a case")
        links = case_calls.c
        near = select(links.case_id, links.call_id).where(
            or_(links.call_id.in_(found_calls), links.case_id.in_(found_cases))
        )
        for row in await self._connection.execute(near.limit(MOST_ROWS)):
            if row.case_id not in found_cases and row.call_id in found_calls:
                found_cases.append(row.case_id)
            known = await calls.resolve(self._connection, row.call_id)
            if known is not None and known not in found_calls:
                found_calls.append(known)
        self.ids.calls, self.ids.cases = found_calls, found_cases
        self.ids.add([wanted, *found_calls, *found_cases])

    async def _calls_named(self, wanted: str) -> list[UUID]:
        try:
            found = await record.find(self._connection, wanted)
        except UnknownCall:
            return []
        return [found, *(await calls.names_of(self._connection, found))[1:]]

    async def _cases_named(self, wanted: str) -> list[UUID]:
        case_id = _uuid(wanted.removeprefix("case:"))
        query = select(cases.c.case_id).where(or_(cases.c.number == wanted, cases.c.case_id == case_id))
        found = list((await self._connection.execute(query)).scalars())
        if not found and case_id is not None:
            asked = select(dispatches.c.case_id).where(dispatches.c.dispatch_id == case_id)
            found = list((await self._connection.execute(asked)).scalars())
        return found

    async def _of_call(self, call_id: UUID) -> None:
        try:
            whole = await record.whole(self._connection, call_id)
        except UnknownCall:
            return  # the name of a call that was merged: its entries stand at that one
        shown = whole if self._reveal else masked(whole)
        self.ids.add([*whole["call"]["linkedids"], *whole["call"]["known_as"]])
        for leg in whole["legs"]:
            self.ids.add([leg["leg_id"], leg["uniqueid"], leg["channel"]])
        self.ids.add(one["recording_id"] for one in whole["recordings"])
        self.ids.add(one["id"] for group in record.GROUPS for one in whole[group])
        for item in timeline(shown):
            detail = {key: value for key, value in item.items() if key not in {"at", "what"}}
            self._add(item["at"], "ledger", item["what"], {"call_id": str(call_id), **detail})
        for one in whole["recordings"]:
            if one["settled_at"]:
                names = ("recording_id", "leg_id", "track", "state", "duration_s", "size", "key_id")
                self._add(one["settled_at"], "ledger", "recording", {name: one[name] for name in names})
        parts = [str(call_id), *(leg["leg_id"] for leg in whole["legs"])]
        parts += [one["recording_id"] for one in whole["recordings"]]
        sealed = select(chain.c.at, chain.c.seq, chain.c.kind, chain.c.record_id).where(
            chain.c.kind.in_(["call", "leg", "recording"]), chain.c.record_id.in_(parts)
        )
        for row in await self._connection.execute(sealed.limit(MOST_ROWS)):
            told = {"seq": row.seq, "kind": row.kind, "id": row.record_id}
            self.entries.append(TraceEntry(row.at, "ledger", "sealed", told))

    async def _of_cases(self) -> None:
        wanted = self.ids.cases
        for row in await self._rows(
            select(cases.c.case_id, cases.c.number).where(cases.c.case_id.in_(wanted))
        ):
            self.ids.add([row.number])
        for row in await self._rows(
            select(drafts).where(or_(drafts.c.case_id.in_(wanted), drafts.c.call_id.in_(self.ids.calls)))
        ):
            self.ids.add([row.draft_id])
            told = {"draft_id": str(row.draft_id), "state": row.state, "source": row.source}
            self.entries.append(TraceEntry(row.created_at, "case", "drafted", told))
        for row in await self._rows(select(case_history).where(case_history.c.case_id.in_(wanted))):
            detail = {"case_id": str(row.case_id), "by": row.actor, "reason": row.reason}
            if row.dispatch_id is not None:
                detail["dispatch_id"] = str(row.dispatch_id)
            self._add(row.at, "case", row.act, detail)
        for row in await self._rows(select(dispatches).where(dispatches.c.case_id.in_(wanted))):
            self.ids.add([row.dispatch_id])
            for step, at in row.times.items():
                told = {"dispatch_id": str(row.dispatch_id), "unit": row.unit_id}
                self._add(at, "case", f"dispatch {step}", told)

    async def _of_events(self) -> None:
        streams = [f"{kind}:{one}" for kind in ("call", "cdr.call") for one in self.ids.calls]
        streams += [f"case:{one}" for one in self.ids.cases]
        streams += [f"{kind}:{one}" for kind in ("chain", "leg", "cdr.recording") for one in self.ids.words]
        for begin in range(0, len(streams), 400):
            rows = await self._rows(select(outbox).where(outbox.c.stream.in_(streams[begin : begin + 400])))
            for row in rows:
                told = {
                    "event_id": str(row.event_id), "to": row.destination, "attempts": row.attempts,
                    "delivered": None if row.done_at is None else row.done_at.isoformat(),
                }  # fmt: skip
                what = str(row.envelope.get("type", ""))
                detail = {**self._of_envelope(row.envelope), **told}
                self.entries.append(TraceEntry(row.created_at, "event", what, detail))

    async def _of_audit(self) -> None:
        subjects = [f"call:{one}" for one in self.ids.calls] + [f"case:{one}" for one in self.ids.cases]
        subjects += [f"{kind}:{one}" for kind in ("recording", "dispatch", "case") for one in self.ids.words]
        for begin in range(0, len(subjects), 400):
            asked = select(audit).where(audit.c.subject.in_(subjects[begin : begin + 400]))
            for row in await self._rows(asked.order_by(audit.c.seq.desc())):
                detail = row.detail if self._reveal else _without_texts(row.detail)
                told = {"by": row.actor, "on": row.subject, **detail}
                self.entries.append(TraceEntry(row.at, "audit", row.action, told))

    def _of_envelope(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        """Its plain fields; what hangs below them is in the ledger."""
        if self._reveal:
            fields = dict(envelope)
        else:
            try:
                fields = mask(_parsed(envelope), _NOT_PERSONAL)
            except (KeyError, ValidationError):
                return {}
        plain = {
            key: value
            for key, value in fields.items()
            if not isinstance(value, dict | list) and key not in {"id", "at", "type", "version"}
        }
        return plain if self._reveal else dict(masked_value(plain))

    def _add(self, at: str | datetime, source: TraceSource, what: str, detail: Mapping[str, Any]) -> None:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        self.entries.append(
            TraceEntry(moment, source, what, detail if self._reveal else _without_words(detail))
        )

    async def _rows(self, query: Any) -> Sequence[Any]:
        found: Sequence[Any] = (await self._connection.execute(query.limit(MOST_ROWS))).all()
        return found


async def ledger_trace(storage: Storage, wanted: str, *, reveal: bool) -> LedgerTrace:
    """Raises `UnknownCall`, `StorageAway`."""
    async with storage.read() as connection:
        found = LedgerTrace(connection, reveal=reveal)
        await found.collect(wanted)
    return found


def _without_words(detail: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_words_of(detail))


def _words_of(detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in detail.items():
        if key in _SAID:
            yield key, MASK if value else value
        elif key == "payload":
            continue
        else:
            yield key, masked_value(value)


def _without_texts(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and yes or no stay: texts of an audited act may hold anything."""
    return {
        masked_text(str(key)): MASK if isinstance(value, str | dict | list) and value else value
        for key, value in detail.items()
    }


def _parsed(envelope: Mapping[str, Any]) -> Event:
    return parse(envelope)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
