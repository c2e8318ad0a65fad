"""Where events go in tests of messages: as the service has it."""

from __future__ import annotations

from citizen.events import MessageQueued
from core.events import Event


def to_the_smsc(event: Event) -> tuple[str, ...]:
    return ("sms",) if event.TYPE == MessageQueued.TYPE else ("bus",)
