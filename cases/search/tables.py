"""The index of terms, in what each database has for it: FTS5 in SQLite, a tsvector with GIN in PostgreSQL.

It keeps no text, only which case has which term, and is no table of the metadata.
"""

from __future__ import annotations

from typing import Final

NAME: Final = "case_search"
SQLITE: Final = (
    # Terms are made by `terms`: the tokenizer only splits at blanks.
    (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {NAME} USING fts5(terms, content='', contentless_delete=1, "
        "detail=none, tokenize=\"ascii tokenchars ':'\")"
    ),
)
POSTGRESQL: Final = (
    f"CREATE TABLE IF NOT EXISTS {NAME} (filed_order BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL)",
    f"CREATE INDEX IF NOT EXISTS ix_{NAME}_terms ON {NAME} USING gin (terms)",
)


def is_index(name: str | None) -> bool:
    """Whether a table of the database is this index, or one that FTS5 keeps for it."""
    return name is not None and (name == NAME or name.startswith(f"{NAME}_"))
