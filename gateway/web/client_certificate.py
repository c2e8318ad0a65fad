"""The client certificate of a connection, as a trusted proxy names it in the header `Client-Cert`: base64 of
the DER between colons (RFC 9440), or PEM as nginx writes it (`$ssl_client_escaped_cert`).
"""

from __future__ import annotations

import binascii
import hashlib
import ssl
from base64 import b64decode
from typing import Final
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.types import Scope

from core.listening import Addresses

HEADER: Final = "client-cert"


def certificate_of(scope: Scope, trusted: Addresses) -> str:
    """SHA-256 of the certificate in hexadecimal; empty without one, and for what no trusted proxy says."""
    client = scope.get("client")
    told = Headers(scope=scope).getlist(HEADER)
    if not client or client[0] not in trusted or len(told) != 1 or not told[0]:
        return ""
    try:
        return hashlib.sha256(_der(told[0].strip())).hexdigest()
    except (ValueError, binascii.Error):
        return ""


def _der(text: str) -> bytes:
    """Raises `ValueError`."""
    if len(text) > 1 and text[0] == text[-1] == ":":
        return b64decode(text[1:-1], validate=True)
    return ssl.PEM_cert_to_DER_cert(unquote(text))
