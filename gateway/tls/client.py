"""Whom our own commands trust when they ask the running service."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path

from gateway.tls.settings import ServerTls, TlsSettings


def for_own(tls: ServerTls) -> ssl.SSLContext:
    """Trusts the certificate that our listener serves and no other, by whatever name it is asked. Raises
    `OSError` where it cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(tls.certificate)
    return context


def for_others(settings: TlsSettings) -> ssl.SSLContext:
    """Trusts the machine's authorities and the local one."""
    context = ssl.create_default_context()
    local: Path = settings.folder / "ca.pem"
    with contextlib.suppress(OSError):
        context.load_verify_locations(local)
    return context
