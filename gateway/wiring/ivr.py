"""The dialogue over FastAGI or AsyncAGI: what a flow asks for, done by the dialplan's own subroutines.

The caller's safety is not here: the dialplan's timer runs whenever Asterisk is not playing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import ivr.room
from core.clock import Clock, SystemClock
from core.errors import SonghuaError
from core.listening import Addresses
from core.listening.addresses import only
from core.room import Health
from core.tasks import Tasks
from gateway.agi.asyncagi import AsyncAgiServer
from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.codec import Environment
from gateway.agi.errors import CallGone
from gateway.agi.server import FastAgiServer
from gateway.ami.client import AmiClient
from gateway.settings import Settings
from ivr.ports import Caller, CallerInput, HandedOver, IvrPorts, RecordingSpan
from ivr.reporting import FlowEventWriter

T = TypeVar("T")

NAMES = AgiNames(
    contexts=frozenset(
        {"gw-ask", "gw-hear", "gw-play", "gw-read", "gw-say-digits", "gw-voice", "gw-voicemail"}
    ),
    variables=frozenset(
        {
            "CHANNEL(language)",
            "FLOW_EMERGENCY",
            "FLOW_FACTS",
            "FLOW_NEXT",
            "FLOW_NOTICE",
            "FLOW_PRIORITY",
            "FLOW_QUEUE",
            "FLOW_RESULT",
            "FLOW_SURVEY",
            "GW_DIGITS",
            "GW_SPAN",
            "GW_VOICE",
        }
    ),
)
PLAY_DEADLINE_S = 60.0
"""Longer than any prompt: a switch that takes more is gone."""
TONE_S = 0.45
"""Until the caller of a voicemail may speak."""
LANGUAGE = "CHANNEL(language)"


class AgiPortTaken(SonghuaError):
    kind = "agi-port-taken"
    title = "The dialogue's port is not available"


class DialogueServer(Protocol):
    """Serves dialogues: over FastAGI or AsyncAGI."""

    @property
    def serving(self) -> bool:
        """Whether Asterisk can reach it now."""
        ...

    async def start(self) -> None:
        """Listen, or wait for the link to the switch."""
        ...

    async def stop(self) -> None:
        """End running dialogues; their callers go on in the dialplan to a person."""
        ...


class AgiLine:
    """Fills `ivr.ports.CallerLine` for one call. A call that has left the dialogue is `HandedOver`.

    `recorded_s` is how long the caller's recording had run when the dialogue began.
    """

    def __init__(self, call: AgiCall, *, recorded_s: float = 0.0, clock: Clock | None = None) -> None:
        self._call = call
        self._clock = clock or SystemClock()
        self._recording_began = self._clock.monotonic() - recorded_s

    async def play(self, file: Path) -> None:
        await self._sub("gw-play", _plain(file))

    async def hear(self, file: Path) -> str:
        await self._sub("gw-hear", _plain(file))
        return await self._get("GW_DIGITS")

    async def say_digits(self, digits: str) -> None:
        await self._sub("gw-say-digits", digits)

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        await self._sub("gw-read", _plain(file), str(most), str(wait_s))
        return await self._get("GW_DIGITS")

    async def listen(self, file: Path) -> Literal["heard", "silent", "pressed"]:
        await self._sub("gw-voice", _plain(file))
        heard = await self._get("GW_VOICE")
        return "heard" if heard == "heard" else "pressed" if heard == "pressed" else "silent"

    async def ask(self, file: Path, *, most: int) -> CallerInput:
        await self._sub("gw-ask", _plain(file), str(most))
        return CallerInput(await self._get("GW_DIGITS"), spoke=await self._get("GW_VOICE") == "heard")

    async def record(self, most_s: int) -> RecordingSpan:
        start_s = self._recorded_s() + TONE_S
        try:
            await self._sub("gw-voicemail", str(most_s), deadline=most_s + PLAY_DEADLINE_S)
            return _span(await self._get("GW_SPAN"))
        except HandedOver:
            # He ended his message by hanging up: the switch cannot be asked any more.
            return RecordingSpan(start_s, self._recorded_s(), gone=True)

    async def set_language(self, language: str) -> None:
        await self._set(LANGUAGE, language)

    async def notice_played(self) -> None:
        await self._set("FLOW_NOTICE", "played")

    async def priority(self, level: int) -> None:
        await self._set("FLOW_PRIORITY", str(level))

    async def survey_after(self) -> None:
        await self._set("FLOW_SURVEY", "1")

    async def queue(self, name: str) -> None:
        await self._set("FLOW_QUEUE", name)
        await self._set("FLOW_NEXT", "queue")

    async def stay(self) -> None:
        await self._set("FLOW_NEXT", "stay")

    async def emergency(self, number: str) -> None:
        await self._set("FLOW_EMERGENCY", number)

    async def hangup(self) -> None:
        await self._set("FLOW_NEXT", "hangup")

    async def finished(self) -> None:
        await self._set("FLOW_RESULT", f"ok-{self._call.env.uniqueid}")

    def _recorded_s(self) -> float:
        return self._clock.monotonic() - self._recording_began

    async def _sub(self, context: str, *arguments: str, deadline: float = PLAY_DEADLINE_S) -> None:
        await _or_handed_over(self._call.gosub(context, "s", 1, *arguments, deadline=deadline))

    async def _get(self, name: str) -> str:
        return await _or_handed_over(self._call.get_variable(name)) or ""

    async def _set(self, name: str, value: str) -> None:
        await _or_handed_over(self._call.set_variable(name, value))


def _plain(file: Path) -> str:
    """Asterisk chooses the suffix itself."""
    return str(file.with_suffix(""))


def _span(text: str) -> RecordingSpan:
    """`from/to` of the dialplan; nothing that can be read: an empty one."""
    start, _, end = text.partition("/")
    try:
        return RecordingSpan(float(start), float(end))
    except ValueError:
        return RecordingSpan(0.0, 0.0)


def caller_of(env: Environment, facts: str) -> tuple[Caller, float]:
    """Who is on the line, and how many seconds of him are recorded; of any text."""
    linkedid, called, waited, turn, full, recorded = [*facts.split("/"), *[""] * 6][:6]
    channel = _CHANNEL.match(env.channel)
    seconds = float(recorded) if _SECONDS.fullmatch(recorded) else 0.0
    caller = Caller(
        uniqueid=env.uniqueid,
        linkedid=linkedid or env.uniqueid,
        number="".join(one for one in env.get("callerid") if one in "+0123456789")[:20],
        called="".join(one for one in called if one in "+0123456789")[:20],
        trunk=channel.group(1) if channel else "",
        language=env.get("language"),
        waited_s=_whole(waited),
        round=_whole(turn),
        full=full == "yes",
        channel=env.channel,
    )
    return caller, seconds


_CHANNEL = re.compile(r"PJSIP/([a-z][a-z0-9-]{1,39})-[0-9a-f]+")
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0  # no year of waiting


async def _or_handed_over(step: Awaitable[T]) -> T:
    try:
        return await step
    except CallGone as gone:
        raise HandedOver from gone


class DialoguePart:
    """The server of dialogues as a part of the process."""

    name = "ivr"

    def __init__(
        self, room: ivr.room.IvrRoom, server: DialogueServer, writer: FlowEventWriter, where: str
    ) -> None:
        self.room = room
        self._server = server
        self._writer = writer
        self._tasks = Tasks("ivr")
        self._where = where

    async def start(self) -> None:
        """Raises `AgiPortTaken`: the operator must know; callers go straight to the queue meanwhile."""
        self._tasks.forever("keeping", self._writer.write_behind.run)
        try:
            await self._server.start()
        except OSError as error:
            raise AgiPortTaken(
                f"{self._where}: {error.strerror}",
                remedy="stop what listens there or set asterisk.ports.fastagi",
            ) from error

    async def stop(self) -> None:
        await self._server.stop()
        await self._tasks.stop()
        await self._writer.write_behind.write_last()

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
        caller, recorded_s = caller_of(call.env, await call.get_variable("FLOW_FACTS") or "")
        await room.run(call.env.script, AgiLine(call, recorded_s=recorded_s), caller)

    return run


class QueuePositions:
    """Fills `ivr.ports.QueueEstimates` from the hotline's board, which says 0 for what it does not know."""

    def __init__(self, figures: Callable[[str], tuple[int, float, int]]) -> None:
        self._figures = figures

    def position(self, uniqueid: str) -> tuple[int, float] | None:
        place, expected_s, _ = self._figures(uniqueid)
        return (place, expected_s) if place > 0 else None


def dialogue(settings: Settings, ports: IvrPorts, writer: FlowEventWriter) -> DialoguePart:
    """Raises `ivr.flows.load.FlowInvalid` for a flow that cannot be served, `CalendarInvalid`."""
    assert settings.asterisk is not None, "checked by the role"
    ports = replace(ports, system_name=settings.system_name, keep=writer.keep)
    room = ivr.room.build(settings.ivr, ports)
    if settings.asterisk.dialogue == "asyncagi":
        server = AsyncAgiServer(handler(room), _account(settings), names=NAMES)
        return DialoguePart(room, server, writer, "asyncagi")
    host, port = settings.switch.fastagi_host, settings.asterisk.ports.fastagi
    fastagi = FastAgiServer(handler(room), host=host, port=port, names=NAMES, only=_switches(settings))
    return DialoguePart(room, fastagi, writer, f"{host}:{port}")


def _switches(settings: Settings) -> Addresses:
    """Who may come to the dialogue beside this machine: the switch that we manage, and addresses named."""
    manager = only(settings.ami.host) if settings.ami is not None else ()
    return Addresses((*settings.switch.addresses, *manager))


def _account(settings: Settings) -> AmiClient:
    """A link of its own with the account that may run AGI commands; the gateway's other link may not."""
    assert settings.ami is not None, "checked by the role"
    assert settings.asterisk is not None, "checked by the role"
    assert settings.asterisk.asyncagi is not None, "checked by the settings"
    account = settings.asterisk.asyncagi
    given = {"username": account.name, "secret": account.secret, "heartbeat": False}
    return AmiClient(settings.ami.model_copy(update=given))
