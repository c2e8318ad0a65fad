"""Passwords of sessions, and the file from which the switch reads them. Pure."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Final

HEAD: Final = "; SIP passwords of browsers, each of one session. Written by songhua (docs/tls.md).\n"
_ENTRY: Final = re.compile(
    r"^\[([a-z][a-z0-9-]{1,39})\]\(\+type=auth\)\npassword = ([0-9a-f]{32})$", re.MULTILINE
)


def of_session(secret: str, endpoint: str, session: str) -> str:
    """The same whenever it is asked for: a restart of the gateway disturbs no telephone. `secret` is the
    endpoint's own of the settings.
    """
    return hmac.new(secret.encode(), f"{endpoint}\n{session}".encode(), "sha256").hexdigest()[:32]


def of_nobody() -> str:
    """A password that nobody is told: 128 random bits in hex."""
    return secrets.token_hex(16)


def text_of(passwords: Mapping[str, str]) -> str:
    """What pjsip.conf includes last: in an object that is there already, the last password counts."""
    entries = (f"[{name}](+type=auth)\npassword = {word}\n" for name, word in sorted(passwords.items()))
    return HEAD + "".join(entries)


def read(text: str) -> dict[str, str]:
    """Passwords by endpoint; entries that are not ours are left out."""
    return dict(_ENTRY.findall(text))
