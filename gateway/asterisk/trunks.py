"""A trunk: the connection to a carrier, its authentication, and the calls that it may carry."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.models import StrictSettings
from gateway.asterisk.encryption import Media
from gateway.asterisk.safe_text import Codec, Digits, EndpointName, HostOrNet, Number, Secret, Word

Port = Annotated[int, Field(ge=1, le=65535)]
MOST_A_MINUTE = 240
"""Times of the last calls stand in one variable of the dialplan, which holds 4,096 signs."""
AMinute = Annotated[int, Field(ge=0, le=MOST_A_MINUTE)]
SilentSeconds = Annotated[int, Field(ge=0, le=3600)]
AtOnce = Annotated[int, Field(ge=0, le=10_000)]


class Trunk(StrictSettings):
    """Where calls come from: known by its address, or by user name and secret; some want our registration.

    A trunk that registers and names no `match` is also known by the address of `contact`, since many carriers
    call without the line parameter of the registration.

    Calls out: `dial_as` is how the carrier wants numbers (as dialled here, `8613904510001`, or with `+`),
    `prefix` stands before them. `caller_ids` are the numbers that it lets us show; the first is shown
    when the caller may show none of them; empty: any of ours. `calls_at_once` and `calls_per_minute` limit
    calls out (0: no limit), emergency calls excepted: set `calls_at_once` below what the carrier gives, so
    that one line stays free for those.

    `qualify_seconds`: how often OPTIONS asks whether the carrier is there; 0 never asks, for carriers that do
    not answer. With `transport` tls `contact_port` is mostly 5061; unless `media` is plain, sound in the open
    is refused. `dtmf`: `auto` is RFC 4733, in-band when the other side does not offer it; SIP INFO is always
    heard.

    `silent_seconds`, `held_silent_seconds`: a line from which no RTP comes for so long is ended, in a talk
    and while the far end has put us on hold; 0: never. A caller whose telephone sends nothing while he is
    mute, or waits, would be cut too: for carriers alone that send all the time (decision 0245).
    """

    name: EndpointName
    match: tuple[HostOrNet, ...] = ()
    username: Word | None = None
    secret: Secret | None = None
    contact: HostOrNet | None = None
    contact_port: Port = 5060
    transport: Literal["udp", "tls"] = "udp"
    media: Media = "plain"
    registers: bool = False
    register_seconds: Annotated[int, Field(ge=30, le=86_400)] = 300
    codecs: tuple[Codec, ...] = ("alaw", "ulaw")
    dtmf: Literal["auto", "rfc4733", "info", "inband", "auto_info"] = "auto"
    qualify_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    dial_as: Literal["dialled", "e164", "plus"] = "dialled"
    prefix: Digits = ""
    caller_ids: tuple[Number, ...] = ()
    silent_seconds: SilentSeconds = 0
    held_silent_seconds: SilentSeconds = 0
    calls_at_once: AtOnce = 0
    calls_per_minute: AMinute = 0

    @property
    def uri_parameters(self) -> str:
        """Parameters of a SIP URI at the carrier."""
        return ";transport=tls" if self.transport == "tls" else ""

    @property
    def known_by(self) -> tuple[str, ...]:
        """Addresses whose calls are this trunk's."""
        if self.match or not (self.registers and self.contact):
            return self.match
        return (self.contact,)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not self.match and not (self.username and self.secret):
            raise ValueError(
                "a trunk needs `match` addresses, or `username` and `secret`: unknown callers are refused"
            )
        if self.registers and not (self.contact and self.username and self.secret):
            raise ValueError("a trunk that registers needs `contact`, `username` and `secret`")
        if self.media != "plain" and self.transport != "tls":
            raise ValueError("a trunk's media is encrypted only with transport = tls: its keys cross there")
        return self
