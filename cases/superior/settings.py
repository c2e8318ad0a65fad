"""Settings of superiors' orders: the section `[cases.superior]`."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class SuperiorSettings(Strict):
    attachment_mb: float = Field(
        default=10.0, gt=0, le=16, description="how large a letter of an order may be, in MiB"
    )
    attachments: int = Field(default=20, ge=1, le=200, description="how many letters an order may have")
