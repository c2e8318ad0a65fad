"""What members of staff are told. Never the caller, never the citizen's own words; of a confidential case the
number alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from citizen.contract.staff import StaffAct, StaffOutcome, StaffTask
from core.translation import Translatable
from core.translation import gettext_lazy as _

MENU: Final = _(
    "You work by this account.\n"
    "tasks: what you have to do\n"
    "accept NUMBER · done NUMBER and what was done (send photos first) · cannot NUMBER and why\n"
    "confirmed, nothing or differs NUMBER: the answer to a verification task\n"
    "report: report something as a citizen\n"
    "unbind: end the binding"
)
BOUND: Final = _("Bound as {name}. New jobs and reminders come here. Write help to see what you can do.")
BOUND_ALREADY: Final = _("This WeChat is bound already. Write unbind first.")
BOUND_ELSEWHERE: Final = _("This WeChat is bound as a member of staff no more: another one was bound.")
WRONG_CODE: Final = _("This code is wrong, was used, or is too old. Ask for a new one.")
TOO_MANY_CODES: Final = _("Too many wrong codes. Try again in an hour.")
UNIT_FULL: Final = _("As many are bound to this unit as may be. Ask an administrator.")
UNBOUND: Final = _("The binding has ended. You get no more notices.")
NOT_IN_SERVICE: Final = _("You are not in service any more: the binding has ended.")
TAKEN: Final = _("Received.")
PHOTO_KEPT: Final = _("Photo {count} is here. Now write: done NUMBER and what was done.")
PHOTOS_FULL: Final = _("At most {most} photos: this one is not kept.")
WRITE_IT: Final = _("Please write it: voice messages and locations are not read here.")
NO_TASKS: Final = _("You have nothing to do.")
NO_SUCH_TASK: Final = _("You have no task {number}. Write tasks to see yours.")
NOTHING_TO_DO: Final = _("None of your tasks can take this step. Write tasks to see yours.")
WHICH: Final = _("You have several: add the number: {numbers}")
SAME_NUMBER: Final = _("Several of your tasks have this number: use the page.")
NUMBER_AND_WHY: Final = _("Write: cannot NUMBER and why.")
NOT_CLEAR: Final = _(
    "Nothing was done: this may be a question, a refusal or a wrong number."
    " Write: done NUMBER and what was done, or cannot NUMBER and why."
)
FINDING_ONLY: Final = _(
    "{number}: nothing was done. A finding answers a verification task:"
    " write done {number} and what was done."
)
PHOTO_UNFIT: Final = _(
    "Nothing was done: a photo could not be kept. Send it again as JPEG or PNG, then write."
)
PHOTOS_LATER: Final = _("Nothing was done: no more photos are kept in this hour or day. Write again later.")
PHOTOS_CLOSED: Final = _("Nothing was done: as the case stands it takes no photos. Use the page.")
PHOTOS_WAIT: Final = _("{count} photos wait for your next answer.")
AND_MORE: Final = _("and {count} more")
FAILED: Final = _("It could not be done. Please use the page, or call the centre.")
_DONE: Final[Mapping[StaffAct, Translatable]] = {
    StaffAct.ACCEPT: _("{number}: accepted."),
    StaffAct.DONE: _("{number}: reported as done."),
    StaffAct.CANNOT: _("{number}: given back with your reason."),
}
_PASSED: Final = _("{number}: nothing was done. It stands at: {state}.")
_PASSED_BY: Final = _("{number}: nothing was done. {by} was first; it stands at: {state}.")
GONE: Final = _("{number}: it is not yours any more.")
_INCOMPLETE: Final = _(
    "{number}: nothing was done. Add what was done or why; to a verification task what you found."
)
_AT_WORK: Final = _("{number}: your unit has the job still. Take it back at the desk, or wait.")

NEW_JOB: Final = _("New job {number}")
NEW_TASK: Final = _("New verification task {number}")
NEW_CASE: Final = _("New case {number} for your department")
GIVEN_TO_YOU: Final = _("Case {number} was given to you")
REMINDED: Final = _("Reminder: case {number}")
SUPERVISED: Final = _("Case {number} is under supervision")
REWORK: Final = _("Case {number} came back for rework")
SENT_BACK: Final = _("Case {number}: the return was refused, it is yours")
DECIDED: Final = _("Case {number}: your request was decided")
WITHDRAWN: Final = _("Case {number} was taken away from your department")
NEAR_DUE: Final = _("Case {number} is near its deadline")
OVERDUE: Final = _("Case {number} is past its deadline")
JOB_RECALLED: Final = _("Job {number} is recalled: do not go")
TASK_RECALLED: Final = _("Verification task {number} is not needed any more")
URGENT: Final = _("URGENT")
CONFIDENTIAL: Final = _("confidential: see your page or the desk")
DUE: Final = _("due {time}")
_HOW_JOB: Final = _("Reply: accept {number}, or cannot {number} and why")
_HOW_TASK: Final = _("Reply: accept {number}; then confirmed, nothing or differs {number}")
_HOW: Final[Mapping[str, Translatable]] = {"job": _HOW_JOB, "assignment": _HOW_JOB, "verification": _HOW_TASK}


def filled(sentence: Translatable, **values: object) -> Translatable:
    """The sentence with its braces filled."""
    return Translatable(sentence.text, values, sentence.context)


def outcome_words(act: StaffAct, number: str, outcome: StaffOutcome) -> Translatable:
    """What became of a reply."""
    match outcome.what:
        case "done":
            return filled(_DONE[act], number=number)
        case "passed" if outcome.by:
            return filled(_PASSED_BY, number=number, by=outcome.by, state=outcome.state or "–")
        case "passed":
            return filled(_PASSED, number=number, state=outcome.state or "–")
        case "gone":
            return filled(GONE, number=number)
        case "incomplete":
            return filled(_INCOMPLETE, number=number)
        case "unit_at_work":
            return filled(_AT_WORK, number=number)


def task_lines(
    head: Translatable, task: StaffTask, language: str, zone_h: float, *, how: bool
) -> tuple[list[str], list[str]]:
    """A notice about a task, without what it is about: what happened; until when, and how to reply."""
    first = filled(head, number=task.number).in_language(language)
    if task.urgent:
        first = f"{URGENT.in_language(language)} {first}"
    after = []
    if task.due_at is not None:
        after.append(filled(DUE, time=local_time(task.due_at, zone_h)).in_language(language))
    if how:
        after.append(filled(_HOW[task.kind], number=task.number).in_language(language))
    return [first], after


def list_line(task: StaffTask, language: str, zone_h: float) -> str:
    """One line of the list of tasks."""
    about = CONFIDENTIAL.in_language(language) if task.confidential else task.about
    parts = [task.number, URGENT.in_language(language) if task.urgent else "", about]
    if task.due_at is not None:
        parts.append(filled(DUE, time=local_time(task.due_at, zone_h)).in_language(language))
    return " ".join(part for part in parts if part)


def local_time(at: datetime, zone_h: float) -> str:
    """Day and time by the city's clock."""
    return f"{at + timedelta(hours=zone_h):%m-%d %H:%M}"
