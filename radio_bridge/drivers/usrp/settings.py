"""Settings of gateways that speak USRP: one pair of UDP ports for each talkgroup."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_TALKGROUPS = 64


class UsrpTalkgroup(BaseModel):
    """In the register it is `{network}:{tg}`."""

    model_config = ConfigDict(extra="forbid")

    tg: int = Field(ge=1, le=2**32 - 1)
    host: str = Field(default="127.0.0.1", description="the other side; what others send is dropped")
    port: int = Field(ge=1, le=65535, description="where it listens")
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(ge=1, le=65535, description="where it sends to")
    name: str = Field(
        default="gateway",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$",
        description="who talks there, where the other side does not say it",
    )
    silent_s: float = Field(
        default=0,
        ge=0,
        le=3600,
        description="down when nothing came for so long; 0 for a side that says nothing between talks",
    )
    callsign: str = Field(
        default="", pattern=r"^[A-Z0-9]{0,8}$", description="said before each talk of ours; empty: nothing is"
    )
    dmr_id: int = Field(default=0, ge=0, le=2**24 - 1, description="said with it")


class UsrpSettings(BaseModel):
    """Without a talkgroup nothing is connected."""

    model_config = ConfigDict(extra="forbid")

    network: str = Field(
        default="usrp", pattern=r"^[a-z][a-z0-9]{0,9}$", description="its talkgroups are usrp:1"
    )
    talkgroups: list[UsrpTalkgroup] = Field(default_factory=list, max_length=MOST_TALKGROUPS)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Two that take each other's place would never both be up."""
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        for what, values in (
            ("talkgroup", [str(one.tg) for one in self.talkgroups]),
            ("listen_port", [f"{one.listen_host} {one.listen_port}" for one in self.talkgroups]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"a {what} stands there twice")
        return self
