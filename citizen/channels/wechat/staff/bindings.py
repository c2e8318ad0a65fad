"""Binds members of staff to their WeChat: by a code of one use, once for each identity. What ends a binding:
the member's word, an administrator, leaving the service, leaving the account.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from citizen.channels.wechat.staff import store
from citizen.channels.wechat.staff.errors import NoSuchBinding, NotForStaff
from citizen.channels.wechat.staff.settings import WeChatStaffSettings
from citizen.channels.wechat.staff.store import WaitingCode, WeChatBinding
from citizen.contract.limits import MOST_ADDRESSES, HourLimit
from citizen.contract.staff import StaffDesk, StaffMember, StaffProfile
from citizen.errors import TooManyReports
from core.actor import Actor, system
from core.audit import TransactionAudit
from core.errors import SonghuaError
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.operations import OperationMemory
from core.storage import Storage, Transaction

_bindings = counter("citizen_wechat_bindings", "Bindings of staff by what became of them", ["fate"])
LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH: Final = 8
"""31 letters that are not mistaken for each other, eight times: 39 bits, for ten minutes."""
WRONG_HOUR: Final = 5
WRONG_HOUR_IN_TOTAL: Final = 200
MOST_LISTED: Final = 2_000
SWEPT_AT_ONCE: Final = 500
_ALL: Final = "all"
_log = logger("citizen")
_SWEPT: Final = "wechat"


class StaffBindings:
    """Every method may raise `StorageAway`."""

    def __init__(
        self, settings: WeChatStaffSettings, storage: Storage, desk: StaffDesk, audit: TransactionAudit
    ) -> None:
        self.enabled = settings.enabled
        self.desk = desk
        self._settings = settings
        self._storage = storage
        self._audit = audit
        monotonic = storage.clock.monotonic
        # Two, as what one person may is counted also when all together have used up theirs.
        self._wrong = HourLimit(WRONG_HOUR, WRONG_HOUR * MOST_ADDRESSES, monotonic)
        self._wrong_of_all = HourLimit(WRONG_HOUR_IN_TOTAL, WRONG_HOUR_IN_TOTAL, monotonic)
        self._made = HourLimit(
            settings.codes_per_person_hour, 100 * settings.codes_per_person_hour, monotonic
        )
        self._codes = OperationMemory[tuple[str, datetime]]()

    # --- people of the centre -----------------------------------------------------------------------

    async def make_code(self, actor: Actor, member: StaffMember, op_id: UUID) -> tuple[str, datetime]:
        """A code for this member and until when it works; a former one of his works no more. Audited.

        Raises `NotForStaff`, `TooManyReports`.
        """
        known = self._codes.known(op_id, (actor.id, member))
        if known is not None:
            return known
        if not self.enabled:
            raise NotForStaff("WeChat is off for staff", remedy="switch on [citizen.wechat] staff")
        if await self.desk.profile(member) is None:
            raise NotForStaff(remedy="name a unit that is enrolled, or a person of a department")
        self._made.take(actor.id)
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        until = self._storage.clock.now() + timedelta(minutes=self._settings.code_min)
        async with self._storage.write() as transaction:
            await store.put_code(transaction.connection, code, WaitingCode(member, actor.id, until))
            detail = {"kind": member.kind, "member": member.member_id}
            await self._audit.record_in(transaction, actor, "wechat-code", _subject(member), detail)
        return self._codes.keep(op_id, (actor.id, member), (code, until))

    async def listed(self) -> Sequence[WeChatBinding]:
        """By member, `MOST_LISTED` at most."""
        async with self._storage.read() as connection:
            return await store.everybody(connection, MOST_LISTED)

    async def of_member(self, member: StaffMember) -> Sequence[WeChatBinding]:
        async with self._storage.read() as connection:
            return await store.of_member(connection, member)

    async def end(self, actor: Actor, binding_id: UUID) -> None:
        """End a binding. Raises `NoSuchBinding`."""
        async with self._storage.write() as transaction:
            found = await store.of_id(transaction.connection, binding_id)
            if found is None:
                raise NoSuchBinding(remedy="look at the list again")
            await self.end_in(transaction, found, actor)

    # --- the person himself -------------------------------------------------------------------------

    async def bound(self, transaction: Transaction, openid: str) -> WeChatBinding | None:
        """Who writes, where he is bound; that he wrote opens the way for notices again."""
        if not self.enabled:
            return None
        found = await store.of_openid(transaction.connection, openid)
        if found is not None and found.silent_since is not None:
            await store.set_silent(transaction.connection, openid, None)
        return found

    def require_tries(self, openid: str) -> None:
        """Raises `TooManyReports` where this person, or all together, have tried too many wrong codes."""
        self._wrong.require(openid)
        self._wrong_of_all.require(_ALL)

    async def bind(
        self, transaction: Transaction, openid: str, waiting: WaitingCode
    ) -> tuple[WeChatBinding | None, Sequence[WeChatBinding]]:
        """Bind who wrote the code; None where the unit is full. Also those whose binding ended by it: a
        person has one.
        """
        connection, member = transaction.connection, waiting.member
        former = await store.of_member(connection, member)
        if member.kind == "unit" and len(former) >= self._settings.most_of_unit:
            return None, ()
        ended = list(former) if member.kind == "person" else []
        actor = Actor(member.actor_id, member.member_id)
        for one in ended:
            await self.end_in(transaction, one, actor)
        binding = WeChatBinding(uuid7(), openid, member, transaction.clock.now(), waiting.made_by)
        await store.add(connection, binding)
        detail = {"kind": member.kind, "member": member.member_id, "code_by": waiting.made_by}
        await self._audit.record_in(transaction, actor, "wechat-bind", _subject(member), detail)
        _bindings.labels("bound").inc()
        return binding, ended

    async def take_code(self, transaction: Transaction, openid: str, code: str) -> WaitingCode | None:
        """What the code is for, once. None for a wrong one, which counts."""
        found = await store.use_code(transaction.connection, code, transaction.clock.now())
        if found is None:
            for limit, whose in ((self._wrong, openid), (self._wrong_of_all, _ALL)):
                with contextlib.suppress(TooManyReports):
                    limit.take(whose)
            _bindings.labels("wrong_code").inc()
        return found

    async def end_in(self, transaction: Transaction, binding: WeChatBinding, actor: Actor) -> None:
        """End it within a transaction; audited. Nothing where it is gone already."""
        if not await store.remove(transaction.connection, binding.binding_id):
            return
        member = binding.member
        detail = {"kind": member.kind, "member": member.member_id}
        await self._audit.record_in(transaction, actor, "wechat-unbind", _subject(member), detail)
        _bindings.labels("ended").inc()

    async def in_service(self, binding: WeChatBinding) -> StaffProfile | None:
        """The member now; where he is not in service any more, or was not since it came about, the binding
        ends.
        """
        profile = await self.desk.profile(binding.member)
        if profile is not None and not is_void(profile, binding.bound_at):
            return profile
        await self.end_left(binding)
        return None

    async def end_left(self, binding: WeChatBinding) -> None:
        """End the binding of who has left the service."""
        async with self._storage.write() as transaction:
            await self.end_in(transaction, binding, system(_SWEPT))

    def made_at(self, waiting: WaitingCode) -> datetime:
        """When the code was made."""
        return waiting.expires_at - timedelta(minutes=self._settings.code_min)

    async def sweep(self) -> int:
        """End the bindings of who has left, and forget old codes; how many ended. One that cannot be looked
        at holds up no other one.
        """
        ended = 0
        last: WeChatBinding | None = None
        while True:
            async with self._storage.read() as connection:
                found = await store.everybody(connection, SWEPT_AT_ONCE, last)
            for binding in found:
                try:
                    ended += await self.in_service(binding) is None
                except SonghuaError as error:
                    _log.warning("a binding was not looked at", error=error.kind)
            if len(found) < SWEPT_AT_ONCE:
                break
            last = found[-1]
        async with self._storage.write() as transaction:
            await store.drop_codes(transaction.connection, transaction.clock.now())
        return ended


def is_void(profile: StaffProfile, made_at: datetime) -> bool:
    """Whether what was made then ended by his being put out of service, though he is back."""
    return profile.since is not None and made_at <= profile.since


def _subject(member: StaffMember) -> str:
    return f"user:{member.member_id}" if member.kind == "person" else f"unit:{member.member_id}"
