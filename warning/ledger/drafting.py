"""A warning of our own, as a supervisor writes it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from core.models import Strict
from warning.cap.identifier import identifier
from warning.cap.model import (
    CapArea,
    CapCategory,
    CapCertainty,
    CapCircle,
    CapInfo,
    CapMessage,
    CapReference,
    CapScope,
    CapSeverity,
    CapStatus,
    CapType,
    CapUrgency,
    Point,
    xml_text,
)
from warning.channels import WarningChannel
from warning.settings import WarningSettings

DraftLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(xml_text)]
DraftWords = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(xml_text)
]
DraftCode = Annotated[str, StringConstraints(max_length=32), AfterValidator(xml_text)]
DraftRing = Annotated[tuple[Point, ...], Field(min_length=4, max_length=50)]


class DraftGeocode(Strict):
    """As `warning.cap.model.CapGeocode`, shorter."""

    name: DraftCode
    value: DraftCode


class DraftArea(Strict):
    """As `warning.cap.model.CapArea`, smaller: a request has a bound."""

    description: DraftLine = ""
    polygons: Annotated[tuple[DraftRing, ...], Field(max_length=2)] = ()
    circles: Annotated[tuple[CapCircle, ...], Field(max_length=8)] = ()
    geocodes: Annotated[tuple[DraftGeocode, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _is_an_area(self) -> Self:
        CapArea.model_validate(self.model_dump())
        return self


class WarningDraft(Strict):
    """English words are optional. `areas` and words may be missing in a Cancel: those of what it cancels
    hold.
    """

    status: Literal[CapStatus.ACTUAL, CapStatus.EXERCISE, CapStatus.TEST]
    msg_type: Literal[CapType.ALERT, CapType.UPDATE, CapType.CANCEL] = CapType.ALERT
    category: CapCategory = CapCategory.SAFETY
    event: DraftLine = ""
    urgency: CapUrgency = CapUrgency.IMMEDIATE
    severity: CapSeverity = CapSeverity.UNKNOWN
    certainty: CapCertainty = CapCertainty.OBSERVED
    headline: DraftLine = ""
    description: DraftWords = ""
    instruction: DraftWords = ""
    headline_en: DraftLine = ""
    description_en: DraftWords = ""
    instruction_en: DraftWords = ""
    expires: AwareDatetime | None = None
    areas: Annotated[tuple[DraftArea, ...], Field(max_length=2)] = ()
    channels: Annotated[tuple[WarningChannel, ...], Field(min_length=1, max_length=5)]

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
    areas = tuple(CapArea.model_validate(one.model_dump()) for one in draft.areas)
    infos = tuple(
        CapInfo(
            language=language, categories=(draft.category,), event=draft.event or headline,
            urgency=draft.urgency, severity=draft.severity, certainty=draft.certainty, expires=draft.expires,
            sender_name=settings.sender_name, headline=headline, description=description,
            instruction=instruction, areas=areas,
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
