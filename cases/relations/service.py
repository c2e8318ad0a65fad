"""Relates cases, splits a case with several problems, and undoes a relation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.drafting.model import PERSONAL_FIELDS, Draft, FieldName, FieldValue
from cases.drafting.values import FieldRules
from cases.errors import NoSuchRelation, UnknownCaseCall, WrongStep
from cases.events import CaseView, RelationKind
from cases.life import store as case_store
from cases.life.model import OPEN, Case
from cases.life.record import CaseRecord
from cases.life.reports import of_cases
from cases.life.service import CaseService
from cases.life.versions import require_version
from cases.merging.service import locked, require_own, require_reason
from cases.operations import claim
from cases.privacy import require_case
from cases.relations import store
from cases.relations.model import CaseRelation
from cases.shown import Shown
from core.actor import Actor
from core.audit import TransactionAudit
from core.ids import uuid7
from core.storage import Storage

MOST_RELATIONS = 50
"""Of one case."""
_OF_THE_PLACE = (
    FieldName.DISTRICT, FieldName.SUBDISTRICT, FieldName.ADDRESS, FieldName.CROSSING, FieldName.RELATIVE,
    FieldName.CELL,
)  # fmt: skip
"""What a split case has as the first one does, where nothing else is given."""


@dataclass(frozen=True, slots=True)
class SplitWish:
    """What the new case is about: its fields, and which calls and reports of the first case are about it too.
    `condition` as when a draft is filed.
    """

    fields: Mapping[FieldName, str | None]
    call_ids: Sequence[UUID] = ()
    report_ids: Sequence[UUID] = ()
    condition: str = ""


@dataclass(frozen=True, slots=True)
class CaseRelations:
    storage: Storage
    cases: CaseService
    record: CaseRecord
    rules: FieldRules
    audit: TransactionAudit
    most: int = MOST_RELATIONS

    async def split(
        self, case_id: UUID, wish: SplitWish, *, version: int, reason: str, op_id: UUID, actor: Actor
    ) -> CaseView:
        """File a new case for another problem of an open one. The new case; both are related. Chosen calls
        and reports stay with the first case, too. Idempotent by `op_id`.

        Raises `WrongStep`, `CaseMovedOn`, `CaseReasonMissing`, `DraftIncomplete`, `Invalid`,
        `UnknownCaseCall`, `NoSuchCase`, `NotYourCase`, `OutOfScope`.
        """
        rights.MERGE.check(actor)
        why = require_reason(reason)
        values = {name: self.rules.checked(name, value) for name, value in wish.fields.items()}
        new_id, now = uuid7(), self.storage.clock.now()
        async with self.storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, "split", new_id, now)
            if earlier is not None:
                return await self.record.view(connection, earlier)
            case = await case_store.get(connection, case_id, lock=True)
            require_case(actor, case)
            require_own(actor, case)
            if case.state not in OPEN:
                raise WrongStep(f"the case is {case.state}", remedy="file a new case", state=case.state.value)
            await require_version(connection, case, version)
            calls, report_ids = await self._chosen(connection, case, wish)
            await self.cases.file_form(
                transaction, _form(case, values), new_id, actor, confidential=case.confidential,
                condition=wish.condition, calls=calls, report_ids=report_ids,
            )  # fmt: skip
            new = await case_store.get(connection, new_id)
            await store.add(
                connection,
                CaseRelation(uuid7(), new_id, case_id, RelationKind.SPLIT, now, actor.id, why),
            )
            await self.record.tell(transaction, case, "split", actor, f"→ {new.number}: {why}")
            view = await self.record.tell(transaction, new, "split-from", actor, f"← {case.number}: {why}")
            about = {"new": new.number, "reason": why}
            await self.audit.record_in(transaction, actor, "split-case", f"case:{case_id}", about)
        return view

    async def relate(
        self,
        case_id: UUID,
        other_id: UUID,
        kind: RelationKind,
        *,
        version: int,
        reason: str,
        op_id: UUID,
        actor: Actor,
    ) -> CaseView:
        """The first case is related so to the other one, in any state of both; related again, nothing
        changes. Idempotent by `op_id`.

        Raises `WrongStep`, `CaseMovedOn`, `CaseReasonMissing`, `NoSuchCase`, `NotYourCase`, `OutOfScope`.
        """
        rights.MERGE.check(actor)
        why = require_reason(reason)
        now = self.storage.clock.now()
        async with self.storage.write() as transaction:
            connection = transaction.connection
            if await claim(transaction, op_id, "relate", case_id, now) is not None:
                return await self.record.view(connection, case_id)
            if case_id == other_id or kind is RelationKind.SPLIT:
                raise WrongStep("these are not related by hand", remedy="choose another case, or split it")
            both = await locked(connection, [case_id, other_id])
            case, other = both[case_id], both[other_id]
            require_case(actor, case)
            require_case(actor, other)
            require_own(actor, case)
            await require_version(connection, case, version)
            if await store.between(connection, case_id, other_id, kind) is not None:
                return await self.record.view(connection, case_id)
            known = await store.of_cases(connection, [case_id, other_id])
            if any(len(some) >= self.most for some in known.values()):
                raise WrongStep("one of them has too many relations", remedy="undo one that is wrong")
            await store.add(connection, CaseRelation(uuid7(), case_id, other_id, kind, now, actor.id, why))
            words = f"{kind.value} {{}}: {why}"
            view = await self.record.tell(
                transaction, case, "relate", actor, words.format(f"→ {other.number}")
            )
            await self.record.tell(transaction, other, "relate", actor, words.format(f"← {case.number}"))
            about = {"other": other.number, "kind": kind.value, "reason": why}
            await self.audit.record_in(transaction, actor, "relate-case", f"case:{case_id}", about)
        return view

    async def undo(
        self, case_id: UUID, relation_id: UUID, *, version: int, reason: str, op_id: UUID, actor: Actor
    ) -> CaseView:
        """They are not related so. Both cases stay. Idempotent by `op_id`.

        Raises `NoSuchRelation`, `CaseMovedOn`, `CaseReasonMissing`, `NoSuchCase`, `NotYourCase`,
        `OutOfScope`.
        """
        rights.MERGE.check(actor)
        why = require_reason(reason)
        now = self.storage.clock.now()
        async with self.storage.write() as transaction:
            connection = transaction.connection
            if await claim(transaction, op_id, "unrelate", case_id, now) is not None:
                return await self.record.view(connection, case_id)
            relation = await store.get(connection, relation_id)
            if relation is None or case_id not in {relation.case_id, relation.other_id}:
                raise NoSuchRelation(remedy="look at the case again")
            both = await locked(connection, [relation.case_id, relation.other_id])
            case = both.pop(case_id)
            (other,) = both.values()
            require_case(actor, case)
            require_case(actor, other)
            require_own(actor, case)
            await require_version(connection, case, version)
            await store.undo(connection, relation_id, at=now, by=actor.id)
            view = await self.record.tell(transaction, case, "unrelate", actor, f"{other.number}: {why}")
            await self.record.tell(transaction, other, "unrelate", actor, f"{case.number}: {why}")
            about = {"other": other.number, "kind": relation.kind.value, "reason": why}
            await self.audit.record_in(transaction, actor, "unrelate-case", f"case:{case_id}", about)
        return view

    async def _chosen(
        self, connection: AsyncConnection, case: Case, wish: SplitWish
    ) -> tuple[list[case_store.CaseCallLink], list[UUID]]:
        """Raises `UnknownCaseCall` for what is not of the case."""
        links = {
            link.call_id: link for link in (await case_store.links(connection, [case.case_id]))[case.case_id]
        }
        reports = (await of_cases(connection, [case.case_id]))[case.case_id]
        if not set(wish.call_ids) <= links.keys() or not set(wish.report_ids) <= set(reports):
            raise UnknownCaseCall(remedy="choose calls and reports of this case")
        return [links[one] for one in dict.fromkeys(wish.call_ids)], list(dict.fromkeys(wish.report_ids))


def _form(case: Case, values: Mapping[FieldName, str | None]) -> Draft:
    """The form of the new case: what is given, and the first case's place where no place is."""
    placed = any(values.get(name) for name in (FieldName.ADDRESS, FieldName.CROSSING))
    place = {} if placed else {name: getattr(case, name.value) for name in _OF_THE_PLACE}
    whole = {**place, **values}
    fields = {
        name: FieldValue(value=value, confidence=1.0, shown=Shown.SURE, by="agent")
        for name, value in whole.items()
        if value is not None and name not in PERSONAL_FIELDS
    }
    return Draft(draft_id=uuid7(), fields=fields, source=case.source)
