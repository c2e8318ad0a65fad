"""Tables of versions and activations. Rows are only added; the last activation is in effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, UtcDateTime, Uuid, metadata
from ivr.versions.model import BUILT_IN, Activation, StoredVersion, Subject

versions = Table(
    "ivr_versions",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("name", String(48), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("op_id", Uuid, nullable=False, unique=True),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("facts", Json, nullable=False),
    Column("comment", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

activations = Table(
    "ivr_activations",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(8), nullable=False),
    Column("name", String(48), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("previous", Integer, nullable=False),
    Column("op_id", Uuid, nullable=False, unique=True),
    Column("comment", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "name", "revision", name="uq_ivr_activations_revision"),
)

_DESCRIPTION = [column for column in versions.c if column.name != "content"]


async def add_version(connection: AsyncConnection, version: StoredVersion, content: bytes) -> None:
    """Raises `IntegrityError` when the number or the op_id is taken."""
    await connection.execute(
        insert(versions).values(
            kind=version.subject.kind,
            name=version.subject.name,
            number=version.number,
            op_id=version.op_id,
            sha256=version.sha256,
            content=content,
            facts=version.facts,
            comment=version.comment,
            by=version.by,
            at=version.at,
        )
    )


async def last_number(connection: AsyncConnection, subject: Subject) -> int:
    query = select(func.max(versions.c.number)).where(*_about(versions, subject))
    return int((await connection.execute(query)).scalar() or BUILT_IN)


async def version_by_op(connection: AsyncConnection, op_id: UUID) -> StoredVersion | None:
    row = (await connection.execute(select(*_DESCRIPTION).where(versions.c.op_id == op_id))).one_or_none()
    return None if row is None else _version(row)


async def version_of(
    connection: AsyncConnection, subject: Subject, number: int
) -> tuple[StoredVersion, bytes] | None:
    query = select(versions).where(*_about(versions, subject), versions.c.number == number)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (_version(row), bytes(row.content))


async def versions_of(connection: AsyncConnection, subject: Subject, limit: int) -> Sequence[StoredVersion]:
    """The newest first."""
    query = (
        select(*_DESCRIPTION)
        .where(*_about(versions, subject))
        .order_by(versions.c.number.desc())
        .limit(limit)
    )
    return [_version(row) for row in (await connection.execute(query)).all()]


async def counts(connection: AsyncConnection, kind: str) -> dict[str, int]:
    """How many versions each name has."""
    query = select(versions.c.name, func.count()).where(versions.c.kind == kind).group_by(versions.c.name)
    return {str(name): int(count) for name, count in (await connection.execute(query)).all()}


async def add_activation(connection: AsyncConnection, activation: Activation) -> None:
    """Raises `IntegrityError` when somebody else was first."""
    await connection.execute(
        insert(activations).values(
            kind=activation.subject.kind,
            name=activation.subject.name,
            revision=activation.revision,
            number=activation.number,
            previous=activation.previous,
            op_id=activation.op_id,
            comment=activation.comment,
            by=activation.by,
            at=activation.at,
        )
    )


async def activation_by_op(connection: AsyncConnection, op_id: UUID) -> Activation | None:
    row = (await connection.execute(select(activations).where(activations.c.op_id == op_id))).one_or_none()
    return None if row is None else _activation(row)


async def last_activation(connection: AsyncConnection, subject: Subject) -> Activation | None:
    query = (
        select(activations)
        .where(*_about(activations, subject))
        .order_by(activations.c.revision.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _activation(row)


async def activations_of(connection: AsyncConnection, subject: Subject, limit: int) -> Sequence[Activation]:
    """The newest first."""
    query = (
        select(activations)
        .where(*_about(activations, subject))
        .order_by(activations.c.revision.desc())
        .limit(limit)
    )
    return [_activation(row) for row in (await connection.execute(query)).all()]


async def last_seq(connection: AsyncConnection) -> int:
    """Rises with each activation."""
    return int((await connection.execute(select(func.max(activations.c.seq)))).scalar() or 0)


async def in_force(connection: AsyncConnection) -> dict[Subject, int]:
    """The number of each subject that was ever changed."""
    newest = (
        select(func.max(activations.c.seq).label("seq"))
        .group_by(activations.c.kind, activations.c.name)
        .subquery()
    )
    query = select(activations.c.kind, activations.c.name, activations.c.number).join(
        newest, newest.c.seq == activations.c.seq
    )
    return {Subject(row.kind, row.name): row.number for row in (await connection.execute(query)).all()}


def _about(table: Table, subject: Subject) -> tuple[Any, Any]:
    return table.c.kind == subject.kind, table.c.name == subject.name


def _version(row: Row[Any]) -> StoredVersion:
    return StoredVersion(
        subject=Subject(row.kind, row.name),
        number=row.number,
        op_id=row.op_id,
        sha256=row.sha256,
        by=row.by,
        at=row.at,
        comment=row.comment,
        facts=dict(row.facts),
    )


def _activation(row: Row[Any]) -> Activation:
    return Activation(
        subject=Subject(row.kind, row.name),
        revision=row.revision,
        number=row.number,
        previous=row.previous,
        op_id=row.op_id,
        by=row.by,
        at=row.at,
        comment=row.comment,
    )
