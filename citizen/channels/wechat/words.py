"""What the channel says to a person, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cases.events import CaseProgress, DeclineReason
from citizen.contract import ReportProgress, ReportStep
from core.translation import Translatable
from core.translation import gettext_lazy as _

MENU: Final = _(
    "Send a photo, your location, or write what is wrong: a report begins.\n"
    "2: your reports and their progress\n"
    "3 and 1 to 5 stars, as 3 5: rate your report once it is closed\n"
    "中文: Chinese\n"
    "Write “delete my data” to erase what connects your reports with you.\n"
    "In danger of life call 110, 119 or 120."
)
ASK_PHOTO: Final = _("Please send a photo of it. Write 1 to go on without one, 0 to cancel.")
ASK_PLACE: Final = _(
    "Where is it? Send your location (＋, then Location), or write the street and number, or the crossing."
)
ASK_WHAT: Final = _("What is wrong? Write it, or say it in a voice message.")
GOT_PICTURE: Final = _("The photo has arrived.")
ENOUGH_PICTURES: Final = _("A report has at most three photos: this one is not kept.")
LISTENING: Final = _("One moment: we listen to your voice message.")
NOT_HEARD: Final = _("Your voice message could not be understood. Please write it.")
HEARD: Final = _("We understood: {words}")
PICTURE_LOST: Final = _("A photo could not be loaded. Please send it once more.")
PICTURE_UNFIT: Final = _(
    "A photo could not be kept: it is no JPEG or PNG of at most 2 MB. Please send another."
)
CONFIRM: Final = _(
    "Your report\nWhat: {what}\nWhere: {where}\nPhotos: {photos}\n"
    "Write 1 to send it, 2 to begin again, 0 to cancel. What else you write is added."
)
FILING: Final = _("Thank you. Your report is being registered; its number follows in a moment.")
FILED: Final = _(
    "Your report is registered.\nNumber: {number}\nCode: {code}\n"
    "Write 2 at any time to see its progress. We tell you each step here."
)
NOT_FILED: Final = _("Your report could not be registered. Please call {hotline}.")
CANCELLED: Final = _("Cancelled. Nothing was sent.")
UNREADABLE: Final = _(
    "This cannot be read here. Please send a photo, a voice message, your location or words."
)
TOO_MANY: Final = _("That is too much at once. Please wait a while, or call {hotline}.")
TOO_MANY_REPORTS: Final = _("You have sent {most} reports within a day. Please call {hotline} for more.")
FORGOTTEN: Final = _(
    "What connects your reports with you is erased. Number and code still open them on the city's page."
)
NO_REPORTS: Final = _("There is no report of yours here.")
NO_SUCH_REPORT: Final = _("There is no report with this number and code.")
HOW_TO_RATE: Final = _("Write 3 and 1 to 5 stars, then what you like to add: 3 5 solved, thank you")
NOTHING_TO_RATE: Final = _("None of your reports is closed yet. It is rated once it is closed.")
RATED: Final = _("Thank you: {number} is rated with {stars} of 5.")
REPORT_LINE: Final = _("{number}: {step}")
RATE_IT: Final = _("Please rate it: write 3 and 1 to 5 stars, as 3 5")
LANGUAGE: Final = _("English from now on.")
NO_PLACE_IN_WORDS: Final = _("the location that you sent")

_STEPS: Final[Mapping[CaseProgress, Translatable]] = {
    CaseProgress.RECEIVED: _("taken up as a case"),
    CaseProgress.ASSIGNED: _("given to a crew"),
    CaseProgress.IN_PROGRESS: _("a crew is at work"),
    CaseProgress.DONE: _("the work is done and will be verified"),
    CaseProgress.VERIFIED: _("the work is verified"),
    CaseProgress.CLOSED: _("closed"),
    CaseProgress.CANCELLED: _("cancelled"),
    CaseProgress.HANDED_OVER: _("handed over to the emergency services"),
    CaseProgress.MERGED: _("handled together with another report of the same"),
}
_DECLINED: Final[Mapping[DeclineReason, Translatable]] = {
    DeclineReason.DUPLICATE: _("no new case: it is known already"),
    DeclineReason.NOT_OURS: _("no case: it is not the city's work"),
    DeclineReason.UNCLEAR: _("no case: it does not say what or where"),
    DeclineReason.NO_REPORT: _("no case: it reports nothing"),
}
_WAITING: Final = _("received, an agent will read it")
_NO_CASE: Final = _("no case was made of it")


def step_words(step: ReportStep | None) -> Translatable:
    """How far a report has come; None before its first step."""
    if step is None:
        return _WAITING
    if step.progress is not None:
        return _STEPS[step.progress]
    return _DECLINED.get(step.declined, _NO_CASE) if step.declined else _NO_CASE


def line_of(found: ReportProgress) -> Translatable:
    """A report and its last step."""
    last = found.steps[-1] if found.steps else None
    return Translatable(REPORT_LINE.text, {"number": found.number, "step": step_words(last)})


def filled(sentence: Translatable, **values: str | int | Translatable) -> Translatable:
    """The sentence with its braces filled."""
    return Translatable(sentence.text, values, sentence.context)
