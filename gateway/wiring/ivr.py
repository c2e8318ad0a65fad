"""The dialogue over FastAGI or AsyncAGI: what a flow asks for, done by the dialplan's own subroutines.

The caller's safety is not here: the dialplan's timer runs whenever Asterisk is not playing by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import SecretStr

import ivr.room
from core.errors import SonghuaError
from core.room import Health
from gateway.agi.asyncagi import AsyncAgiServer
from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.errors import CallGone
from gateway.agi.server import FastAgiServer
from gateway.ami.client import AmiClient
from gateway.settings import Settings
from ivr.ports import HandedOver, IvrPorts, LookUps

T = TypeVar("T")

NAMES = AgiNames(
    contexts=frozenset({"gw-play", "gw-read", "gw-say-digits"}),
    variables=frozenset(
        {"CHANNEL(language)", "FLOW_NEXT", "FLOW_NOTICE", "FLOW_QUEUE", "FLOW_RESULT", "GW_DIGITS"}
    ),
)
PLAY_DEADLINE_S = 60.0
"""Longer than any prompt: a switch that takes more is gone."""


class AgiPortTaken(SonghuaError):
    kind = "agi-port-taken"
    title = "The dialogue cannot listen there"


class Server(Protocol):
    """Serves dialogues: over FastAGI or AsyncAGI."""

    @property
    def serving(self) -> bool: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class AgiLine:
    """Fills `ivr.ports.Line` for one call. A call that has left the dialogue is `HandedOver`."""

    def __init__(self, call: AgiCall) -> None:
        self._call = call

    async def play(self, file: Path) -> None:
        await self._sub("gw-play", str(file.with_suffix("")))

    async def say_digits(self, digits: str) -> None:
        await self._sub("gw-say-digits", digits)

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        await self._sub("gw-read", str(file.with_suffix("")), str(most), str(wait_s))
        return await _or_handed_over(self._call.get_variable("GW_DIGITS")) or ""

    async def set_language(self, language: str) -> None:
        await self._set("CHANNEL(language)", language)

    async def notice_played(self) -> None:
        await self._set("FLOW_NOTICE", "played")

    async def queue(self, name: str) -> None:
        await self._set("FLOW_QUEUE", name)

    async def hangup(self) -> None:
        await self._set("FLOW_NEXT", "hangup")

    async def finished(self) -> None:
        await self._set("FLOW_RESULT", f"ok-{self._call.env.uniqueid}")

    async def _sub(self, context: str, *arguments: str) -> None:
        await _or_handed_over(self._call.gosub(context, "s", 1, *arguments, deadline=PLAY_DEADLINE_S))

    async def _set(self, name: str, value: str) -> None:
        await _or_handed_over(self._call.set_variable(name, value))


async def _or_handed_over(step: Awaitable[T]) -> T:
    try:
        return await step
    except CallGone as gone:
        raise HandedOver from gone


class DialoguePart:
    """The server of dialogues as a part of the process."""

    name = "ivr"

    def __init__(self, room: ivr.room.IvrRoom, server: Server, where: str) -> None:
        self.room = room
        self._server = server
        self._where = where

    async def start(self) -> None:
        """Raises `AgiPortTaken`: the operator must know; callers go straight to the queue meanwhile."""
        try:
            await self._server.start()
        except OSError as error:
            raise AgiPortTaken(
                f"{self._where}: {error.strerror}",
                remedy="stop what listens there or set asterisk.ports.fastagi",
            ) from error

    async def stop(self) -> None:
        await self._server.stop()

    @property
    def serving(self) -> bool:
        """False: the heartbeat stops, and the dialplan sends callers straight to a person."""
        return self._server.serving

    def health(self) -> Health:
        if self.serving:
            return Health("ivr", "up")
        return Health("ivr", "degraded", "the dialogue is not served: callers go straight to the queue")


def handler(room: ivr.room.IvrRoom) -> Callable[[AgiCall], Awaitable[None]]:
    async def run(call: AgiCall) -> None:
        await room.engine.run(AgiLine(call))

    return run


def dialogue(settings: Settings, look_ups: LookUps) -> DialoguePart:
    """Raises `ivr.flows.load.FlowInvalid` for a flow that cannot be served."""
    assert settings.asterisk is not None, "checked by the role"
    room = ivr.room.build(settings.ivr, IvrPorts(look_ups))
    if settings.asterisk.dialogue == "asyncagi":
        return DialoguePart(room, AsyncAgiServer(handler(room), _account(settings), names=NAMES), "asyncagi")
    host, port = settings.switch.fastagi_host, settings.asterisk.ports.fastagi
    server = FastAgiServer(handler(room), host=host, port=port, names=NAMES)
    return DialoguePart(room, server, f"{host}:{port}")


def _account(settings: Settings) -> AmiClient:
    """A link of its own with the account that may run AGI commands; the gateway's other link may not."""
    assert settings.ami is not None, "checked by the role"
    assert settings.asterisk is not None, "checked by the role"
    assert settings.asterisk.asyncagi is not None, "checked by the settings"
    account = settings.asterisk.asyncagi
    given = {"username": account.name, "secret": SecretStr(account.secret), "heartbeat": False}
    return AmiClient(settings.ami.model_copy(update=given))
