"""How we show a device who we are: the digest of WS-Security's UsernameToken Profile 1.0. Pure.

A device refuses a token whose time is not its own: so it is made for the device's clock.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from sensing.asking.auth import CameraLogin

_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"


def username_token(login: CameraLogin, created: datetime, nonce: bytes) -> str:
    """The header; `created` is the time of the device, `nonce` good once."""
    at = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # SHA-1 is what the profile has.
    proof = hashlib.sha1(nonce + at.encode() + login.password.encode(), usedforsecurity=False).digest()
    return (
        f'<wsse:Security xmlns:wsse="{_OASIS}-wssecurity-secext-1.0.xsd"'
        f' xmlns:wsu="{_OASIS}-wssecurity-utility-1.0.xsd">'
        f"<wsse:UsernameToken><wsse:Username>{escape(login.user)}</wsse:Username>"
        f'<wsse:Password Type="{_OASIS}-username-token-profile-1.0#PasswordDigest">'
        f"{b64encode(proof).decode()}</wsse:Password>"
        f'<wsse:Nonce EncodingType="{_OASIS}-soap-message-security-1.0#Base64Binary">'
        f"{b64encode(nonce).decode()}</wsse:Nonce>"
        f"<wsu:Created>{at}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    )
