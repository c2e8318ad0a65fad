"""Limits of connected desks: overall, for one person and for one address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from core.actor import Actor

TOO_MANY = "too many desks"
TOO_MANY_OF_PERSON = "too many pages of this person are open"
TOO_MANY_OF_ADDRESS = "too many pages are open at this address"


class ConnectedPerson(Protocol):
    """A desk that is connected."""

    @property
    def viewer(self) -> Actor:
        """The person at this page."""
        ...

    @property
    def address(self) -> str:
        """The client's address, behind a trusted proxy the one that it names."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectedPeople:
    """Desks that are there stay: the one too many is told so and tries again later."""

    most: int = 500
    of_person: int = 8
    of_address: int = 150

    def refuses(self, desks: Iterable[ConnectedPerson], person: str, address: str) -> str:
        """Why there is no place for one more desk; empty when there is. No address has no limit."""
        there = list(desks)
        if len(there) >= self.most:
            return TOO_MANY
        if sum(desk.viewer.id == person for desk in there) >= self.of_person:
            return TOO_MANY_OF_PERSON
        if address and sum(desk.address == address for desk in there) >= self.of_address:
            return TOO_MANY_OF_ADDRESS
        return ""
