"""API tokens as data, and the rules about them. Pure."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from core.actor import Role
from core.bearer import PREFIX
from core.scopes import NO_LIMIT, Scope, Scopes, scopes_of
from identity.errors import BadToken
from identity.model import BREAK_GLASS, Session, TokenUse, User

_SIGNS: Final = string.ascii_letters + string.digits
_LENGTH: Final = 40
"""Signs after the prefix: 238 bits."""
_FORM: Final = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{_LENGTH}}}")
READS: Final = ("GET *", "WEBSOCKET *")
"""The operations of a token that only reads."""
MOST_OPERATIONS: Final = 50
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class ApiToken:
    """`roles` and `scopes` are at most the owner's. `operations` are `METHOD /path` as in the table of
    rights, or `METHOD *`; without any it may do all that its roles allow. `used_at` is right to ten minutes,
    `address` is where it was used last.
    """

    token_id: str
    user_id: str
    name: str
    roles: frozenset[Role]
    scopes: Scopes
    operations: tuple[str, ...]
    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None = None
    address: str = ""
    revoked_at: datetime | None = None

    @property
    def told(self) -> str:
        """As the audit trail names it."""
        return f"{self.name} ({self.token_id})"


@dataclass(frozen=True, slots=True)
class WantedToken:
    """A token that somebody asks for. Without `roles` it has all roles of its owner; without `days` it is
    valid as long as the settings allow.
    """

    user_id: str
    name: str
    roles: frozenset[Role] = frozenset()
    scopes: Scopes = NO_LIMIT
    operations: tuple[str, ...] = field(default=())
    days: int | None = None


def new_secret() -> str:
    """A new secret with the prefix by which scanners find leaked ones."""
    return PREFIX + "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def new_id() -> str:
    """48 random bits in hex."""
    return secrets.token_hex(6)


def is_form(token: str) -> bool:
    """Whether it can be a token at all."""
    return _FORM.fullmatch(token) is not None


def narrowed(owner: Scopes, token: Scopes) -> Scopes | None:
    """What both hold. None where they have nothing of a kind in common: that would be no limit at all."""
    kept: dict[str, frozenset[str]] = {}
    for scope in Scope:
        first, second = owner.of(scope), token.of(scope)
        kept[scope] = first & second if first and second else first or second
        if (first or second) and not kept[scope]:
            return None
    return scopes_of(kept)


def check_wanted(wanted: WantedToken, owner: User, known: Collection[str], longest_days: int) -> WantedToken:
    """As it will be stored. `known` are the operations that a token may be limited to. Raises `BadToken`."""
    name = " ".join(wanted.name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadToken(f"a name has 1 to {LONGEST_NAME} characters", remedy="name what uses the token")
    if owner.id == BREAK_GLASS:
        raise BadToken("nothing outlives the use of the sealed account", remedy="name a person")
    if not owner.active:
        raise BadToken(f"{owner.id} is switched off", remedy="name a user who may sign in")
    if beyond := wanted.roles - owner.roles:
        raise BadToken(f"{owner.id} is no {min(beyond)}", remedy="give roles that the owner has")
    for scope in Scope:
        limit, asked = owner.scopes.of(scope), wanted.scopes.of(scope)
        if limit and (outside := asked - limit):
            raise BadToken(
                f"{min(outside)} is outside the {scope}s of {owner.id}",
                remedy="give scopes within the owner's",
            )
    days = longest_days if wanted.days is None else wanted.days
    if not 1 <= days <= longest_days:
        raise BadToken(
            f"a token is valid for 1 to {longest_days} days", remedy="see identity.tokens.longest_days"
        )
    return WantedToken(
        owner.id,
        name,
        wanted.roles or owner.roles,
        wanted.scopes,
        _operations(wanted.operations, known),
        days,
    )


def _operations(wanted: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    if len(wanted) > MOST_OPERATIONS:
        raise BadToken(f"at most {MOST_OPERATIONS} operations", remedy="leave them out, or give METHOD *")
    methods = {f"{one.partition(' ')[0]} *" for one in known}
    if wrong := sorted(set(wanted).difference(methods, known, READS)):
        raise BadToken(
            f"a token cannot be limited to {wrong[0][:80]!r}",
            remedy="give METHOD /path as docs/rights.md lists them, or METHOD *",
        )
    return tuple(sorted(set(wanted)))


def session_of(token: ApiToken, owner: User, now: datetime) -> Session | None:
    """What the token opens; None when it is over, revoked, or its owner may no longer do what it is for."""
    scopes = narrowed(owner.scopes, token.scopes)
    over = token.revoked_at is not None or token.expires_at <= now
    if over or not owner.active or not token.roles <= owner.roles or scopes is None:
        return None
    user = User(
        id=owner.id, name=owner.name, roles=token.roles, language=owner.language, endpoint=owner.endpoint,
        skills=owner.skills, scopes=scopes,
    )  # fmt: skip
    use = TokenUse(token.token_id, token.told, frozenset(token.operations))
    # Who made the token has shown a second factor where his role asks for one; a program has none.
    return Session(user, token.expires_at, has_second_factor=True, token=use)
