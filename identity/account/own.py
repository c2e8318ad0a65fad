"""The signed-in person who manages the own account."""

from __future__ import annotations

from dataclasses import dataclass

from identity.model import Session, User
from identity.origin import RequestOrigin


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """The session that asks: whose, its token, and where it is."""

    session: Session
    token: str
    origin: RequestOrigin

    @property
    def user(self) -> User:
        """The person who is signed in by this session."""
        return self.session.user
