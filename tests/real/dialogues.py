"""The two ways by which a dialogue reaches the gateway, for tests that hold both to the same story."""

from __future__ import annotations

import secrets
from typing import Literal

from gateway.agi.asyncagi import AsyncAgiServer
from gateway.agi.call import AgiNames
from gateway.agi.server import FastAgiServer, Handler
from gateway.ami import AmiClient, AmiSettings
from gateway.asterisk.settings import AmiUser, AsteriskSettings

Transport = Literal["fastagi", "asyncagi"]
TRANSPORTS: tuple[Transport, ...] = ("fastagi", "asyncagi")


def with_dialogue(settings: AsteriskSettings, transport: Transport) -> AsteriskSettings:
    if transport == "fastagi":
        return settings
    account = AmiUser(name="songhua-agi", secret=secrets.token_hex(16))
    return settings.model_copy(update={"dialogue": transport, "asyncagi": account})


def ami_link(settings: AsteriskSettings, account: AmiUser, *, heartbeat: bool) -> AmiClient:
    return AmiClient(
        AmiSettings.model_validate(
            {
                "port": settings.ports.ami,
                "username": account.name,
                "secret": account.secret,
                "heartbeat": heartbeat,
                "contexts": frozenset({"hotline", "desk"}),
            }
        )
    )


def server_for(
    settings: AsteriskSettings, handler: Handler, names: AgiNames
) -> FastAgiServer | AsyncAgiServer:
    if settings.asyncagi is None:
        return FastAgiServer(handler, port=settings.ports.fastagi, names=names)
    return AsyncAgiServer(handler, ami_link(settings, settings.asyncagi, heartbeat=False), names=names)
