"""Settings of the AMI link: address, account and time limits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.models import StrictSettings
from core.secret import OwnSecret

Seconds = Annotated[float, Field(gt=0, le=300)]


class AmiSettings(StrictSettings):
    """`[ami]`: the manager user that `songhua asterisk render` writes into manager.conf."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 5038
    username: str = "songhua"
    secret: OwnSecret
    auth: Literal["md5", "secret"] = "md5"
    connect_timeout: Seconds = 5.0
    action_timeout: Seconds = 10.0
    ping_every: Seconds = 2.0
    ping_answer: Seconds = 4.0
    heartbeat: bool = True
    """Write GW_BEAT every `ping_every`, so that the dialplan knows that the gateway lives."""
    unwanted_events: frozenset[str] = frozenset(
        {"RTCPReceived", "RTCPSent", "VarSet", "Newexten", "ChannelTalkingStart", "ChannelTalkingStop"}
    )
    """Dropped by name before they are parsed."""
    contexts: frozenset[str] = frozenset()
    """Contexts that calls may be sent to."""
    variables: frozenset[str] = frozenset()
    """Channel variables that may be set or read."""
