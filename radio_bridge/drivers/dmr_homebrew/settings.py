"""Settings of one network of DMR repeaters: who signs in at us, or where we sign in."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.secret import GivenSecret

MOST_TALKGROUPS = 64
MOST_REPEATERS = 256


class DmrTalkgroup(BaseModel):
    """In the register it is `{network}:{tg}`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tg: int = Field(ge=1, le=2**24 - 1)
    slot: Literal[1, 2] = 2


class DmrRepeater(BaseModel):
    """One that may sign in at us."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: int = Field(ge=1, le=2**32 - 1)
    password: GivenSecret = Field(min_length=1)


class DmrHomebrewSettings(BaseModel):
    """Without a talkgroup nothing is connected."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    role: Literal["master", "peer"] = Field(
        default="master", description="master: repeaters sign in at us; peer: we sign in at a master"
    )
    host: str = Field(default="127.0.0.1", description="where we listen, or the master's address")
    port: int = Field(default=62031, ge=1, le=65535, description="UDP")
    network: str = Field(
        default="dmr",
        pattern=r"^[a-z][a-z0-9]{0,9}$",
        description="its talkgroups are dmr:9, its radios dmr:2308155",
    )
    talkgroups: list[DmrTalkgroup] = Field(default_factory=list, max_length=MOST_TALKGROUPS)
    repeaters: list[DmrRepeater] = Field(
        default_factory=list, max_length=MOST_REPEATERS, description="of a master: who may sign in"
    )
    id: int = Field(default=0, ge=0, le=2**32 - 1, description="of a peer: our number at the master")
    password: GivenSecret | None = Field(default=None, description="of a peer: as the master has it")
    callsign: str = Field(default="SONGHUA", pattern=r"^[A-Z0-9]{1,8}$")
    options: str = Field(
        default="", max_length=200, pattern=r"^[ -~]*$", description="of a peer: TS1=…;TS2=…, for the master"
    )
    colour_code: int = Field(default=1, ge=0, le=15)
    centre_id: int = Field(
        default=0,
        ge=0,
        le=2**24 - 1,
        description="the number that radios send ARS, LRRP and TMS to; 0: no texts, no positions by LRRP",
    )
    location_every_s: int = Field(
        default=60, ge=0, le=86_400, description="how often a registered radio is asked to say where it is"
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """What could never be up is refused."""
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        for what, values in (
            ("talkgroup", [one.tg for one in self.talkgroups]),
            ("repeater", [one.id for one in self.repeaters]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"a {what} stands there twice")
        if self.talkgroups and self.role == "master" and not self.repeaters:
            raise ValueError("a master needs repeaters that may sign in")
        if self.talkgroups and self.role == "peer" and (not self.id or self.password is None):
            raise ValueError("a peer needs its id and password")
        return self
