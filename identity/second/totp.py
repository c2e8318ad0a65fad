"""Time-based one-time passwords (RFC 6238): six digits for 30 seconds, by SHA-1 as all apps compute them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno

ISSUER = "Songhua"
STEP_S = 30
_BESIDE = (0, -1, 1)
"""Steps that are tried: this one, the one before (the code was typed late), the next (the phone is fast)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one SVG path on a square of `size` units, quiet zone included."""

    size: int
    path: str


def new_secret() -> str:
    """160 bits, in base32 as apps take it."""
    return pyotp.random_base32()


def uri(secret: str, user_id: str) -> str:
    """What the QR code says (`otpauth://totp/…`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_id, issuer_name=ISSUER)


def picture(text: str) -> QrCode:
    code = segno.make(text, error="m", micro=False)
    rows = [bytes(row) for row in code.matrix_iter(border=4)]
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return QrCode(len(rows), "".join(dark))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step (seconds since 1970 by 30) whose code this is; None for no code of now."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    for beside in _BESIDE:
        if hmac.compare_digest(totp.at((current + beside) * STEP_S), code):
            return current + beside
    return None
