"""Messages, dialogues and jobs in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.channels.wechat.dialogue import DialogueState
from citizen.channels.wechat.tables import dialogues, jobs, messages
from core.ids import uuid7
from core.storage.dialect import insert_if_new, lock_number, upsert

WAITING: Final = "waiting"
DONE: Final = "done"
PICTURE: Final = "picture"
VOICE: Final = "voice"
FILE: Final = "file"
RATE: Final = "rate"
SAY: Final = "say"
FORGET: Final = "forget"
STAFF_ACT: Final = "staff_act"
STAFF_TASKS: Final = "staff_tasks"
STAFF_NOTICE: Final = "staff_notice"
STAFF_PICTURE: Final = "staff_picture"
"""A photo that waits for the reply that it belongs to."""
_SAYING: Final = (SAY, STAFF_NOTICE)
KEPT: Final = timedelta(days=1)
KEPT_PICTURES: Final = timedelta(days=3)
"""As long as the platform has them."""
_LOCK: Final = 0x57_65_43_68


@dataclass(frozen=True, slots=True)
class WeChatJob:
    job_id: UUID
    openid: str
    kind: str
    report_key: str
    payload: dict[str, Any]
    content: bytes | None
    state: str
    tries: int
    made_at: datetime


async def is_new(connection: AsyncConnection, key: str, now: datetime) -> bool:
    """Note the message; False when it was taken before."""
    return await insert_if_new(connection, messages, {"key": key, "at": now, "answer": ""})


async def answer_of(connection: AsyncConnection, key: str) -> str:
    """What was answered to this message."""
    wanted = select(messages.c.answer).where(messages.c.key == key)
    return str((await connection.execute(wanted)).scalar_one_or_none() or "")


async def answered(connection: AsyncConnection, key: str, answer: str) -> None:
    await connection.execute(update(messages).where(messages.c.key == key).values(answer=answer))


async def dialogue_of(connection: AsyncConnection, openid: str) -> DialogueState | None:
    """Where the dialogue stands; nobody else changes it until the transaction ends."""
    await lock_number(connection, _LOCK + (hash_of(openid) << 32))
    wanted = select(dialogues.c.state).where(dialogues.c.openid == openid)
    found = (await connection.execute(wanted)).scalar_one_or_none()
    return None if found is None else DialogueState.model_validate_json(found)


def hash_of(openid: str) -> int:
    """A number of 30 bits."""
    return int.from_bytes(openid.encode()[-4:], "big") & 0x3FFF_FFFF


async def keep(connection: AsyncConnection, openid: str, state: DialogueState) -> None:
    row = {"openid": openid, "state": state.model_dump_json(), "at": state.at}
    await upsert(connection, dialogues, row, keys=("openid",))


async def drop(connection: AsyncConnection, openid: str) -> None:
    """The dialogue and what waits to be done for this person."""
    await connection.execute(delete(dialogues).where(dialogues.c.openid == openid))
    await connection.execute(delete(jobs).where(jobs.c.openid == openid))


async def add(
    connection: AsyncConnection,
    openid: str,
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    report_key: str = "",
    state: str = WAITING,
) -> None:
    await connection.execute(
        jobs.insert().values(
            job_id=uuid7(), openid=openid, kind=kind, report_key=report_key,
            payload=json.dumps(payload, ensure_ascii=False), content=None, state=state, tries=0,
            made_at=now, due_at=now,
        )
    )  # fmt: skip


async def due(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[WeChatJob]:
    """Jobs to do now. Of one person only the oldest, and beside it the oldest of what is said: both keep
    their order, and what cannot be said holds up no report. Photos are loaded beside them.
    """
    earlier = jobs.alias()
    is_earlier = and_(
        earlier.c.openid == jobs.c.openid,
        earlier.c.state == WAITING,
        or_(
            and_(jobs.c.kind.in_(_SAYING), earlier.c.kind.in_(_SAYING)),
            and_(jobs.c.kind.not_in(_SAYING), earlier.c.kind.not_in([*_SAYING, PICTURE])),
        ),
        earlier.c.job_id < jobs.c.job_id,
    )
    wanted = (
        select(jobs)
        .where(
            jobs.c.state == WAITING,
            jobs.c.due_at <= now,
            or_(jobs.c.kind == PICTURE, ~exists().where(is_earlier)),
        )
        .order_by(jobs.c.due_at, jobs.c.job_id)
        .limit(limit)
    )
    return [_job(row) for row in await connection.execute(wanted)]


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next job may be done."""
    wanted = select(func.min(jobs.c.due_at)).where(jobs.c.state == WAITING)
    found: datetime | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def job_of(connection: AsyncConnection, job_id: UUID) -> WeChatJob | None:
    row = (await connection.execute(select(jobs).where(jobs.c.job_id == job_id))).one_or_none()
    return None if row is None else _job(row)


async def pictures_of(connection: AsyncConnection, openid: str, report_key: str) -> Sequence[WeChatJob]:
    """The photos of a report, in their order."""
    wanted = select(jobs).where(
        jobs.c.report_key == report_key, jobs.c.openid == openid, jobs.c.kind == PICTURE
    )
    return [_job(row) for row in await connection.execute(wanted.order_by(jobs.c.job_id))]


async def add_staff_picture(connection: AsyncConnection, openid: str, media_id: str, now: datetime) -> None:
    """A photo that waits for its reply, for a day."""
    await add(connection, openid, STAFF_PICTURE, {"media_id": media_id}, now, state=DONE)


async def staff_pictures(
    connection: AsyncConnection, openid: str, since: datetime | None = None
) -> Sequence[str]:
    """Media ids of the photos that wait for a reply, in their order; those that came `since`."""
    wanted = select(jobs.c.payload).where(jobs.c.openid == openid, jobs.c.kind == STAFF_PICTURE)
    if since is not None:
        wanted = wanted.where(jobs.c.made_at >= since)
    rows = await connection.execute(wanted.order_by(jobs.c.job_id))
    return [str(json.loads(row.payload)["media_id"]) for row in rows]


async def drop_staff_pictures(connection: AsyncConnection, openid: str, media_ids: Collection[str]) -> None:
    """These wait no more."""
    wanted = select(jobs.c.job_id, jobs.c.payload).where(
        jobs.c.openid == openid, jobs.c.kind == STAFF_PICTURE
    )
    rows = await connection.execute(wanted)
    over = [row.job_id for row in rows if json.loads(row.payload)["media_id"] in media_ids]
    await connection.execute(delete(jobs).where(jobs.c.job_id.in_(over)))


async def language_of(connection: AsyncConnection, openid: str) -> str | None:
    """The language of the person's dialogue; None without one."""
    found = await connection.scalar(select(dialogues.c.state).where(dialogues.c.openid == openid))
    return None if found is None else DialogueState.model_validate_json(found).language


async def filed_since(connection: AsyncConnection, openid: str, since: datetime) -> int:
    """How many reports this person has sent."""
    wanted = select(func.count()).where(jobs.c.openid == openid, jobs.c.kind == FILE, jobs.c.made_at >= since)
    return int((await connection.execute(wanted)).scalar_one())


async def change(connection: AsyncConnection, job_id: UUID, **values: Any) -> None:
    if "payload" in values:
        values["payload"] = json.dumps(values["payload"], ensure_ascii=False)
    await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(**values))


async def remove(connection: AsyncConnection, job_id: UUID) -> None:
    await connection.execute(delete(jobs).where(jobs.c.job_id == job_id))


async def count_waiting(connection: AsyncConnection) -> int:
    wanted = select(func.count()).select_from(jobs).where(jobs.c.state == WAITING)
    return int((await connection.execute(wanted)).scalar_one())


async def prune(connection: AsyncConnection, now: datetime) -> None:
    """Forget messages, dialogues and what was done, a day after."""
    before = now - KEPT
    await connection.execute(delete(messages).where(messages.c.at < before))
    await connection.execute(delete(dialogues).where(dialogues.c.at < before))
    # A reply that waits for WeChat to come back has its photos still.
    kept = and_(jobs.c.kind == STAFF_PICTURE, jobs.c.made_at >= now - KEPT_PICTURES)
    old = and_(jobs.c.state == DONE, jobs.c.made_at < before, not_(kept))
    await connection.execute(delete(jobs).where(old))


def _job(row: Row[Any]) -> WeChatJob:
    return WeChatJob(
        job_id=row.job_id, openid=row.openid, kind=row.kind, report_key=row.report_key,
        payload=json.loads(row.payload), content=row.content, state=row.state, tries=row.tries,
        made_at=row.made_at,
    )  # fmt: skip
