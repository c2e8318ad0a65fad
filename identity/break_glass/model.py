"""The sealed account as data, and the words in its envelope. Pure, but for the random words."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.actor import Role
from identity.errors import BadSeal

NO_PASSWORD: Final = "!"  # noqa: S105  # no password has this hash
ROLES: Final = frozenset(Role) - {Role.UNIT}
_BYTES: Final = 20
_LENGTH: Final = 32
_READ_AS: Final = str.maketrans("018", "OIB")


@dataclass(frozen=True, slots=True)
class EnvelopeSeal:
    """One envelope. `used_by` is who said that he uses it; `until` the end of the session that it opened."""

    seal_id: UUID
    sealed_at: datetime
    sealed_by: str
    roles: frozenset[Role]
    used_at: datetime | None = None
    used_by: str = ""
    address: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None
    replaced_at: datetime | None = None
    taken_by: str = ""

    def is_open(self, now: datetime) -> bool:
        return self.until is not None and self.ended_at is None and now < self.until

    def told(self, now: datetime) -> dict[str, Any]:
        """The seal as JSON, without the password's hash."""
        return {
            "seal_id": str(self.seal_id),
            "sealed_at": self.sealed_at.isoformat(timespec="seconds"),
            "sealed_by": self.sealed_by,
            "roles": sorted(self.roles),
            "used_at": _told(self.used_at),
            "used_by": self.used_by,
            "until": _told(self.until),
            "ended_at": _told(self.ended_at),
            "open": self.is_open(now),
        }


def new_words() -> str:
    """160 random bits: eight groups of four, of A–Z and 2–7."""
    plain = base64.b32encode(secrets.token_bytes(_BYTES)).decode()
    return "-".join(plain[at : at + 4] for at in range(0, _LENGTH, 4))


def read_words(typed: str) -> str:
    """The words as they are hashed: small letters, spaces, and 0, 1, 8 for O, I, B do not matter. Whatever is
    typed is read, so that what cannot be the words takes as long as what can.
    """
    return "".join(one for one in typed.upper() if one.isalnum()).translate(_READ_AS)[: 2 * _LENGTH]


def check_roles(roles: frozenset[Role]) -> frozenset[Role]:
    """Raises `BadSeal`."""
    if not roles or not roles <= ROLES:
        raise BadSeal("no role of the centre is named", remedy=f"name some of {', '.join(sorted(ROLES))}")
    return roles


def check_name(name: str) -> str:
    """The name of the person who uses the account. Raises `BadSeal` for what is no name."""
    said = " ".join(name.split())
    if len(said) < 2 or not said.isprintable() or not any(one.isalpha() for one in said):
        raise BadSeal(
            "say who you are", remedy="type your own name: every desk shows it and the audit trail keeps it"
        )
    return said[:100]


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
