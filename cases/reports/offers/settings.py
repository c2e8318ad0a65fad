"""How reports are offered to agents; the section `cases.report_offers` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.models import Strict

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class ReportOfferSettings(Strict):
    enabled: bool = Field(
        default=True, description="reports are offered to ready agents; else they look for them"
    )
    offer_s: float = Field(default=30.0, ge=5, le=600, description="how long an offer stands on a desk")
    again_s: float = Field(
        default=60.0, ge=1, description="pause when every free agent has let a report go by"
    )
    at_once: int = Field(
        default=1, ge=1, le=20, description="who has so many reports in hand gets no further one"
    )
    queue: str = Field(
        default="",
        max_length=80,
        description="queue whose agents serve reports; empty: the first of hotline.queues",
    )
    languages: dict[LanguageCode, str] = Field(
        default={}, description="queue whose agents serve reports in a language, by its code"
    )
