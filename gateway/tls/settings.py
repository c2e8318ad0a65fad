"""Settings of encrypted listeners."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FOLDER: Final = Path("/etc/songhua/tls")
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2 for web, broker and switch, forward secrecy alone; those of 1.3 are all good."""
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def name_or_address(text: str) -> str:
    """In one way of writing. Raises `ValueError`."""
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    name = text.lower()
    if len(name) > 253 or _NAME.fullmatch(name) is None:
        raise ValueError(f"{text!r} is neither a host name (ASCII) nor an address")
    return name


ServerName = Annotated[str, AfterValidator(name_or_address)]


class _TlsSection(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class TlsSettings(_TlsSection):
    """The local authority. Operators with certificates of their own need none of it."""

    folder: Path = Field(default=FOLDER, description="where songhua tls keeps authority and certificates")
    names: tuple[ServerName, ...] = Field(
        default=(), max_length=100, description="by which desks, telephones and terminals reach this machine"
    )
    days: int = Field(default=365, ge=1, le=825, description="how long a certificate is valid")


class ServerTls(_TlsSection):
    """PEM files of a listener. They are looked at every 10 s: a renewed certificate needs no restart."""

    certificate: Path = Field(description="the certificate, and those between it and its authority")
    key: Path | None = Field(default=None, description="its key; without it the systemd credential")

    def key_file(self, credential: str) -> Path:
        """`credential` is its place in the settings. A systemd credential goes before the setting."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        given = Path(folder) / f"songhua.{credential}" if folder else None
        if given is not None and given.is_file():
            return given
        return self.key if self.key is not None else self.certificate
