"""Reads certificate files: subject, expiry, and whether a listener can use them."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from gateway.tls.authority import names_of
from gateway.tls.settings import CIPHERS

WARN: Final = timedelta(days=30)
"""A certificate that ends sooner is told of in health and by the doctor; one of a short life in its last
quarter.
"""
DUE: Final = 2 / 3
"""A certificate of our own authority is renewed after this share of its life."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The first certificate of a file."""

    subject: str
    issuer: str
    names: Sequence[str]
    begins: datetime
    ends: datetime

    @property
    def due(self) -> datetime:
        """When it is to be renewed."""
        return self.begins + (self.ends - self.begins) * DUE


def look(certificate: Path) -> CertificateFacts:
    """Raises `OSError`, and `ValueError` for what is no certificate."""
    found = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    return CertificateFacts(
        found.subject.rfc4514_string(),
        found.issuer.rfc4514_string(),
        names_of(found),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and 1.3 with forward secrecy alone. Raises `OSError`; an `SSLError` is one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key, password=_refuse)
    return context


def unusable(certificate: Path, key: Path) -> str:
    """Why a listener cannot use them; empty when it can."""
    for file in (certificate, key):
        try:
            with file.open("rb"):
                pass
        except OSError as error:
            return f"{file}: {error.strerror}"
    try:
        server_context(certificate, key)
        look(certificate)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return f"{key} is not the key of {certificate}"
        return f"{certificate}, {key}: no certificate and its key in PEM ({error.reason or 'SSL'})"
    except (OSError, ValueError) as error:
        return f"{certificate}, {key}: {error}"
    return ""


def examined(certificate: Path, key: Path) -> str:
    """As `unusable`, for a command whose user may not read the key: its service does."""
    try:
        with key.open("rb"):
            pass
    except PermissionError:
        return ""
    except OSError as error:
        return f"{key}: {error.strerror}"
    return unusable(certificate, key)


def ends_soon(seen: CertificateFacts, now: datetime) -> str:
    """A sentence when it has ended, or does so soon (`WARN`); else empty."""
    if seen.ends <= now:
        return f"it ended on {seen.ends:%Y-%m-%d}"
    if seen.ends - now < min(WARN, (seen.ends - seen.begins) / 4):
        return f"it ends on {seen.ends:%Y-%m-%d}, in {(seen.ends - now).days} days"
    return ""


def _refuse() -> str:
    """OpenSSL would ask at the terminal for the password of an encrypted key."""
    raise ValueError("the key has a password: a listener starts without a person (openssl pkey -in … -out …)")
