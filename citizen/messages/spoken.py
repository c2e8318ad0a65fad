"""What of a case is told by telephone, for who left a landline alone: by which recorded sentence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from citizen.messages.model import MessageRules, TemplateName, in_language, step_words

Sentence = Literal["received", "in-progress", "done", "closed", "cancelled", "merged"]
SENTENCES: Final[Mapping[str, Sentence]] = {
    TemplateName.RECEIVED.value: "received", TemplateName.ASSIGNED.value: "in-progress",
    TemplateName.IN_PROGRESS.value: "in-progress", TemplateName.DONE.value: "done",
    TemplateName.VERIFIED.value: "done", TemplateName.CLOSED.value: "closed",
    TemplateName.CANCELLED.value: "cancelled", TemplateName.MERGED.value: "merged",
}  # fmt: skip
"""By the template of a text message. A step without a sentence is not told by telephone."""


def said(rules: MessageRules, step: str, language: str, code: str) -> str:
    """What the desk shows of a notice by telephone: the step in words, and the short code last."""
    words = step_words(step, in_language(rules, language))
    return f"{words} {code}" if _is_code(code) else words


def code_of(text: str) -> str:
    """The short code that `said` ended with; empty for none."""
    last = text.rpartition(" ")[2]
    return last if _is_code(last) else ""


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit()
