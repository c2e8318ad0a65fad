"""The certificates that our own commands trust when they connect to the running service."""

from __future__ import annotations

import contextlib
import re
import ssl
from pathlib import Path
from typing import Final

from gateway.tls.settings import ServerTls, TlsSettings

_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def for_own(tls: ServerTls) -> ssl.SSLContext:
    """Trusts the certificate that our listener serves and no other, by whatever name it is asked, nor one of
    the same authority. Raises `OSError` where it cannot be read.
    """
    own = _CERTIFICATE.search(tls.certificate.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=own[0].decode("ascii", "replace") if own else "none")
    return context


def for_others(settings: TlsSettings) -> ssl.SSLContext:
    """Trusts the machine's authorities and the local one."""
    context = ssl.create_default_context()
    local: Path = settings.folder / "ca.pem"
    with contextlib.suppress(OSError):
        context.load_verify_locations(local)
    return context
