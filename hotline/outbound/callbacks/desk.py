"""What people do with callbacks; each operation is carried out once for its `op_id`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from core.actor import Actor, Role
from core.ids import call_id, uuid7
from core.operations import OperationReused
from core.scopes import Scope
from core.storage import StorageAway
from hotline import rights
from hotline.events import AttemptOutcome
from hotline.outbound.callbacks import store
from hotline.outbound.callbacks.errors import (
    CallbackMovedOn,
    NoSuchCallback,
    NotCallable,
    NotOffered,
    NotYourCallback,
    TooManyCallbacks,
)
from hotline.outbound.callbacks.model import Entry
from hotline.outbound.callbacks.ports import CallbackPorts
from hotline.outbound.callbacks.service import Callbacks
from hotline.outbound.callbacks.signals import Accepted, Asked, Assigned, Cancelled, Declined, Noted
from hotline.outbound.callbacks.switch import CHANNEL_ID
from hotline.outbound.callbacks.writing import CallbackClaim
from hotline.outbound.signals import PolicySignal

MOST_OPERATIONS: Final = 5_000
"""Operations remembered here; the database remembers them all."""


class CallbackService:
    def __init__(self, callbacks: Callbacks, ports: CallbackPorts, *, system_name: str) -> None:
        self._callbacks = callbacks
        self._ports = ports
        self._system_name = system_name
        self._done: OrderedDict[UUID, tuple[UUID, str]] = OrderedDict()
        self._doing: dict[UUID, asyncio.Event] = {}

    async def entry(self, callback_id: UUID) -> Entry:
        """One of any age. Raises `NoSuchCallback`, `StorageAway`."""
        found = self._callbacks.book.find(callback_id)
        if found is None:
            async with self._ports.storage.read() as connection:
                found = await store.one(connection, callback_id)
        if found is None:
            raise NoSuchCallback
        return found

    async def closed(self, limit: int) -> list[Entry]:
        """The last ones that were closed, latest first. Raises `StorageAway`."""
        async with self._ports.storage.read() as connection:
            return await store.lately_closed(connection, limit)

    async def accept(self, actor: Actor, callback_id: UUID, op_id: UUID) -> Entry:
        """Ring the agent's telephone, then the citizen's; returns when the switch has taken it on or refused
        it.

        Raises `NoSuchCallback`, `NotOffered`, `StorageAway` (nothing rings).
        """
        rights.OWN_CALLBACK.check(actor)

        async def do() -> UUID:
            entry = self._offered_to(actor, callback_id)
            seat = self._ports.seat(actor.id)
            if seat is None:
                raise NotOffered("your telephone is not idle and ready", remedy="become ready, then accept")
            channel = f"{CHANNEL_ID}{uuid7()}"
            call = call_id(self._system_name, channel)
            accepted = Accepted(entry.id, actor.id, seat.endpoint, channel, call)
            await self._callbacks.do(accepted, CallbackClaim(op_id, entry.id, "accept", actor.id))
            return entry.id

        return await self._once(op_id, callback_id, "accept", do)

    async def decline(self, actor: Actor, callback_id: UUID, op_id: UUID) -> Entry:
        """Raises `NoSuchCallback`, `NotOffered`."""
        rights.OWN_CALLBACK.check(actor)

        async def do() -> UUID:
            entry = self._offered_to(actor, callback_id)
            declined = Declined(entry.id, actor.id, actor.id)
            await self._callbacks.do(declined, CallbackClaim(op_id, entry.id, "decline", actor.id))
            return entry.id

        return await self._once(op_id, callback_id, "decline", do)

    async def note(
        self, actor: Actor, callback_id: UUID, op_id: UUID, outcome: AttemptOutcome, note: str
    ) -> Entry:
        """What came of the last attempt. Raises `NoSuchCallback`, `NotYourCallback`, `CallbackMovedOn`."""
        rights.NOTE_CALLBACK.check(actor)

        async def do() -> UUID:
            entry = await self.entry(callback_id)
            if entry.attempt is None or entry.live:
                raise CallbackMovedOn("no attempt is over", remedy="wait until the call has ended")
            if entry.attempt.agent_id != actor.id:
                if not actor.has(Role.SUPERVISOR):
                    raise NotYourCallback(remedy="ask who made the attempt, or a supervisor")
                actor.require_within(Scope.QUEUE, entry.queue)
            if self._callbacks.book.find(entry.id) is None:
                self._callbacks.book.put(entry)
            noted = Noted(entry.id, outcome, note, actor.id)
            await self._callbacks.do(noted, CallbackClaim(op_id, entry.id, "outcome", actor.id))
            return entry.id

        return await self._once(op_id, callback_id, "outcome", do)

    async def cancel(self, actor: Actor, callback_id: UUID, op_id: UUID, note: str) -> Entry:
        """Raises `NoSuchCallback`, `CallbackMovedOn` while it is being dialled."""
        rights.SETTLE_CALLBACK.check(actor)
        cancelled = Cancelled(callback_id, note, actor.id)
        return await self._at_rest(op_id, callback_id, "cancel", actor, cancelled)

    async def assign(self, actor: Actor, callback_id: UUID, op_id: UUID, agent_id: str) -> Entry:
        """Give it to one agent, or with an empty `agent_id` to whoever is ready. Raises as `cancel`."""
        rights.SETTLE_CALLBACK.check(actor)
        assigned = Assigned(callback_id, agent_id, actor.id)
        return await self._at_rest(op_id, callback_id, "assign", actor, assigned)

    async def ask(
        self, actor: Actor, op_id: UUID, *, number: str, queue: str, language: str, note: str, agent_id: str
    ) -> Entry:
        """Have a number called back. Raises `NotCallable`, `TooManyCallbacks`."""
        rights.SEE_CALLBACKS.check(actor)
        actor.require_within(Scope.QUEUE, queue)
        self._callbacks.require_read()
        wanted = self._callbacks.number(number)
        if wanted is None:
            raise NotCallable(remedy="give a mobile or fixed number of the country, with its area code")

        async def do() -> UUID:
            known = self._callbacks.book.of_number(wanted.key)
            made = known.id if known is not None else uuid7()
            line = (wanted.key, wanted.national)
            asked = Asked(made, *line, queue, language, note, actor.id, agent_id)
            await self._callbacks.do(asked, CallbackClaim(op_id, made, "request", actor.id))
            if self._callbacks.book.of_number(wanted.key) is None:
                raise TooManyCallbacks(remedy="wait until some are done, or raise hotline.callbacks.most")
            return made

        return await self._once(op_id, None, "request", do)

    def _offered_to(self, actor: Actor, callback_id: UUID) -> Entry:
        entry = self._callbacks.entry(callback_id)
        if entry.stage != "offered" or entry.offered_to != actor.id:
            raise NotOffered(f"it is {entry.stage}", remedy="take the next one that is offered to you")
        return entry

    async def _at_rest(
        self, op_id: UUID, callback_id: UUID, verb: str, actor: Actor, signal: PolicySignal
    ) -> Entry:
        async def do() -> UUID:
            entry = self._callbacks.entry(callback_id)
            actor.require_within(Scope.QUEUE, entry.queue)
            if entry.live or entry.stage == "closed":
                raise CallbackMovedOn(f"it is {entry.stage}", remedy="look at it again")
            await self._callbacks.do(signal, CallbackClaim(op_id, entry.id, verb, actor.id))
            return entry.id

        return await self._once(op_id, callback_id, verb, do)

    async def _once(
        self, op_id: UUID, callback_id: UUID | None, verb: str, do: Callable[[], Awaitable[UUID]]
    ) -> Entry:
        """Carry an operation out, or give what it led to when it was carried out before."""
        while (running := self._doing.get(op_id)) is not None:
            await running.wait()
        over = self._doing[op_id] = asyncio.Event()
        try:
            known = self._done.get(op_id) or await self._known(op_id)
            if known is None:
                known = (await do(), verb)
                self._remember(op_id, known)
        finally:
            del self._doing[op_id]
            over.set()
        if known[1] != verb or callback_id not in {None, known[0]}:
            raise OperationReused
        return await self.entry(known[0])

    async def _known(self, op_id: UUID) -> tuple[UUID, str] | None:
        try:
            async with self._ports.storage.read() as connection:
                return await store.operation(connection, op_id)
        except StorageAway:
            return None

    def _remember(self, op_id: UUID, done: tuple[UUID, str]) -> None:
        self._done[op_id] = done
        if len(self._done) > MOST_OPERATIONS:
            self._done.popitem(last=False)
