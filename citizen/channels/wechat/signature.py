"""Proof that a request is the platform's: its signature, its time, and a nonce that is used once. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from typing import Final

from citizen.channels.wechat.errors import WeChatUnproved

WINDOW_S: Final = 300.0
MOST_NONCES: Final = 20_000


def signature_of(*parts: str) -> str:
    """SHA-1 of the sorted parts, as the platform signs them."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def require_signature(given: str, *parts: str) -> None:
    """Raises `WeChatUnproved`."""
    if not hmac.compare_digest(given.encode(), signature_of(*parts).encode()):
        raise WeChatUnproved(remedy="compare token and EncodingAESKey with the account's page")


class ReplayWindow:
    """Remembers what was said under each timestamp and nonce. The platform repeats a message that was not
    answered: the same body passes again, another one does not.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def require(self, timestamp: str, nonce: str, body: bytes, now: float) -> None:
        """`now` is Unix time in seconds. Raises `WeChatUnproved`."""
        if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12 or len(nonce) > 64:
            raise WeChatUnproved("timestamp or nonce is none", remedy="send what the platform sends")
        if abs(now - int(timestamp)) > WINDOW_S:
            raise WeChatUnproved(
                f"its time is more than {WINDOW_S:g} s away", remedy="compare the clock of this machine"
            )
        said = hashlib.sha256(body).digest()
        known = self._seen.setdefault((timestamp, nonce), said)
        while len(self._seen) > MOST_NONCES:
            self._seen.popitem(last=False)
        if known != said:
            raise WeChatUnproved("the nonce was used for another message", remedy="send each message once")
