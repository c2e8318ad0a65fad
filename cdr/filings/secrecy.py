"""Which calls belong to a confidential case: its newest filing says that it is one. Whoever may not read the
case must not find its calls by its number or its citizen's either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.filings.store import filings, subject_calls
from core.actor import Actor, Role

_SAYS_SO: Final = '"confidential":true'
"""As `cdr.chain.seal.canonical` writes the key of an object. Text inside a value has its quotes escaped."""


def handles_confidential_cases(viewer: Actor) -> bool:
    """Whether the viewer reads every confidential case, as the cases' own routes have it."""
    return viewer.has(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR)


def calls_of_confidential_cases(among: Select[tuple[UUID]] | Sequence[UUID]) -> Select[tuple[UUID]]:
    """The call ids of `among`, under any of a call's ids, that have a confidential case."""
    return (
        select(subject_calls.c.call_id)
        .join(filings, filings.c.subject == subject_calls.c.subject)
        .where(subject_calls.c.call_id.in_(among), _confidential_now())
    )


async def has_confidential_case(connection: AsyncConnection, names: Sequence[UUID]) -> bool:
    """Whether a confidential case belongs to the call with these ids."""
    found = await connection.execute(calls_of_confidential_cases(names).limit(1))
    return found.first() is not None


def without_closed(filed: Sequence[dict[str, Any]], closed: Collection[str]) -> list[dict[str, Any]]:
    """What is filed of a call, as `cdr.record.whole` gives it, without the content of the subjects `closed`
    and of what hangs below them.
    """
    return [
        {**one, "payload": None} if f"{one['kind']}:{one['id']}" in closed or one["parent"] in closed else one
        for one in filed
    ]


def closed_cases(viewer: Actor, cases: Sequence[dict[str, Any]]) -> frozenset[str]:
    """The confidential cases of a call, as subjects, that `viewer` neither handles nor filed: having been on
    the call does not open them.
    """
    if handles_confidential_cases(viewer):
        return frozenset()
    return frozenset(f"case:{one['id']}" for one in cases if _is_closed(viewer, one["payload"]))


def _is_closed(viewer: Actor, payload: dict[str, Any]) -> bool:
    case = payload.get("case", payload)
    case = case if isinstance(case, dict) else {}
    return bool(case.get("confidential")) and case.get("filed_by") != viewer.id


def _confidential_now() -> ColumnElement[bool]:
    """The newest filing of a case that is confidential. Of two at one moment either is enough."""
    later = filings.alias("later")
    newer = (
        select(later.c.filing_id)
        .where(later.c.subject == filings.c.subject, later.c.at > filings.c.at)
        .exists()
    )
    return (filings.c.kind == "case") & filings.c.payload.contains(_SAYS_SO, autoescape=True) & ~newer
