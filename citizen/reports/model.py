"""A stored report, and the checks that every channel's report passes. Pure."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases.events import CaseSource
from citizen.contract.mail_address import mail_address
from citizen.contract.report import (
    MOST_ADDRESS,
    MOST_MESSAGE_ID,
    MOST_PICTURE_BYTES,
    MOST_PICTURES,
    MOST_PLACE,
    MOST_TEXT,
    CitizenReport,
    ReportAddition,
)
from citizen.errors import ReportInvalid
from core.place import Position

MOST_PHONE: Final = 40
MOST_CATEGORY: Final = 64
MOST_PART_ID: Final = 16
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH: Final = 10
"""31 letters that are not mistaken for each other, ten times: 49 bits."""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it is stored. `case_number` is empty until it is filed; a forgotten report has neither
    words nor reporter. `hidden`: its case is confidential.
    """

    report_id: UUID
    channel: str
    source: CaseSource
    number: str
    code: str
    digest: str
    text: str
    place: str
    reporter: str
    phone: str
    position: Position | None
    category: str
    received_at: datetime
    case_id: UUID | None
    case_number: str
    progress: str
    hidden: bool = False
    email: str = ""
    language: str = ""


def new_code() -> str:
    """A secret that a person can copy from paper."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def report_number(received_at: datetime, sequence: int, timezone_h: float) -> str:
    """`R20261130-00012`: the day in the city, and the report's place in it."""
    return f"R{received_at + timedelta(hours=timezone_h):%Y%m%d}-{sequence:05d}"


def digest_of(report: CitizenReport) -> str:
    """What the citizen said, as SHA-256: a message that comes again has the same."""
    where = None if report.position is None else report.position.model_dump()
    said = [report.text, report.place, report.reporter, report.phone, where]
    said += [one for one in (report.category, report.part_id) if one]
    if report.email:
        said.append({"email": report.email})
    whole = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode())
    for picture in report.pictures:
        whole.update(hashlib.sha256(picture).digest())
    return whole.hexdigest()


def check(report: CitizenReport) -> None:
    """Raises `ReportInvalid`, which names what is wrong."""
    limits = (
        ("message_id", report.message_id, MOST_MESSAGE_ID),
        ("text", report.text, MOST_TEXT),
        ("place", report.place, MOST_PLACE),
        ("reporter", report.reporter, MOST_ADDRESS),
        ("phone", report.phone, MOST_PHONE),
        ("category", report.category, MOST_CATEGORY),
        ("part_id", report.part_id, MOST_PART_ID),
    )
    for name, text, most in limits:
        if len(text) > most:
            raise ReportInvalid(f"{name} is longer than {most} characters", remedy="shorten it", field=name)
        if "\0" in text:
            raise ReportInvalid(f"{name} has a zero byte", remedy="send text", field=name)
    if not report.message_id:
        raise ReportInvalid("message_id is empty", remedy="give each report an id", field="message_id")
    if report.email and mail_address(report.email) != report.email:
        raise ReportInvalid(
            "this is no e-mail address", remedy="write it as name@example.org, or leave it out", field="email"
        )
    if report.language not in {"", "zh", "en"}:
        raise ReportInvalid("the language is zh or en", remedy="leave it out", field="language")
    if not report.text.strip():
        raise ReportInvalid("text is empty", remedy="say what is wrong, and where", field="text")
    if len(report.pictures) > MOST_PICTURES or any(len(one) > MOST_PICTURE_BYTES for one in report.pictures):
        raise ReportInvalid(
            f"at most {MOST_PICTURES} pictures of {MOST_PICTURE_BYTES} bytes",
            remedy="send fewer or smaller ones", field="pictures",
        )  # fmt: skip


def check_addition(addition: ReportAddition) -> None:
    """Raises `ReportInvalid`, which names what is wrong."""
    limits = (
        ("message_id", addition.message_id, MOST_MESSAGE_ID),
        ("text", addition.text, MOST_TEXT),
    )
    for name, text, most in limits:
        if len(text) > most or "\0" in text:
            raise ReportInvalid(f"{name} is longer than {most} characters, or no text", remedy="shorten it",
                                field=name)  # fmt: skip
    if not addition.message_id:
        raise ReportInvalid("message_id is empty", remedy="give each addition an id", field="message_id")
    if not addition.text.strip() and not addition.pictures:
        raise ReportInvalid("nothing is added", remedy="write something, or add a picture", field="text")
    if len(addition.pictures) > MOST_PICTURES or any(
        len(one) > MOST_PICTURE_BYTES for one in addition.pictures
    ):
        raise ReportInvalid(
            f"at most {MOST_PICTURES} pictures of {MOST_PICTURE_BYTES} bytes",
            remedy="send fewer or smaller ones", field="pictures",
        )  # fmt: skip
