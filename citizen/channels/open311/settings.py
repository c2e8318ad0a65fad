"""Settings of Open311."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.models import StrictSettings
from core.secret import OwnSecret

ClientName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Open311Settings(StrictSettings):
    enabled: bool = Field(default=False, description="answer below /api/open311/v2")
    keys: dict[ClientName, OwnSecret] = Field(
        default_factory=dict,
        max_length=200,
        description="a client's name and its api_key; reading needs none",
    )
    jurisdiction: str = Field(
        default="", max_length=100, description="our jurisdiction_id; empty: none is asked"
    )
    contact: str = Field(default="", max_length=200, description="shown by discovery: whom to ask for a key")
    address: str = Field(
        default="", max_length=200, description="address of these routes as clients see it, for discovery"
    )
    emails: bool = Field(
        default=True,
        description="tell a reporter by e-mail where the client gives `email`, if citizen.email is enabled;"
        " off where the clients tell their users themselves, as FixMyStreet does",
    )
    per_key_hour: int = Field(default=600, ge=1, le=100_000, description="reports of one key within an hour")
    reads_per_address_hour: int = Field(
        default=1_000, ge=1, le=10_000_000, description="questions of one address within an hour"
    )
    answers_kept_s: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="the same question gets the same answer for so long, unless something is reported; 0: no",
    )
