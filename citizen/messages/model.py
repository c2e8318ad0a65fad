"""Messages, their templates, and the hours and limits within which they go. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

import yaml
from pydantic import Field, model_validator

from cases.events import CaseProgress, DeclineReason
from citizen.contract import ReportStep
from core.models import Strict
from core.numbers import read

MessageLanguage = Literal["zh", "en"]
MessageChannel = Literal["sms", "email", "call"]


class MessageState(StrEnum):
    """`submitting`: it is being given to the SMSC or mail server, or was when the service ended; `sent`: that
    has it. Of a call: it may be running; it was picked up, and no key says that it was heard. `suppressed`:
    the citizen has opted out; `limited`: the number or address has had its messages of the day. `unknown`:
    nobody can say whether it was taken, or rang.
    """

    WAITING = "waiting"
    SUBMITTING = "submitting"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    LIMITED = "limited"
    UNKNOWN = "unknown"


EMAIL: Final = "email"
"""`channel` of a message that is an e-mail."""
CALL: Final = "call"
"""`channel` of one that an automatic call tells; all others are text messages."""
OPEN: Final = (MessageState.WAITING, MessageState.SUBMITTING)
NOT_ARRIVED: Final = frozenset(
    {
        MessageState.UNDELIVERED, MessageState.REFUSED, MessageState.EXPIRED, MessageState.LIMITED,
        MessageState.UNKNOWN,
    }
)  # fmt: skip
"""Of these a person may send one again."""


class MessagePurpose(StrEnum):
    """`answer` (a citizen asked just now) and `warning` (people released it) go at any hour and beyond the
    limit.
    """

    PROGRESS = "progress"
    FOLLOW_UP = "follow_up"
    ANSWER = "answer"
    WARNING = "warning"


AT_ANY_HOUR: Final = frozenset({MessagePurpose.ANSWER, MessagePurpose.WARNING})


class TemplateName(StrEnum):
    """One for each step of a case that is told, each reason for a declined report, and each answer."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    MERGED = "merged"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    UNCLEAR = "unclear"
    NO_REPORT = "no_report"
    RECEIPT = "receipt"
    STATUS = "status"
    STATUS_UNKNOWN = "status_unknown"
    STOPPED = "stopped"
    STARTED = "started"
    TOO_MANY = "too_many"
    FOLLOW_UP = "follow_up"
    THANKS = "thanks"
    SORRY = "sorry"


WORDS: Final = frozenset({"number", "code", "case", "step"})
"""What a template may say in braces: the number to follow with, its code, the case's number, its step."""
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
MOST_TEMPLATE: Final = 400


MAIL_WORDS: Final = WORDS - {"step"} | {"link"}
"""Of an e-mail: `link` is the page on which the report is followed."""
SUBJECT_WORDS: Final = MAIL_WORDS - {"code", "link"}
"""Of a subject: mail servers write it down, so it opens no report."""
STOP_WORDS: Final = frozenset({"stop"})
"""Of an e-mail's end: the page on which e-mails are stopped."""
MOST_MAIL: Final = 2000
MOST_SUBJECT: Final = 100
MOST_END: Final = 1000


class MessageTemplate(Strict):
    """What is said, in both languages; `{number}`, `{code}`, `{case}` and `{step}` are filled in."""

    name: TemplateName
    zh: str = Field(min_length=1, max_length=MOST_TEMPLATE)
    en: str = Field(min_length=1, max_length=MOST_TEMPLATE)

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        if not all(_only(text, WORDS) for text in (self.zh, self.en)):
            raise ValueError("only {number}, {code}, {case} and {step} stand in braces")
        return self


class MailTemplate(Strict):
    """What an e-mail says of a step, in both languages; `{number}`, `{code}`, `{case}` and `{link}` are
    filled in, in its subject `{number}` and `{case}`.
    """

    name: TemplateName
    subject_zh: str = Field(min_length=1, max_length=MOST_SUBJECT)
    zh: str = Field(min_length=1, max_length=MOST_MAIL)
    subject_en: str = Field(min_length=1, max_length=MOST_SUBJECT)
    en: str = Field(min_length=1, max_length=MOST_MAIL)

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        if not all(_only(text, MAIL_WORDS) for text in (self.zh, self.en)):
            raise ValueError("only {number}, {code}, {case} and {link} stand in braces")
        if not all(_only(text, SUBJECT_WORDS) for text in (self.subject_zh, self.subject_en)):
            raise ValueError("only {number} and {case} stand in braces of a subject: mail servers log it")
        return self


def _only(text: str, words: frozenset[str]) -> bool:
    rest = _BRACES.sub("", text)
    return "{" not in rest and "}" not in rest and set(_BRACES.findall(text)) <= words


@cache
def shipped_templates() -> tuple[MessageTemplate, ...]:
    rows = yaml.safe_load(files(__package__).joinpath("templates.yaml").read_text(encoding="utf-8"))
    return tuple(MessageTemplate(name=name, **told) for name, told in rows["templates"].items())


@cache
def _shipped_mails() -> Mapping[str, Any]:
    text = files(__package__).joinpath("mail_templates.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@cache
def shipped_mails() -> tuple[MailTemplate, ...]:
    return tuple(MailTemplate(name=name, **told) for name, told in _shipped_mails()["templates"].items())


def shipped_mail_end(language: MessageLanguage) -> str:
    return str(_shipped_mails()["end"][language])


_Word = Annotated[str, Field(min_length=1, max_length=20)]
ToldStep = Literal[
    "received",
    "assigned",
    "in_progress",
    "done",
    "verified",
    "closed",
    "cancelled",
    "handed_over",
    "merged",
    "declined",
]


class MessageRules(Strict):
    """Times are of the city. A citizen who opted out gets answers only."""

    language: MessageLanguage = "zh"
    signature: str = Field(default="【城市管理热线】", max_length=20)
    steps: tuple[ToldStep, ...] = ("received", "in_progress", "done", "closed", "cancelled", "handed_over",
                                   "merged", "declined")  # fmt: skip
    telephone: bool = True
    """Who reported by a mobile telephone is told by text message."""
    landline_calls: bool = False
    """Who left a landline alone, or asked for calls, is told by an automatic call, in the hours and limits of
    text messages.
    """
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    """The same moment twice: no hour is quiet."""
    per_day: int = Field(default=6, ge=1, le=100)
    """Messages to one number a day, answers left out."""
    expires_h: float = Field(default=48.0, ge=1, le=720)
    """A message that could not be sent by then is not sent any more."""
    stop_words: tuple[_Word, ...] = ("退订", "TD", "T", "STOP", "UNSUBSCRIBE")
    start_words: tuple[_Word, ...] = ("恢复", "HF", "START")
    query_words: tuple[_Word, ...] = ("查", "查询", "CX", "STATUS")
    templates: tuple[MessageTemplate, ...] = Field(default_factory=shipped_templates)
    first_way: Literal["sms", "email"] = "sms"
    """How a reporter is told who left a mobile number and an e-mail address."""
    mails: tuple[MailTemplate, ...] = Field(default_factory=shipped_mails)
    mail_end_zh: str = Field(default_factory=lambda: shipped_mail_end("zh"), max_length=MOST_END)
    mail_end_en: str = Field(default_factory=lambda: shipped_mail_end("en"), max_length=MOST_END)
    """Below each e-mail; `{stop}` is the page on which its reader stops them."""

    @model_validator(mode="after")
    def _each_template_once(self) -> Self:
        names = [one.name for one in self.templates]
        if sorted(names) != sorted(TemplateName):
            raise ValueError("each template stands there once")
        if sorted(one.name for one in self.mails) != sorted(one.name for one in shipped_mails()):
            raise ValueError("each template of an e-mail stands there once")
        for end in (self.mail_end_zh, self.mail_end_en):
            if "{stop}" not in end or not _only(end, STOP_WORDS):
                raise ValueError("{stop} stands in the end of an e-mail, and nothing else in braces")
        return self

    def template(self, name: TemplateName) -> MessageTemplate:
        return next(one for one in self.templates if one.name is name)

    def mail_template(self, name: TemplateName) -> MailTemplate:
        return next(one for one in self.mails if one.name is name)


@cache
def _step_words() -> Mapping[str, Mapping[str, str]]:
    rows: dict[str, Any] = yaml.safe_load(
        files(__package__).joinpath("templates.yaml").read_text(encoding="utf-8")
    )
    return dict(rows["steps"])


def told_step(step: ReportStep) -> ToldStep:
    """The step in the word by which the rules name it."""
    word: ToldStep = "declined" if step.progress is None else step.progress.value
    return word


def step_words(step: str, language: MessageLanguage) -> str:
    """`step` is a progress, `declined`, or `waiting`."""
    return _step_words()[step][language]


def template_of(progress: CaseProgress | None, declined: DeclineReason | None) -> TemplateName:
    """The template that tells this step."""
    return TemplateName(progress.value if progress is not None else (declined or DeclineReason.UNCLEAR).value)


def rendered(
    rules: MessageRules, name: TemplateName, language: MessageLanguage, words: Mapping[str, str]
) -> str:
    """The text with its signature; a word that is not given is left out."""
    template = rules.template(name)
    text = template.zh if language == "zh" else template.en
    return rules.signature + filled(text, words)


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its words in place of the braces."""
    return _BRACES.sub(lambda found: words.get(found[1], ""), text)


def own_code(number: str, code: str) -> str:
    """`{code}` of a report whose case has none that may be asked for: by both it is followed."""
    return f"{number} {code}"


def in_language(rules: MessageRules, language: str) -> MessageLanguage:
    """The language of a reporter, or the city's where none is known."""
    return "zh" if language == "zh" else "en" if language == "en" else rules.language


def mobile(number: str) -> str:
    """The number of a mobile telephone in the form in which it is dialled, empty for any other text."""
    known = read(number)
    return known.national if known is not None and known.kind == "mobile" else ""


def landline(number: str, area_code: str = "") -> str:
    """The same of a telephone that gets no text messages; `area_code` is that of a number without one."""
    known = read(number, area_code=area_code)
    return known.national if known is not None and known.kind == "fixed" else ""


def quiet_until(rules: MessageRules, now: datetime, timezone_h: float) -> datetime | None:
    """When the quiet hours that `now` lies in end; None where it lies in none."""
    start, end = rules.quiet_from, rules.quiet_until
    if start == end:
        return None
    local = now + timedelta(hours=timezone_h)
    at = local.time()
    quiet = start <= at < end if start < end else at >= start or at < end
    if not quiet:
        return None
    ends = datetime.combine(local.date(), end, local.tzinfo)
    if ends <= local:
        ends += timedelta(days=1)
    return ends - timedelta(hours=timezone_h)


def day_began(now: datetime, timezone_h: float) -> datetime:
    """Midnight in the city, before `now`."""
    local = now + timedelta(hours=timezone_h)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=timezone_h)


@dataclass(frozen=True, slots=True)
class MessageWish:
    """A message that is to be sent. `message_id` is the same for the same message: it is written down once.
    `step` is the case's step that it tells, empty for others.
    """

    message_id: UUID
    purpose: MessagePurpose
    number: str
    template: TemplateName
    words: Mapping[str, str] = field(default_factory=dict)
    case_id: UUID | None = None
    report_id: UUID | None = None
    step: str = ""
    language: str = ""
    """The reporter's; empty: the city's."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is stored. `doubts` counts how often it left without an answer, or a telephone rang
    that nobody picked up. `channel` is `sms` or `call`, with the number that it goes to, or `email`, with the
    masked address.
    """

    message_id: UUID
    purpose: MessagePurpose
    channel: str
    number: str
    text: str
    template: str
    step: str
    case_id: UUID | None
    report_id: UUID | None
    state: MessageState
    parts: int
    tries: int
    doubts: int
    error: str
    created_at: datetime
    claimed_at: datetime | None
    expires_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    sent_by: str


def state_of(receipt: str) -> MessageState | None:
    """What a receipt says of its part; None while it is on its way."""
    if receipt == "DELIVRD":
        return MessageState.DELIVERED
    if receipt in {"UNDELIV", "EXPIRED", "DELETED", "REJECTD", "UNKNOWN"}:
        return MessageState.UNDELIVERED
    return None


def sent_again(message: StoredMessage, other: StoredMessage) -> bool:
    """Whether `other` is this message sent once more, and is on its way or has arrived."""
    return (
        other.sent_by != ""
        and other.created_at >= message.created_at
        and other.message_id != message.message_id
        and (other.case_id, other.number, other.text) == (message.case_id, message.number, message.text)
        # Two addresses may look the same once they are masked.
        and (message.channel != EMAIL or other.report_id == message.report_id)
        and other.state not in NOT_ARRIVED
    )
