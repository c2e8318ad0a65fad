"""What field units make known to the rest: durable reports about dispatches, live presence.

A unit's report is emitted in the transaction that first accepted its message, so it exists exactly once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cases.events import CrewStep, VerificationFinding
from core.events import PERSONAL, PUBLIC, Delivery, Event
from core.models import Frozen
from core.place import Position
from core.scopes import Scope, ScopeLimit


class UnitReported(Event):
    """A unit said something about a dispatch. Reports of one unit keep the order of their arrival.

    `seq` rises by one with each message of the unit, so a reader can see that one is older than another;
    a step that an earlier one implies may be missing or come late. `reported_at` is when it was said, by the
    centre's clock where the message told its age, else by the unit's own.
    """

    TYPE: ClassVar[str] = "field.unit_reported"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.unit_reported",)
    DELIVERY: ClassVar[Delivery] = "durable"

    unit_id: str
    dispatch_id: UUID
    step: CrewStep
    reason: Annotated[str, PERSONAL] = ""
    note: Annotated[str, PERSONAL] = ""
    reported_at: datetime
    seq: int
    msg_id: UUID
    bearer: str = "terminal"
    """By what it was said: `terminal`, `text`, `call`, `messenger`."""
    finding: VerificationFinding | None = None
    """What an inspector found: of a verification task that is done."""
    position: Annotated[Position | None, PERSONAL] = None
    """Where the terminal was then."""


class InspectorReported(Event):
    """An inspector reported something of his own. The draft that is made of it has the report's id."""

    TYPE: ClassVar[str] = "field.inspector_reported"
    DELIVERY: ClassVar[Delivery] = "durable"

    report_id: Annotated[UUID, PUBLIC]
    unit_id: str
    text: Annotated[str, PERSONAL]
    place: Annotated[str, PERSONAL] = ""
    position: Annotated[Position | None, PERSONAL] = None
    said_at: datetime


class JobSent(Event):
    """The network took the job and holds it for the unit. No one has seen it yet."""

    TYPE: ClassVar[str] = "field.job_sent"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.job_sent",)
    DELIVERY: ClassVar[Delivery] = "durable"

    unit_id: str
    dispatch_id: UUID


class UnitUnreachable(Event):
    """The job cannot reach the unit now: it is kept, and sent when the unit comes back.

    `why` is `offline` (the unit has no session at the broker) or `unknown_unit`.
    """

    TYPE: ClassVar[str] = "field.unit_unreachable"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.unit_unreachable",)
    DELIVERY: ClassVar[Delivery] = "durable"

    unit_id: str
    dispatch_id: UUID
    why: Literal["offline", "unknown_unit"]


class BearerView(Frozen):
    """A way by which a unit is heard: `app`, `owntracks`, a radio network."""

    bearer: Annotated[str, PUBLIC]
    online: Annotated[bool, PUBLIC]
    heard_at: datetime | None = None


class UnitSummary(BaseModel):
    """A unit as it is now. `status` is `free` or the last step of its newest open job.

    `online`, `last_heard` and `heard_by` are the union of its `bearers`; `groups` are the talkgroups that it
    listens to.
    """

    model_config = ConfigDict(frozen=True)

    unit_id: Annotated[str, PUBLIC]
    name: str
    online: Annotated[bool, PUBLIC]
    status: str
    last_heard: datetime | None = None
    heard_by: str = ""
    bearers: list[BearerView] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    aliases: list[str] = Field(default_factory=list)
    vehicle: str = ""
    department: str = ""


class UnitChanged(UnitSummary, Event):
    """A unit as it is now. A unit that was `revoked` cannot sign in."""

    TYPE: ClassVar[str] = "field.unit_changed"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.unit_changed",)

    revoked: Annotated[bool, PUBLIC] = False


class UnitPlace(Frozen):
    """Where a unit is. `measured_at` is its own word bounded by our clock; `source` is the bearer and device.

    Where a crew is is personal: only dispatchers and supervisors see it.
    """

    unit_id: Annotated[str, PUBLIC]
    lon: Annotated[float, PERSONAL]
    lat: Annotated[float, PERSONAL]
    accuracy_m: Annotated[float, PERSONAL]
    source: str
    measured_at: datetime
    received_at: datetime
    speed_mps: Annotated[float | None, PERSONAL] = None
    heading_deg: Annotated[float | None, PERSONAL] = None
    battery_pct: int | None = None


class UnitsMoved(Event):
    """The newest positions of units, at most once a second for each."""

    TYPE: ClassVar[str] = "field.units_moved"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.units_moved",)

    places: list[UnitPlace]


class UnitPretended(Event):
    """The broker refused what one account wanted to publish or hear as another unit. `times` within a minute.

    `user` is the account that did it, `topic_unit` whose topic it was; both names on the air.
    """

    TYPE: ClassVar[str] = "field.unit_pretended"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.unit_pretended",)
    DELIVERY: ClassVar[Delivery] = "durable"

    user: str
    topic_unit: str
    kind: str
    times: int = 1


class TalkgroupChanged(Event):
    """A talkgroup was made, changed or `removed`, or its members were. `case_id` when it is an incident's."""

    TYPE: ClassVar[str] = "field.talkgroup_changed"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.talkgroup_changed",)
    DELIVERY: ClassVar[Delivery] = "durable"

    tg_id: Annotated[str, PUBLIC]
    name_zh: str
    name_en: str
    case_id: Annotated[UUID | None, PUBLIC] = None
    removed: bool = False
    units: list[str] = Field(default_factory=list)
    """Who has to be told: its members now and those who were until now."""

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.TALKGROUP, self.tg_id)


TextDirection = Literal["up", "down"]
"""`down`: to the unit; `up`: from it."""


class TextState(StrEnum):
    """How far a text came. Of one to a unit: all but the last two. Of one from a unit: the last two."""

    QUEUED = "queued"
    UNREACHABLE = "unreachable"
    SENT = "sent"
    EXPIRED = "expired"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    RECEIVED = "received"
    READ = "read"

    @property
    def rank(self) -> int:
        """The place on the way, from 0. A text never goes back."""
        return list(TextState).index(self)


class TextSummary(BaseModel):
    """A text between the centre and a unit, as it is now. `by` is the user who wrote it to the unit,
    `read_by` who has read a unit's text.
    """

    model_config = ConfigDict(frozen=True)

    unit_id: Annotated[str, PUBLIC]
    text_id: Annotated[UUID, PUBLIC]
    way: Annotated[TextDirection, PUBLIC]
    state: Annotated[TextState, PUBLIC]
    text: Annotated[str, PERSONAL]
    by: str = ""
    by_name: str = ""
    said_at: datetime
    read_by: str = ""


class TextChanged(TextSummary, Event):
    """A text was taken or came further. `taken_at` is when the centre took it."""

    TYPE: ClassVar[str] = "field.text_changed"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.text_changed",)
    DELIVERY: ClassVar[Delivery] = "durable"

    taken_at: datetime


class AlarmState(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


AskedPerson = Literal["dispatcher", "next_dispatcher", "supervisor"]
"""Who is to answer an emergency: the dispatchers, the next one, the supervisor."""

EmergencyKind = Literal["alarm", "call"]
"""An alarm is data, a call is voice on a talkgroup."""


class EmergencySummary(BaseModel):
    """A unit's emergency, as it is now. `acknowledged_by` and `cleared_by` are names.

    `talkgroup` is where the call is; of an alarm it is the group that the unit listens to. `case_id` is the
    case that it makes or joins.
    """

    model_config = ConfigDict(frozen=True)

    alarm_id: Annotated[UUID, PUBLIC]
    unit_id: Annotated[str, PUBLIC]
    state: Annotated[AlarmState, PUBLIC]
    asked: Annotated[AskedPerson, PUBLIC]
    raised_at: Annotated[datetime, PUBLIC]
    kind: Annotated[EmergencyKind, PUBLIC] = "alarm"
    talkgroup: Annotated[str, PUBLIC] = ""
    case_id: Annotated[UUID | None, PUBLIC] = None
    repeats: int = 1
    dispatch_id: UUID | None = None
    position: Annotated[Position | None, PERSONAL] = None
    position_at: datetime | None = None
    acknowledged_by: str = ""
    cleared_by: str = ""
    note: Annotated[str, PERSONAL] = ""
    false_alarm: bool = False


class EmergencyChanged(EmergencySummary, Event):
    """`what` has just happened to an emergency by `actor` (a user's or unit's id, or the service).

    `escalated` comes again every 10 s, `repeated` and `located` at most as often. `nothing_in_case` says that
    each emergency of its case is cleared and was a false alarm.
    """

    TYPE: ClassVar[str] = "field.emergency_changed"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.emergency_changed",)
    DELIVERY: ClassVar[Delivery] = "durable"

    what: Annotated[Literal["raised", "repeated", "located", "escalated", "acknowledged", "cleared"], PUBLIC]
    unit_name: Annotated[str, PUBLIC] = ""
    actor: str = ""
    nothing_in_case: bool = False


class DeliveryStage(StrEnum):
    """How far a delivery came. `sent`: the broker, the radio network or the telephone network took it.
    `delivered`: the terminal, the radio has it; the telephone rings. `displayed`: it was on the screen; the
    crew has picked up. `stopped`: it was not needed any more. `done`: the recall was heard, the talk is over.
    """

    QUEUED = "queued"
    UNREACHABLE = "unreachable"
    SENT = "sent"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    FAILED = "failed"
    STOPPED = "stopped"
    DONE = "done"

    @property
    def rank(self) -> int:
        """The place on the way, from 0; every end of it has the same."""
        return _STAGE_RANKS[self]

    @property
    def over(self) -> bool:
        return self.rank == DeliveryStage.DONE.rank


_STAGE_RANKS: Final[Mapping[DeliveryStage, int]] = {
    DeliveryStage.QUEUED: 0, DeliveryStage.UNREACHABLE: 0, DeliveryStage.SENT: 1, DeliveryStage.DELIVERED: 2,
    DeliveryStage.DISPLAYED: 3, DeliveryStage.ACCEPTED: 4, DeliveryStage.DECLINED: 4, DeliveryStage.FAILED: 4,
    DeliveryStage.STOPPED: 4, DeliveryStage.DONE: 4,
}  # fmt: skip


class DeliveryView(Frozen):
    """One try to tell a unit one thing about a dispatch by one bearer, with the time of each step.

    `address` is the name there, without the digits of a telephone; `why` says what went wrong.
    """

    delivery_id: Annotated[UUID, PUBLIC]
    number: Annotated[int, PUBLIC]
    purpose: Annotated[Literal["job", "recall", "talk"], PUBLIC]
    bearer: Annotated[Literal["terminal", "text", "call"], PUBLIC]
    address: str
    stage: Annotated[DeliveryStage, PUBLIC]
    why: str = ""
    queued_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    displayed_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


class DeliveryChanged(Event):
    """A dispatch began its way over a bearer, or came further on it."""

    TYPE: ClassVar[str] = "field.delivery_changed"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.delivery_changed",)
    DELIVERY: ClassVar[Delivery] = "durable"

    dispatch_id: Annotated[UUID, PUBLIC]
    unit_id: Annotated[str, PUBLIC]
    delivery: DeliveryView


class ReasonView(Frozen):
    """Why a unit is offered where it is, as a code and in words."""

    code: str
    zh: str
    en: str


class UnitCandidate(Frozen):
    """A unit that could take the job; `reasons` say why it stands where it stands.

    `metres` to the case and `age_s` of its position are personal: where a crew is follows from them.
    """

    unit_id: Annotated[str, PUBLIC]
    name: str
    metres: Annotated[float | None, PERSONAL] = None
    accuracy_m: Annotated[float | None, PERSONAL] = None
    age_s: Annotated[float | None, PERSONAL] = None
    jobs: int = 0
    online: Annotated[bool, PUBLIC] = False
    reasons: Annotated[list[ReasonView], PERSONAL] = Field(default_factory=list)


class DispatchOverdue(Event):
    """No bearer has brought an answer in time, or the crew has declined: a dispatcher has to act.

    `step` is `told`, and after a while `next_unit`, which comes with units that could take the job.
    """

    TYPE: ClassVar[str] = "field.dispatch_overdue"
    FORMER: ClassVar[tuple[str, ...]] = ("radio_bridge.dispatch_overdue",)
    DELIVERY: ClassVar[Delivery] = "durable"

    dispatch_id: Annotated[UUID, PUBLIC]
    unit_id: Annotated[str, PUBLIC]
    urgent: Annotated[bool, PUBLIC]
    step: Annotated[Literal["told", "next_unit"], PUBLIC]
    why: Annotated[str, PUBLIC]
    units: list[UnitCandidate] = Field(default_factory=list)
