"""Settings of text messages as a channel; the SMSC itself is the section `sms`."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class SmsChannelSettings(Strict):
    enabled: bool = Field(default=True, description="take reports by text message, where [sms] names an SMSC")
    per_number_hour: int = Field(
        default=10, ge=1, le=1000, description="messages of one number that are taken"
    )
    per_hour: int = Field(default=2000, ge=1, le=1_000_000, description="messages of all numbers together")
