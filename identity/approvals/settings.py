"""How long requests for a second person are valid."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Account = Annotated[str, Field(max_length=80)]


class ApprovalSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    request_h: float = Field(
        default=72, gt=0, le=8760, description="a request that nobody approves, or that is not used, ends"
    )
    alone_h: float = Field(
        default=72,
        gt=0,
        le=8760,
        description="within this time a second person looks at what somebody did alone; then it is overdue",
    )
    persons: list[Annotated[list[_Account], Field(min_length=2, max_length=10)]] = Field(
        default=[],
        max_length=200,
        description='accounts of one person, such as ["cli:chen", "chen.jing"]: none approves the other\'s',
    )
