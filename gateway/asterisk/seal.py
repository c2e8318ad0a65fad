"""Two secret words that the switch writes into its own events, computed from the secret of the manager
account, which the renderer and the gateway share.

Asterisk prints a caller's text unescaped. These tell its own events from text inside one (decision 0177).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

LONGEST: Final = 19
"""Letters of `systemname` that Asterisk keeps (`ast_config_AST_SYSTEM_NAME` in its options.h)."""


def system_name(secret: str, name: str) -> str:
    """Asterisk's `systemname`: it stands in each event and begins each channel's Uniqueid. 95 bits."""
    return _word(secret, f"systemname/{name}")


def dialplan_word(secret: str, name: str) -> str:
    """What each UserEvent of the dialplan ends with. 95 bits."""
    return _word(secret, f"dialplan/{name}")


def _word(secret: str, purpose: str) -> str:
    made = hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()
    return base64.b32encode(made).decode().lower()[:LONGEST]
