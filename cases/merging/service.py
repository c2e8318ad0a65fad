"""Merges a case into another one and undoes that: with version, log, event and audit in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.assignments.halting import AssignmentHalt
from cases.deadlines.outside import OutsideDeadlines
from cases.deadlines.service import CaseDeadlines
from cases.dispatch import store as dispatch_store
from cases.errors import CaseReasonMissing, NotYourCase, WrongStep
from cases.events import CaseView
from cases.incidents import store as incident_store
from cases.life import store as case_store
from cases.life.model import Case
from cases.life.record import CaseRecord
from cases.life.versions import require_version
from cases.merging import store
from cases.merging.model import CaseMerge, merged, separated
from cases.operations import claim
from cases.privacy import require_case
from core.actor import Actor, Role
from core.audit import TransactionAudit
from core.ids import uuid7
from core.storage import Storage, Transaction

MERGE: Final = "merge"
UNMERGE: Final = "unmerge"
TAKES_OVER: Final = "takes-over"
GIVES_BACK: Final = "gives-back"
"""How the log of the surviving case calls the two."""


def require_reason(reason: str) -> str:
    """Raises `CaseReasonMissing`."""
    if not reason.strip():
        raise CaseReasonMissing("this needs a reason", remedy="say why")
    return reason.strip()


def require_own(actor: Actor, case: Case) -> None:
    """What an agent merges, splits or relates is a case that he filed. Raises `NotYourCase`."""
    if not actor.has(Role.SUPERVISOR, Role.DISPATCHER) and case.filed_by != actor.id:
        raise NotYourCase(remedy="ask a supervisor or dispatcher")


async def locked(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """These cases, locked in one order everywhere: nobody waits in a circle. Raises `NoSuchCase`."""
    return {one: await case_store.get(connection, one, lock=True) for one in sorted(set(case_ids))}


class CaseMerging:
    def __init__(
        self,
        *,
        storage: Storage,
        deadlines: CaseDeadlines,
        outside: OutsideDeadlines,
        assignments: AssignmentHalt,
        record: CaseRecord,
        audit: TransactionAudit,
    ) -> None:
        self._storage = storage
        self._assignments = assignments
        self._deadlines = deadlines
        self._outside = outside
        self._record = record
        self._audit = audit

    async def merge(
        self,
        case_id: UUID,
        into_id: UUID,
        *,
        version: int,
        into_version: int,
        reason: str,
        op_id: UUID,
        actor: Actor,
    ) -> CaseView:
        """The other case goes on for this one: its steps are told to the reporters of both, its clock alone
        counts. The merged case. Idempotent by `op_id`.

        Raises `WrongStep`, `CaseMerged`, `CaseMovedOn`, `CaseReasonMissing`, `NoSuchCase`, `NotYourCase`,
        `OutOfScope`.
        """
        rights.MERGE.check(actor)
        why = require_reason(reason)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if await claim(transaction, op_id, MERGE, case_id, now) is not None:
                return await self._record.view(connection, case_id)
            both = await locked(connection, [case_id, into_id])
            case, into = both[case_id], both[into_id]
            require_case(actor, case)
            require_case(actor, into)
            require_own(actor, case)
            after = merged(case, into, now)
            await require_version(connection, case, version)
            await require_version(connection, into, into_version)
            await self._require_idle(connection, case)
            clock, facts = await self._deadlines.halt(connection, case, now)
            await self._record.tell_facts(transaction, case, facts)
            await store.add(
                connection,
                CaseMerge(uuid7(), case_id, into_id, case.state, clock, now, actor.id, why),
            )
            await case_store.save(connection, after)
            await self._assignments.halt(transaction, after, actor, now, f"→ {into.number}: {why}")
            # A deadline that somebody outside set for this case is now the survivor's.
            await self._outside.share(transaction, case_id, into, now)
            await self._tell_followers(transaction, case_id, MERGE, actor, f"→ {into.number}")
            view = await self._record.tell(transaction, after, MERGE, actor, f"→ {into.number}: {why}")
            await self._record.tell(transaction, into, TAKES_OVER, actor, f"← {case.number}: {why}")
            about = {"into": into.number, "reason": why}
            await self._audit.record_in(transaction, actor, "merge-case", f"case:{case_id}", about)
        return view

    async def unmerge(
        self, case_id: UUID, *, version: int, reason: str, op_id: UUID, actor: Actor
    ) -> CaseView:
        """The case is again what it was, on its own, its clock included. Idempotent by `op_id`.

        Raises `CaseNotMerged`, `WrongStep` once the survivor is over, `CaseMovedOn`, `CaseReasonMissing`,
        `NoSuchCase`, `NotYourCase`, `OutOfScope`.
        """
        rights.MERGE.check(actor)
        why = require_reason(reason)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if await claim(transaction, op_id, UNMERGE, case_id, now) is not None:
                return await self._record.view(connection, case_id)
            known = await self._locked_chain(connection, case_id)
            case, survivor = known[0], known[-1]
            require_case(actor, case)
            require_case(actor, survivor)
            require_own(actor, case)
            merge = await store.in_force(connection, case_id)
            after = separated(case, merge, survivor, now)
            assert merge is not None
            await require_version(connection, case, version)
            await self._deadlines.resume(connection, case, merge.clock)
            await store.undo(connection, merge.merge_id, at=now, by=actor.id)
            await case_store.save(connection, after)
            await self._assignments.resume(transaction, after, actor, now, f"↛ {survivor.number}: {why}")
            await self._outside.share(transaction, case_id, survivor, now)
            await self._outside.go_alone(transaction, after, now)
            await self._tell_followers(transaction, case_id, UNMERGE, actor, f"→ {case.number}")
            view = await self._record.tell(transaction, after, UNMERGE, actor, f"↛ {survivor.number}: {why}")
            for other in known[1:]:  # what each is found by, and shows, has changed
                await self._record.tell(transaction, other, GIVES_BACK, actor, f"{case.number}: {why}")
            about = {"from": survivor.number, "reason": why}
            await self._audit.record_in(transaction, actor, "unmerge-case", f"case:{case_id}", about)
        return view

    async def _locked_chain(self, connection: AsyncConnection, case_id: UUID) -> list[Case]:
        """The case and all that go on for it, locked. Raises `WrongStep` where the chain changes now."""
        chain = await store.chain(connection, await case_store.get(connection, case_id))
        known = await locked(connection, chain)
        if await store.chain(connection, known[case_id]) != chain:
            raise WrongStep("the survivor was merged at this moment", remedy="look at the case again")
        return [known[one] for one in chain]

    async def _tell_followers(
        self, transaction: Transaction, case_id: UUID, what: str, actor: Actor, words: str
    ) -> None:
        """Cases that were merged into this one earlier have another survivor now: reporters are told."""
        connection = transaction.connection
        for one in (await store.followers(connection, [case_id]))[case_id]:
            follower = await case_store.get(connection, one.case_id)
            await self._record.tell(transaction, follower, what, actor, words)

    async def _require_idle(self, connection: AsyncConnection, case: Case) -> None:
        """Raises `WrongStep` while a unit has it, or an incident is about it."""
        sent = (await dispatch_store.of_cases(connection, [case.case_id]))[case.case_id]
        if any(not one.ended for one in sent):
            raise WrongStep(
                "a unit still has this case",
                remedy="recall its dispatch first, or merge the other one into it",
            )
        if any(one.case_id == case.case_id for one in await incident_store.open_ones(connection)):
            raise WrongStep(
                "a mass incident is about this case",
                remedy="end the incident first, or merge the other one into it",
            )
