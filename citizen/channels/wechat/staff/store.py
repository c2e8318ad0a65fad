"""Bindings and codes in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.channels.wechat.staff.tables import bindings, codes
from citizen.contract.staff import StaffMember
from core.storage import Uuid
from core.storage.dialect import upsert


@dataclass(frozen=True, slots=True)
class WeChatBinding:
    """`code_by` made the code by which it came about."""

    binding_id: UUID
    openid: str
    member: StaffMember
    bound_at: datetime
    code_by: str
    silent_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingCode:
    member: StaffMember
    made_by: str
    expires_at: datetime


async def of_openid(connection: AsyncConnection, openid: str) -> WeChatBinding | None:
    return await _one(connection, bindings.c.openid == openid)


async def of_id(connection: AsyncConnection, binding_id: UUID) -> WeChatBinding | None:
    return await _one(connection, bindings.c.binding_id == binding_id)


async def of_member(connection: AsyncConnection, member: StaffMember) -> Sequence[WeChatBinding]:
    """The oldest first: a unit may have several, a person one."""
    wanted = select(bindings).where(bindings.c.kind == member.kind, bindings.c.member == member.member_id)
    return [_binding(row) for row in await connection.execute(wanted.order_by(bindings.c.binding_id))]


async def everybody(
    connection: AsyncConnection, limit: int, after: WeChatBinding | None = None
) -> Sequence[WeChatBinding]:
    """By member, those behind `after`."""
    order = (bindings.c.kind, bindings.c.member, bindings.c.binding_id)
    wanted = select(bindings).order_by(*order)
    if after is not None:
        behind = (
            literal(after.member.kind),
            literal(after.member.member_id),
            literal(after.binding_id, Uuid),
        )
        wanted = wanted.where(tuple_(*order) > tuple_(*behind))
    return [_binding(row) for row in await connection.execute(wanted.limit(limit))]


async def count(connection: AsyncConnection, member: StaffMember) -> int:
    wanted = select(func.count()).where(bindings.c.kind == member.kind, bindings.c.member == member.member_id)
    return int((await connection.execute(wanted)).scalar_one())


async def add(connection: AsyncConnection, binding: WeChatBinding) -> None:
    await connection.execute(
        insert(bindings).values(
            binding_id=binding.binding_id, openid=binding.openid, kind=binding.member.kind,
            member=binding.member.member_id, bound_at=binding.bound_at, code_by=binding.code_by,
        )
    )  # fmt: skip


async def remove(connection: AsyncConnection, binding_id: UUID) -> bool:
    """False where it is gone already."""
    gone = await connection.execute(delete(bindings).where(bindings.c.binding_id == binding_id))
    return gone.rowcount == 1


async def set_silent(connection: AsyncConnection, openid: str, since: datetime | None) -> None:
    """Whether the platform takes notices to this person; the first time counts."""
    changed = bindings.c.silent_since.is_(None) if since is not None else bindings.c.silent_since.is_not(None)
    await connection.execute(
        update(bindings).where(bindings.c.openid == openid, changed).values(silent_since=since)
    )


async def put_code(connection: AsyncConnection, code: str, waiting: WaitingCode) -> None:
    """The only code of this member from now on."""
    member = waiting.member
    row = {
        "digest": _digest(code), "kind": member.kind, "member": member.member_id, "made_by": waiting.made_by,
        "expires_at": waiting.expires_at,
    }  # fmt: skip
    await upsert(connection, codes, row, keys=("kind", "member"))


async def waiting_code(connection: AsyncConnection, code: str, now: datetime) -> WaitingCode | None:
    """For whom it was made; None for a wrong one, and one whose time is over."""
    row = (await connection.execute(select(codes).where(codes.c.digest == _digest(code)))).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    return WaitingCode(StaffMember(row.kind, row.member), row.made_by, row.expires_at)


async def use_code(connection: AsyncConnection, code: str, now: datetime) -> WaitingCode | None:
    """Take it: it opens nothing again. None for a wrong one, and one whose time is over."""
    found = await waiting_code(connection, code, now)
    taken = await connection.execute(delete(codes).where(codes.c.digest == _digest(code)))
    return found if taken.rowcount == 1 else None


async def drop_codes(connection: AsyncConnection, now: datetime) -> None:
    """Those whose time is over."""
    await connection.execute(delete(codes).where(codes.c.expires_at <= now))


async def _one(connection: AsyncConnection, condition: Any) -> WeChatBinding | None:
    row = (await connection.execute(select(bindings).where(condition))).one_or_none()
    return None if row is None else _binding(row)


def _binding(row: Row[Any]) -> WeChatBinding:
    return WeChatBinding(
        row.binding_id, row.openid, StaffMember(row.kind, row.member), row.bound_at, row.code_by,
        row.silent_since,
    )  # fmt: skip


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().casefold().encode()).hexdigest()
