"""Enrolment of a terminal by a one-time code: an administrator makes it, the terminal brings it, once.

Whoever brings a valid code is who was shown it: it has 192 random bits, is stored as a digest, and ends after
`enrolment_minutes`, with its use, with the next one, and when the unit is revoked.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.actor import Actor, Role
from core.audit import Audit
from core.errors import Unavailable
from core.operations import OperationMemory
from core.storage import Storage
from field import rights
from field.errors import EnrolmentCodeVoid, UnitRevoked
from field.units.centre.enrolment import store
from field.units.centre.service import UnitRegister

REMEMBERED: Final = 200
LONGEST: Final = 64
"""Signs of a code that are looked at."""


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """Told once, to who made it."""

    unit_id: str
    code: str
    expires_at: datetime


class UnitEnrolments:
    def __init__(
        self, storage: Storage, register: UnitRegister, audit: Audit, *, minutes: float = 60.0
    ) -> None:
        self._storage = storage
        self._register = register
        self._audit = audit
        self._lasts = timedelta(minutes=minutes)
        self._made = OperationMemory[EnrolmentCode](REMEMBERED)
        self._told = OperationMemory[tuple[str, str]](REMEMBERED)

    async def make(self, actor: Actor, unit_id: str, *, op_id: UUID) -> EnrolmentCode:
        """A new code of the unit; an earlier one is void. Raises `Forbidden`, `UnknownUnit`, `UnitRevoked`,
        `StorageAway`.
        """
        rights.ENROL.check(actor)
        what = f"enrolment code {unit_id}"
        if (known := self._made.known(op_id, what)) is not None:
            return known
        unit = await self._register.find(unit_id)
        if unit.revoked_at is not None:
            raise UnitRevoked(unit.unit_id, remedy="enrol it again")
        await self._audit.record(actor, "unit-enrolment-code", f"unit:{unit.unit_id}")
        now = self._register.now()
        made = EnrolmentCode(unit.unit_id, secrets.token_urlsafe(24), now + self._lasts)
        async with self._storage.write() as transaction:
            await store.put(transaction, unit.unit_id, made.code, at=now, until=made.expires_at, by=actor.id)
        return self._made.keep(op_id, what, made)

    async def redeem(self, code: str, *, op_id: UUID) -> tuple[str, str]:
        """Unit and new password for whoever brings a valid code; an older password is void. The same `op_id`
        again gets the same answer for as long as it is remembered.

        Raises `EnrolmentCodeVoid` for every other code, whatever is wrong with it, and `Unavailable` while
        the broker is away: then the code stays valid.
        """
        what = store.digest_of(code)
        if (known := self._told.known(op_id, what)) is not None:
            return known
        now = self._register.now()
        async with self._storage.read() as connection:
            row = await store.valid(connection, code, now) if len(code) <= LONGEST else None
        if row is None:
            raise _void()
        maker = Actor(row.made_by, "enrolment code", frozenset({Role.ADMIN}))
        await self._audit.record(maker, "unit-enrolment-code-used", f"unit:{row.unit_id}")
        async with self._storage.write() as transaction:
            if not await store.use(transaction, code, now):
                raise _void()
        try:
            password = await self._register.renew(row.unit_id, maker, op_id=op_id)
        except Unavailable:
            async with self._storage.write() as transaction:
                await store.give_back(transaction, code)
            raise
        except UnitRevoked as revoked:
            raise _void() from revoked
        return self._told.keep(op_id, what, (row.unit_id, password))


def _void() -> EnrolmentCodeVoid:
    return EnrolmentCodeVoid(
        "it was used, is over, or was never made", remedy="ask the centre for a new code"
    )
