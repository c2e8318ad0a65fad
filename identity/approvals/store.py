"""The table of requests for a second person, and its queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.schema import Json, Sequence64, UtcDateTime, metadata
from identity.approvals.model import OPEN, STARTED, ApprovalRequest, ApprovalState, ApprovalVerdict
from identity.audit.store import audit

OPENING = (
    "create-user", "set-password", "reset-second-factor", "switch-on", "set-roles", "change-user",
)  # fmt: skip
"""Changes by which one gets another's account into one's own hands, or makes it an approver."""
MOST_MAKERS = 100

approvals = Table(
    "identity_approval",
    metadata,
    Column("number", Sequence64, primary_key=True, autoincrement=True),
    Column("op_id", SqlUuid, nullable=False, unique=True),
    Column("act", String(40), nullable=False),
    Column("parameters", Json, nullable=False),
    Column("why", Text, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("by_service", Boolean, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("decided_by", String(80), nullable=False),
    Column("decided_at", UtcDateTime),
    Column("remark", Text, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("outcome", Text, nullable=False),
    Column("seen_by", String(80), nullable=False),
    Index("ix_identity_approval_state", "state", "verdict"),
    sqlite_autoincrement=True,
)
_FIELDS = tuple(name for name in ApprovalRequest.__dataclass_fields__ if name != "number")


def _request(row: Row[Any]) -> ApprovalRequest:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    parameters: Mapping[str, Any] = values["parameters"] if isinstance(values["parameters"], dict) else {}
    values["parameters"] = {str(name): str(value) for name, value in parameters.items()}
    return ApprovalRequest(
        **values | {"state": ApprovalState(values["state"]), "verdict": ApprovalVerdict(values["verdict"])}
    )


def _values(request: ApprovalRequest) -> dict[str, Any]:
    values = {name: getattr(request, name) for name in _FIELDS}
    return values | {"parameters": dict(request.parameters)}


async def add(connection: AsyncConnection, request: ApprovalRequest) -> ApprovalRequest:
    """The request with its number."""
    made = insert(approvals).values(_values(request)).returning(approvals.c.number)
    return replace(request, number=int((await connection.execute(made)).scalar_one()))


async def keep(connection: AsyncConnection, request: ApprovalRequest) -> None:
    """As it is now, but for what names a person: that may have been erased meanwhile."""
    values = {name: value for name, value in _values(request).items() if name != "parameters"}
    await connection.execute(update(approvals).where(approvals.c.number == request.number).values(values))


async def locked(connection: AsyncConnection, number: int) -> ApprovalRequest | None:
    """The request, held until the transaction ends: nobody else takes a step of it meanwhile."""
    found = await connection.execute(select(approvals).where(approvals.c.number == number).with_for_update())
    row = found.one_or_none()
    return None if row is None else _request(row)


async def by_op_id(connection: AsyncConnection, op_id: UUID) -> ApprovalRequest | None:
    row = (await connection.execute(select(approvals).where(approvals.c.op_id == op_id))).one_or_none()
    return None if row is None else _request(row)


async def usable(connection: AsyncConnection, asked_by: str, act: str) -> list[ApprovalRequest]:
    """Requests by which this account may do the act, or go on with it, or wait for; the newest first."""
    states = [*OPEN, ApprovalState.RUNNING]
    wanted = (approvals.c.asked_by == asked_by, approvals.c.act == act, approvals.c.state.in_(states))
    return await _all(
        connection,
        select(approvals).where(*wanted).order_by(approvals.c.number.desc()).limit(200).with_for_update(),
    )


async def open_ones(connection: AsyncConnection, asked_by: str) -> int:
    """How many requests of this account are not over."""
    wanted = (approvals.c.asked_by == asked_by, approvals.c.state.in_([*OPEN, ApprovalState.RUNNING]))
    found = await connection.execute(select(func.count()).select_from(approvals).where(*wanted))
    return int(found.scalar_one())


async def lively(connection: AsyncConnection) -> list[ApprovalRequest]:
    """Requests that are not settled, oldest first."""
    undecided = and_(
        approvals.c.verdict == ApprovalVerdict.NONE, approvals.c.state.in_(STARTED), approvals.c.alone
    )
    objected = and_(approvals.c.verdict == ApprovalVerdict.OBJECTED, approvals.c.seen_by == "")
    open_ones = approvals.c.state.in_([*OPEN, ApprovalState.RUNNING])
    wanted = select(approvals).where(or_(open_ones, undecided, objected))
    return await _all(connection, wanted.order_by(approvals.c.number).limit(1_000))


async def latest(connection: AsyncConnection, limit: int) -> list[ApprovalRequest]:
    """The newest requests first."""
    return await _all(connection, select(approvals).order_by(approvals.c.number.desc()).limit(limit))


async def of_act(connection: AsyncConnection, act: str, limit: int = 20) -> list[ApprovalRequest]:
    """Requests of one act, the newest first."""
    wanted = select(approvals).where(approvals.c.act == act)
    return await _all(connection, wanted.order_by(approvals.c.number.desc()).limit(limit))


async def opened_by(connection: AsyncConnection, account: str, by: str, since: datetime) -> bool:
    """Whether `by` made this account, or what opens it, since then, himself or by accounts that he made: the
    audit trail says it.
    """
    rows = audit.c
    changed = select(rows.actor).where(rows.action.in_(OPENING), rows.at >= since).distinct()
    known, makers = {account}, {account}
    while makers and len(known) < MOST_MAKERS:
        subjects = [f"user:{one}" for one in makers]
        found = (await connection.execute(changed.where(rows.subject.in_(subjects)))).scalars()
        makers = set(found) - known
        known |= makers
    return by in known - {account}


async def _all(connection: AsyncConnection, wanted: Select[Any]) -> list[ApprovalRequest]:
    return [_request(row) for row in (await connection.execute(wanted)).all()]


def same(request: ApprovalRequest, parameters: Mapping[str, str]) -> bool:
    """Whether the request is for an act with exactly these parameters."""
    return dict(request.parameters) == dict(parameters)
