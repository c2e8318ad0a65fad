"""Settings of one reflector: where it is, and how we sign in for each talkgroup."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.secret import GivenSecret

MOST_TALKGROUPS = 64


class SvxTalkgroup(BaseModel):
    """A reflector lets a callsign be on one talkgroup at a time: each one needs its own."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tg: int = Field(ge=1, le=2**32 - 1)
    callsign: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_.-]{0,19}$", description="as in its [USERS]")
    password: GivenSecret = Field(min_length=1, description="as in its [PASSWORDS]")


class SvxReflectorSettings(BaseModel):
    """Without a talkgroup nothing is connected."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=5300, ge=1, le=65535, description="TCP and UDP")
    network: str = Field(
        default="svx",
        pattern=r"^[a-z][a-z0-9]{0,9}$",
        description="its talkgroups are svx:4011, its nodes svx:CALLSIGN",
    )
    talkgroups: list[SvxTalkgroup] = Field(default_factory=list, max_length=MOST_TALKGROUPS)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Two connections that take each other's place would never both be up."""
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        for what, values in (
            ("talkgroup", [one.tg for one in self.talkgroups]),
            ("callsign", [one.callsign for one in self.talkgroups]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"a {what} stands there twice")
        return self
