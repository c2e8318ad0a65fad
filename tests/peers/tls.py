"""A local authority for a test's peers, and browsers that take its certificates and no others."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.asterisk.encryption import SwitchTls
from gateway.asterisk.settings import AsteriskSettings
from gateway.tls.folder import TlsFolder
from tests.peers.ports import free_port

NAMES = ("localhost", "127.0.0.1")


def private_authority(folder: Path) -> TlsFolder:
    made = TlsFolder(folder)
    made.init(NAMES, datetime.now(UTC))
    return made


def encrypted(settings: AsteriskSettings, authority: TlsFolder) -> AsteriskSettings:
    """The same switch with TLS and WSS, on ports that are to be released."""
    files = authority.service("switch")
    tls = SwitchTls(certificate=files.certificate, key=files.key, authority=authority.authority.certificate)
    ports = settings.ports.model_copy(update={"sips": free_port(), "https": free_port()})
    return AsteriskSettings(**{**dict(settings), "ports": ports, "tls": tls})


def pinned(authority: TlsFolder) -> str:
    """Chromium's option that takes these keys, whoever signed them: its own list of authorities is not a
    file. Every other certificate is checked as ever.
    """
    pins = []
    for one in authority.services:
        key = x509.load_pem_x509_certificate(one.certificate.read_bytes()).public_key()
        shown = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pins.append(base64.b64encode(hashlib.sha256(shown).digest()).decode())
    return f"--ignore-certificate-errors-spki-list={','.join(pins)}"
