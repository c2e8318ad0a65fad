"""The payloads between a mobile terminal and the centre, as on the wire. AsyncAPI is generated from these.

A field that a reader does not know is ignored; every text is bounded and cleaned of control characters.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from cases.events import DispatchStep, VerificationFinding
from core.ids import uuid7
from core.models import Frozen
from core.place import Position

MAX_SEQ = 2**31 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """Without control characters and halves of surrogate pairs."""
    return _CONTROL.sub("", text)


MAX_TEXT = 2000
Note = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean)]
MAX_LINE = 200
Line = Annotated[str, Field(max_length=MAX_LINE), AfterValidator(clean)]


class Payload(BaseModel):
    """What every message has. `seq` rises by one with each message of one sender to one receiver."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    SCHEMA: ClassVar[str] = ""

    msg_id: UUID = Field(default_factory=uuid7, description="UUIDv7; a copy has the same")
    seq: int = Field(ge=0, le=MAX_SEQ)
    ts: AwareDatetime = Field(description="the sender's clock when it was said")
    sent: AwareDatetime | None = Field(
        default=None, description="the sender's clock when this copy was sent: a wrong clock cancels out"
    )
    schema_name: str = Field(default="", alias="schema", max_length=40, description="name/version")


OLDEST = timedelta(days=30)
"""No message counts as older than this."""


def said_at(message: Payload, now: datetime) -> datetime:
    """When it was said by the receiver's clock; by the sender's where it does not say how old it is."""
    if message.sent is None:
        return message.ts
    return aged(message.sent - message.ts, now)


def aged(age: timedelta, now: datetime) -> datetime:
    """The time so long ago; never in the future, never longer ago than `OLDEST`."""
    return now - min(max(age, timedelta()), OLDEST)


class TerminalFix(Frozen):
    """Where the terminal was at `fix_at` by its own clock; `accuracy_m` is the radius of the true point."""

    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    accuracy_m: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
    fix_at: AwareDatetime

    def position(self) -> Position:
        return Position(lon=self.lon, lat=self.lat, accuracy_m=self.accuracy_m)


class Acknowledgement(Payload):
    """`up/ack`: the job has come to the terminal, to the eyes, and what the crew says to it."""

    SCHEMA: ClassVar[str] = "unit.ack/1"

    dispatch_id: UUID
    step: Literal[
        DispatchStep.DELIVERED, DispatchStep.DISPLAYED, DispatchStep.ACCEPTED, DispatchStep.DECLINED
    ]
    reason: Note = ""


class StatusMessage(Payload):
    """`up/status`: how the work goes on."""

    SCHEMA: ClassVar[str] = "unit.status/1"

    dispatch_id: UUID
    step: Literal[DispatchStep.ON_THE_WAY, DispatchStep.ARRIVED, DispatchStep.DONE, DispatchStep.RETURNED]
    note: Note = ""
    reason: Note = ""
    finding: VerificationFinding | None = Field(
        default=None, description="the answer to a verification task, with `done`"
    )
    fix: TerminalFix | None = Field(default=None, description="where the terminal was when that was said")


class Hello(Payload):
    """`up/hello`: the terminal is here and has the centre's messages up to `last_seq`."""

    SCHEMA: ClassVar[str] = "unit.hello/1"

    last_seq: int = Field(default=0, ge=0, le=MAX_SEQ)


class JobBody(Frozen):
    """What the crew is told. Never the caller's number or name."""

    dispatch_id: UUID
    case_number: Line
    category: Line
    place: Line = ""
    position: Position | None = None
    description: Annotated[str, Field(max_length=1000), AfterValidator(clean)] = ""
    urgent: bool = False
    confidential: bool = False
    with_units: list[Line] = Field(
        default_factory=list, max_length=20, description="other units that have it, or may believe so"
    )
    kind: Literal["job", "verification"] = Field(
        default="job", description="`verification`: the place is to be looked at; it ends with a finding"
    )
    due_at: AwareDatetime | None = Field(default=None, description="when the answer is due")


class CaseMessage(Payload):
    """`down/case`: a job for this unit; again with the same `dispatch_id` when its words have changed."""

    SCHEMA: ClassVar[str] = "unit.case/1"

    job: JobBody


class Command(Payload):
    """`down/cmd`: `recall` takes a job back, `receipt` says that the centre has committed message `of`
    (`reason`: why nothing came of it);
    `acknowledge` and `clear` are what `by` did about the emergency `alarm_id` (`reason`: the note); `ticket`
    answers the announcement `of`: it opens the upload of `photo_id`, or is empty and `reason` says how that
    ended (`kept`, `refused`, `erased`); `locate` asks where the unit is, by a new `up/location`.
    """

    SCHEMA: ClassVar[str] = "unit.cmd/1"

    cmd: Literal["recall", "receipt", "acknowledge", "clear", "ticket", "locate"]
    dispatch_id: UUID | None = None
    of: UUID | None = None
    alarm_id: UUID | None = None
    photo_id: UUID | None = None
    ticket: Line = ""
    by: Line = ""
    reason: Note = ""


class Sync(Payload):
    """`down/sync`: the open jobs of this unit. When `complete`, what is not listed is no longer open.
    `inspector`: the unit may report by itself.
    """

    SCHEMA: ClassVar[str] = "unit.sync/1"

    jobs: list[JobBody] = Field(default_factory=list, max_length=40)
    complete: bool = True
    inspector: bool = False


class PresenceMessage(Frozen):
    """`state`, retained: by the terminal on each connection, by the broker as its last will."""

    SCHEMA: ClassVar[str] = "unit.state/1"

    online: bool


UP: dict[str, type[Payload]] = {"ack": Acknowledgement, "status": StatusMessage, "hello": Hello}
DOWN: dict[str, type[Payload]] = {"case": CaseMessage, "cmd": Command, "sync": Sync}
ELSEWHERE_UP = ("ptt", "voice", "wechat")
"""`ptt` is taken by floor control, on a link of its own, the others by the role `centre`."""
