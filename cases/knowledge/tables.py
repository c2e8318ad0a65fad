"""The tables of knowledge. Versions, acts and uses are only ever added; a version's words never change."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.storage import Json, UtcDateTime, Uuid, metadata
from core.storage.schema import Sequence64

articles = Table(
    "knowledge_articles",
    metadata,
    Column("article_id", Uuid, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("language", String(2), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(64), nullable=False),
    UniqueConstraint("name", "language"),
)

versions = Table(
    "knowledge_versions",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("article_id", Uuid, ForeignKey("knowledge_articles.article_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("tags", Json, nullable=False),
    Column("categories", Json, nullable=False),
    Column("districts", Json, nullable=False),
    Column("valid_from", UtcDateTime),
    Column("valid_to", UtcDateTime),
    Column("sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("author", String(64), nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    Column("approved_by", String(64), nullable=False),
    Column("approved_at", UtcDateTime),
    Column("indexed", Boolean, nullable=False),
    Column("length", Float, nullable=False),
    UniqueConstraint("article_id", "number"),
    Index("ix_knowledge_versions_state", "state"),
    Index("ix_knowledge_versions_indexed", "indexed", "length"),
    sqlite_autoincrement=True,
)

acts = Table(
    "knowledge_acts",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("article_id", Uuid, ForeignKey("knowledge_articles.article_id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("act", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)

terms = Table(
    "knowledge_terms",
    metadata,
    Column("term", String(64), primary_key=True),
    # A version by its `seq`: an article's id would be three quarters of the table.
    Column(
        "version", Sequence64, ForeignKey("knowledge_versions.seq"), primary_key=True, autoincrement=False
    ),
    Column("title", Integer, nullable=False),
    Column("tags", Integer, nullable=False),
    Column("body", Integer, nullable=False),
    Index("ix_knowledge_terms_version", "version"),
    sqlite_with_rowid=False,
)

uses = Table(
    "knowledge_uses",
    metadata,
    Column("use_id", Uuid, primary_key=True),
    Column("article_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("call_id", Uuid, index=True),
    Column("case_id", Uuid, index=True),
    Column("actor", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["article_id", "number"], ["knowledge_versions.article_id", "knowledge_versions.number"]
    ),
    Index("ix_knowledge_uses_article", "article_id", "at"),
)
