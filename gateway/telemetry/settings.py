"""Settings of spans: the section `[telemetry]`."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from core.listening.addresses import is_loopback
from core.models import StrictSettings
from core.secret import GivenSecret


class TelemetrySettings(StrictSettings):
    """The token is `token`, `token_file`, or the credential `songhua.telemetry.token`."""

    endpoint: str = Field(
        default="", description="the receiver, as http://127.0.0.1:4318; /v1/traces follows; empty: off"
    )
    token: GivenSecret | None = Field(default=None, description="sent as Authorization: Bearer …")
    ca_file: Path | None = Field(default=None, description="trust this authority (PEM) and no other")
    plain: bool = Field(default=False, description="http also to another machine")
    timeout_s: float = Field(default=5.0, gt=0, le=60, description="for one attempt")
    every_s: float = Field(default=5.0, gt=0, le=300, description="spans are gathered for so long")
    queue: int = Field(default=4_096, ge=16, le=100_000, description="spans that wait; then the oldest go")

    @model_validator(mode="after")
    def _of_a_receiver(self) -> Self:
        if not self.endpoint:
            return self
        try:
            address = urlsplit(self.endpoint)
            host, _port = address.hostname or "", address.port
        except ValueError:
            raise ValueError("endpoint is no address: http://HOST:4318") from None
        if address.scheme not in {"http", "https"} or not host or address.username or address.query:
            raise ValueError("endpoint is no address of a receiver: http://HOST:4318 or https://HOST:4318")
        if address.scheme == "http" and not self.plain and host != "localhost" and not is_loopback(host):
            raise ValueError(f"endpoint: http to {host}: use https, or set plain = true")
        return self
