"""Ports of this room. `gateway/wiring/citizen.py` supplies these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from starlette.requests import HTTPConnection

from citizen.contract import AddressRegister, KnownAddress, ReportClass, VoiceRecogniser, VoiceUnrecognised
from citizen.contract.staff import NoStaffDesk, StaffDesk
from citizen.mails.ports import MailLink
from citizen.messages.ports import CallerOfCase, CaseByCode, SmsLink
from core.actor import Actor
from core.audit import TransactionAudit
from core.bus import Bus
from core.storage import Storage
from core.views import Views

CurrentReader = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture that may be kept, without what it says of its place, time and maker."""

    kind: str
    content: bytes


PictureCheck = Callable[[bytes], CleanPicture | None]
"""None for bytes that are no picture, or one that is dangerous to open. May take some milliseconds."""

ReportReadable = Callable[[Actor, UUID], Awaitable[None]]
"""Raises where the person may not read the report with this id now: another has taken it, or its case is
confidential.
"""


CaseReadable = Callable[[Actor, UUID], Awaitable[None]]
"""Raises where the person may not read the case with this id: no such case, confidential, out of scope."""

AddressOf = Callable[[HTTPConnection], str]
StreetName = Callable[[str], str]
"""The name of the street in an address, as the gazetteer has it; empty where it knows none. Nothing else of
the address is in it.
"""


def no_street(_address: str) -> str:
    """There is no gazetteer."""
    return ""


ExpectedTimes = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, datetime]]]
"""The deadlines of those of these cases that the city works on, as everybody may see them. Raises
`StorageAway`.
"""


async def no_expected_times(_case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """No case has a deadline."""
    return {}


class NoAddresses:
    """There is neither a gazetteer nor a part register."""

    async def by_id(self, _address_id: str) -> KnownAddress | None:
        return None

    def of_street(self, _name: str) -> str:
        return ""


async def no_recogniser(_sound: bytes) -> str:
    """There is no recogniser. Raises `VoiceUnrecognised`."""
    raise VoiceUnrecognised(remedy="install a model: docs/speech.md")


@dataclass(frozen=True, slots=True)
class CitizenPorts:
    storage: Storage
    bus: Bus
    current_user: CurrentReader
    views: Views
    check_picture: PictureCheck
    address_of: AddressOf
    may_read: ReportReadable
    audit: TransactionAudit
    may_read_case: CaseReadable
    case_by_code: CaseByCode
    caller_of: CallerOfCase
    classes: Sequence[ReportClass] = ()
    """Those that a reporter may choose."""
    sms: SmsLink | None = None
    recognise: VoiceRecogniser = no_recogniser
    street_of: StreetName = no_street
    expected_times: ExpectedTimes = no_expected_times
    addresses: AddressRegister = field(default_factory=NoAddresses)
    staff: StaffDesk = field(default_factory=NoStaffDesk)
    dials: bool = False
    """Whether the centre places automatic calls of follow-ups."""
    rings: bool = False
    """Whether it tells citizens by automatic calls."""
    area_code: str = ""
    """The city's, of telephone numbers that come without one."""
    mails: MailLink | None = None
    """None where the settings name no mail server."""
