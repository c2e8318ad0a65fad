"""Encryption between the switch and telephones, browsers, carriers: signalling by TLS, sound by SRTP."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from core.models import StrictSettings
from gateway.asterisk.safe_text import Folder
from gateway.tls.settings import CIPHERS

Media = Literal["plain", "sdes", "dtls"]
"""How sound goes: as it is, SRTP with its keys in the signalling (RFC 4568), or agreed by DTLS (RFC 5764)."""
SIP_CIPHERS: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
)  # fmt: skip
"""Of TLS 1.2, one by one as PJSIP wants them."""


class SwitchTls(StrictSettings):
    """PEM files of the switch. `authority`: whom it trusts when it connects to a carrier by TLS; without it
    the machine's own.
    """

    certificate: Folder
    key: Folder
    authority: Folder | None = None

    @property
    def trusted(self) -> Path:
        """The file of authorities that carriers' certificates must come from."""
        return self.authority or Path("/etc/ssl/certs/ca-certificates.crt")

    @property
    def sip_ciphers(self) -> str:
        """The ciphers of SIP over TLS, as PJSIP reads them."""
        return ",".join(SIP_CIPHERS)

    @property
    def web_ciphers(self) -> str:
        """The ciphers of WSS, as OpenSSL reads them."""
        return CIPHERS
