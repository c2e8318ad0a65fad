"""Confirmed cases out of the database as material to train on, newest first, a page at a time.

Left out: confidential cases and calls, erased persons, cancelled cases, and classes of another catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.catalogue.model import Catalogue
from cases.drafting.model import Duplicate, Evidence, FieldName, FieldValue, SegmentFindings
from cases.events import CaseState
from cases.learning.material.masking import PERSONAL, Masker, spoken
from cases.learning.material.model import Material, Source, Tie
from cases.learning.ports import CallLedger, CallRetention
from cases.tables import case_calls, cases, drafts
from core.storage import Storage

PAGE = 200
_HEARD = TypeAdapter(tuple[SegmentFindings, ...])
_FIELDS = TypeAdapter(dict[str, FieldValue])
_REPEATS = TypeAdapter(tuple[Duplicate, ...])


@dataclass(frozen=True, slots=True)
class CaseWords:
    """What was said of a case, unmasked: for the process that trains, and never kept."""

    case_id: UUID
    code: str
    heard: tuple[SegmentFindings, ...]
    source: Source
    evidence: tuple[Evidence, ...] = ()
    literal: tuple[str, ...] = ()
    repeats: tuple[Tie, ...] = ()
    callers: tuple[Tie, ...] = ()
    callers_known: bool = False


@dataclass(slots=True)
class MaterialSet:
    """`left_out` counts the cases that are not used, by why."""

    storage: Storage
    ledger: CallLedger
    catalogue: Catalogue
    left_out: Counter[str] = field(default_factory=Counter)

    async def count(self) -> int:
        """How many cases there are, whether they may be used or not."""
        async with self.storage.read() as connection:
            found = await connection.execute(select(func.count()).select_from(cases))
            return int(found.scalar_one())

    async def all(self) -> AsyncIterator[list[CaseWords]]:
        """Every case that may be used, a page at a time; no read stays open between pages."""
        last: UUID | None = None
        while True:
            query = _select().order_by(cases.c.case_id.desc()).limit(PAGE)
            if last is not None:
                query = query.where(cases.c.case_id < last)
            async with self.storage.read() as connection:
                rows = (await connection.execute(query)).all()
                page = await self._words(connection, rows)
            if not rows:
                return
            yield page
            last = rows[-1].case_id

    async def of(self, wanted: Collection[UUID]) -> AsyncIterator[list[CaseWords]]:
        """The same of these cases, the newest first."""
        ids = sorted(wanted, reverse=True)
        for at in range(0, len(ids), PAGE):
            query = _select().where(cases.c.case_id.in_(ids[at : at + PAGE]))
            async with self.storage.read() as connection:
                rows = (await connection.execute(query.order_by(cases.c.case_id.desc()))).all()
                page = await self._words(connection, rows)
            yield page

    async def _words(self, connection: AsyncConnection, rows: Sequence[Any]) -> list[CaseWords]:
        links = await _links(connection, [row.case_id for row in rows])
        calls = {link.call_id for found in links.values() for link in found}
        calls |= {row.call_id for row in rows if row.call_id is not None}
        kept = await self.ledger.kept(connection, calls)
        out: list[CaseWords] = []
        for row in rows:
            found = self._of(row, links.get(row.case_id, []), kept)
            if isinstance(found, str):
                self.left_out[found] += 1
            else:
                out.append(found)
        return out

    def _of(self, row: Any, links: Sequence[Any], kept: Mapping[UUID, CallRetention]) -> CaseWords | str:
        """What it gives, or why it gives nothing."""
        calls = {link.call_id for link in links} | ({row.call_id} if row.call_id is not None else set())
        unfit = _unfit(row, [kept[call] for call in calls if call in kept])
        if unfit:
            return unfit
        known = self.catalogue.get(row.category.rpartition("/")[2])
        if known is None or known.ref != row.category:
            return "other-catalogue"
        gone = row.call_id is not None and kept.get(row.call_id, CallRetention()).words_gone
        try:
            body = row.body or {}
            heard = () if gone else _HEARD.validate_python(body.get("heard", ()))
            fields = _FIELDS.validate_python(body.get("fields", {}))
            repeats = _REPEATS.validate_python(body.get("duplicates", ()))
        except ValidationError:
            return "unreadable"
        said = any(item.segment.speaker == "citizen" and item.segment.text.strip() for item in heard)
        if not said and not row.description.strip():
            return "no-words"
        ties: list[Tie] = [("call", call) for call in sorted(calls)]
        return CaseWords(
            case_id=row.case_id,
            code=known.code,
            heard=heard if said else spoken(row.description),
            source="transcript" if said else "description",
            evidence=_evidence(fields) if said else (),
            literal=_literal(row.final, fields),
            repeats=(*ties, *(("case", one.case_id) for one in repeats)),
            callers=tuple(("caller", link.caller_key) for link in links if link.caller_key),
            callers_known=bool(links) and all(link.caller_key for link in links),
        )


def material(words: CaseWords, masker: Masker) -> Material | None:
    """Masked; None where nothing is left."""
    found = masker.clauses(words.heard, words.evidence, words.literal)
    language = max(found, key=lambda one: sum(map(len, found[one])))
    if not found[language]:
        return None
    return Material(
        case_id=words.case_id,
        code=words.code,
        language=language,
        clauses=tuple(found[language]),
        source=words.source,
        repeats=words.repeats,
        callers=words.callers,
        callers_known=words.callers_known,
    )


def _unfit(row: Any, calls: Sequence[CallRetention]) -> str:
    if row.confidential or any(one.confidential for one in calls):
        return "confidential"
    if any(one.erased for one in calls):
        return "erased"
    return "cancelled" if row.state == CaseState.CANCELLED.value else ""


def _select() -> Any:
    columns = (
        cases.c.case_id, cases.c.category, cases.c.state, cases.c.confidential, cases.c.description,
        cases.c.final, drafts.c.call_id, drafts.c.body,
    )  # fmt: skip
    return select(*columns).select_from(cases.outerjoin(drafts, cases.c.draft_id == drafts.c.draft_id))


async def _links(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    out: dict[UUID, list[Any]] = {}
    if ids:
        found = await connection.execute(
            select(case_calls.c.case_id, case_calls.c.call_id, case_calls.c.caller_key).where(
                case_calls.c.case_id.in_(list(ids))
            )
        )
        for row in found:
            out.setdefault(row.case_id, []).append(row)
    return out


def _evidence(fields: Mapping[str, FieldValue]) -> tuple[Evidence, ...]:
    return tuple(piece for name in PERSONAL if name in fields for piece in fields[name].evidence)


def _literal(final: Mapping[str, Any], fields: Mapping[str, FieldValue]) -> tuple[str, ...]:
    """What stands in the filed form and in the draft about persons and places, as it is written there."""
    names = (FieldName.ADDRESS, FieldName.CROSSING, FieldName.CALLER, FieldName.ASSET, FieldName.RELATIVE)
    out: dict[str, None] = {}
    for name in names:
        held = final.get(name.value)
        filed = held.get("value") if isinstance(held, Mapping) else None
        drafted = fields[name].value if name in fields else None
        for value in (filed, drafted):
            if isinstance(value, str) and value.strip():
                out[value] = None
    return tuple(out)
