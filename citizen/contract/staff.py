"""Members of staff who work by a messenger, and what other rooms do for them: in terms of this room alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from cases.events import VerificationFinding
from core.translation import Sayable

MemberKind = Literal["person", "unit"]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Who works: a person by the user's name, or a unit with all of its crew."""

    kind: MemberKind
    member_id: str

    @property
    def actor_id(self) -> str:
        """As the audit trail names him."""
        return self.member_id if self.kind == "person" else f"unit:{self.member_id}"


@dataclass(frozen=True, slots=True)
class StaffProfile:
    """A member who is in service now. `since`: what was bound or made for him before is void, as he was put
    out of service until then; None where he never was.
    """

    member: StaffMember
    name: str
    since: datetime | None = None


class StaffAct(StrEnum):
    """What a short reply does."""

    ACCEPT = "accept"
    DONE = "done"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class StaffTask:
    """A job, a verification task or an assignment. `number` is short, as people say it; `about` is its class
    and place, empty of a confidential case. `may` are the acts that its table of states allows this member
    now. `rev` is that of an assignment, else 0.
    """

    task_id: UUID
    kind: Literal["job", "verification", "assignment"]
    number: str
    about: str = ""
    urgent: bool = False
    confidential: bool = False
    due_at: datetime | None = None
    may: frozenset[StaffAct] = frozenset()
    rev: int = 0


@dataclass(frozen=True, slots=True)
class StaffReply:
    """What a member does about a task. `photos` are ids that `keep_photo` gave; `op_id` is made of the
    message.
    """

    act: StaffAct
    op_id: UUID
    words: str = ""
    finding: VerificationFinding | None = None
    photos: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class StaffOutcome:
    """`passed`: somebody came first, or the table does not lead there: `by` did it, `state` is how it stands.
    `incomplete`: words, a finding or a photo are missing; `unit_at_work`: the department's unit has the job.
    """

    what: Literal["done", "passed", "gone", "incomplete", "unit_at_work"]
    by: str = ""
    state: Sayable | None = None


@dataclass(frozen=True, slots=True)
class StaffTasks:
    """Tasks, and how many more there are that are not among them."""

    tasks: Sequence[StaffTask] = ()
    more: int = 0


PhotoFate = Literal["kept", "unfit", "too_many", "closed"]
"""`unfit`: no picture that can be kept; `too_many`: the limit of the hour or day is reached, it may come
later; `closed`: the task takes no photos as it stands.
"""


class StaffDesk(Protocol):
    """What members of staff have to do, and what they do about it, with the rights that they have elsewhere.
    Every method raises `StorageAway`.
    """

    async def profile(self, member: StaffMember) -> StaffProfile | None:
        """None for who is not in service, or is no member of staff who may work so."""
        ...

    async def open_tasks(self, member: StaffMember, act: StaffAct | None = None) -> StaffTasks:
        """What he has in hand, the earliest first; with `act` those that it is possible for now."""
        ...

    async def numbered(self, member: StaffMember, number: str) -> StaffTasks:
        """His tasks with this number, those in hand before those that are over."""
        ...

    async def tasks_by_id(self, member: StaffMember, task_id: UUID) -> Sequence[StaffTask]:
        """The job, verification task or assignment, where it is this member's, or was this unit's."""
        ...

    async def keep_photo(
        self, member: StaffMember, task: StaffTask, photo_id: UUID, data: bytes
    ) -> PhotoFate:
        """Keep a photo of the work, once by its id."""
        ...

    async def act(self, member: StaffMember, task: StaffTask, reply: StaffReply) -> StaffOutcome:
        """Do it, once by `reply.op_id`."""
        ...

    async def of_department(self, department_id: str) -> Sequence[str]:
        """The users who work for the department."""
        ...

    async def about_case(self, case_id: UUID) -> str:
        """Class and place of a case in a line; empty for one that is confidential now."""
        ...

    async def case_of(self, task_id: UUID) -> UUID | None:
        """The case of a job or verification task; None for a draft's."""
        ...


class NoStaffDesk:
    """Nobody works by a messenger."""

    async def profile(self, _member: StaffMember) -> StaffProfile | None:
        return None

    async def open_tasks(self, _member: StaffMember, _act: StaffAct | None = None) -> StaffTasks:
        return StaffTasks()

    async def numbered(self, _member: StaffMember, _number: str) -> StaffTasks:
        return StaffTasks()

    async def tasks_by_id(self, _member: StaffMember, _task_id: UUID) -> Sequence[StaffTask]:
        return ()

    async def keep_photo(
        self, _member: StaffMember, _task: StaffTask, _photo_id: UUID, _data: bytes
    ) -> PhotoFate:
        return "closed"

    async def act(self, _member: StaffMember, _task: StaffTask, _reply: StaffReply) -> StaffOutcome:
        return StaffOutcome("gone")

    async def of_department(self, _department_id: str) -> Sequence[str]:
        return ()

    async def about_case(self, _case_id: UUID) -> str:
        return ""

    async def case_of(self, _task_id: UUID) -> UUID | None:
        return None
