"""Supplies the people whom the ledger asks for."""

from __future__ import annotations

from collections.abc import Mapping

from cdr.rights import SCORE_CALLS
from core.actor import Actor
from identity.model import User
from identity.service import IdentityService


class Supervisors:
    """Fills `cdr.ports.Scorers` from the people who can sign in."""

    def __init__(self, people: IdentityService) -> None:
        self._people = people

    async def names(self) -> Mapping[str, str]:
        found = await self._people.users()
        able = (user for user in found if user.active and SCORE_CALLS.allows(_actor(user)))
        return {user.id: user.name for user in able}


def _actor(user: User) -> Actor:
    return Actor(user.id, user.name, user.roles, user.scopes)


class OwnersOfReports:
    """Fills `cdr.reports.schedules.ports.ReportOwners` from the people who can sign in."""

    def __init__(self, people: IdentityService) -> None:
        self._people = people

    async def actor(self, user_id: str) -> Actor | None:
        found = next((user for user in await self._people.users() if user.id == user_id), None)
        if found is None or not found.active:
            return None
        return _actor(found)
