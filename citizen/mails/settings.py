"""Settings of notices by e-mail. The mail server is `[mail]`'s."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from core.models import Strict


class NoticeMailSettings(Strict):
    enabled: bool = Field(default=False, description="tell who left an address; needs [mail]")
    site: str = Field(
        default="",
        max_length=200,
        pattern=r"^(https://[A-Za-z0-9._:\[\]-]+)?$",
        description="where citizens reach /citizen/: https://report.city.example; links lead there",
    )
    at_once: int = Field(default=2, ge=1, le=20, description="e-mails that are on their way at a time")

    @model_validator(mode="after")
    def _links_lead_somewhere(self) -> Self:
        if self.enabled and not self.site:
            raise ValueError("set site: each e-mail has a link by which its reader stops them")
        return self
