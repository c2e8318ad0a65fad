"""How a department receives its work, which form an act becomes, and what becomes of a delivery. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from enum import StrEnum
from typing import Annotated, Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, model_validator

from cases.events import AssignmentAction
from cases.exchange.settings import ExchangeSettings
from core.models import Strict
from core.translation import gettext_lazy as _

MOST_RECEIVERS: Final = 1_000
ORDERS: Final = "12345"
"""Stands for a department where forms about work orders go: the hotline that registered them."""
MOST_BEATS: Final = 1_000
MOST_KEYS: Final = 10_000
_ADDRESS: Final = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,189}")
_URL: Final = re.compile(r"https?://[!-~]{1,1000}")
NEEDS_MAIL: Final = _("an e-mail address is missing")
NEEDS_SYSTEM: Final = _("inspectors of a department are asked by webhook alone")
NEEDS_URL: Final = _("the address must look like https://host/path, without name, password and fragment")


class FormName(StrEnum):
    """The eight forms between a city's centre and its departments."""

    PROBLEM_REGISTRATION = "problem_registration"
    VERIFICATION_REQUEST = "verification_request"
    VERIFICATION_FEEDBACK = "verification_feedback"
    CASE_FILING = "case_filing"
    TASK_ASSIGNMENT = "task_assignment"
    TASK_FEEDBACK = "task_feedback"
    RESULT_CHECK = "result_check"
    RESULT_FEEDBACK = "result_feedback"


class ReceiptWay(StrEnum):
    """How a department receives its work. It may use the desk besides."""

    DESK = "desk"
    MAIL = "mail"
    WEBHOOK = "webhook"


class DeliveryState(StrEnum):
    """`dead`: the receiver refused the form, or its life is over; it leaves again by hand alone."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class FormReceiver(Strict):
    """A department that receives forms. Each `key_number` has a signing secret of its own; while it is above
    1 the one before it signs too, so that the receiver changes over without a gap. `inspectors`: its people
    verify on site, in these `beats`; without beats, where nobody of ours can.
    """

    department_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    way: ReceiptWay = ReceiptWay.DESK
    mail: Annotated[str, Field(max_length=254)] = ""
    url: Annotated[str, Field(max_length=1_010)] = ""
    key_number: Annotated[int, Field(ge=1, le=MOST_KEYS)] = 1
    inspectors: bool = False
    beats: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=MOST_BEATS)] = ()

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.way is ReceiptWay.MAIL and not is_mail_address(self.mail):
            raise ValueError(NEEDS_MAIL.text)
        if self.way is ReceiptWay.WEBHOOK and not is_web_address(self.url):
            raise ValueError(NEEDS_URL.text)
        if self.inspectors and (self.way is not ReceiptWay.WEBHOOK or self.department_id == ORDERS):
            raise ValueError(NEEDS_SYSTEM.text)
        return self


class FormReceivers(Strict):
    """A department that is not named receives its work at the desk."""

    receivers: Annotated[tuple[FormReceiver, ...], Field(max_length=MOST_RECEIVERS)] = ()

    def by_department(self) -> Mapping[str, FormReceiver]:
        """Those that receive forms."""
        return {one.department_id: one for one in self.receivers if one.way is not ReceiptWay.DESK}


@dataclass(frozen=True, slots=True)
class FormDelivery:
    """A form on its way to a department. It is made when it leaves, from the case as it is then; what is kept
    says which: the act of then on the assignment. `delivery_id` is the same however often it leaves. `error`
    is the code of what went wrong at the last attempt.
    """

    delivery_id: UUID
    department_id: str
    case_id: UUID | None
    assignment_id: UUID | None
    form: FormName
    act: str
    act_at: datetime
    state: DeliveryState
    way: ReceiptWay
    created_at: datetime
    expires_at: datetime
    attempts: int = 0
    error: str = ""
    next_at: datetime | None = None
    ended_at: datetime | None = None
    reference: str = ""
    """Of the work order that it answers; empty for a task."""


_TOLD: Final[Mapping[str, FormName]] = {
    **dict.fromkeys(
        [
            AssignmentAction.DISPATCH, AssignmentAction.REFUSE_RETURN, AssignmentAction.UPHOLD,
            AssignmentAction.OVERRULE, AssignmentAction.REASSIGN, AssignmentAction.APPROVE,
            AssignmentAction.REFUSE, AssignmentAction.RESUME, AssignmentAction.REMIND,
            AssignmentAction.SUPERVISE, AssignmentAction.WITHDRAW, AssignmentAction.REOPEN,
            "deadline_warned", "deadline_passed", "merge", "unmerge",
        ],
        FormName.TASK_ASSIGNMENT,
    ),
    AssignmentAction.REWORK: FormName.RESULT_CHECK,
    AssignmentAction.FINISH: FormName.RESULT_FEEDBACK,
    AssignmentAction.SETTLE: FormName.RESULT_FEEDBACK,
}  # fmt: skip
"""What the centre does, and the clock. All else is the department's own: its acts, whom it gives the task to,
and what its unit reports.
"""
_EITHERS: Final = frozenset({AssignmentAction.RESUME})
"""What both may do: a department is told of what it did not do itself."""


def form_of(act: str, *, by_department: bool = False) -> FormName | None:
    """The form by which a department is told of an act on its assignment; None for its own acts. What changes
    the terms of a task (a reminder, another deadline, a decision) is told by the task's form.
    """
    return None if by_department and act in _EITHERS else _TOLD.get(act)


def pause(settings: ExchangeSettings, attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return timedelta(
        seconds=min(settings.longest_retry_s, settings.first_retry_s * 2 ** min(max(attempts - 1, 0), 20))
    )


def is_mail_address(text: str) -> bool:
    """Whether a mail can be addressed to it: what the standard library writes, in ASCII."""
    if not text.isascii() or not _ADDRESS.fullmatch(text):
        return False
    try:
        return Address(addr_spec=text).addr_spec == text
    except (ValueError, LookupError, MessageError):
        return False


def is_web_address(text: str) -> bool:
    """Whether it is an address of HTTP or HTTPS that says no name, password or fragment."""
    if not _URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and port != 0 and "@" not in parts.netloc and not parts.fragment


def twice(receivers: Iterable[FormReceiver]) -> list[str]:
    """The departments that stand there twice."""
    names = [one.department_id for one in receivers]
    return sorted({name for name in names if names.count(name) > 1})
