"""Who may do what with the ledger: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right
from core.scopes import Scope

READERS: Final = (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR)
_CALL: Final = "an agent only of a call in which he took part; a supervisor of any"
_ACCEPTED: Final = "an acceptor of a call, not confidential, whose case he verifies, closes or has closed"

SEE_LEDGER: Final = right(
    "search and read the ledger",
    READERS,
    "GET /api/ledger/calls",
    "GET /api/ledger/calls/{call_id}",
    scope=Scope.QUEUE,
    others="masked",
    freely=(Role.SUPERVISOR,),
    rule="numbers, words and a confidential call: the call's agents and supervisors; revealing is audited",
)
READ_TRANSCRIPT: Final = right(
    "read a call's transcript",
    (Role.AGENT, Role.SUPERVISOR, Role.ACCEPTOR),
    "GET /api/calls/{call_id}/transcript",
    scope=Scope.QUEUE,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_CALL}; {_ACCEPTED}",
)
LISTEN: Final = right(
    "hear a recording",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/ledger/recordings/{recording_id}",
    "GET /api/ledger/recordings/{recording_id}/talks",
    scope=Scope.TALKGROUP,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_CALL}; {_ACCEPTED}; a talkgroup's: who commands and has its right monitor; audited",
)
RECALL: Final = right(
    "hear again what was said in a talkgroup",
    (Role.DISPATCHER, Role.SUPERVISOR),
    "GET /api/talkgroups/{talkgroup}/recall",
    "GET /api/talkgroups/{talkgroup}/recall/talks",
    "GET /api/talkgroups/{talkgroup}/playback",
    "GET /api/talkgroups/{talkgroup}/playback/transmissions",
    scope=Scope.TALKGROUP,
    others="none",
    rule="the talkgroup's right monitor; each access is audited",
)
PAUSE_RECORDING: Final = right(
    "pause a call's recording",
    (Role.AGENT, Role.SUPERVISOR),
    "POST /api/calls/{call_id}/recording/pause",
    "POST /api/calls/{call_id}/recording/resume",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=_CALL,
)
ERASE: Final = right(
    "erase the persons of a call",
    (Role.ADMIN,),
    "POST /api/ledger/calls/{call_id}/erase",
    rule="once a second person has approved it; who is alone says so, and it alarms",
)
HOLD: Final = right(
    "see, set and lift legal holds",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/ledger/holds",
    "POST /api/ledger/holds",
    "POST /api/ledger/holds/{hold_id}/lift",
)
REPORT: Final = right(
    "make reports",
    (Role.SUPERVISOR,),
    "GET /api/reports/queues",
    "GET /api/reports/agents",
    "GET /api/reports/quality",
    "GET /api/reports/calls",
    scope=Scope.QUEUE,
    rule="who is limited to queues names one of them; very many calls need a second person",
)

SCHEDULE_REPORTS: Final = right(
    "have reports sent by e-mail",
    (Role.SUPERVISOR,),
    "GET /api/reports/schedules",
    "POST /api/reports/schedules",
    "POST /api/reports/schedules/{schedule_id}",
    "POST /api/reports/schedules/{schedule_id}/remove",
    "POST /api/reports/schedules/{schedule_id}/send",
    scope=Scope.QUEUE,
    rule="a report has the rights of whoever saved it last, when it is sent",
)
EDIT_SCORING_FORMS: Final = right(
    "edit scoring forms",
    (Role.SUPERVISOR, Role.ADMIN),
    "POST /api/quality/forms",
    "POST /api/quality/forms/{form_id}/versions",
    "POST /api/quality/forms/{form_id}/retire",
)
SCORE_CALLS: Final = right(
    "score calls, calibrate with a colleague",
    (Role.SUPERVISOR,),
    "POST /api/quality/scorecards",
    "GET /api/quality/scorers",
    "GET /api/quality/calibrations",
    "POST /api/quality/calibrations",
    "GET /api/quality/calibrations/{calibration_id}",
    scope=Scope.QUEUE,
    rule="nobody scores himself; a colleague's card of a calibration only once both are filled",
)
MARK_RECORDINGS: Final = right(
    "mark a place in a recording",
    (Role.SUPERVISOR,),
    "POST /api/quality/marks",
    "POST /api/quality/marks/{mark_id}/remove",
    scope=Scope.QUEUE,
    others="none",
    rule="who made a mark removes it",
)
SEE_SCORES: Final = right(
    "see scores, scoring forms and marks",
    (Role.AGENT, Role.SUPERVISOR, Role.ADMIN),
    "GET /api/quality/forms",
    "GET /api/quality/forms/{form_id}/versions",
    "GET /api/quality/scorecards",
    "GET /api/calls/{call_id}/marks",
    scope=Scope.QUEUE,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="an agent the own scores, and marks of a call in which he took part",
)

RIGHTS: Final = (
    SEE_LEDGER, READ_TRANSCRIPT, LISTEN, RECALL, PAUSE_RECORDING, ERASE, HOLD, REPORT,
    SCHEDULE_REPORTS,
    EDIT_SCORING_FORMS, SCORE_CALLS, MARK_RECORDINGS, SEE_SCORES,
)  # fmt: skip
