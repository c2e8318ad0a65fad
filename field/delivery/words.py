"""What a crew reads on its radio about a job: short; no number, name or own words of the citizen. Pure."""

from __future__ import annotations

from typing import Final, Literal

from field.dispatches.model import JobContent

Language = Literal["zh", "en"]

SHORTEST: Final = 20
"""No network takes less; a text is never cut below that."""

_JOB: Final = {"zh": "任务{number} ", "en": "Job {number} "}
_URGENT: Final = {"zh": "紧急 ", "en": "URGENT "}
_SECRET: Final = {"zh": "保密，请看终端或呼叫中心", "en": "confidential: see the terminal or call the centre"}
_ANSWER: Final = {"zh": " 回复1接受2拒绝", "en": " Reply 1 accept 2 decline"}
_RECALL: Final = {"zh": "任务{number} 已取消，不用去了", "en": "Job {number} is recalled: do not go"}
_SHARED: Final = {"zh": " 同去：{units}", "en": " With: {units}"}
_WHICH: Final = {
    "zh": "有多件任务，请在后面加任务号：{numbers}",
    "en": "Several jobs: add the job's number: {numbers}",
}


def job_text(content: JobContent, language: Language, most: int) -> str:
    """At most `most` characters (never fewer than `SHORTEST`); how to answer is never cut off."""
    head = _JOB[language].format(number=content.number)
    if content.urgent:
        head += _URGENT[language]
    about = _SECRET[language] if content.confidential else f"{content.category} {content.place}".strip()
    if content.with_units:
        about += _SHARED[language].format(units="、".join(content.with_units))
    return _cut(head + about, most - len(_ANSWER[language])) + _ANSWER[language]


def recall_text(content: JobContent | None, language: Language, most: int) -> str:
    number = content.number if content is not None else ""
    return _cut(_RECALL[language].format(number=number), most)


def which_text(numbers: tuple[str, ...], language: Language, most: int) -> str:
    """The crew's word fits several jobs."""
    return _cut(_WHICH[language].format(numbers=" ".join(numbers)), most)


def _cut(text: str, most: int) -> str:
    most = max(most, SHORTEST - len(_ANSWER["zh"]))
    return text if len(text) <= most else text[: most - 1] + "…"
