"""Tells bound staff of new jobs, assignments and reminders: each event once, by a job in the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cases.events import (
    AssignmentAction,
    AssignmentChanged,
    DispatchQueued,
    DispatchRecalled,
    VerificationAsked,
    VerificationChanged,
    VerificationState,
)
from citizen.channels.wechat import store as wechat_store
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.staff import store, words
from citizen.channels.wechat.staff.bindings import StaffBindings
from citizen.channels.wechat.staff.store import WeChatBinding
from citizen.contract.staff import StaffMember, StaffTask
from core.bus import Bus
from core.storage import Storage
from core.translation import Translatable
from identity.events import UserChanged

_SOURCE: Final = "wechat-staff"
NUMBER_DIGITS: Final = 5
_OF_ASSIGNMENTS: Final[Mapping[str, Translatable]] = {
    AssignmentAction.DISPATCH: words.NEW_CASE,
    AssignmentAction.DELEGATE: words.GIVEN_TO_YOU,
    AssignmentAction.REMIND: words.REMINDED,
    AssignmentAction.SUPERVISE: words.SUPERVISED,
    AssignmentAction.REWORK: words.REWORK,
    AssignmentAction.REOPEN: words.REWORK,
    AssignmentAction.REFUSE_RETURN: words.SENT_BACK,
    AssignmentAction.OVERRULE: words.SENT_BACK,
    AssignmentAction.APPROVE: words.DECIDED,
    AssignmentAction.REFUSE: words.DECIDED,
    AssignmentAction.WITHDRAW: words.WITHDRAWN,
    AssignmentAction.REASSIGN: words.WITHDRAWN,
    "deadline_warned": words.NEAR_DUE,
    "deadline_passed": words.OVERDUE,
}
_OVER: Final = frozenset({AssignmentAction.WITHDRAW, AssignmentAction.REASSIGN})
_NOT_NEEDED: Final = frozenset({VerificationState.RECALLED})


class StaffNotices:
    """Handlers of durable events: each returns after commit, and does nothing for a copy."""

    def __init__(
        self,
        settings: WeChatSettings,
        storage: Storage,
        bindings: StaffBindings,
        wake: Callable[[], None],
        *,
        zone_h: float,
    ) -> None:
        self._language = settings.language
        self._storage = storage
        self._bindings = bindings
        self._wake = wake
        self._zone_h = zone_h

    def listen(self, bus: Bus) -> None:
        bus.subscribe(DispatchQueued, self.queued, name="citizen.staff-queued")
        bus.subscribe(DispatchRecalled, self.recalled, name="citizen.staff-recalled")
        bus.subscribe(VerificationAsked, self.asked, name="citizen.staff-asked")
        bus.subscribe(VerificationChanged, self.verified, name="citizen.staff-verified")
        bus.subscribe(AssignmentChanged, self.assigned, name="citizen.staff-assigned")
        bus.subscribe(UserChanged, self.user_changed, name="citizen.staff-user")

    async def queued(self, event: DispatchQueued) -> None:
        task = StaffTask(
            event.dispatch_id, "job", short_number(event.case_number),
            _about(event.category_name, event.place, confidential=event.confidential), event.urgent,
            event.confidential,
        )  # fmt: skip
        case = event.case_id
        await self._tell(event.id, [_unit(event.unit_id)], words.NEW_JOB, task, how=True, case_id=case)

    async def recalled(self, event: DispatchRecalled) -> None:
        tasks = [
            one
            for one in await self._bindings.desk.tasks_by_id(_unit(event.unit_id), event.dispatch_id)
            if one.kind == "job"
        ]
        for task in tasks:
            await self._tell(event.id, [_unit(event.unit_id)], words.JOB_RECALLED, _bare(task), how=False)

    async def asked(self, event: VerificationAsked) -> None:
        task = StaffTask(
            event.task_id, "verification", short_number(event.number),
            _about(event.category_name, event.place, confidential=event.confidential), event.urgent,
            event.confidential, event.due_at,
        )  # fmt: skip
        await self._tell(event.id, [_unit(event.unit_id)], words.NEW_TASK, task, how=True)

    async def verified(self, event: VerificationChanged) -> None:
        """What is taken back. An overdue one may still be answered."""
        if event.state not in _NOT_NEEDED:
            return
        for task in await self._bindings.desk.tasks_by_id(_unit(event.unit_id), event.task_id):
            await self._tell(event.id, [_unit(event.unit_id)], words.TASK_RECALLED, _bare(task), how=False)

    async def assigned(self, event: AssignmentChanged) -> None:
        """To who has the case in hand; else to all who work for the department. Nobody is told of what he did
        himself.
        """
        head = _OF_ASSIGNMENTS.get(event.act)
        one = event.assignment
        handler = one.handler
        if head is None or (event.act == AssignmentAction.DELEGATE and _has_unit(event)):
            return  # a unit hears of its job
        if handler is not None and handler.job_id is None:
            people = [handler.id]
        else:
            people = list(await self._bindings.desk.of_department(one.department.id))
        members = [StaffMember("person", person) for person in people if person != event.actor]
        over = event.act in _OVER
        due: datetime | None = None if over or one.clock is None else one.clock.due_at
        task = StaffTask(
            one.assignment_id, "assignment", short_number(one.case_number),
            confidential=event.confidential, due_at=due,
        )  # fmt: skip
        how = event.act == AssignmentAction.DISPATCH
        case = None if over else one.case_id
        await self._tell(event.id, members, head, _bare(task) if over else task, how=how, case_id=case)

    async def user_changed(self, event: UserChanged) -> None:
        """Who has left, or works for no department any more, is bound no longer; also where he is back by the
        time that this is heard.
        """
        for binding in await self._bindings.of_member(StaffMember("person", event.user_id)):
            if event.active or binding.bound_at > event.at:
                await self._bindings.in_service(binding)
            else:
                await self._bindings.end_left(binding)

    async def _tell(
        self,
        event_id: UUID,
        members: Iterable[StaffMember],
        head: Translatable,
        task: StaffTask,
        *,
        how: bool,
        case_id: UUID | None = None,
    ) -> None:
        """Stand it in line for everybody who is bound, once for the event. What it is about is put in when it
        leaves.
        """
        async with self._storage.read() as connection:
            bound = [one for member in members for one in await store.of_member(connection, member)]
        if not bound:
            return
        async with self._storage.write() as transaction:
            if not await transaction.first_time(_SOURCE, str(event_id)):
                return
            for binding in bound:
                language = await wechat_store.language_of(transaction.connection, binding.openid)
                lines = words.task_lines(head, task, language or self._language, self._zone_h, how=how)
                await wechat_store.add(
                    transaction.connection, binding.openid, wechat_store.STAFF_NOTICE,
                    _notice(binding, task, lines, case_id), transaction.clock.now(),
                )  # fmt: skip
        self._wake()


def short_number(case_number: str) -> str:
    """What people call it by: its last five digits."""
    found = re.findall(r"[0-9]+", case_number)
    return found[-1][-NUMBER_DIGITS:] if found else ""


def _notice(
    binding: WeChatBinding, task: StaffTask, lines: tuple[list[str], list[str]], case_id: UUID | None
) -> dict[str, Any]:
    """`about` and `case` lead to the words about the case; of what is `confidential` there are none."""
    member = binding.member
    return {
        "kind": member.kind, "member": member.member_id, "number": task.number,
        "head": lines[0], "tail": lines[1], "confidential": task.confidential, "about": task.about,
        "task": str(task.task_id), "case": "" if case_id is None else str(case_id),
    }  # fmt: skip


def _about(category: str, place: str, *, confidential: bool) -> str:
    return "" if confidential else f"{category} {place}".strip()


def _bare(task: StaffTask) -> StaffTask:
    """Its number alone: what is taken back needs no more words."""
    return StaffTask(task.task_id, task.kind, task.number)


def _unit(unit_id: str) -> StaffMember:
    return StaffMember("unit", unit_id)


def _has_unit(event: AssignmentChanged) -> bool:
    handler = event.assignment.handler
    return handler is not None and handler.job_id is not None
