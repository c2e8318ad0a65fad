"""The rules of call control that an operator may change."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")]


class ControlSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    caller_ids: tuple[Number, ...] = Field(
        default=(),
        description="numbers that a call may show as its caller; the first where none is asked for",
    )
    ring_s: float = Field(
        default=30.0, ge=5, le=120, description="how long a placed call rings its first telephone"
    )
    effect_s: float = Field(
        default=2.0, gt=0, le=10, description="longest wait until the switch shows that a leg has moved"
    )
    settle_s: float = Field(
        default=30.0, gt=0, description="longest search for what became of a call in doubt"
    )
    book_s: float = Field(
        default=0.5,
        gt=0,
        le=5,
        description="longest wait for the database before a telephone is rung without it",
    )
    lost_still_s: float = Field(
        default=0.7,
        gt=0,
        le=10,
        description="a leg whose phone is not registered and that is silent for so long is lost",
    )
    lost_silent_s: float = Field(
        default=8.0,
        ge=0,
        le=300,
        description="a browser's leg that sends no sound for so long is lost in any case; 0 turns that off",
    )
    kept: int = Field(default=10_000, ge=100, description="operations remembered; the oldest give way")
    waiting: int = Field(default=8, ge=1, description="operations that may wait for one call")
