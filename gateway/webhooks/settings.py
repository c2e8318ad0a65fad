"""Settings of webhooks: the key from which each receiver's secret follows, and where they may go."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from core.listening import AddressRange
from core.models import StrictSettings
from core.secret import OwnSecret


class WebhookSettings(StrictSettings):
    """The key is `signing_key`, `signing_key_file`, or the credential `songhua.webhooks.signing_key`."""

    signing_key: OwnSecret = SecretStr("")
    private_networks: tuple[AddressRange, ...] = Field(
        default=(), description="networks of receivers that are not public; there plain http may be used too"
    )
    ca_file: Path | None = Field(default=None, description="trust this authority (PEM) and no other")
    timeout_s: float = Field(default=10.0, gt=0, le=60, description="for one attempt as a whole")
