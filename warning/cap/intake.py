"""A message from outside: its sender, its signature, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warning.cap.errors import CapRefusal, NotCap, RefusalReason, because
from warning.cap.model import CapMessage
from warning.cap.reading import is_signed, parsed, read_element
from warning.cap.signature import verified
from warning.settings import WarningSender


@dataclass(frozen=True, slots=True)
class CapIntake:
    """`message` as its sender signed it. With a `refusal` the message proves nothing."""

    message: CapMessage
    signed: bool
    gb_identifiers: bool
    refusal: RefusalReason | None = None


def take(data: bytes, senders: Mapping[str, WarningSender], now: datetime) -> CapIntake:
    """Raises `NotCap` for bytes that are no message, `OSError` for a certificate that cannot be read."""
    root = parsed(data)
    message = read_element(root)
    sender = senders.get(message.sender)
    signed = is_signed(root)
    if sender is None:
        why = because(CapRefusal.UNKNOWN_SENDER, f"{message.sender} is not among the senders of the settings")
        return CapIntake(message, signed, gb_identifiers=False, refusal=why)
    if sender.certificate_file is None or not signed:
        bare = None if sender.unsigned else because(CapRefusal.UNSIGNED, "nothing proves who sent it")
        return CapIntake(message, signed=False, gb_identifiers=sender.gb_identifiers, refusal=bare)
    try:
        proven = verified(root, _certificate(sender.certificate_file), now)
    except NotCap as error:
        return CapIntake(message, signed, sender.gb_identifiers, error.reason)
    if proven.sender != message.sender:
        why = because(CapRefusal.SIGNATURE, "what was signed has another sender")
        return CapIntake(message, signed, sender.gb_identifiers, why)
    return CapIntake(proven, signed=True, gb_identifiers=sender.gb_identifiers)


def _certificate(path: Path) -> str:
    return path.read_text(encoding="ascii")
