"""How a request of a source proves itself. Pure: the signature is that of `core.webhook_signature`, and its
digest is what may come once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from core.webhook_signature import PREFIX, TOLERANCE_S, headers_of, signature, verified
from sensing.feeds.errors import FeedFault, FeedRefused

MOST_ID: Final = 128
HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


def key_of(secret: str) -> bytes:
    """The bytes of a secret: of `whsec_…` what the base64 says, of any other text its own."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def require_fresh(headers: Mapping[str, str], now: int) -> None:
    """What may be known before the body is read. Raises `FeedRefused`."""
    at = headers.get("webhook-timestamp", "")
    if not all(headers.get(name) for name in HEADERS) or len(headers["webhook-id"]) > MOST_ID:
        raise FeedRefused(FeedFault.FORGED)
    if not at.isascii() or not at.isdigit() or len(at) > 12 or abs(now - int(at)) > TOLERANCE_S:
        raise FeedRefused(FeedFault.LATE)
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise FeedRefused(FeedFault.CONTENT)


def require_signed(key: bytes, headers: Mapping[str, str], body: bytes, now: int) -> str:
    """The digest by which a second request with this id, time and body is known. Raises `FeedRefused`."""
    if not verified(key, headers, body, now):
        raise FeedRefused(FeedFault.FORGED)
    signed = signature(key, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    return hashlib.sha256(signed.encode()).hexdigest()


def signed_headers(key: bytes, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a request with this body."""
    return {**headers_of([key], message_id, at, body), "content-type": "application/json"}
