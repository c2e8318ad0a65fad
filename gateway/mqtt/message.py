"""A message received from the broker, and the event in it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import ValidationError

from core.events import Event, parse


@dataclass(frozen=True, slots=True)
class Received:
    """`retained` is true when the broker gave its stored copy for a new subscription."""

    topic: str
    payload: bytes
    qos: int = 1
    retained: bool = False
    duplicate: bool = False


def parse_event(payload: bytes) -> Event:
    """The event in a message. Raises `ValueError` for anything else."""
    try:
        envelope = json.loads(payload)
        if not isinstance(envelope, dict):
            raise ValueError("not an object")  # noqa: TRY004  # one kind of error for the caller
        return parse(envelope)
    except (KeyError, RecursionError, ValidationError) as error:
        raise ValueError(type(error).__name__) from error
