"""A warning of our own, as a supervisor writes it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from core.models import Strict
from warning.cap.identifier import identifier
from warning.cap.model import (
    CapArea,
    CapCategory,
    CapCertainty,
    CapInfo,
    CapMessage,
    CapReference,
    CapScope,
    CapSeverity,
    CapStatus,
    CapType,
    CapUrgency,
    ShortWords,
    Words,
)
from warning.channels import WarningChannel
from warning.settings import WarningSettings


class WarningDraft(Strict):
    """English words are optional. `areas` and words may be missing in a Cancel: those of what it cancels
    hold.
    """

    status: Literal[CapStatus.ACTUAL, CapStatus.EXERCISE, CapStatus.TEST]
    msg_type: Literal[CapType.ALERT, CapType.UPDATE, CapType.CANCEL] = CapType.ALERT
    category: CapCategory = CapCategory.SAFETY
    event: ShortWords = ""
    urgency: CapUrgency = CapUrgency.IMMEDIATE
    severity: CapSeverity = CapSeverity.UNKNOWN
    certainty: CapCertainty = CapCertainty.OBSERVED
    headline: ShortWords = ""
    description: Words = ""
    instruction: Words = ""
    headline_en: ShortWords = ""
    description_en: Words = ""
    instruction_en: Words = ""
    expires: AwareDatetime | None = None
    areas: Annotated[tuple[CapArea, ...], Field(max_length=16)] = ()
    channels: Annotated[tuple[WarningChannel, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_channel_once(self) -> Self:
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("each channel stands there once")
        return self


def message_of(
    draft: WarningDraft,
    settings: WarningSettings,
    references: tuple[CapReference, ...],
    now: datetime,
    number: int,
) -> CapMessage:
    """The CAP message; `number` tells messages of one second apart."""
    sent = now.replace(microsecond=0)
    languages = (
        ("zh-CN", draft.headline, draft.description, draft.instruction),
        ("en-US", draft.headline_en, draft.description_en, draft.instruction_en),
    )
    infos = tuple(
        CapInfo(
            language=language, categories=(draft.category,), event=draft.event or headline,
            urgency=draft.urgency, severity=draft.severity, certainty=draft.certainty, expires=draft.expires,
            sender_name=settings.sender_name, headline=headline, description=description,
            instruction=instruction, areas=draft.areas,
        )
        for language, headline, description, instruction in languages
        if headline
    )  # fmt: skip
    return CapMessage(
        identifier=identifier(settings.issuer, sent, number),
        sender=settings.sender,
        sent=sent,
        status=draft.status,
        msg_type=draft.msg_type,
        scope=CapScope.PUBLIC,
        references=references,
        infos=infos,
    )
