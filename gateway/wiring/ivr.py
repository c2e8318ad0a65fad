"""The dialogue over FastAGI: what a flow asks for, done by the dialplan's own subroutines.

The caller's safety is not here: the dialplan's timer runs whenever Asterisk is not playing by itself.
"""

from __future__ import annotations

from pathlib import Path

from core.errors import SonghuaError
from core.room import Health
from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.server import FastAgiServer
from gateway.settings import Settings

NAMES = AgiNames(
    contexts=frozenset({"gw-play", "gw-read", "gw-say-digits"}),
    variables=frozenset(
        {
            "CHANNEL(language)",
            "FLOW_NEXT",
            "FLOW_NOTICE",
            "FLOW_QUEUE",
            "FLOW_RESULT",
            "GW_DIGITS",
            "GW_PLAYED",
        }
    ),
)
PROMPT_DEADLINE_S = 60.0


class DialoguePart:
    """The FastAGI server as a part of the process."""

    name = "ivr"

    def __init__(self, server: FastAgiServer, where: str) -> None:
        self._server = server
        self._where = where

    async def start(self) -> None:
        """Raises when the port is taken: the operator must know; callers go to the queue meanwhile."""
        try:
            await self._server.start()
        except OSError as error:
            raise AgiPortTaken(
                f"{self._where}: {error.strerror}",
                remedy="stop what listens there or set asterisk.ports.fastagi",
            ) from error

    async def stop(self) -> None:
        await self._server.stop()

    def health(self) -> Health:
        if self._server.serving:
            return Health("ivr", "up")
        return Health("ivr", "degraded", "the dialogue is not served: callers go straight to the queue")


class AgiPortTaken(SonghuaError):
    kind = "agi-port-taken"
    title = "The dialogue cannot listen there"


def dialogue(settings: Settings) -> DialoguePart:
    assert settings.asterisk is not None, "checked by the role"
    prompts = settings.asterisk.directories.prompts
    port = settings.asterisk.ports.fastagi

    async def greet(call: AgiCall) -> None:
        await _play(call, prompts / "zh" / "greeting")
        await call.set_variable("FLOW_NOTICE", "played")
        await call.set_variable("FLOW_RESULT", f"ok-{call.env.uniqueid}")

    server = FastAgiServer(greet, host=settings.switch.fastagi_host, port=port, names=NAMES)
    return DialoguePart(server, f"{settings.switch.fastagi_host}:{port}")


async def _play(call: AgiCall, file: Path) -> None:
    await call.gosub("gw-play", "s", 1, str(file), deadline=PROMPT_DEADLINE_S)
