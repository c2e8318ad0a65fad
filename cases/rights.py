"""Who may do what with drafts, cases, dispatches and articles: this room's lines of the table
(decision 0180).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.actor import Role
from core.rights import STAFF, AccessRight, right
from core.scopes import Scope

DRAFTERS: Final = (Role.AGENT, Role.SUPERVISOR)
_CALL: Final = "an agent only of a call in which he took part; a supervisor of any"
_OPEN: Final = "a confidential case for who filed it, supervisors, dispatchers and acceptors"

DRAFT: Final = right(
    "read and take over drafts",
    DRAFTERS,
    "GET /api/calls/{call_id}/drafts",
    "POST /api/calls/{call_id}/drafts",
    "GET /api/drafts/{draft_id}",
    "POST /api/drafts/{draft_id}/take-over",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=_CALL,
)
EDIT_DRAFT: Final = right(
    "edit, confirm and discard drafts",
    DRAFTERS,
    "PATCH /api/drafts/{draft_id}",
    "POST /api/drafts/{draft_id}/further",
    "POST /api/drafts/{draft_id}/additional-problems",
    "POST /api/drafts/{draft_id}/confirm",
    "POST /api/drafts/{draft_id}/discard",
    others="none",
    rule="who took part in the call; who did not, or of whom it was taken over, after taking it over",
)
TAKE_REPORT: Final = right(
    "take reports of other channels out of the queue, file or decline them",
    DRAFTERS,
    "GET /api/drafts/waiting",
    "POST /api/drafts/{draft_id}/take",
    "POST /api/drafts/{draft_id}/release",
    "POST /api/drafts/{draft_id}/decline",
    "POST /api/drafts/{draft_id}/offer/decline",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="who has taken a report files or declines it, and others see no words of it; a supervisor any",
)
SEE_CASES: Final = right(
    "find and read cases",
    STAFF,
    "GET /api/cases",
    "GET /api/cases/near",
    "GET /api/cases/{case_id}",
    scope=Scope.DISTRICT,
    others="masked",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
        Role.ACCEPTOR,
    ),
    rule=f"{_OPEN}; who filed a case sees it in any district",
)
SEE_OPEN_OF_CALL: Final = right(
    "see the open cases of the number that calls",
    DRAFTERS,
    "GET /api/calls/{call_id}/open-cases",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_CALL}; {_OPEN}",
)
SEE_TIMELINE: Final = right(
    "read a case's timeline",
    STAFF,
    "GET /api/cases/{case_id}/timeline",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
        Role.ACCEPTOR,
    ),
    rule=f"each kind of entry for who may read it by itself; {_OPEN}",
)
PRINT_CASE: Final = right(
    "print a case as a PDF",
    STAFF,
    "GET /api/cases/{case_id}/document.pdf",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
        Role.ACCEPTOR,
    ),
    rule=f"entries, words and photos for who may see each by itself; audited; {_OPEN}",
)
FILE_ON_PAPER: Final = right(
    "enter a case that was written on paper",
    DRAFTERS,
    "POST /api/cases/paper",
    scope=Scope.DISTRICT,
)
FILE_SUPERIOR_ORDER: Final = right(
    "file what a superior orders",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER),
    "POST /api/cases/superior",
    scope=Scope.DISTRICT,
)
ADD_ORDER_ATTACHMENT: Final = right(
    "add a letter to a superior's order",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER),
    "POST /api/cases/superior/{case_id}/attachments",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
    ),
    rule=_OPEN,
)
SEE_ORDER_ATTACHMENTS: Final = right(
    "read the letters of a superior's order",
    STAFF,
    "GET /api/cases/superior/{case_id}/attachments",
    "GET /api/cases/superior/{case_id}/attachments/{attachment_id}",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
        Role.ACCEPTOR,
    ),
    rule=f"each letter that is taken is audited; {_OPEN}",
)
SEE_POSITIONS: Final = right(
    "see on a map where open cases are",
    (Role.SUPERVISOR, Role.DISPATCHER),
    "GET /api/cases/positions",
    scope=Scope.DISTRICT,
)
SEE_HISTORY: Final = right(
    "read a case's log",
    (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/cases/{case_id}/history",
    scope=Scope.DISTRICT,
    rule="where a crew was: dispatchers and supervisors",
)
LINK_CALL: Final = right(
    "link a call to a case",
    DRAFTERS,
    "POST /api/cases/{case_id}/calls",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_CALL}; {_OPEN}",
)
HIDE_CASE: Final = right(
    "mark a case confidential",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER),
    "POST /api/cases/{case_id}/confidential",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
    ),
    rule=f"lifting it: see the next line; {_OPEN}",
)
LIFT_SECRECY: Final = right("… lift that a case is confidential", (Role.SUPERVISOR,), scope=Scope.DISTRICT)
CHOOSE_DEPARTMENT: Final = right(
    "choose another department for a case",
    (Role.DISPATCHER,),
    "POST /api/cases/{case_id}/department",
    scope=Scope.DISTRICT,
    rule="with a reason",
)
VERIFY: Final = right(
    "verify and close a case",
    (Role.ACCEPTOR,),
    "POST /api/cases/{case_id}/{act} act=verify",
    "POST /api/cases/{case_id}/{act} act=close",
    scope=Scope.DISTRICT,
)
REOPEN: Final = right(
    "say that a case is done, or reopen it",
    (Role.ACCEPTOR, Role.DISPATCHER),
    "POST /api/cases/{case_id}/{act} act=done",
    "POST /api/cases/{case_id}/{act} act=reopen",
    scope=Scope.DISTRICT,
)
REOPEN_CLOSED: Final = right(
    "reopen a closed case",
    (Role.ACCEPTOR, Role.SUPERVISOR),
    "POST /api/cases/{case_id}/{act} act=reopen_closed",
    scope=Scope.DISTRICT,
    rule="with a reason",
)
_DEPARTMENT: Final = (
    "of one's own departments; a confidential case without citizen and description, otherwise the citizen's "
    "number masked and, where it is asked for, audited; "
    "the state table says which act is possible"
)
_ACT: Final = "POST /api/assignments/{assignment_id}/{act} act="
SEE_ASSIGNMENTS: Final = right(
    "see the cases that departments have",
    (Role.DEPARTMENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/assignments",
    "GET /api/assignments/{assignment_id}",
    "GET /api/workflow/assignments",
    scope=Scope.DEPARTMENT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=f"{_DEPARTMENT}; the centre by district",
)
SEE_ASSIGNMENTS_OF_CASE: Final = right(
    "see which departments have a case",
    STAFF,
    "GET /api/cases/{case_id}/assignments",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=_OPEN,
)
SEE_ASSIGNMENT_PHOTOS: Final = right(
    "see the photos of a case that a department has",
    (Role.DEPARTMENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/assignments/{assignment_id}/photos",
    "GET /api/assignments/{assignment_id}/photos/{photo_id}",
    scope=Scope.DEPARTMENT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule="of one's own departments; of a confidential case those that the department brought; each look is"
    " audited; the centre by district",
)
BRING_ASSIGNMENT_PHOTO: Final = right(
    "bring a photo for a department's answer",
    (Role.DEPARTMENT,),
    "POST /api/assignments/{assignment_id}/photos",
    scope=Scope.DEPARTMENT,
    others="none",
    rule="of one's own departments, while an answer is possible; audited",
)
EXCHANGE_TASKS: Final = right(
    "read a department's tasks as forms",
    (Role.DEPARTMENT,),
    "GET /api/exchange/tasks",
    "GET /api/exchange/tasks/{assignment_id}",
    scope=Scope.DEPARTMENT,
    others="none",
    rule="of one's own departments; without the citizen; a confidential case without description",
)
EXCHANGE_FEEDBACK: Final = right(
    "act on a department's tasks by feedback forms",
    (Role.DEPARTMENT,),
    "POST /api/exchange/tasks/{assignment_id}/feedback",
    scope=Scope.DEPARTMENT,
    others="none",
    rule="of one's own departments; the state table says which act is possible",
)
EXCHANGE_VERIFICATIONS: Final = right(
    "read the verification tasks of a department's inspectors as forms",
    (Role.DEPARTMENT,),
    "GET /api/exchange/verifications",
    "GET /api/exchange/verifications/{task_id}",
    scope=Scope.DEPARTMENT,
    others="none",
    rule="of one's own departments; without the citizen; a confidential case without description",
)
EXCHANGE_FINDING: Final = right(
    "accept, decline or answer a verification task by a feedback form, and bring photos of it",
    (Role.DEPARTMENT,),
    "POST /api/exchange/verifications/{task_id}/feedback",
    "PUT /api/exchange/verifications/{task_id}/photos/{photo_id}",
    scope=Scope.DEPARTMENT,
    others="none",
    rule="of one's own departments; it is answered once, photos come while it may be; audited",
)
SEE_DELIVERIES: Final = right(
    "see which forms departments were sent and what became of them",
    (Role.ADMIN,),
    "GET /api/exchange/deliveries",
)
SEND_FORM_AGAIN: Final = right(
    "send a form to a department once more",
    (Role.ADMIN,),
    "POST /api/exchange/deliveries/{delivery_id}/again",
    rule="audited",
)
REGISTER_ORDER: Final = right(
    "register a work order of another system, as of 12345",
    DRAFTERS,
    "POST /api/exchange/orders",
    rule="it enters the queue of drafts; an agent files or declines it",
)
RECONCILE_ORDERS: Final = right(
    "compare another system's work orders of a day with ours",
    (Role.AGENT, Role.SUPERVISOR, Role.ADMIN),
    "POST /api/exchange/reconciliation",
    rule="numbers and states alone",
)
SEE_RECONCILIATIONS: Final = right(
    "see what the daily comparison of work orders found",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/exchange/reconciliations",
)
SEE_FORMS_OF_CASE: Final = right(
    "see which forms of a case departments were sent",
    STAFF,
    "GET /api/cases/{case_id}/forms",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=_OPEN,
)
ASSIGN: Final = right(
    "give a case to a further department",
    (Role.DISPATCHER,),
    "POST /api/cases/{case_id}/assignments",
    scope=Scope.DISTRICT,
)
HANDLE_ASSIGNMENT: Final = right(
    "sign for, answer, return and dispute a case, ask for extension, suspension, postponement",
    (Role.DEPARTMENT,),
    *(
        _ACT + act
        for act in (
            "sign", "answer", "return", "object", "ask_extension", "ask_suspension", "ask_postponement",
        )
    ),
    scope=Scope.DEPARTMENT,
    others="none",
    rule=_DEPARTMENT,
)  # fmt: skip
DELEGATE_ASSIGNMENT: Final = right(
    "give a department's case to one of its people or units, change that, take it back",
    (Role.DEPARTMENT,),
    "GET /api/assignments/{assignment_id}/handlers",
    *(_ACT + act for act in ("delegate", "take_back")),
    scope=Scope.DEPARTMENT,
    others="none",
    rule="of one's own departments, to who works for the same department alone",
)
RESUME_ASSIGNMENT: Final = right(
    "go on with a case that was suspended or postponed",
    (Role.DEPARTMENT, Role.DISPATCHER, Role.SUPERVISOR),
    f"{_ACT}resume",
    scope=Scope.DEPARTMENT,
    others="none",
    freely=(Role.DISPATCHER, Role.SUPERVISOR),
    rule=_DEPARTMENT,
)
DECIDE_ASSIGNMENT: Final = right(
    "approve or refuse what a department asks for, review a dispute, remind a department",
    (Role.DISPATCHER, Role.SUPERVISOR),
    *(_ACT + act for act in ("approve", "refuse", "uphold", "overrule", "remind")),
    scope=Scope.DISTRICT,
    rule="never who asked; a dispute never by who refused the return",
)
DIRECT_ASSIGNMENT: Final = right(
    "refuse a return, give a case to another department, take it back",
    (Role.DISPATCHER,),
    *(_ACT + act for act in ("refuse_return", "reassign", "withdraw")),
    scope=Scope.DISTRICT,
    rule="with a reason",
)
SUPERVISE_ASSIGNMENT: Final = right(
    "put a department under supervision",
    (Role.SUPERVISOR,),
    f"{_ACT}supervise",
    scope=Scope.DISTRICT,
    rule="with a reason",
)
REWORK_ASSIGNMENT: Final = right(
    "send an answered case back to its department",
    (Role.ACCEPTOR, Role.DISPATCHER, Role.SUPERVISOR),
    f"{_ACT}rework",
    scope=Scope.DISTRICT,
    rule="with a reason",
)
ASSIGNMENT_ACTS: Final[Sequence[AccessRight]] = (
    HANDLE_ASSIGNMENT, DELEGATE_ASSIGNMENT, RESUME_ASSIGNMENT, DECIDE_ASSIGNMENT, DIRECT_ASSIGNMENT,
    SUPERVISE_ASSIGNMENT, REWORK_ASSIGNMENT,
)  # fmt: skip


def assignment_right(act: str) -> AccessRight | None:
    """The line of an act on an assignment; None for what follows from acts on the case."""
    return next((one for one in ASSIGNMENT_ACTS if _ACT + act in one.operations), None)


def assignment_roles(act: str) -> frozenset[str]:
    """The roles to which a table of states and actions may give the act."""
    line = ASSIGN if act == "dispatch" else assignment_right(act)
    return frozenset() if line is None else frozenset(one.value for one in line.roles)


EVALUATE: Final = right(
    "evaluate cases by department, place, person and class, see hot spots and the cases behind a figure",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/evaluation",
    "GET /api/evaluation/cases",
    "GET /api/evaluation/hotspots",
    "GET /api/evaluation/repeats",
    "GET /api/evaluation/report.{form}",
    "GET /api/evaluation/verifications",
    "GET /api/evaluation/verifications/tasks",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.ADMIN),
    rule="confidential cases count for everybody; also limited to the person's departments",
)
SEE_MODE: Final = right("see the operating mode and its versions", STAFF, "GET /api/mode")
CHANGE_MODE: Final = right(
    "ask for another operating mode",
    (Role.SUPERVISOR, Role.ADMIN),
    "POST /api/mode/request",
    rule="a second person approves it; alone only to a higher mode, and a second person confirms it",
    by_token=False,
)
SEE_INCIDENTS: Final = right("see mass incidents", STAFF, "GET /api/incidents")
LEAD_INCIDENT: Final = right(
    "start a mass incident, announce it to waiting callers, end it",
    (Role.SUPERVISOR,),
    "POST /api/incidents",
    "POST /api/incidents/{incident_id}/announce",
    "POST /api/incidents/{incident_id}/end",
    scope=Scope.DISTRICT,
)
ATTACH_TO_INCIDENT: Final = right(
    "attach a call and its draft to a mass incident, undo it",
    DRAFTERS,
    "POST /api/incidents/{incident_id}/attach",
    "POST /api/incidents/{incident_id}/detach",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_CALL}; {_OPEN}",
)
CANCEL: Final = right(
    "cancel a case",
    (Role.DISPATCHER,),
    "POST /api/cases/{case_id}/{act} act=cancel",
    scope=Scope.DISTRICT,
)
MERGE: Final = right(
    "merge a case into another one, split it, relate it to others, undo that",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER),
    "POST /api/cases/{case_id}/merge",
    "POST /api/cases/{case_id}/unmerge",
    "POST /api/cases/{case_id}/split",
    "POST /api/cases/{case_id}/relations",
    "POST /api/cases/{case_id}/relations/{relation_id}/undo",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
    ),
    rule="an agent a case that he filed himself; with a reason, audited",
)
DISPATCH: Final = right(
    "give a case to a unit, recall it, give it to another one",
    (Role.AGENT, Role.DISPATCHER),
    "POST /api/cases/{case_id}/dispatch",
    "POST /api/dispatches/{dispatch_id}/recall",
    "POST /api/dispatches/{dispatch_id}/reassign",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.DISPATCHER,),
    rule="a confidential case: who filed it, dispatchers",
)
LOOK_UP: Final = right(
    "look up classes, places and departments", STAFF, "GET /api/catalogue", "GET /api/gazetteer/search",
    "GET /api/departments", "GET /api/cases/expected",
)  # fmt: skip
SEE_DUTY: Final = right(
    "see who of a department is on duty", STAFF, "GET /api/departments/{department_id}/duty",
    rule="names and times; numbers are masked",
)  # fmt: skip
CALL_DUTY: Final = right(
    "read the numbers of who is on duty in a department",
    (Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR),
    "GET /api/departments/{department_id}/duty/phones",
    rule="each look is audited",
)
EDIT_ARTICLES: Final = right(
    "write, approve and withdraw articles, read their versions and history",
    (Role.SUPERVISOR, Role.ADMIN),
    "POST /api/knowledge",
    "POST /api/knowledge/{article_id}/versions",
    "POST /api/knowledge/{article_id}/rollback",
    "POST /api/knowledge/{article_id}/versions/{number}/{act}",
    "GET /api/knowledge/{article_id}/versions",
    "GET /api/knowledge/{article_id}/history",
    rule="nobody approves what he wrote himself",
)
READ_ARTICLES: Final = right(
    "find and read articles",
    STAFF,
    "GET /api/knowledge",
    "GET /api/knowledge/search",
    "GET /api/knowledge/{article_id}",
    others="masked",
    freely=(
        Role.SUPERVISOR,
        Role.ADMIN,
    ),
    rule="what is not in force: editors",
)
TELL_ARTICLE: Final = right(
    "put an article into an answer, see what is suggested for a call",
    DRAFTERS,
    "POST /api/knowledge/{article_id}/versions/{number}/use",
    "GET /api/calls/{call_id}/suggestions",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule=f"{_CALL}; {_OPEN}",
)
SEE_TOLD: Final = right(
    "see which articles were told in a call",
    (*DRAFTERS, Role.ACCEPTOR),
    "GET /api/calls/{call_id}/articles",
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.ACCEPTOR,
    ),
    rule=f"{_CALL}; acceptors of any",
)
CLASSIFIERS: Final = right(
    "see, train and roll back the classifiers",
    (Role.ADMIN,),
    "GET /api/cases/classifiers",
    "POST /api/cases/classifiers/retrain",
    "POST /api/cases/classifiers/roll-back",
)
SEE_PARTS: Final = right(
    "look parts of the register up",
    STAFF,
    "GET /api/parts",
    "GET /api/parts/{part_id}",
)
IMPORT_PARTS: Final = right(
    "import parts into the register",
    (Role.ADMIN,),
    "POST /api/parts/import",
)
CHOOSE_PART: Final = right(
    "say which part of the register a draft is about",
    DRAFTERS,
    "POST /api/drafts/{draft_id}/part",
    others="none",
    rule="who may edit the draft",
)
SEE_GRID: Final = right(
    "see cells and beats, and those of a point",
    STAFF,
    "GET /api/grid",
    "GET /api/grid/cell",
    "GET /api/grid/cells",
)

VERIFY_PLACES: Final = right(
    "… have an inspector look at places that pictures of the ground show", (Role.DISPATCHER,)
)
VERIFY_DRAFT: Final = right(
    "have an inspector look at the place of a draft",
    DRAFTERS,
    "POST /api/drafts/{draft_id}/verifications",
    others="none",
    rule="who may edit the draft",
)
SEE_VERIFICATIONS_OF_DRAFT: Final = right(
    "see what inspectors found for a draft",
    DRAFTERS,
    "GET /api/drafts/{draft_id}/verifications",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="who may read the draft",
)
VERIFY_CASE: Final = right(
    "have an inspector check the work of a case that is done",
    (Role.DISPATCHER, Role.ACCEPTOR, Role.SUPERVISOR),
    "POST /api/cases/{case_id}/verifications",
    scope=Scope.DISTRICT,
)
SEE_VERIFICATIONS_OF_CASE: Final = right(
    "see what inspectors found for a case",
    STAFF,
    "GET /api/cases/{case_id}/verifications",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=_OPEN,
)
SEE_VERIFICATIONS: Final = right(
    "see which inspectors have yet to answer",
    (Role.DISPATCHER, Role.ACCEPTOR, Role.SUPERVISOR),
    "GET /api/verifications",
    rule="without words of drafts and cases",
)
SEE_VERIFICATION_PHOTOS: Final = right(
    "look at photos of a verification task",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/verifications/{task_id}/photos/{photo_id}",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule="who may read the draft or the case; each look is audited",
)
SEE_PHOTOS_OF_DRAFT: Final = right(
    "look at photos of an inspector's own report",
    DRAFTERS,
    "GET /api/drafts/{draft_id}/photos",
    "GET /api/drafts/{draft_id}/photos/{photo_id}",
    others="none",
    freely=(Role.SUPERVISOR,),
    rule="who may read the draft; each look is audited",
)
RECALL_VERIFICATION: Final = right(
    "take a verification task back",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "POST /api/verifications/{task_id}/recall",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER),
    rule="who asked for it, supervisors and dispatchers; with a reason",
)
RECALL_ANY_VERIFICATION: Final = right(
    "… take back what another asked for", (Role.SUPERVISOR, Role.DISPATCHER), scope=Scope.DISTRICT
)
SEE_INSPECTORS: Final = right(
    "see the inspectors and who is on shift",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR, Role.ADMIN),
    "GET /api/inspectors",
)

SEE_PLANS: Final = right(
    "see emergency plans, and which steps were taken for a case",
    (Role.SUPERVISOR, Role.DISPATCHER),
    "GET /api/plans",
    "GET /api/cases/{case_id}/plans",
    scope=Scope.DISTRICT,
    rule=_OPEN,
)
LEAD_PLAN: Final = right(
    "start an emergency plan for a case; confirm, skip and settle its steps",
    (Role.SUPERVISOR, Role.DISPATCHER),
    "POST /api/cases/{case_id}/plans",
    "POST /api/plan-runs/{run_id}/steps/{step_id}/{act}",
    scope=Scope.DISTRICT,
    rule="each step with the person's own right to what it does; written into the case's log",
)
SEE_NEAR: Final = right(
    "see everything near a case as one list",
    STAFF,
    "GET /api/cases/{case_id}/near",
    scope=Scope.DISTRICT,
    others="none",
    freely=(
        Role.SUPERVISOR,
        Role.DISPATCHER,
        Role.ACCEPTOR,
    ),
    rule=f"each kind for who may list it by itself; {_OPEN}",
)

RIGHTS: Final = (
    SEE_PLANS, LEAD_PLAN, SEE_NEAR,
    VERIFY_DRAFT, VERIFY_CASE, SEE_VERIFICATIONS_OF_CASE, SEE_VERIFICATIONS, SEE_VERIFICATION_PHOTOS,
    VERIFY_PLACES,
    SEE_VERIFICATIONS_OF_DRAFT, SEE_PHOTOS_OF_DRAFT,
    RECALL_VERIFICATION, RECALL_ANY_VERIFICATION, SEE_INSPECTORS,
    EDIT_DRAFT, DRAFT, CHOOSE_PART, SEE_PARTS, IMPORT_PARTS, SEE_GRID,
    TAKE_REPORT, SEE_CASES, SEE_POSITIONS, SEE_OPEN_OF_CALL, SEE_TIMELINE, PRINT_CASE, FILE_ON_PAPER,
    FILE_SUPERIOR_ORDER, ADD_ORDER_ATTACHMENT, SEE_ORDER_ATTACHMENTS,
    SEE_HISTORY,
    LINK_CALL, HIDE_CASE, LIFT_SECRECY, CHOOSE_DEPARTMENT, VERIFY, REOPEN, REOPEN_CLOSED, CANCEL, MERGE,
    DISPATCH, SEE_ASSIGNMENTS, SEE_ASSIGNMENTS_OF_CASE,
    SEE_ASSIGNMENT_PHOTOS, BRING_ASSIGNMENT_PHOTO, ASSIGN, *ASSIGNMENT_ACTS,
    EXCHANGE_TASKS, EXCHANGE_FEEDBACK, EXCHANGE_VERIFICATIONS, EXCHANGE_FINDING,
    SEE_DELIVERIES, SEND_FORM_AGAIN, SEE_FORMS_OF_CASE,
    REGISTER_ORDER, RECONCILE_ORDERS, SEE_RECONCILIATIONS,
    EVALUATE, SEE_MODE, CHANGE_MODE, SEE_INCIDENTS, LEAD_INCIDENT, ATTACH_TO_INCIDENT,
    LOOK_UP, SEE_DUTY, CALL_DUTY, EDIT_ARTICLES, READ_ARTICLES, TELL_ARTICLE, SEE_TOLD, CLASSIFIERS,
)  # fmt: skip
