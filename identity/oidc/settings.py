"""Settings of sign-in by an OpenID provider."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from core.actor import Role
from core.listening.addresses import is_loopback


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read or answer: https, or this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


class OidcSettings(BaseModel):
    """Without an issuer there is none."""

    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(default="", max_length=300, description="https://… as the provider calls itself")
    client_id: str = Field(default="", max_length=200)
    client_secret: SecretStr = SecretStr("")
    name: str = Field(default="", max_length=40, description="what people call it: the button's text")
    ca_file: Path | None = Field(default=None, description="trust this authority (PEM) and no other")
    address: str = Field(
        default="",
        max_length=300,
        description="where browsers reach the desk, behind a proxy: https://hotline.example.org",
    )
    scopes: list[str] = Field(default=["profile"], max_length=20, description="asked for besides openid")
    user_claim: str = Field(default="preferred_username", max_length=80, description="the user name")
    name_claim: str = Field(default="name", max_length=80, description="what colleagues read")
    role_claim: str = Field(default="groups", max_length=80, description="what `roles` translates")
    roles: dict[str, list[Role]] = Field(
        default={},
        max_length=200,
        description="roles by a value of role_claim; without any they are given here",
    )
    create: bool = Field(default=False, description="who is not known yet becomes a user; needs `roles`")
    password_roles: list[Role] = Field(
        default=list(Role),
        max_length=20,
        description="who has one of these may sign in with the password here too",
    )
    skew_s: float = Field(default=60, ge=0, le=300, description="clocks may differ by so much")
    timeout_s: float = Field(default=5, gt=0, le=30, description="the provider answers so soon, or is away")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.issuer:
            return self
        for place, address in (("issuer", self.issuer), ("address", self.address)):
            if address and not is_safe(address):
                raise ValueError(f"{place}: give an https address; http is for this machine alone")
        if not self.client_id:
            raise ValueError("client_id is missing: the provider gives one to each application")
        if self.create and not self.roles:
            raise ValueError("create needs roles: without them new users have no role")
        return self
