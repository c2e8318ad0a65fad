"""Takes messages, keeps drafts, and releases warnings: each act once by its `op_id`, each audited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor
from core.audit import TransactionAudit
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from core.storage.dialect import lock_number
from core.storage.operations import claim
from warning import rights
from warning.cap.checks import CapVerdict, judge
from warning.cap.errors import NotCap
from warning.cap.intake import CapIntake, take
from warning.cap.model import CapMessage, CapReference, CapType
from warning.cap.signature import signed_bytes
from warning.errors import (
    NoSigningKey,
    NoSuchWarning,
    NotReleased,
    PersonReleases,
    WarningRefused,
)
from warning.ledger import store
from warning.ledger.drafting import WarningDraft, message_of
from warning.ledger.model import (
    OVER,
    CancelledBy,
    CancelledByMessage,
    RecordedWarning,
    ReleasedBy,
    ReplacedByMessage,
    TimePassed,
    WarningAct,
    WarningOrigin,
    WarningState,
    apply,
    warning_id_of,
)
from warning.settings import WarningSettings
from warning.tables import operations

_log = logger("warning")
_warnings = counter("warning_acts", "What was done with warnings", ["act"])
_refused = counter("warning_messages_refused", "CAP messages that were refused, by the first reason", ["why"])
LOCK: Final = 0x5741524E
"""Held while a warning is released, cancelled, swept or told."""
LOOK_EVERY_S: Final = 5.0
SAME_SECOND: Final = 10


class ReleasePlan(Protocol):
    async def plan(
        self, transaction: Transaction, warning: RecordedWarning, about: Sequence[CapMessage]
    ) -> None:
        """Write down who is to be told, in the transaction of the release."""
        ...

    async def over(self, transaction: Transaction, warning: RecordedWarning) -> None:
        """It was stopped, cancelled or replaced: what has not left yet is not sent."""
        ...


@dataclass(frozen=True, slots=True)
class CheckedMessage:
    """What a message says, and what it would do; `signed`: its sender's certificate proved it."""

    message: CapMessage
    signed: bool
    verdict: CapVerdict


@dataclass(frozen=True, slots=True)
class WarningLedger:
    """Each may raise `Forbidden`, `StorageAway`."""

    storage: Storage
    audit: TransactionAudit
    settings: WarningSettings
    plans: ReleasePlan
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def _at_most(self) -> timedelta:
        return timedelta(hours=self.settings.holds_at_most_h)

    # --- messages and drafts ------------------------------------------------------------------------------

    async def check(self, actor: Actor, data: bytes) -> CheckedMessage:
        """What this message would do; nothing is changed. Raises `NotCap`."""
        rights.DRAFT_WARNINGS.check(actor)
        intake = await self._intake(data)
        async with self.storage.read() as connection:
            return await self._checked(connection, intake)

    async def take(self, actor: Actor, data: bytes, op_id: UUID) -> RecordedWarning:
        """Keep it to be released by people. Raises `NotCap`, `WarningRefused`."""
        rights.DRAFT_WARNINGS.check(actor)
        try:
            intake = await self._intake(data)
            async with self.storage.write() as transaction:
                return await self._take(transaction, actor, intake, data, op_id)
        except NotCap as error:
            _refused.labels(error.reason.kind.value).inc()
            raise
        except WarningRefused as error:
            _refused.labels(error.reasons[0].kind.value).inc()
            raise

    async def draft(
        self, actor: Actor, wish: WarningDraft, refers_to: UUID | None, op_id: UUID
    ) -> RecordedWarning:
        """Keep a draft of our own. Raises `WarningRefused`, `NoSuchWarning`."""
        rights.DRAFT_WARNINGS.check(actor)
        async with self.storage.write() as transaction:
            await lock_number(transaction.connection, LOCK)
            before = await self._done(transaction, op_id)
            if before is not None:
                return before
            references: tuple[CapReference, ...] = ()
            if refers_to is not None:
                references = ((await self._get(transaction, refers_to)).message.reference,)
            now = transaction.clock.now()
            for number in range(SAME_SECOND):
                message = message_of(wish, self.settings, references, now, number)
                verdict = await self._judged(transaction.connection, message, gb_identifiers=True)
                if [one.kind.value for one in verdict.refusals] != ["duplicate"]:
                    break
            if verdict.refusals:
                raise WarningRefused(verdict.refusals)
            made = RecordedWarning(
                warning_id_of(*message.reference.key), message, WarningOrigin.DRAFTED, signed=False,
                channels=wish.channels, made_by=actor.id, made_at=now,
            )  # fmt: skip
            return await self._keep(transaction, actor, made, b"", op_id, "draft")

    async def _take(
        self, transaction: Transaction, actor: Actor, intake: CapIntake, data: bytes, op_id: UUID
    ) -> RecordedWarning:
        await lock_number(transaction.connection, LOCK)
        warning_id = warning_id_of(*intake.message.reference.key)
        before = await self._done(transaction, op_id)
        if before is not None and before.warning_id == warning_id:
            return before
        checked = await self._checked(transaction.connection, intake)
        if checked.verdict.refusals:
            raise WarningRefused(checked.verdict.refusals)
        made = RecordedWarning(
            warning_id, checked.message, WarningOrigin.RECEIVED, signed=checked.signed,
            channels=self.settings.channels, made_by=actor.id, made_at=transaction.clock.now(),
        )  # fmt: skip
        return await self._keep(transaction, actor, made, data, op_id, "take")

    async def _keep(
        self, transaction: Transaction, actor: Actor, made: RecordedWarning, source: bytes, op_id: UUID,
        act: str,
    ) -> RecordedWarning:  # fmt: skip
        await self._claim(transaction, actor, op_id, made.warning_id, act)
        await store.add(transaction.connection, made, source)
        detail = {
            "identifier": made.message.identifier,
            "status": made.message.status.value,
            "type": made.message.msg_type.value,
            "signed": made.signed,
        }
        await self.audit.record_in(transaction, actor, f"warning.{act}", _subject(made), detail)
        _warnings.labels(act).inc()
        return made

    # --- release and end ----------------------------------------------------------------------------------

    async def release(self, actor: Actor, warning_id: UUID, op_id: UUID) -> RecordedWarning:
        """The first or the second release. Raises `NoSuchWarning`, `PersonReleases`, `WarningRefused`, and
        what `apply` raises.
        """
        self._person(actor)
        async with self.storage.write() as transaction:
            await lock_number(transaction.connection, LOCK)
            before = await self._get(transaction, warning_id)
            if not await self._claim(transaction, actor, op_id, warning_id, "release"):
                return before
            after = self._applied(before, ReleasedBy(actor.id), transaction.clock.now())
            about = await self._about(transaction, before)
            if before.message.references:
                await self._still_refers(transaction, before)
            if after.state is WarningState.RUNNING:
                after = await self._begin(transaction, after, about)
            await store.save(transaction.connection, after)
            await self._note(transaction, actor, after, "release", {"state": after.state.value})
        _warnings.labels("half_release" if after.state is WarningState.HALF_RELEASED else "release").inc()
        return after

    async def cancel(self, actor: Actor, warning_id: UUID, why: str, op_id: UUID) -> RecordedWarning:
        """Withdraw what was not released; stop what runs: nobody further is told. Raises `NoSuchWarning`,
        `PersonReleases`, `WarningOver`.
        """
        self._person(actor)
        async with self.storage.write() as transaction:
            await lock_number(transaction.connection, LOCK)
            before = await self._get(transaction, warning_id)
            if not await self._claim(transaction, actor, op_id, warning_id, "cancel"):
                return before
            after = self._applied(before, CancelledBy(actor.id, why), transaction.clock.now())
            await store.save(transaction.connection, after)
            await self.plans.over(transaction, after)
            await self._note(transaction, actor, after, "cancel", {"state": after.state.value, "why": why})
        _warnings.labels(after.state.value).inc()
        return after

    async def _begin(
        self, transaction: Transaction, released: RecordedWarning, about: Sequence[RecordedWarning]
    ) -> RecordedWarning:
        """End what it cancels or replaces, and plan whom to tell. An all-clear of what never ran tells
        nobody.
        """
        now = transaction.clock.now()
        identifier = released.message.identifier
        cancels = released.message.msg_type is CapType.CANCEL
        ran = any(one.released_at is not None for one in about)
        for one in (one for one in about if one.state not in OVER):
            act = CancelledByMessage(identifier) if cancels else ReplacedByMessage(identifier)
            await store.save(transaction.connection, self._applied(one, act, now))
            await self.plans.over(transaction, one)
        if cancels and not ran:
            return replace(released, state=WarningState.ENDED, over_at=now, over_why="nothing ran")
        await self.plans.plan(transaction, released, [one.message for one in about])
        return released

    async def _still_refers(self, transaction: Transaction, warning: RecordedWarning) -> None:
        """What it refers to may have ended since it was drafted. Raises `WarningRefused`."""
        verdict = await self._judged(transaction.connection, warning.message, gb_identifiers=False)
        reasons = [one for one in verdict.refusals if one.kind.value != "duplicate"]
        if reasons:
            raise WarningRefused(reasons)

    async def sweep(self) -> int:
        """End what has lasted its time; how many."""
        ended = 0
        async with self.storage.write() as transaction:
            await lock_number(transaction.connection, LOCK)
            now = transaction.clock.now()
            for warning_id in await store.open_ones(transaction.connection):
                before = await self._get(transaction, warning_id)
                after = self._applied(before, TimePassed(), now)
                if after.state in OVER:
                    await store.save(transaction.connection, after)
                    ended += 1
        if ended:
            _warnings.labels("ended").inc(ended)
        return ended

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await self.sweep()
            await self.storage.clock.sleep(LOOK_EVERY_S)

    # --- what is shown ------------------------------------------------------------------------------------

    async def listed(self, actor: Actor) -> list[RecordedWarning]:
        rights.SEE_WARNINGS.check(actor)
        async with self.storage.read() as connection:
            return await store.listed(connection)

    async def one(self, actor: Actor, warning_id: UUID) -> RecordedWarning:
        """Raises `NoSuchWarning`."""
        rights.SEE_WARNINGS.check(actor)
        async with self.storage.read() as connection:
            found = await store.find(connection, warning_id)
        if found is None:
            raise NoSuchWarning(remedy="reload the list")
        return found

    async def running(self) -> list[tuple[RecordedWarning, Sequence[CapMessage]]]:
        """Those that hold now, the newest first, each with what it is about."""
        now = self.storage.clock.now()
        async with self.storage.read() as connection:
            found = await store.listed(connection, [WarningState.RUNNING])
            ids = {warning_id_of(*ref.key) for one in found for ref in one.message.references}
            about = {one.warning_id: one.message for one in await store.among(connection, ids)}
        return [
            (one, [about[key] for ref in one.message.references if (key := warning_id_of(*ref.key)) in about])
            for one in found
            if one.ends_at is not None and one.ends_at > now
        ]

    async def export(self, actor: Actor, warning_id: UUID) -> bytes:
        """Ours under our signature, another's as it was received. Raises `NoSuchWarning`, `NotReleased`,
        `NoSigningKey`, `OSError`.
        """
        rights.EXPORT_WARNINGS.check(actor)
        async with self.storage.read() as connection:
            found = await store.find(connection, warning_id)
            if found is None:
                raise NoSuchWarning(remedy="see songhua warning list")
            if found.released_at is None:
                raise NotReleased(remedy="have it released first")
            if found.origin is WarningOrigin.RECEIVED:
                return await store.source_of(connection, warning_id)
        signing = self.settings.signing
        if signing is None:
            raise NoSigningKey(remedy="name key and certificate in [warning.signing]")
        return await asyncio.to_thread(
            lambda: signed_bytes(
                found.message,
                signing.key_file.read_text(encoding="ascii"),
                signing.certificate_file.read_text(encoding="ascii"),
            )
        )

    # --- parts --------------------------------------------------------------------------------------------

    async def _intake(self, data: bytes) -> CapIntake:
        now = self.storage.clock.now()
        async with self._taking:
            return await asyncio.to_thread(take, data, self.settings.senders, now)

    async def _checked(self, connection: AsyncConnection, intake: CapIntake) -> CheckedMessage:
        verdict = await self._judged(connection, intake.message, gb_identifiers=intake.gb_identifiers)
        if intake.refusal is not None:
            refusals = (intake.refusal, *verdict.refusals)
            verdict = verdict.model_copy(update={"effect": "nothing", "refusals": refusals})
        return CheckedMessage(intake.message, intake.signed and intake.refusal is None, verdict)

    async def _judged(
        self, connection: AsyncConnection, message: CapMessage, *, gb_identifiers: bool
    ) -> CapVerdict:
        keys = {message.reference.key, *(one.key for one in message.references)}
        found = await store.among(connection, [warning_id_of(*key) for key in keys])
        known = {one.message.reference.key: one.known for one in found}
        return judge(
            message,
            known,
            self.storage.clock.now(),
            ahead=timedelta(seconds=self.settings.ahead_s),
            gb_identifiers=gb_identifiers,
        )

    def _person(self, actor: Actor) -> None:
        rights.RELEASE_WARNINGS.check(actor)
        if actor.token or actor.id.startswith(("system:", "cli:", "unit:")):
            raise PersonReleases(remedy="sign in at the desk")

    def _applied(self, warning: RecordedWarning, act: WarningAct, now: datetime) -> RecordedWarning:
        drafter_may = self.settings.drafter_may_release
        return apply(warning, act, now, drafter_may=drafter_may, at_most=self._at_most)

    async def _about(self, transaction: Transaction, warning: RecordedWarning) -> list[RecordedWarning]:
        ids = [warning_id_of(*one.key) for one in warning.message.references]
        return await store.among(transaction.connection, ids)

    @staticmethod
    async def _get(transaction: Transaction, warning_id: UUID) -> RecordedWarning:
        found = await store.find(transaction.connection, warning_id, change=True)
        if found is None:
            raise NoSuchWarning(remedy="reload the list")
        return found

    @staticmethod
    async def _claim(transaction: Transaction, actor: Actor, op_id: UUID, warning_id: UUID, act: str) -> bool:
        """Whether it is new. Raises `OperationReused`."""
        now = transaction.clock.now()
        row = {
            "op_id": op_id, "warning_id": warning_id, "act": act, "by": actor.id, "at": now,
        }  # fmt: skip
        same = ("warning_id", "act", "by")
        return await claim(transaction.connection, operations, row, same=same) is None

    async def _done(self, transaction: Transaction, op_id: UUID) -> RecordedWarning | None:
        """What this operation made, if it was carried out before."""
        wanted = operations.select().where(operations.c.op_id == op_id)
        row = (await transaction.connection.execute(wanted)).first()
        return None if row is None else await self._get(transaction, row.warning_id)

    async def _note(
        self, transaction: Transaction, actor: Actor, after: RecordedWarning, act: str,
        detail: dict[str, str],
    ) -> None:  # fmt: skip
        await self.audit.record_in(transaction, actor, f"warning.{act}", _subject(after), detail)


def _subject(warning: RecordedWarning) -> str:
    return f"warning:{warning.warning_id}"
