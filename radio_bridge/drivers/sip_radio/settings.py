"""Settings of talkgroups that are reached as SIP users."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.listening import AddressRange
from radio_bridge.sound.voice import VoiceSettings

MOST_TALKGROUPS = 64


class SipTalkgroup(BaseModel):
    """In the register it is `{network}:{tg}`. `endpoint` is one of `asterisk.radios`, `user` whom the switch
    calls there.
    """

    model_config = ConfigDict(extra="forbid")

    tg: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")
    endpoint: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    user: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]{0,40}$", description="empty: as `tg`")

    @property
    def called(self) -> str:
        """The user part of the address that is called."""
        return self.user or self.tg


class SipRadioSettings(BaseModel):
    """Without a talkgroup nothing is called. `host` and `port`: where the switch brings the calls' sound."""

    model_config = ConfigDict(extra="forbid")

    network: str = Field(
        default="sip", pattern=r"^[a-z][a-z0-9]{0,9}$", description="its talkgroups are sip:north"
    )
    host: str = Field(default="127.0.0.1", description="address that the AudioSocket server binds")
    port: int = Field(default=0, ge=0, le=65535, description="0: any free one")
    public_host: str = Field(default="", description="address that Asterisk reaches; empty: same as `host`")
    switches: tuple[AddressRange, ...] = Field(
        default=(), description="addresses of Asterisk, who alone may come; empty: this machine"
    )
    talkgroups: list[SipTalkgroup] = Field(default_factory=list, max_length=MOST_TALKGROUPS)
    voice: VoiceSettings = VoiceSettings()
    deaf_s: float = Field(
        default=0.3, ge=0.0, le=3.0, description="after our own talk: its squelch tail is nobody's talk"
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        names = [one.tg for one in self.talkgroups]
        called = [(one.endpoint, one.called) for one in self.talkgroups]
        if len(set(names)) < len(names):
            raise ValueError("a talkgroup stands there twice")
        if len(set(called)) < len(called):
            raise ValueError("two talkgroups call the same user")
        return self
