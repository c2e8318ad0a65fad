"""How the hotline behaves; part of the one settings file, section `hotline`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class HotlineSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    system_name: str = Field(
        default="songhua", min_length=1, description="Asterisk's `systemname`: it is part of every call's id"
    )
    queues: tuple[str, ...] = Field(
        default=("hotline",), min_length=1, description="queues that a signed-in agent joins"
    )
    technology: str = Field(default="PJSIP", description="what stands before an endpoint in a channel's name")
    wrap_up_s: float = Field(
        default=60.0, gt=0, description="after-call work longer than this is shown as overdue"
    )
    missed_to_pause: int = Field(
        default=3, ge=0, description="ring attempts missed in a row that pause an agent; 0 never does"
    )
    history_deadline_s: float = Field(default=3.0, gt=0, description="longest look-up of a caller's history")
    max_calls: int = Field(default=5_000, ge=10, description="calls kept in memory; the oldest give way")
    ended_kept: int = Field(default=20_000, ge=100, description="ended calls and channels remembered by id")
    max_taps: int = Field(default=900, ge=0, description="taps at once; 0 turns transcription off")
    tap_deadline_s: float = Field(default=5.0, gt=0, description="longest time to announce and place one tap")
    flush_s: float = Field(
        default=0.02, gt=0, le=1, description="changes of one call within this time become one event"
    )
