"""Where the ledger lives and how long what it needs no longer is kept."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, model_validator


class StorageSettings(BaseModel):
    """Where the ledger lives."""

    url: str = Field(
        default="sqlite+aiosqlite:///songhua.db",
        description="sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME",
    )
    lock_timeout_s: float = Field(default=5.0, gt=0, description="how long a write waits for the lock")
    pool_size: int = Field(default=8, ge=1, le=100)
    outbox_days: float = Field(
        default=7.0,
        ge=7,
        description="delivered events are forgotten after so long; a role that was away takes them",
    )
    inbox_days: float = Field(
        default=90.0, ge=8, description="a message that comes again within so long is known"
    )

    @model_validator(mode="after")
    def _inbox_outlasts_the_outbox(self) -> Self:
        # Else a role that looks through the outbox would take again what it no longer knows.
        if self.inbox_days <= self.outbox_days:
            raise ValueError("inbox_days must be longer than outbox_days")
        return self
