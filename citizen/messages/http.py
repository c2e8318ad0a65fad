"""The desk's routes of messages to citizens, and of opt-outs. Numbers are masked."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from citizen import rights
from citizen.contract.mail_address import MOST_MAIL_ADDRESS
from citizen.followup.http import FollowUpOfCase, follow_up_of_case
from citizen.followup.service import FollowUps
from citizen.messages.errors import NoSuchMessage
from citizen.messages.model import (
    CALL,
    EMAIL,
    NOT_ARRIVED,
    MessageChannel,
    MessagePurpose,
    MessageState,
    StoredMessage,
    mobile,
    sent_again,
)
from citizen.messages.service import CitizenMessages
from citizen.ports import CaseReadable, CurrentReader
from core.actor import Actor
from core.room import Health
from core.routes import RoomRouter
from core.views import Views

MOST: int = 200
MOST_OF_CASE: int = 100


class CitizenMessageView(BaseModel):
    """A message to the reporter of a case. `number` is masked: a telephone's, or an e-mail address. `text` is
    empty once its time is over; an e-mail's first line is its subject, and its link is left out.
    """

    message_id: UUID
    purpose: MessagePurpose
    channel: MessageChannel
    template: str
    number: str
    text: str
    state: MessageState
    error: str
    parts: int
    tries: int
    created_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    sent_by: str


class CaseMessageList(BaseModel):
    """The newest first. `again` are those that this person may send again now."""

    messages: list[CitizenMessageView]
    again: list[UUID]
    follow_ups: list[FollowUpOfCase]


class SendAgainRequest(BaseModel):
    op_id: UUID


class QueuedMessageView(BaseModel):
    """A message without its words."""

    message_id: UUID
    purpose: MessagePurpose
    channel: MessageChannel
    template: str
    number: str
    state: MessageState
    error: str
    parts: int
    tries: int
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class MessageOverview(BaseModel):
    """Of the day that began at `since`; `states` counts what is open in any case. `link` is `up`, `degraded`
    with `why`, or `off` where the settings name no SMSC; `mail` and `mail_why` say the same of the mail
    server.
    """

    since: datetime
    states: Mapping[str, int]
    opted_out: int
    link: str
    why: str
    mail: str
    mail_why: str
    latest: list[QueuedMessageView]


class OptOutRequest(BaseModel):
    """`number` may be an e-mail address. `out` false: it gets messages again. `calls`: a mobile telephone is
    told by calls instead of text messages, or false: by text messages again.
    """

    number: str = Field(min_length=3, max_length=MOST_MAIL_ADDRESS)
    out: bool
    calls: bool | None = None


class OptOutLook(BaseModel):
    """`number` may be an e-mail address."""

    number: str = Field(min_length=3, max_length=MOST_MAIL_ADDRESS)


class OptOutView(BaseModel):
    """`since` is None for a number that gets messages, `calls_since` for one whose owner has not asked for
    calls. `may_call`: he may.
    """

    since: datetime | None
    calls_since: datetime | None
    may_call: bool


def masked(number: str) -> str:
    """`139****0001`; empty for none. An e-mail address is masked where it stands."""
    if "@" in number:
        return number
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else "****" if number else ""


def message_routes(
    messages: CitizenMessages,
    follow_ups: FollowUps,
    user: CurrentReader,
    views: Views,
    may_read: CaseReadable,
    link: Callable[[str], Health | None],
) -> APIRouter:
    """`link` gives the health of a channel's link, `sms` or `email`, None where there is none."""
    routes = RoomRouter(tags=["citizen"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases/{case_id}/messages")
    async def of_case(case_id: UUID, actor: person) -> CaseMessageList:
        """Messages to the reporter of a case with what became of them, and its follow-ups."""
        rights.SEE_MESSAGES.check(actor)
        await may_read(actor, case_id)
        found = await messages.of_case(case_id, MOST_OF_CASE)
        asked = await follow_ups.of_case(case_id)
        may_again = rights.SEND_AGAIN.allows(actor)
        return CaseMessageList(
            messages=[_view(one) for one in found],
            again=[
                one.message_id
                for one in found
                if may_again
                and one.state in NOT_ARRIVED
                and one.number
                and not any(sent_again(one, other) for other in found)
            ],
            follow_ups=[follow_up_of_case(one) for one in asked],
        )

    @routes.post("/cases/{case_id}/messages/{message_id}/again")
    async def again(
        case_id: UUID, message_id: UUID, body: SendAgainRequest, actor: person
    ) -> CitizenMessageView:
        """Send a message once more that did not arrive."""
        rights.SEND_AGAIN.check(actor)
        await may_read(actor, case_id)
        if message_id not in {one.message_id for one in await messages.of_case(case_id, MOST_OF_CASE)}:
            raise NoSuchMessage(remedy="reload the case")
        return _view(await messages.send_again(actor, message_id, body.op_id))

    @routes.get("/citizen/messages")
    async def overview(
        actor: person,
        state: Annotated[list[MessageState] | None, Query(max_length=10)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    ) -> MessageOverview:
        """Today's messages by what became of them, and the latest without their words."""
        rights.WATCH_MESSAGES.check(actor)
        counts = await messages.counts()
        sms, mail = link("sms"), link(EMAIL)
        return MessageOverview(
            since=counts.since,
            states=counts.states,
            opted_out=counts.opted_out,
            link="off" if sms is None else sms.state,
            why="" if sms is None else sms.why,
            mail="off" if mail is None else mail.state,
            mail_why="" if mail is None else mail.why,
            latest=[_queued(one) for one in await messages.latest(state or (), limit)],
        )

    @routes.post("/citizen/opt-outs")
    async def opt(body: OptOutRequest, actor: person) -> OptOutView:
        """Enter that a citizen wants no more messages, wants them again, or wants calls instead."""
        rights.OPT_OUT.check(actor)
        if body.calls is not None:
            await messages.choose_calls(actor, body.number, chosen=body.calls)
        await messages.opt(actor, body.number, out=body.out)
        return await _choice(messages, body.number)

    @routes.post("/citizen/opt-outs/look")
    async def look(body: OptOutLook, actor: person) -> OptOutView:
        """Whether a number has opted out, or is told by calls."""
        rights.OPT_OUT.check(actor)
        found = await _choice(messages, body.number)
        await views.viewed(actor, "view-opt-out", "opt-outs")
        return found

    return routes


async def _choice(messages: CitizenMessages, number: str) -> OptOutView:
    return OptOutView(
        since=await messages.opted_out(number),
        calls_since=await messages.calls_since(number),
        may_call=messages.calls and mobile(number) != "",
    )


def _channel(one: StoredMessage) -> MessageChannel:
    return "email" if one.channel == EMAIL else "call" if one.channel == CALL else "sms"


def _view(one: StoredMessage) -> CitizenMessageView:
    return CitizenMessageView(
        message_id=one.message_id, purpose=one.purpose, channel=_channel(one), template=one.template,
        number=masked(one.number), text=one.text.replace("{link}", "…"), state=one.state,
        error=one.error, parts=one.parts,
        tries=one.tries,
        created_at=one.created_at, expires_at=one.expires_at, sent_at=one.sent_at, ended_at=one.ended_at,
        sent_by=one.sent_by,
    )  # fmt: skip


def _queued(one: StoredMessage) -> QueuedMessageView:
    return QueuedMessageView(
        message_id=one.message_id, purpose=one.purpose, channel=_channel(one), template=one.template,
        number=masked(one.number), state=one.state, error=one.error, parts=one.parts, tries=one.tries,
        created_at=one.created_at,
        sent_at=one.sent_at, ended_at=one.ended_at,
    )  # fmt: skip
