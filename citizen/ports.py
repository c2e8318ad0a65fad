"""Ports of this room. `gateway/wiring/citizen.py` supplies these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import HTTPConnection

from citizen.contract import ReportClass, VoiceRecogniser, VoiceUnrecognised
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
    dials: bool = False
    """Whether the centre places automatic calls."""
    mails: MailLink | None = None
    """None where the settings name no mail server."""
