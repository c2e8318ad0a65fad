"""Users and sessions as data, and the rules about them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from core.actor import Actor, Role
from core.scopes import NO_LIMIT, Scope, Scopes, scopes_of
from identity.errors import BadScope, BadSkill, BadUserName

Language = Literal["zh", "en"]

BREAK_GLASS = "break-glass"
"""The user that acts while the sealed account is in use."""

MOST_SKILLS = 50
MOST_SCOPES = 200
BEST_LEVEL = 5
_SKILL = re.compile(r"(?:language|district|subject):[a-z0-9][a-z0-9_-]{0,31}")
_SCOPE_NAMES = {
    Scope.QUEUE: re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}"),
    Scope.DISTRICT: re.compile(r"[0-9]{6}"),
    Scope.DEPARTMENT: re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}"),
    Scope.TALKGROUP: re.compile(r"[a-z][a-z0-9]{0,9}:[^\s,]{1,48}"),
}
_SCOPE_FORMS = {
    Scope.QUEUE: "give a queue's name of the settings, such as hotline",
    Scope.DISTRICT: "give a district's code of six digits, such as 230102",
    Scope.DEPARTMENT: "give a department's id of a-z, 0-9, dot, dash, underscore",
    Scope.TALKGROUP: "give a talkgroup's id as GET /api/talkgroups shows it, such as app:1",
}
_USER_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


@dataclass(frozen=True, slots=True)
class User:
    """`id` is the sign-in name; `endpoint` is the SIP endpoint of this person's phone, if any. `skills` are
    levels from 1 to 5 by name: `language:en`, `district:daoli`, `subject:water`. `scopes` limit what
    the roles allow.
    """

    id: str
    name: str
    roles: frozenset[Role]
    language: Language = "zh"
    endpoint: str | None = None
    active: bool = True
    skills: Mapping[str, int] = field(default_factory=dict)
    scopes: Scopes = NO_LIMIT

    def actor(self) -> Actor:
        """The user as services take him."""
        return Actor(id=self.id, name=self.name, roles=self.roles, scopes=self.scopes)


@dataclass(frozen=True, slots=True)
class TokenUse:
    """The API token by which a program acts; `told` names it in the audit trail. Without `operations` it
    may do all that its roles allow.
    """

    token_id: str
    told: str
    operations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Session:
    """`token` is what opens it where that is an API token; the user has the token's roles and scopes then."""

    user: User
    expires_at: datetime
    has_second_factor: bool = False
    token: TokenUse | None = None

    def actor(self) -> Actor:
        actor = self.user.actor()
        if self.token is None:
            return actor
        return replace(actor, token=self.token.token_id, operations=self.token.operations)

    def lacks_second_factor(self, roles: Collection[Role]) -> bool:
        """Whether one of the user's roles is among those that must have one, and there is none. The sealed
        account is for when none is at hand.
        """
        if self.user.id == BREAK_GLASS:
            return False
        return not self.has_second_factor and not self.user.roles.isdisjoint(roles)


def session_end(now: datetime, idle: timedelta, born: datetime, longest: timedelta) -> datetime:
    """When a session that is used now ends: idle time from now, but never past its longest life."""
    return min(now + idle, born + longest)


def check_user_id(user_id: str) -> str:
    """The name as stored. Raises `BadUserName` unless it is 2–63 of a–z, 0–9, dot, dash, underscore, and not
    that of the sealed account.
    """
    plain = unicodedata.normalize("NFKC", user_id).strip().lower()
    if not _USER_ID.fullmatch(plain):
        raise BadUserName("a user name has 2 to 63 characters: a-z, 0-9, dot, dash, underscore")
    if plain == BREAK_GLASS:
        raise BadUserName("this name is the sealed account's", remedy="choose another name")
    return plain


def check_scopes(given: Mapping[str, Collection[str]]) -> Scopes:
    """Scopes from names by kind. Raises `BadScope` for a kind or a name that is none, or too many of them."""
    for kind, names in given.items():
        if kind not in set(Scope):
            raise BadScope(f"a scope is one of {', '.join(Scope)}")
        if len(names) > MOST_SCOPES:
            raise BadScope(f"at most {MOST_SCOPES} names of each kind")
        if wrong := [name for name in names if not _SCOPE_NAMES[Scope(kind)].fullmatch(name)]:
            raise BadScope(f"{wrong[0][:80]!r} is no {kind}", remedy=_SCOPE_FORMS[Scope(kind)])
    return scopes_of(given)


def check_skills(skills: Mapping[str, int]) -> dict[str, int]:
    """The skills as stored. Raises `BadSkill` for a name or a level that is none, or too many of them."""
    if len(skills) > MOST_SKILLS:
        raise BadSkill(f"at most {MOST_SKILLS} skills")
    for name, level in skills.items():
        if not _SKILL.fullmatch(name):
            raise BadSkill("a skill is language:…, district:… or subject:… with a word of a-z, 0-9, - and _")
        if not 1 <= level <= BEST_LEVEL:
            raise BadSkill(f"a level is 1 to {BEST_LEVEL}, the best")
    return dict(sorted(skills.items()))
