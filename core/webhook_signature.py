"""How a webhook is signed, in both directions: HMAC-SHA256 over `id.timestamp.body`, as Standard Webhooks 1.0
says. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

PREFIX: Final = "whsec_"
TOLERANCE_S: Final = 300
"""How far the other side's clock may be from ours."""
_VERSION: Final = "v1,"


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return _VERSION + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def headers_of(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """What a receiver checks; one signature for each secret."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(one, message_id, timestamp, body) for one in secrets),
    }


def verified(secret: bytes, headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether the request comes from who has the secret, and is fresh. It answers to any headers."""
    message_id, given = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not given.isascii() or not given.isdigit() or len(given) > 12:
        return False
    if abs(now - int(given)) > TOLERANCE_S:
        return False
    wanted = signature(secret, message_id, int(given), body).encode()
    told = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(wanted, one.encode()) for one in told[:10])
