"""Tells an agent what is offered to him, with what is known of the citizen: he reads it before he dials."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

from core.log import logger
from core.metrics import counter
from core.storage import StorageAway
from core.tasks import Tasks
from hotline.events import CallbackFailed, CallbackOffered, CallbackOfferOver, CallbackRings, CallerContext
from hotline.outbound.callbacks.model import Attempt, CallbackBook, Entry
from hotline.outbound.callbacks.ports import CallbackPorts
from hotline.outbound.callbacks.signals import OfferOver
from hotline.outbound.callbacks.view import moment, view

_log = logger("hotline")
_offers = counter("hotline_callback_offers", "Callbacks offered to an agent")
_bare = counter("hotline_callback_offers_bare", "Callbacks offered without what is known of the citizen")


class Offers:
    def __init__(self, book: CallbackBook, ports: CallbackPorts, tasks: Tasks, *, deadline_s: float) -> None:
        self._book = book
        self._ports = ports
        self._tasks = tasks
        self._deadline_s = deadline_s
        self._contexts: dict[UUID, CallerContext] = {}
        """Of what is offered now."""

    def made(self, entry: Entry) -> None:
        """Returns at once; the agent is told when the history is there, or is late."""
        _offers.inc()
        self._tasks.spawn("offer", partial(self._tell, entry))

    def over(self, offer: OfferOver, at: float) -> None:
        if offer.why != "accepted":
            self._contexts.pop(offer.entry.id, None)
        self._ports.bus.publish(
            CallbackOfferOver(
                at=moment(at), callback_id=offer.entry.id, agent_id=offer.agent_id, why=offer.why
            )
        )

    def rings(self, entry: Entry, attempt: Attempt) -> None:
        """The agent who accepted is told what his phone is about to ring for."""
        self._ports.bus.publish(
            CallbackRings(
                at=self._ports.clock.now(),
                callback_id=entry.id,
                call_id=attempt.call_id,
                agent_id=attempt.agent_id,
                callback=view(entry),
                context=self._contexts.pop(entry.id, None),
            )
        )

    def failed(self, entry: Entry, attempt: Attempt) -> None:
        """The agent who dialled is told that the citizen was not reached."""
        if attempt.outcome is None:
            return
        self._ports.bus.publish(
            CallbackFailed(
                at=self._ports.clock.now(),
                callback_id=entry.id,
                call_id=attempt.call_id,
                agent_id=attempt.agent_id,
                outcome=attempt.outcome,
                due=None if entry.stage == "closed" else moment(entry.due),
                number=entry.number,
            )
        )

    def of(self, agent_id: str) -> CallbackOffered | None:
        """What is offered to this agent now."""
        entry_id = self._book.by_agent.get(agent_id)
        entry = None if entry_id is None else self._book.open.get(entry_id)
        return self._event(entry) if entry is not None and entry.stage == "offered" else None

    async def _tell(self, entry: Entry) -> None:
        try:
            async with asyncio.timeout(self._deadline_s):
                context = await self._ports.history.lookup(entry.caller or entry.dial)
        except (TimeoutError, StorageAway):
            _bare.inc()
            _log.info("a callback is offered without its history")
            context = None
        now = self._book.open.get(entry.id)
        if now is None or (now.stage, now.offered_to) != ("offered", entry.offered_to):
            return
        if context is not None:
            self._contexts[entry.id] = context
        self._ports.bus.publish(self._event(now))

    def _event(self, entry: Entry) -> CallbackOffered:
        return CallbackOffered(
            at=self._ports.clock.now(),
            callback_id=entry.id,
            agent_id=entry.offered_to,
            until=moment(entry.offered_until),
            callback=view(entry),
            context=self._contexts.get(entry.id),
        )
