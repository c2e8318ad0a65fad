"""Settings of one Mumble server: where it is, how it is known, and how we sign in for each talkgroup."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from core.secret import GivenSecret

MOST_TALKGROUPS = 64


class MumbleTalkgroup(BaseModel):
    """A connection and a name of its own: a second one of the same name puts the first one out."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tg: int = Field(ge=1, le=2**32 - 1)
    channel: str = Field(max_length=200, description="names from the root on, City/Daoli; empty: the root")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.=@-]{0,59}$", description="our name there")
    password: GivenSecret = Field(
        default=SecretStr(""), description="the server's, or the name's own where it is registered with one"
    )


class MumbleSettings(BaseModel):
    """Without a talkgroup nothing is connected."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=64738, ge=1, le=65535, description="TCP; UDP is not used")
    sha256: str = Field(
        default="",
        description="of the server's certificate, 64 hexadecimal digits; empty: it must be valid for host",
    )
    trust_names: bool = Field(
        default=False,
        description="a name that the server has not registered is believed, too: only crews can sign in",
    )
    network: str = Field(
        default="mumble",
        pattern=r"^[a-z][a-z0-9]{0,9}$",
        description="its talkgroups are mumble:1, its users mumble:NAME",
    )
    talkgroups: list[MumbleTalkgroup] = Field(default_factory=list, max_length=MOST_TALKGROUPS)

    @field_validator("sha256")
    @classmethod
    def _digest(cls, value: str) -> str:
        """As openssl writes it, or without its colons."""
        digits = value.replace(":", "").lower()
        if digits and (len(digits) != 64 or set(digits) - set("0123456789abcdef")):
            raise ValueError("a SHA-256 has 64 hexadecimal digits")
        return digits

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Two connections that take each other's place would never both be up."""
        if self.network == "app":
            raise ValueError("app is the network of the mobile terminals")
        for what, values in (
            ("talkgroup", [str(one.tg) for one in self.talkgroups]),
            ("name", [one.name for one in self.talkgroups]),
            ("channel", [one.channel.strip("/") for one in self.talkgroups]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"a {what} stands there twice")
        return self
