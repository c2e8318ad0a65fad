"""Settings of passkeys."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.listening.addresses import parsed
from identity.oidc.settings import is_safe


class PasskeySettings(BaseModel):
    """A passkey belongs to the name by which browsers reach the desk: with another one it is lost."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(
        default="",
        max_length=300,
        description="where browsers reach the desk: https://hotline.example.org; without it no passkeys",
    )
    most: int = Field(default=10, ge=1, le=50, description="passkeys of one person")

    @property
    def host(self) -> str:
        """The name that passkeys belong to."""
        return urlsplit(self.address).hostname or ""

    @property
    def origin(self) -> str:
        """As a browser names the page."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if not self.address:
            return self
        if not is_safe(self.address):
            raise ValueError("give an https address: browsers offer passkeys only there")
        if not self.host or parsed(self.host) is not None:
            raise ValueError("give a host name, not an IP address: passkeys belong to a name")
        return self
