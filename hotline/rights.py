"""Who may do what with calls, queues and agents: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right
from core.scopes import Scope

DESKS: Final = (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR)
ON_CALLS: Final = (Role.AGENT, Role.SUPERVISOR)
_PART: Final = "an agent only of a call in which he takes part; a supervisor of any"

SIT_DOWN: Final = right(
    "sign in at the own telephone",
    (Role.AGENT,),
    "POST /api/agents/me/sign-in",
    others="none",
    rule="a telephone that is assigned to somebody else is another's",
)
OWN_SEAT: Final = right(
    "sign out, set the own state",
    (Role.AGENT,),
    "POST /api/agents/me/sign-out",
    "POST /api/agents/me/state",
    "POST /api/agents/me/wrap-up/extend",
    rule="only the own one",
)
OWN_DESK_PHONE: Final = right(
    "have the own phone on a page of the desk",
    ON_CALLS,
    "GET /api/agents/me/phone",
    "POST /api/agents/me/phone/claim",
    "POST /api/agents/me/phone/registered",
    rule="only the own one; from another page by an explicit takeover",
)
FORCE_STATE: Final = right(
    "set an agent's state for him",
    (Role.SUPERVISOR,),
    "POST /api/agents/{agent_id}/state",
    scope=Scope.QUEUE,
    rule="an agent who serves one of the own queues",
)
SEE_AGENTS: Final = right("see the agents", DESKS, "GET /api/agents", "GET /api/agents/reasons")
SEE_DRIFT: Final = right(
    "see where queues differ from the agents' ledger", (Role.SUPERVISOR, Role.ADMIN), "GET /api/agents/drift"
)
SEE_QUEUES: Final = right("see the queues", DESKS, "GET /api/queues", scope=Scope.QUEUE)
SEE_WAITING: Final = right(
    "see who waits",
    DESKS,
    "GET /api/queues/waiting",
    scope=Scope.QUEUE,
    others="masked",
    freely=(Role.SUPERVISOR,),
    rule="numbers and confidential calls only for supervisors",
)
SET_PRIORITY: Final = right(
    "give a waiting caller another place",
    (Role.SUPERVISOR,),
    "POST /api/queues/waiting/{call_id}/priority",
    scope=Scope.QUEUE,
)
SEE_CALLS: Final = right(
    "see the live calls",
    DESKS,
    "GET /api/calls",
    "GET /api/calls/{call_id}",
    scope=Scope.QUEUE,
    others="masked",
    freely=(Role.SUPERVISOR,),
    rule="numbers and names for the call's agents and supervisors; a confidential call for them alone",
)
SPEAK_FOR_CALL: Final = right(
    "say what a call was about, mark it confidential",
    ON_CALLS,
    "POST /api/calls/{call_id}/disposition",
    "POST /api/calls/{call_id}/confidential",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=_PART,
)
LIFT_MARK: Final = right("… take the mark of a confidential call away", (Role.SUPERVISOR,))
CONTROL_CALL: Final = right(
    "act on a call",
    ON_CALLS,
    *(
        f"POST /api/calls/{{call_id}}/{verb}"
        for verb in (
            "hold", "resume", "mute", "unmute", "complete", "abort", "conference", "silent", "park",
            "retrieve", "answer", "help", "transfer", "consult", "redirect", "digits", "hangup", "handover",
        )
    ),
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_PART}; a parked call may be retrieved by any agent",
)  # fmt: skip
SUPERVISE_CALL: Final = right(
    "listen to a call, whisper, join, take it over, answer a call for help",
    (Role.SUPERVISOR,),
    *(
        f"POST /api/calls/{{call_id}}/{verb}"
        for verb in ("monitor", "whisper", "barge", "intercept", "help/accept")
    ),
    scope=Scope.QUEUE,
)
SEE_HANDOVERS: Final = right("see to whom a call can be handed over", DESKS, "GET /api/handovers")
PLACE_CALL: Final = right("place a call", ON_CALLS, "POST /api/calls", rule="from the own telephone")
LIST_NUISANCE: Final = right(
    "see and change the list of nuisance numbers",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/nuisance",
    "POST /api/nuisance",
    "POST /api/nuisance/{listing_id}/lift",
)
SEE_BOARD: Final = right(
    "see the board", (Role.SUPERVISOR, Role.DISPATCHER, Role.AGENT), "GET /api/board", scope=Scope.QUEUE
)
SEE_CALLBACKS: Final = right(
    "see callbacks and ask for one",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER),
    "GET /api/callbacks",
    "GET /api/callbacks/{callback_id}",
    "POST /api/callbacks",
    scope=Scope.QUEUE,
    others="masked",
    freely=(Role.SUPERVISOR,),
    rule="number and notes for supervisors and for the agent whose callback it is",
)
OWN_CALLBACK: Final = right(
    "take or decline the callback that is offered",
    (Role.AGENT,),
    "POST /api/callbacks/{callback_id}/accept",
    "POST /api/callbacks/{callback_id}/decline",
    others="none",
    rule="only who it is offered to",
)
NOTE_CALLBACK: Final = right(
    "say what came of a callback",
    ON_CALLS,
    "POST /api/callbacks/{callback_id}/outcome",
    scope=Scope.QUEUE,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="the agent who dialled it; a supervisor any",
)
SETTLE_CALLBACK: Final = right(
    "cancel or assign a callback",
    (Role.SUPERVISOR,),
    "POST /api/callbacks/{callback_id}/cancel",
    "POST /api/callbacks/{callback_id}/assign",
    scope=Scope.QUEUE,
)
DRAIN: Final = right(
    "keep new calls from agents before a stop, and see which calls are left",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/drain",
    "POST /api/drain",
)
SEE_ALARM_CALLS: Final = right(
    "see which supervisors were rung for an alarm", (Role.DISPATCHER, Role.SUPERVISOR), "GET /api/alarm-calls"
)
SEE_CONFERENCES: Final = right(
    "see the conferences of cases",
    DESKS,
    "GET /api/conferences",
    "GET /api/conferences/{conference_id}",
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule="those of cases that one sees whole; a telephone by its last four digits",
)
HOLD_CONFERENCE: Final = right(
    "hold the conference of a case: open it, ask members in, mute, remove, lock, record, end",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER),
    "POST /api/conferences",
    "POST /api/conferences/{conference_id}/members",
    "POST /api/conferences/{conference_id}/members/{member_id}/{verb}",
    "POST /api/conferences/{conference_id}/{verb}",
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER),
    rule="of cases that one sees whole; a talkgroup needs its right patch; audited",
)

RIGHTS: Final = (
    SIT_DOWN, OWN_SEAT, OWN_DESK_PHONE, FORCE_STATE, SEE_AGENTS, SEE_DRIFT, SEE_QUEUES, SEE_WAITING,
    SET_PRIORITY, SEE_CALLS, SPEAK_FOR_CALL, LIFT_MARK, CONTROL_CALL, SUPERVISE_CALL, SEE_HANDOVERS,
    PLACE_CALL, LIST_NUISANCE, SEE_BOARD, SEE_CALLBACKS, OWN_CALLBACK, NOTE_CALLBACK,
    SETTLE_CALLBACK, DRAIN, SEE_ALARM_CALLS, SEE_CONFERENCES, HOLD_CONFERENCE,
)  # fmt: skip
