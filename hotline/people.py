"""What people ask of the hotline beside call control: what a call was about, who sees it, states, places."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.actor import Actor, Role
from core.clock import Clock
from core.log import logger
from core.scopes import Scope
from core.storage import StorageAway
from core.tasks import Tasks
from core.views import Views
from hotline import rights
from hotline.agents.signals import CallDisposed
from hotline.dispositions.store import Disposition
from hotline.errors import NoSuchLiveCall, NotYourCall
from hotline.events import AgentState, AgentView, CallView, DispositionKind
from hotline.parts import Parts
from hotline.ports import Audit, NamedCases
from hotline.queue.service import WaitingView

_log = logger("hotline")

AUDIT_TRIES: Final = 300


class StaffDirectory:
    """Each method is one request of a person; who may do it is decided here."""

    def __init__(
        self,
        parts: Parts,
        *,
        cases: NamedCases,
        audit: Audit | None,
        clock: Clock,
        tasks: Tasks,
        views: Views | None = None,
    ) -> None:
        self._parts = parts
        self._cases = cases
        self._audit = audit
        self._views = views
        self._clock = clock
        self._tasks = tasks

    async def set_disposition(
        self,
        actor: Actor,
        call_id: UUID,
        *,
        op_id: UUID,
        kind: DispositionKind,
        note: str = "",
        case_ids: Sequence[UUID] = (),
    ) -> Disposition:
        """Say what the call was about, during or after it. The same `op_id` again gets the same answer.

        The ledger shows a named case with the call: whoever does not see the case whole does not name it. A
        call about an existing case is linked to it in the same transaction.

        Raises `NoSuchLiveCall`, `NotYourCall`, `Conflict`, `StorageAway`, and what `NamedCases.require`
        raises.
        """
        await self._require_part(actor, call_id)
        if case_ids:
            await self._cases.require(actor, case_ids)
        wanted = Disposition(op_id, call_id, kind, note, tuple(case_ids), actor.id, self._clock.now())
        link = partial(self._cases.link, actor=actor, call_id=call_id, case_ids=wanted.case_ids)
        links = kind is DispositionKind.EXISTING_CASE and bool(case_ids)
        said, first_time = await self._parts.dispositions.say(wanted, link if links else None)
        if first_time:
            self._parts.recent.said(call_id, said.kind)
        self._parts.registry.take(CallDisposed(call_id, actor.id), self._clock.now().timestamp())
        self._parts.notifier.call(call_id)
        return said

    async def set_confidential(self, actor: Actor, call_id: UUID, confidential: bool) -> CallView:
        """Whoever is on the call may mark it; only a supervisor takes the mark away, which is audited. Raises
        `NoSuchLiveCall` for a call that has ended, `NotYourCall`.
        """
        call = self._parts.calls.by_id.get(call_id)
        if call is None:
            raise NoSuchLiveCall(remedy="a call can be marked while it lasts; mark its case instead")
        await self._require_part(actor, call_id)
        if call.confidential and not confidential:
            rights.LIFT_MARK.check(actor)
            self._audited(actor, "lift-call-mark", f"call:{call_id}", {})
        call.confidential = confidential
        self._parts.notifier.call(call_id)
        return self._parts.board.of_call(call)

    def force_state(self, actor: Actor, agent_id: str, state: AgentState, reason: str) -> AgentView:
        """A supervisor sets an agent's state, at once; it is audited. Raises as `Seats.force`."""
        view = self._parts.registry.force(actor, agent_id, state, reason)
        self._audited(actor, "force-state", f"user:{agent_id}", {"state": state.value, "reason": reason})
        return view

    async def set_priority(self, actor: Actor, call_id: UUID, priority: int) -> WaitingView:
        """A supervisor gives a waiting caller another place. Raises as `Lines.set_priority`."""
        view = await self._parts.lines.set_priority(actor, call_id, priority)
        self._audited(actor, "queue-priority", f"call:{call_id}", {"priority": priority})
        return view

    async def looks(self, actor: Actor, action: str, subject: str) -> None:
        """Somebody sees numbers of calls that are not his; the audit trail takes it first. While the database
        is away he sees them all the same: calls go on, and that it is missing is logged.
        """
        if self._views is None:
            return
        try:
            await self._views.viewed(actor, action, subject)
        except StorageAway:
            _log.error("a look was not audited: the database is away", action=action)

    def _audited(self, actor: Actor, action: str, subject: str, detail: dict[str, Any]) -> None:
        """Written behind: an act that a call depends on does not wait for the database."""
        if self._audit is None:
            return
        record = self._audit.record

        async def write() -> None:
            for _ in range(AUDIT_TRIES):
                try:
                    await record(actor, action, subject, detail)
                except StorageAway:
                    await asyncio.sleep(1.0)
                else:
                    return
            _log.error("an act was not audited: the database is away", action=action)

        self._tasks.spawn("audit", write)

    async def _require_part(self, actor: Actor, call_id: UUID) -> None:
        rights.SPEAK_FOR_CALL.check(actor)
        taking_part: frozenset[str] | None
        if call_id in self._parts.calls.by_id or call_id in self._parts.recent:
            taking_part = self._parts.board.agents_on(call_id)
        else:
            taking_part = await self._parts.dispositions.agents_of(call_id)
        if taking_part is None:
            raise NoSuchLiveCall
        if actor.id in taking_part:
            return
        if not actor.has(Role.SUPERVISOR):
            raise NotYourCall(remedy="ask who took the call, or a supervisor")
        live = self._parts.calls.by_id.get(call_id)
        if live is not None:
            actor.require_within(Scope.QUEUE, live.queue)
