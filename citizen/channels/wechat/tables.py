"""The tables of this channel."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from core.storage import UtcDateTime, Uuid, metadata

messages = Table(
    "citizen_wechat_messages",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("answer", Text, nullable=False),
)
"""Messages that were taken, for a day, and what was answered: the platform repeats one that it had no answer
to.
"""

dialogues = Table(
    "citizen_wechat_dialogues",
    metadata,
    Column("openid", String(64), primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)

jobs = Table(
    "citizen_wechat_jobs",
    metadata,
    Column("job_id", Uuid, primary_key=True),
    Column("openid", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("report_key", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("content", LargeBinary),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_citizen_wechat_jobs_due", "state", "due_at"),
    Index("ix_citizen_wechat_jobs_person", "openid", "kind", "made_at"),
    Index("ix_citizen_wechat_jobs_report", "report_key"),
)
"""What is to be done after the answer: load a photo, listen, register, rate, say something. `content` is a
photo until its report is registered.
"""
