"""Fills the port by which members of staff work by WeChat: units through their jobs, people of departments
through their assignments, each with the rights and the table of states that its page or the desk has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from cases.assignments.photos import AssignmentPhotos
from cases.assignments.service import AskedAct, AssignedCase, AssignmentService
from cases.assignments.store import AssignmentFilter
from cases.catalogue.model import Catalogues
from cases.errors import (
    AssignmentIncomplete,
    AssignmentMovedOn,
    CaseReasonMissing,
    NoSuchAssignment,
    NoSuchCategory,
    UnitAtWork,
)
from cases.events import AssignmentAction, AssignmentState, CrewStep, DispatchStep
from cases.life import store as case_store
from cases.life.model import Case
from citizen.contract.staff import (
    PhotoFate,
    StaffAct,
    StaffMember,
    StaffOutcome,
    StaffProfile,
    StaffReply,
    StaffTask,
    StaffTasks,
)
from core.actor import Actor, OutOfScope, Role
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.storage import Storage
from core.translation import Bilingual, Translatable, pgettext_lazy
from core.translation import gettext_lazy as _
from field import operations
from field.delivery.centre.messenger import CrewMessenger, MessengerReport, next_steps
from field.dispatches.model import UnitJob, job_number
from field.dispatches.store import OPEN_LIMIT
from field.errors import PhotoNotKept, TooManyPhotos
from field.photos.centre.departments import DepartmentPhotos
from field.photos.ports import CaseOf
from field.units import store as units
from identity.people.department import people_of_department
from identity.service import IdentityService

MOST_TASKS: Final = 20
MOST_COUNTED: Final = 500
_ACTIONS: Final[Mapping[StaffAct, AssignmentAction]] = {
    StaffAct.ACCEPT: AssignmentAction.SIGN,
    StaffAct.DONE: AssignmentAction.ANSWER,
    StaffAct.CANNOT: AssignmentAction.RETURN,
}
_STEPS: Final[Mapping[DispatchStep, Translatable]] = {
    DispatchStep.QUEUED: _("not accepted yet"),
    DispatchStep.DELIVERED: _("not accepted yet"),
    DispatchStep.DISPLAYED: _("not accepted yet"),
    DispatchStep.ACCEPTED: pgettext_lazy("dispatch", "accepted"),
    DispatchStep.ON_THE_WAY: _("on the way"),
    DispatchStep.ARRIVED: _("arrived"),
    DispatchStep.DONE: pgettext_lazy("dispatch", "done"),
    DispatchStep.DECLINED: pgettext_lazy("dispatch", "declined"),
    DispatchStep.RETURNED: _("given back"),
    DispatchStep.RECALLED: _("recalled"),
}


class CrewsByMessenger:
    """The unit's half. The room of units is made after that of citizens. `case_of` finds the case of a
    dispatch.
    """

    def __init__(
        self, storage: Storage, crews: Callable[[], CrewMessenger], photos: DepartmentPhotos, case_of: CaseOf
    ) -> None:
        self._storage = storage
        self._crews = crews
        self._photos = photos
        self._case_of = case_of

    async def profile(self, unit_id: str) -> StaffProfile | None:
        async with self._storage.read() as connection:
            enrolled = await units.enrolled(connection, unit_id)
            unit = await units.find(connection, unit_id) if enrolled else None
            since = await operations.last(connection, f"revoke {unit_id}")
        return None if unit is None else StaffProfile(StaffMember("unit", unit_id), unit.name, since)

    async def open_tasks(self, unit_id: str, act: StaffAct | None) -> StaffTasks:
        jobs = await self._crews().open_jobs(unit_id)
        found = [one for one in map(_job_task, jobs) if act is None or act in one.may]
        unread = max(0, len(jobs) - OPEN_LIMIT)  # the page is full: there may be more
        return StaffTasks(found[:MOST_TASKS], len(found[MOST_TASKS:]) + unread)

    async def numbered(self, unit_id: str, number: str) -> StaffTasks:
        return StaffTasks([_job_task(one) for one in await self._crews().numbered(unit_id, number)])

    async def by_id(self, unit_id: str, task_id: UUID) -> Sequence[StaffTask]:
        found = await self._crews().job(unit_id, task_id)
        return () if found is None else (_job_task(found),)

    async def case_of(self, task_id: UUID) -> UUID | None:
        return await self._case_of(task_id)

    async def keep_photo(self, unit_id: str, task: StaffTask, photo_id: UUID, data: bytes) -> None:
        """Raises what refuses a photo."""
        case_id = await self._case_of(task.task_id)
        await self._photos.keep_of_unit(unit_id, task.task_id, case_id, photo_id, data)

    async def act(self, unit_id: str, task: StaffTask, reply: StaffReply) -> StaffOutcome:
        if reply.act is StaffAct.CANNOT and not reply.words:
            return StaffOutcome("incomplete")
        report = MessengerReport(
            unit_id, task.task_id, _step(task, reply.act), reply.op_id, reply.words, reply.finding
        )
        outcome, step = await self._crews().say(report)
        match outcome:
            case "applied" | "again":
                return StaffOutcome("done")
            case "foreign_job" | "recalled":
                return StaffOutcome("gone")
            case "no_finding":
                return StaffOutcome("incomplete")
        return StaffOutcome("passed", state=_STEPS[step])


class DepartmentsByMessenger:
    """The half of people of departments."""

    def __init__(
        self,
        storage: Storage,
        people: IdentityService,
        assignments: AssignmentService,
        photos: AssignmentPhotos,
        kept: DepartmentPhotos,
        catalogues: Catalogues,
    ) -> None:
        self._storage = storage
        self._people = people
        self._assignments = assignments
        self._photos = photos
        self._kept = kept
        self._catalogues = catalogues

    async def actor(self, user_id: str) -> Actor | None:
        """The person with his roles and scopes; None for who works for no department now."""
        try:
            user = await self._people.user(user_id)
        except NotFound:
            return None
        works = user.active and Role.DEPARTMENT in user.roles and user.scopes.departments
        return user.actor() if works else None

    async def profile(self, user_id: str) -> StaffProfile | None:
        actor = await self.actor(user_id)
        return None if actor is None else StaffProfile(StaffMember("person", user_id), actor.name)

    async def of_department(self, department_id: str) -> Sequence[str]:
        return [one.id for one in await people_of_department(self._storage, department_id)]

    async def open_tasks(self, user_id: str, act: StaffAct | None) -> StaffTasks:
        wanted = AssignmentFilter(only_open=True)
        if act is not None:
            rows = self._assignments.workflow.row
            states = tuple(one for one in AssignmentState if rows(_ACTIONS[act], one) is not None)
            wanted = replace(wanted, states=states)
        found = await self._tasks(user_id, wanted)
        return StaffTasks([one for one in found.tasks if act is None or act in one.may], found.more)

    async def numbered(self, user_id: str, number: str) -> StaffTasks:
        """The numbers begin anew every day: those in hand first."""
        found = await self._tasks(user_id, AssignmentFilter(number_ends=number, only_open=True))
        return found if found.tasks else await self._tasks(user_id, AssignmentFilter(number_ends=number))

    async def by_id(self, user_id: str, task_id: UUID) -> Sequence[StaffTask]:
        actor = await self.actor(user_id)
        if actor is None:
            return ()
        try:
            found, _acts = await self._assignments.one(actor, task_id)
        except (NotFound, Forbidden):
            return ()
        return (self._task(found),)

    async def _tasks(self, user_id: str, wanted: AssignmentFilter) -> StaffTasks:
        actor = await self.actor(user_id)
        if actor is None:
            return StaffTasks()
        found, _next = await self._assignments.find(actor, wanted, None, MOST_COUNTED)
        return StaffTasks([self._task(one) for one in found[:MOST_TASKS]], len(found[MOST_TASKS:]))

    async def about_case(self, case_id: UUID) -> str:
        async with self._storage.read() as connection:
            case = await case_store.get(connection, case_id)
        return "" if case.confidential else self._about(case)

    async def keep_photo(self, user_id: str, task: StaffTask, photo_id: UUID, data: bytes) -> None:
        """Raises what refuses a photo."""
        actor = await self.actor(user_id)
        if actor is not None and not await self._kept.is_kept(photo_id):
            await self._photos.bring(actor, task.task_id, data, photo_id)

    async def act(self, user_id: str, task: StaffTask, reply: StaffReply) -> StaffOutcome:
        actor = await self.actor(user_id)
        if actor is None:
            return StaffOutcome("gone")
        asked = AskedAct(_ACTIONS[reply.act], task.rev, reply.words, photos=tuple(reply.photos))
        try:
            await self._assignments.act(task.task_id, asked, op_id=reply.op_id, actor=actor)
        except (CaseReasonMissing, AssignmentIncomplete):
            return StaffOutcome("incomplete")
        except UnitAtWork:
            return StaffOutcome("unit_at_work")
        except (NoSuchAssignment, OutOfScope):
            return StaffOutcome("gone")
        except (AssignmentMovedOn, Conflict, Forbidden, Invalid):
            return await self._passed(actor, task)
        return StaffOutcome("done")

    async def _passed(self, actor: Actor, task: StaffTask) -> StaffOutcome:
        """How the assignment stands, and who brought it there."""
        try:
            found, _acts = await self._assignments.one(actor, task.task_id)
        except (NotFound, Forbidden):
            return StaffOutcome("gone")
        one = found.assignment
        state = self._assignments.workflow.states.get(one.state)
        shown = None if state is None else Bilingual(state.name_zh, state.name_en)
        return StaffOutcome("passed", "" if one.last_by == actor.id else one.last_by_name, shown)

    def _task(self, found: AssignedCase) -> StaffTask:
        one, case = found.assignment, found.case
        may = {row.action for row in found.possible}
        due: datetime | None = next(
            (clock.due_at for clock in reversed(found.clocks) if clock.stopped_at is None), None
        )
        return StaffTask(
            one.assignment_id, "assignment", job_number(case.number),
            "" if case.confidential else self._about(case), urgent=False, confidential=case.confidential,
            due_at=due, may=frozenset(act for act, action in _ACTIONS.items() if action in may), rev=one.rev,
        )  # fmt: skip

    def _about(self, case: Case) -> str:
        try:
            name = self._catalogues.by_ref(case.category).name_zh
        except NoSuchCategory:
            name = case.category
        return f"{name} {case.address or case.crossing or ''}".strip()


class StaffByMessenger:
    """Fills `citizen.contract.StaffDesk`."""

    def __init__(self, crews: CrewsByMessenger, departments: DepartmentsByMessenger) -> None:
        self._crews = crews
        self._departments = departments

    async def profile(self, member: StaffMember) -> StaffProfile | None:
        return await self._half(member).profile(member.member_id)

    def _half(self, member: StaffMember) -> CrewsByMessenger | DepartmentsByMessenger:
        return self._crews if member.kind == "unit" else self._departments

    async def open_tasks(self, member: StaffMember, act: StaffAct | None = None) -> StaffTasks:
        return await self._half(member).open_tasks(member.member_id, act)

    async def numbered(self, member: StaffMember, number: str) -> StaffTasks:
        return await self._half(member).numbered(member.member_id, number)

    async def tasks_by_id(self, member: StaffMember, task_id: UUID) -> Sequence[StaffTask]:
        return await self._half(member).by_id(member.member_id, task_id)

    async def keep_photo(
        self, member: StaffMember, task: StaffTask, photo_id: UUID, data: bytes
    ) -> PhotoFate:
        try:
            await self._half(member).keep_photo(member.member_id, task, photo_id, data)
        except PhotoNotKept:
            return "unfit"
        except TooManyPhotos:
            return "too_many"
        except (Conflict, Forbidden, NotFound):
            return "closed"
        return "kept"

    async def act(self, member: StaffMember, task: StaffTask, reply: StaffReply) -> StaffOutcome:
        return await self._half(member).act(member.member_id, task, reply)

    async def of_department(self, department_id: str) -> Sequence[str]:
        return await self._departments.of_department(department_id)

    async def about_case(self, case_id: UUID) -> str:
        return await self._departments.about_case(case_id)

    async def case_of(self, task_id: UUID) -> UUID | None:
        return await self._crews.case_of(task_id)


def _step(task: StaffTask, act: StaffAct) -> CrewStep:
    """An accepted job is given back, any other one is declined."""
    if act is StaffAct.ACCEPT:
        return DispatchStep.ACCEPTED
    if act is StaffAct.DONE:
        return DispatchStep.DONE
    under_way = task.kind == "job" and StaffAct.DONE in task.may
    return DispatchStep.RETURNED if under_way else DispatchStep.DECLINED


def _job_task(job: UnitJob) -> StaffTask:
    steps = next_steps(job)
    may = {
        StaffAct.ACCEPT: DispatchStep.ACCEPTED in steps,
        StaffAct.DONE: DispatchStep.DONE in steps,
        StaffAct.CANNOT: bool(steps & {DispatchStep.DECLINED, DispatchStep.RETURNED}),
    }
    allowed = frozenset(act for act, possible in may.items() if possible)
    content = job.content
    if content is None:
        return StaffTask(job.dispatch_id, "job", "", may=allowed)
    about = "" if content.confidential else f"{content.category} {content.place}".strip()
    due = None if content.due_at is None else datetime.fromisoformat(content.due_at)
    return StaffTask(
        job.dispatch_id,
        content.kind,
        content.number,
        about,
        content.urgent,
        content.confidential,
        due,
        allowed,
    )
