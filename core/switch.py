"""A message of the switch, as rooms read it; `gateway.ami` implements it."""

from __future__ import annotations

from typing import Protocol


class SwitchMessage(Protocol):
    """One event of the switch; a header that is absent reads as `default`."""

    @property
    def name(self) -> str: ...

    def get(self, name: str, default: str = "") -> str: ...
