"""The SIP side of a radio system: a bridging system (BSI-Core), or a vendor's gateway."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.models import StrictSettings
from gateway.asterisk.safe_text import Codec, EndpointName, HostOrNet, Secret, Word
from gateway.asterisk.trunks import Port


class RadioGateway(StrictSettings):
    """A SIP radio system that the switch calls for talkgroups of `radio.sip_radio`. Its own calls are
    refused.

    `transport`: BSI-Core wants TCP. `username` and `secret` where it asks for them.
    """

    name: EndpointName
    host: HostOrNet
    port: Port = 5060
    transport: Literal["udp", "tcp"] = "udp"
    username: Word | None = None
    secret: Secret | None = None
    codecs: tuple[Codec, ...] = ("ulaw", "alaw")
    qualify_seconds: Annotated[int, Field(ge=0, le=3600)] = 0

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.username is None) != (self.secret is None):
            raise ValueError("a radio gateway has `username` and `secret`, or neither")
        return self
