"""What people ask of the hotline beside call control: what a call was about, who sees it, states, places."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.actor import Actor, Role
from core.audit import Audit
from core.clock import Clock
from core.log import logger
from core.scopes import Scope
from core.storage import StorageAway
from core.tasks import Tasks
from core.views import Views
from hotline import rights
from hotline.agents.signals import CallDisposed
from hotline.board import Board
from hotline.dispositions.service import Dispositions
from hotline.dispositions.store import Disposition
from hotline.errors import NoSuchLiveCall, NotYourCall
from hotline.events import AgentState, AgentView, CallView, DispositionKind
from hotline.live import LiveState
from hotline.notifier import Notifier
from hotline.ports import NamedCases
from hotline.queue.service import QueueViews, WaitingView

_log = logger("hotline")

AUDIT_TRIES: Final = 300


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StaffDirectory:
    """Each method is one request of a person; who may do it is decided here."""

    live: LiveState
    board: Board
    lines: QueueViews
    dispositions: Dispositions
    notifier: Notifier
    cases: NamedCases
    audit: Audit
    views: Views
    clock: Clock
    tasks: Tasks

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
            await self.cases.require(actor, case_ids)
        wanted = Disposition(op_id, call_id, kind, note, tuple(case_ids), actor.id, self.clock.now())
        link = partial(self.cases.link, actor=actor, call_id=call_id, case_ids=wanted.case_ids)
        links = kind is DispositionKind.EXISTING_CASE and bool(case_ids)
        said, first_time = await self.dispositions.say(wanted, link if links else None)
        if first_time:
            self.live.recent.said(call_id, said.kind)
        self.live.registry.take(CallDisposed(call_id, actor.id), self.clock.now().timestamp())
        self.notifier.call(call_id)
        return said

    async def set_confidential(self, actor: Actor, call_id: UUID, confidential: bool) -> CallView:
        """Whoever is on the call may mark it; only a supervisor takes the mark away, which is audited. Raises
        `NoSuchLiveCall` for a call that has ended, `NotYourCall`.
        """
        call = self.live.calls.by_id.get(call_id)
        if call is None:
            raise NoSuchLiveCall(remedy="a call can be marked while it lasts; mark its case instead")
        await self._require_part(actor, call_id)
        if call.confidential and not confidential:
            rights.LIFT_MARK.check(actor)
            self._audited(actor, "lift-call-mark", f"call:{call_id}", {})
        call.confidential = confidential
        self.notifier.call(call_id)
        return self.board.of_call(call)

    def force_state(self, actor: Actor, agent_id: str, state: AgentState, reason: str) -> AgentView:
        """A supervisor sets an agent's state, at once; it is audited. Raises as `Seats.force`."""
        view = self.live.registry.force(actor, agent_id, state, reason)
        self._audited(actor, "force-state", f"user:{agent_id}", {"state": state.value, "reason": reason})
        return view

    async def set_priority(self, actor: Actor, call_id: UUID, priority: int) -> WaitingView:
        """A supervisor gives a waiting caller another place. Raises as `Lines.set_priority`."""
        view = await self.lines.set_priority(actor, call_id, priority)
        self._audited(actor, "queue-priority", f"call:{call_id}", {"priority": priority})
        return view

    async def desk_opened(self, viewer: Actor) -> None:
        """Every number on the board is a supervisor's to see while the desk is open: that is audited."""
        if viewer.has(Role.SUPERVISOR):
            await self.looks(viewer, "watch-calls", "desk")

    async def looks(self, actor: Actor, action: str, subject: str) -> None:
        """Somebody sees numbers of calls that are not his; the audit trail takes it first. While the database
        is away he sees them all the same: calls go on, and that it is missing is logged.
        """
        try:
            await self.views.viewed(actor, action, subject)
        except StorageAway:
            _log.error("a look was not audited: the database is away", action=action)

    def _audited(self, actor: Actor, action: str, subject: str, detail: dict[str, Any]) -> None:
        """Written behind: an act that a call depends on does not wait for the database."""
        record = self.audit.record

        async def write() -> None:
            for _ in range(AUDIT_TRIES):
                try:
                    await record(actor, action, subject, detail)
                except StorageAway:
                    await asyncio.sleep(1.0)
                else:
                    return
            _log.error("an act was not audited: the database is away", action=action)

        self.tasks.spawn("audit", write)

    async def _require_part(self, actor: Actor, call_id: UUID) -> None:
        rights.SPEAK_FOR_CALL.check(actor)
        taking_part: frozenset[str] | None
        if call_id in self.live.calls.by_id or call_id in self.live.recent:
            taking_part = self.board.agents_on(call_id)
        else:
            taking_part = await self.dispositions.agents_of(call_id)
        if taking_part is None:
            raise NoSuchLiveCall
        if actor.id in taking_part:
            return
        if not actor.has(Role.SUPERVISOR):
            raise NotYourCall(remedy="ask who took the call, or a supervisor")
        live = self.live.calls.by_id.get(call_id)
        if live is not None:
            actor.require_within(Scope.QUEUE, live.queue)
