"""A message as it came from the broker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """`retained` is true when the broker gave its stored copy for a new subscription."""

    topic: str
    payload: bytes
    qos: int = 1
    retained: bool = False
    duplicate: bool = False
