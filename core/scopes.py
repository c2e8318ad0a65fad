"""Scopes: the part of the city's work that a person is limited to.

A scope narrows a right and never gives one. Empty means all: a person without scopes is limited by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a person can be limited to. Who has the role `department` sees nothing without a department."""

    QUEUE = "queue"
    DISTRICT = "district"
    DEPARTMENT = "department"
    TALKGROUP = "talkgroup"


@dataclass(frozen=True, slots=True)
class Scopes:
    """Names by scope: queues by name, districts by code (six digits), departments by id, talkgroups by id."""

    queues: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    talkgroups: frozenset[str] = frozenset()

    def of(self, scope: Scope) -> frozenset[str]:
        """The names that the person is limited to; empty is no limit."""
        match scope:
            case Scope.QUEUE:
                return self.queues
            case Scope.DISTRICT:
                return self.districts
            case Scope.DEPARTMENT:
                return self.departments
            case Scope.TALKGROUP:
                return self.talkgroups

    def holds(self, scope: Scope, name: str | None) -> bool:
        """Whether something with this attribute is the person's. What has none (no queue yet, no district) is
        everybody's: nobody would see it otherwise.
        """
        limited = self.of(scope)
        return not limited or not name or name in limited

    def as_lists(self) -> dict[str, list[str]]:
        """JSON-ready: sorted names by scope, those without a limit left out."""
        return {scope.value: sorted(names) for scope in Scope if (names := self.of(scope))}


NO_LIMIT = Scopes()


@dataclass(frozen=True, slots=True)
class ScopeLimit:
    """What something is limited by, for example to the queue `name`, and whose it is whatever his scopes."""

    scope: Scope
    name: str | None
    people: frozenset[str] = frozenset()


def scopes_of(given: Mapping[str, Iterable[str]]) -> Scopes:
    """Read scopes from the lists that `as_lists` gives; unknown scopes are left out."""
    names = {scope: frozenset(given.get(scope.value, ())) for scope in Scope}
    if not any(names.values()):
        return NO_LIMIT
    return Scopes(
        queues=names[Scope.QUEUE],
        districts=names[Scope.DISTRICT],
        departments=names[Scope.DEPARTMENT],
        talkgroups=names[Scope.TALKGROUP],
    )
