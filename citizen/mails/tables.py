"""The table of keys by which readers of our e-mails stop them."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from core.storage import UtcDateTime, metadata

keys = Table(
    "citizen_mail_keys",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("at", UtcDateTime, nullable=False),
)
"""`digest` is that of the address in `citizen_opt_outs`: a link in an old e-mail works after the address was
erased.
"""
