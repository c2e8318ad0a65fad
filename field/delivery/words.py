"""What a crew reads on its radio about a job: short; no number, name or own words of the citizen. Pure."""

from __future__ import annotations

from typing import Final, Literal

from core.translation import gettext_lazy as _
from field.dispatches.model import JobContent

Language = Literal["zh", "en"]

SHORTEST: Final = 20
"""No network takes less; a text is never cut below that."""

_JOB: Final = _("Job {number} ")
_URGENT: Final = _("URGENT ")
_SECRET: Final = _("confidential: see the terminal or call the centre")
_ANSWER: Final = _(" Reply 1 accept 2 decline")
_RECALL: Final = _("Job {number} is recalled: do not go")
_SHARED: Final = _(" With: {units}")
_WHICH: Final = _("Several jobs: add the job's number: {numbers}")


def job_text(content: JobContent, language: Language, most: int) -> str:
    """At most `most` characters (never fewer than `SHORTEST`); how to answer is never cut off."""
    head = _JOB.in_language(language).format(number=content.number)
    if content.urgent:
        head += _URGENT.in_language(language)
    about = (
        _SECRET.in_language(language)
        if content.confidential
        else f"{content.category} {content.place}".strip()
    )
    if content.with_units:
        about += _SHARED.in_language(language).format(units="、".join(content.with_units))
    return _cut(head + about, most - len(_ANSWER.in_language(language))) + _ANSWER.in_language(language)


def recall_text(content: JobContent | None, language: Language, most: int) -> str:
    """The text that takes a job back, `most` characters at most."""
    number = content.number if content is not None else ""
    return _cut(_RECALL.in_language(language).format(number=number), most)


def which_text(numbers: tuple[str, ...], language: Language, most: int) -> str:
    """The crew's word fits several jobs."""
    return _cut(_WHICH.in_language(language).format(numbers=" ".join(numbers)), most)


def _cut(text: str, most: int) -> str:
    most = max(most, SHORTEST - len(_ANSWER.in_language("zh")))
    return text if len(text) <= most else text[: most - 1] + "…"
