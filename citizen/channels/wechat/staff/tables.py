"""Who of the staff is bound to which openid, and codes that wait to be used."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from core.storage import UtcDateTime, Uuid, metadata

bindings = Table(
    "citizen_wechat_bindings",
    metadata,
    Column("binding_id", Uuid, primary_key=True),
    Column("openid", String(64), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("member", String(64), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    Column("code_by", String(64), nullable=False),
    Column("silent_since", UtcDateTime),
    Index("ix_citizen_wechat_bindings_member", "kind", "member"),
)
"""`kind` is `person` or `unit`; `code_by` made the code. `silent_since`: the platform takes no notices to
this person, who has written nothing for 48 hours. A binding that ends is deleted; the audit trail has it.
"""

codes = Table(
    "citizen_wechat_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("member", String(64), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_citizen_wechat_codes_member", "kind", "member", unique=True),
)
"""`digest` is the SHA-256 of a code that was not used yet: each is deleted by its first use; a member
has one.
"""
