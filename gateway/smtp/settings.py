"""Settings of the server that takes our mails."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from core.listening.addresses import is_loopback
from core.models import StrictSettings
from core.secret import GivenSecret


class MailSettings(StrictSettings):
    """With `user`, the password is `password`, `password_file`, or the credential `songhua.mail.password`."""

    host: str = Field(min_length=1, description="the server that takes mails")
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="none only to this machine"
    )
    ca_file: Path | None = Field(default=None, description="trust this authority (PEM) and no other")
    user: str = Field(default="", max_length=254)
    password: GivenSecret = SecretStr("")
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", description="our address")
    sender_name: str = Field(default="Songhua", max_length=80)
    timeout_s: float = Field(default=20.0, gt=0, le=300)

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                "security = none sends mails and the password as plain text: use starttls or tls"
            )
        return self
