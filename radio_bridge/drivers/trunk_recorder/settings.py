"""Settings of the network that a trunk-recorder listens to."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from core.secret import GivenSecret

MOST_TALKGROUPS = 256
TOPIC = r"^[^#+\x00/][^#+\x00]{0,200}$"


class RecordedTalkgroup(BaseModel):
    """In the register it is `{network}:{tg}`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tg: int = Field(ge=1, le=2**24 - 1)


class RecorderBroker(BaseModel):
    """Where trunk-recorder's MQTT status plugin publishes; it may be a broker of its own."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65_535)
    tls: bool = False
    ca_file: Path | None = None
    user: str = ""
    password: GivenSecret = SecretStr("")


class TrunkRecorderSettings(BaseModel):
    """Without a talkgroup nothing is connected."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    network: str = Field(
        default="p25",
        pattern=r"^[a-z][a-z0-9]{0,9}$",
        description="its talkgroups are p25:4011, its radios p25:899003",
    )
    system: str = Field(default="", max_length=100, description="the recorder's shortName of the system")
    topic: str = Field(default="trunk-recorder", pattern=TOPIC, description="as the plugin has it")
    unit_topic: str = Field(default="trunk-recorder-units", pattern=TOPIC, description="as the plugin has it")
    talkgroups: list[RecordedTalkgroup] = Field(default_factory=list, max_length=MOST_TALKGROUPS)
    broker: RecorderBroker = RecorderBroker()
    present_s: float = Field(
        default=3_600.0, gt=0, le=86_400, description="a radio counts as there for so long after it was heard"
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """What could never be up is refused."""
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        numbers = [one.tg for one in self.talkgroups]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a talkgroup stands there twice")
        if self.talkgroups and not self.system:
            raise ValueError("which of the recorder's systems it is, is missing")
        return self
