"""Use cases of requests for a second person. Each step is audited in the transaction that takes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.actor import Actor, system
from core.errors import SonghuaError
from core.ids import uuid7
from core.metrics import counter, gauge
from core.second_person import ApprovalStatus, ApprovalWish, Perform, SecondPersonNeeded
from core.storage import Storage, StorageAway, Transaction
from core.tasks import Tasks
from identity.alarms.model import OversightAlarm
from identity.approvals import model, rights, store
from identity.approvals.model import ApprovalRequest, ApprovalState, ApprovalVerdict
from identity.approvals.settings import ApprovalSettings
from identity.audit.store import add_audit
from identity.errors import BadRequest, NotIndependent, NotOpen, TooManyRequests, UnknownRequest
from identity.model import BREAK_GLASS

LOOK_EVERY_S: Final = 2.0
FRESH: Final = timedelta(hours=24)
"""So long before a request an account may not have come into the hands of who asks."""
MOST_LISTED: Final = 200
MOST_OPEN: Final = 50
"""Requests of one account that are not over."""
CLOCK: Final = system("approvals")
GO_ON: Final = ("erase-number", "erase-call", "export-calls", "change-setting", "change-mode")
"""Acts of several steps, and those that done twice are done once: who began one goes on with it."""
APPROVABLE_BY_REQUEST: Final = ("export-calls", "change-setting")
"""Acts that are asked for by themselves; all others are asked for where they are done."""

_steps = counter("identity_approval_steps", "Steps of requests for a second person", ["step"])
_waiting = gauge("identity_approvals_waiting", "Requests that wait for a second person")

Step = Callable[[ApprovalRequest, datetime], ApprovalRequest]


@dataclass(frozen=True, slots=True)
class _AuditWords:
    """What the audit trail calls a step."""

    action: str
    actor: Actor


class Approvals:
    """Fills `core.second_person.OrdersApproved`; what a role may not is `Forbidden`."""

    def __init__(self, storage: Storage, settings: ApprovalSettings) -> None:
        self._storage = storage
        self._settings = settings
        self._persons = settings.persons
        self._within = timedelta(hours=settings.alone_h)
        self._performers: dict[str, Perform] = {}
        self._tasks = Tasks("approvals")
        self._wake = asyncio.Event()
        self._performing: set[int] = set()

    def perform(self, act: str, performer: Perform) -> None:
        """Register how the service carries out an approved act of this kind."""
        self._performers[act] = performer

    async def start(self) -> None:
        self._tasks.forever("look", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    # ---- who asks

    async def order(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalStatus:
        """As `OrdersApproved.order`. What is ordered alone is done before this returns."""
        request = await self._asked(actor, wish, op_id, by_service=True)
        if request.state is ApprovalState.WAITING and request.alone:
            await self._perform(request.number)
            request = await self._one(request.number)
        return _asked(request)

    async def go(self, actor: Actor, wish: ApprovalWish) -> int:
        """As `SecondPerson.go`: without a request nothing is asked for. An act that was begun goes on only
        where that is no second one.
        """
        async with self._storage.write() as transaction:
            now = self._storage.clock.now()
            found = await store.usable(transaction.connection, actor.id, wish.act)
            mine = [it for it in found if store.same(it, wish.parameters) and not it.by_service]
            for request in mine:
                if request.state is ApprovalState.RUNNING and wish.act in GO_ON:
                    return request.number
                if request.may_start(now):
                    await self._started(transaction, request, actor)
                    return request.number
            for request in mine:
                if request.state is ApprovalState.WAITING and request.waits(now):
                    raise _needed(request)
        raise SecondPersonNeeded(f"{wish.act} needs a second person", remedy="ask for it first", act=wish.act)

    async def go_or_ask(self, actor: Actor, wish: ApprovalWish) -> int:
        """As `go`; what was not asked for yet is asked for, and started at once by who is alone."""
        with contextlib.suppress(SecondPersonNeeded):
            return await self.go(actor, wish)
        request = await self._waiting_for(actor, wish) or await self._asked(
            actor, wish, uuid7(), by_service=False
        )
        if not (request.alone or wish.alone):
            raise _needed(request)
        if not request.alone:
            # It was asked for and waits; now who asked says that nobody comes.
            await self._step(request.number, _AuditWords("withdraw-request", actor), _withdrawn_by(actor))
            request = await self._asked(actor, wish, uuid7(), by_service=False)
        return await self.go(actor, wish)

    async def ask(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalRequest:
        """For an act that is done elsewhere, by who asks. Raises `Forbidden`, `BadRequest`."""
        rights.ASK_SECOND_PERSON.check(actor)
        if wish.act not in APPROVABLE_BY_REQUEST:
            raise BadRequest(
                f"{wish.act[:40]!r} is not asked for here",
                remedy=f"ask for {', '.join(APPROVABLE_BY_REQUEST)}",
            )
        return await self._asked(actor, wish, op_id, by_service=False)

    async def done(self, number: int, outcome: str, *, failed: bool = False) -> None:
        """As `SecondPerson.done`."""

        def finished(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
            return model.finish(request, now, outcome, failed=failed)

        action = "request-failed" if failed else "request-done"
        with contextlib.suppress(NotOpen):
            await self._step(number, _AuditWords(action, CLOCK), finished)

    # ---- who approves

    async def approve(self, actor: Actor, number: int) -> ApprovalRequest:
        """Raises `Forbidden`, `UnknownRequest`, `OwnRequest`, `NotIndependent`, `NotOpen`."""
        rights.APPROVE.check(actor)
        await self._is_independent(actor, await self._one(number))

        def approved(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
            return model.approve(request, actor.id, now, self._persons)

        found = await self._step(number, _AuditWords("approve-request", actor), approved)
        self._wake.set()
        return found

    async def object_to(self, actor: Actor, number: int, remark: str) -> ApprovalRequest:
        """Raises `Forbidden`, `UnknownRequest`, `OwnRequest`, `NotOpen`."""
        rights.APPROVE.check(actor)

        def objected(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
            return model.object_to(request, actor.id, now, remark, self._persons)

        return await self._step(number, _AuditWords("object-to-request", actor), objected)

    async def withdraw(self, actor: Actor, number: int) -> ApprovalRequest:
        """Withdraw the request, by its requester. Raises `Forbidden`, `UnknownRequest`, `NotOpen`."""
        rights.APPROVE.check(actor)
        return await self._step(number, _AuditWords("withdraw-request", actor), _withdrawn_by(actor))

    async def take(self, actor: Actor, name: str) -> None:
        """Take over the alarm of an objection; `name` is the request's number.

        Raises `OwnRequest`, `NotOpen`, `UnknownRequest`.
        """
        if not (name.isascii() and name.isdigit() and len(name) < 10):
            raise UnknownRequest

        def seen(request: ApprovalRequest, _now: datetime) -> ApprovalRequest:
            return model.see(request, actor.id, self._persons)

        await self._step(int(name), _AuditWords("take-over-objection", actor), seen)

    async def listed(self, actor: Actor, *, everything: bool = False) -> list[dict[str, Any]]:
        """What waits for a person or alarms, the newest first; `everything`: the last, however they ended."""
        rights.APPROVE.check(actor)
        async with self._storage.read() as connection:
            found = (
                await store.latest(connection, MOST_LISTED)
                if everything
                else (await store.lively(connection))[-MOST_LISTED:][::-1]
            )
        now = self._storage.clock.now()
        return [
            {**one.shown(now, self._within), "own": model.are_one(one.asked_by, actor.id, self._persons)}
            for one in found
        ]

    # ---- what time does

    async def alarms(self) -> Sequence[OversightAlarm]:
        """Fills `identity.alarms.service.Source`."""
        async with self._storage.read() as connection:
            found = await store.lively(connection)
        now = self._storage.clock.now()
        waiting = [one for one in found if one.state is ApprovalState.WAITING and one.waits(now)]
        _waiting.set(len(waiting))
        asked = [
            OversightAlarm(
                f"request-{it.number}", "waiting", it.asked_at, it.asked_by, it.act, it.number, it.until
            )
            for it in waiting
        ]
        return asked + [
            OversightAlarm(
                alarm_id=f"request-{one.number}",
                kind=kind,
                began_at=one.decided_at or one.started_at or now,
                who=one.asked_by,
                act=one.act,
                number=one.number,
                until=one.due_at(self._within),
                objected_by=one.decided_by if one.verdict is ApprovalVerdict.OBJECTED else "",
                remark=one.remark,
            )
            for one in found
            if (kind := one.alarm(now, self._within)) is not None
        ]

    async def look(self) -> None:
        """Requests expire, and what the service does by itself is done once it may be. What goes wrong with
        one holds up no other; it is raised in the end.
        """
        async with self._storage.read() as connection:
            found = await store.lively(connection)
        now = self._storage.clock.now()
        wrong: list[Exception] = []
        for request in found:
            late = model.look(request, now)
            if late.state is not request.state:
                action = "request-expired" if late.state is ApprovalState.EXPIRED else "request-failed"
                with contextlib.suppress(NotOpen):
                    await self._step(request.number, _AuditWords(action, CLOCK), model.look)
            elif request.by_service and (request.state is ApprovalState.RUNNING or request.may_start(now)):
                try:
                    await self._perform(request.number)
                except Exception as error:  # noqa: BLE001  # raised below
                    wrong.append(error)
        if wrong:
            raise wrong[0]

    async def _look_on(self) -> None:
        while True:
            with contextlib.suppress(StorageAway):
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)
            self._wake.clear()

    async def _perform(self, number: int) -> None:
        """Once: who finds it started by somebody else leaves it, unless that one is gone. Of several centres
        the one that leads does it: to another it could look as if nobody did.
        """
        if not self._storage.leads:
            return
        request = await self._one(number)
        performer = self._performers.get(request.act)
        if performer is None:
            return
        if request.state is not ApprovalState.RUNNING:
            try:
                async with self._storage.write() as transaction:
                    held = await self._locked(transaction, number)
                    request = await self._started(transaction, held, Actor(held.asked_by, held.asked_by))
            except NotOpen:
                return
        elif number in self._performing:
            return
        self._performing.add(number)
        try:
            outcome = await performer(
                Actor(request.asked_by, request.asked_by), request.parameters, request.why
            )
        except StorageAway:
            return  # it is done again
        except SonghuaError as error:
            await self.done(number, error.detail or error.title, failed=True)
        else:
            await self.done(number, outcome)
        finally:
            self._performing.discard(number)

    # ---- steps

    async def _asked(
        self, actor: Actor, wish: ApprovalWish, op_id: UUID, *, by_service: bool
    ) -> ApprovalRequest:
        if not wish.why.strip():
            raise BadRequest(
                "no reason is given", remedy="give a reason without names and numbers of persons"
            )
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            known = await store.by_op_id(transaction.connection, op_id)
            if known is not None:
                if known.asked_by != actor.id or known.act != wish.act:
                    raise BadRequest("this op_id is another request's", remedy="give a new one")
                return known
            if await store.open_ones(transaction.connection, actor.id) >= MOST_OPEN:
                raise TooManyRequests(remedy="withdraw some, or have them decided")
            made = ApprovalRequest(
                0, op_id, wish.act, dict(wish.parameters), wish.why.strip()[: model.MOST_TEXT], wish.alone,
                by_service, actor.id, now, now + timedelta(hours=self._settings.request_h),
            )  # fmt: skip
            request = await store.add(transaction.connection, made)
            action = "ask-alone" if wish.alone else "ask-second-person"
            await self._note(transaction, _AuditWords(action, actor), request)
        return request

    async def _waiting_for(self, actor: Actor, wish: ApprovalWish) -> ApprovalRequest | None:
        async with self._storage.write() as transaction:
            now = self._storage.clock.now()
            found = await store.usable(transaction.connection, actor.id, wish.act)
        return next((one for one in found if store.same(one, wish.parameters) and one.waits(now)), None)

    async def _is_independent(self, actor: Actor, request: ApprovalRequest) -> None:
        """Raises `NotIndependent` for an account that who asks may hold in his own hands."""
        if actor.id == BREAK_GLASS:
            raise NotIndependent(
                "the break-glass account approves nothing", remedy="sign in with an account of your own"
            )
        async with self._storage.read() as connection:
            opened = await store.opened_by(connection, actor.id, request.asked_by, request.asked_at - FRESH)
        if opened:
            raise NotIndependent(
                f"{request.asked_by} made this account, or changed how it signs in, within a day before the "
                "request or after it",
                remedy="ask another person to approve it",
            )

    async def _started(
        self, transaction: Transaction, request: ApprovalRequest, actor: Actor
    ) -> ApprovalRequest:
        started = model.start(request, self._storage.clock.now())
        await store.keep(transaction.connection, started)
        await self._note(
            transaction, _AuditWords("act-alone" if started.is_alone else "act-approved", actor), started
        )
        return started

    async def _step(self, number: int, told: _AuditWords, step: Step) -> ApprovalRequest:
        async with self._storage.write() as transaction:
            before = await self._locked(transaction, number)
            after = step(before, self._storage.clock.now())
            if after != before:
                await store.keep(transaction.connection, after)
                await self._note(transaction, told, after)
        return after

    async def _locked(self, transaction: Transaction, number: int) -> ApprovalRequest:
        found = await store.locked(transaction.connection, number)
        if found is None:
            raise UnknownRequest(f"no request {number}")
        return found

    async def _one(self, number: int) -> ApprovalRequest:
        async with self._storage.write() as transaction:
            return await self._locked(transaction, number)

    async def _note(self, transaction: Transaction, told: _AuditWords, request: ApprovalRequest) -> None:
        """What names a person, and free text, stand in the request alone."""
        _steps.labels(told.action).inc()
        detail: Mapping[str, Any] = {
            "act": request.act, "asked_by": request.asked_by, "state": request.state, "alone": request.alone,
        }  # fmt: skip
        await add_audit(
            transaction.connection, self._storage.clock.now(), told.actor.id, told.action,
            f"request:{request.number}", detail,
        )  # fmt: skip


def _withdrawn_by(actor: Actor) -> Step:
    return lambda request, _now: model.withdraw(request, actor.id)


def _asked(request: ApprovalRequest) -> ApprovalStatus:
    return ApprovalStatus(request.number, request.state.value, request.until, request.outcome)


def _needed(request: ApprovalRequest) -> SecondPersonNeeded:
    return SecondPersonNeeded(
        f"request {request.number} waits for a second person until {request.until:%Y-%m-%d %H:%M} UTC",
        remedy=f"have it approved on the desk, or: songhua approvals approve {request.number}",
        number=request.number,
        until=request.until.isoformat(timespec="seconds"),
    )
