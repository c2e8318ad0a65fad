"""Settings of the radio at whose interface we are."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from radio_bridge.drivers.tetra_pei.identity import MOST_SSI

MOST_TALKGROUPS = 32


class TetraTalkgroup(BaseModel):
    """In the register it is `{network}:{tg}`."""

    model_config = ConfigDict(extra="forbid")

    tg: int = Field(ge=1, le=MOST_SSI, description="its number in the network (GSSI)")


class TetraPeiSettings(BaseModel):
    """Without a talkgroup nothing is connected."""

    model_config = ConfigDict(extra="forbid")

    device: str = Field(
        default="",
        max_length=255,
        pattern=r"^(|/[!-~]+|tcp://[A-Za-z0-9.\-]+:[0-9]{1,5}|tcp://\[[0-9A-Fa-f:]+\]:[0-9]{1,5})$",
        description="the radio's serial line, /dev/ttyUSB0, or where it is served: tcp://host:port",
    )
    speed: Literal[9600, 19200, 38400, 57600, 115200] = Field(
        default=9600, description="of the serial line, bits per second"
    )
    network: str = Field(
        default="tetra",
        pattern=r"^[a-z][a-z0-9]{0,9}$",
        description="its talkgroups are tetra:1001, its radios tetra:2621017",
    )
    talkgroups: list[TetraTalkgroup] = Field(
        default_factory=list,
        max_length=MOST_TALKGROUPS,
        description="the radio is set to them: the first is selected, the others are scanned",
    )
    present_s: float = Field(
        default=1_800.0, gt=0, le=86_400, description="a radio counts as there for so long after it was heard"
    )
    talk_limit_s: float = Field(
        default=300.0, gt=0, le=3_600, description="a talk whose end is not said ends after this"
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """What could never be up is refused."""
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        numbers = [one.tg for one in self.talkgroups]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a talkgroup stands there twice")
        if self.talkgroups and not self.device:
            raise ValueError("a radio needs its device")
        if self.device.startswith("tcp://") and not 0 < int(self.device.rpartition(":")[2]) < 65_536:
            raise ValueError("there is no such port")
        return self
