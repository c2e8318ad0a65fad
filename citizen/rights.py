"""Who may do what with reports of citizens: this room's lines of the table, and those of its channels."""

from __future__ import annotations

from typing import Final

from citizen.channels.open311 import rights as open311
from citizen.channels.web_form import rights as web_form
from citizen.channels.wechat import rights as wechat
from citizen.mails import rights as mails
from core.actor import Role
from core.rights import right
from core.scopes import Scope

READ: Final = right(
    "read a citizen's report and its pictures",
    (Role.AGENT, Role.SUPERVISOR),
    "GET /api/drafts/{draft_id}/report",
    "GET /api/cases/{case_id}/report",
    "GET /api/drafts/{draft_id}/report/pictures/{picture_id}",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="with a case who may read the case; else who has taken it, or anybody while nobody has; every look"
    " stands in the audit trail",
)

SEE_MESSAGES: Final = right(
    "see messages to the reporter of a case",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/cases/{case_id}/messages",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule="with a case that he may read; the number is masked",
)
SEND_AGAIN: Final = right(
    "send a message again that did not arrive",
    (Role.AGENT, Role.SUPERVISOR),
    "POST /api/cases/{case_id}/messages/{message_id}/again",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="of a case that he may read; audited",
)
WATCH_MESSAGES: Final = right(
    "watch messages to citizens: counts, the latest, the links to SMSC and mail server",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/citizen/messages",
    rule="without words; numbers are masked",
)
OPT_OUT: Final = right(
    "opt a citizen's number or e-mail address out of messages, or in again, or have him called instead",
    (Role.AGENT, Role.SUPERVISOR),
    "POST /api/citizen/opt-outs",
    "POST /api/citizen/opt-outs/look",
    rule="each change and each look stands in the audit trail",
)
FOLLOW_UP: Final = right(
    "call reporters of closed cases and enter what they say",
    (Role.AGENT, Role.SUPERVISOR),
    "GET /api/follow-ups",
    "POST /api/follow-ups/{follow_up_id}/take",
    "POST /api/follow-ups/{follow_up_id}/outcome",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="the number is shown to who has taken it, within the calling hours; taking is audited",
)
SETTLE_CONCERN: Final = right(
    "look at reporters who are not satisfied",
    (Role.SUPERVISOR, Role.ACCEPTOR),
    "GET /api/follow-ups/concerns",
    "POST /api/follow-ups/{follow_up_id}/settle",
    scope=Scope.DISTRICT,
    others="none",
    rule="with a note; whether the case is reopened is decided on its page",
)
SEE_RATES: Final = right(
    "see the rates of follow-ups",
    (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR, Role.ADMIN),
    "GET /api/follow-ups/rates",
    scope=Scope.DISTRICT,
    others="none",
)
RIGHTS: Final = (
    READ,
    SEE_MESSAGES,
    SEND_AGAIN,
    WATCH_MESSAGES,
    OPT_OUT,
    FOLLOW_UP,
    SETTLE_CONCERN,
    SEE_RATES,
    *web_form.RIGHTS,
    *open311.RIGHTS,
    *wechat.RIGHTS,
    *mails.RIGHTS,
)
