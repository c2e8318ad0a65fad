"""Talkgroups as channels of a Mumble server, each by a connection of its own; texts to and from its users.

The server decides nothing: whoever begins first is heard.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.errors import Unavailable
from core.ids import uuid7
from core.log import logger
from core.tasks import Tasks
from field.contract.capabilities import Can, Caps
from field.contract.data import DataSink
from radio_bridge.drivers.mumble import html_text as texts
from radio_bridge.drivers.mumble.effects import TextCame, UsersPresent
from radio_bridge.drivers.mumble.health import MumbleDownReason, down_why
from radio_bridge.drivers.mumble.session import MumbleAccount, MumbleSession, Sounds
from radio_bridge.drivers.mumble.settings import MumbleSettings
from radio_bridge.drivers.mumble.timing import MumbleTiming
from radio_bridge.drivers.mumble.transport import Heard, MumbleCarrier
from radio_bridge.drivers.opus import OpusListener, OpusSpeaker, libopus
from radio_bridge.drivers.unarbitrated.effects import LinkDown
from radio_bridge.drivers.unarbitrated.line import UnarbitratedLine, party
from radio_bridge.drivers.unarbitrated.network import UnarbitratedNetwork

_log = logger("radio_bridge")

CAPS: Final = Caps(frozenset({Can.SPEAK, Can.HEAR, Can.NOTICE, Can.TALKER, Can.PRESENCE, Can.TEXT}))
WAITING_MOST: Final = 100
"""Texts that are not kept yet; of more, the newest are lost, and that is logged."""
AGAIN_S: Final = 2.0
TRIES: Final = 30


class MumbleDriver(UnarbitratedNetwork):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork` and `field.contract.data.DataNetwork`."""

    kind = "mumble"
    caps = CAPS
    most_characters = texts.MOST_CHARACTERS

    def __init__(
        self,
        settings: MumbleSettings,
        clock: Clock,
        *,
        rng: random.Random | None = None,
        timing: MumbleTiming | None = None,
    ) -> None:
        known = {f"{settings.network}:{one.tg}": one for one in settings.talkgroups}
        super().__init__(settings.network, tuple(known), clock)
        self._clock = clock
        self._sink: DataSink | None = None
        self._came: asyncio.Queue[tuple[UUID, TextCame]] = asyncio.Queue(WAITING_MOST)
        self._present: dict[str, frozenset[str]] = {}
        self._told_present: frozenset[str] = frozenset()
        self._texts = Tasks(f"radio_bridge.{settings.network}.texts")
        self._sounds = _sounds()
        ours = frozenset(one.name for one in settings.talkgroups)
        self.our_names = frozenset(party(settings.network, name) for name in ours)
        self._links: dict[str, MumbleCarrier] = {}
        for group, one in known.items():
            account = MumbleAccount(
                one.name,
                one.password.get_secret_value(),
                one.channel,
                settings.trust_names,
                ours - {one.name},
            )
            self._links[group] = MumbleCarrier(
                MumbleSession(
                    account,
                    self._sounds or _NO_SOUNDS,
                    clock=clock,
                    rng=rng or random.SystemRandom(),
                    timing=timing,
                ),
                settings.host,
                settings.port,
                sha256=settings.sha256,
                clock=clock,
                told=self._telling(self.lines[group]),
            )
        self.carry(self._links)

    def attach_data(self, sink: DataSink) -> None:
        """Where texts and presences of the network go."""
        self._sink = sink

    async def start(self) -> None:
        if self._sounds is None:
            for line in self.lines.values():
                line.take(LinkDown(MumbleDownReason.NO_OPUS.value, down_why(MumbleDownReason.NO_OPUS, "")))
            return
        self._texts.forever("texts", self._hand_over)
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        await self._texts.stop()

    async def send_short(self, address: str, words: str, *, ref: UUID) -> bool:
        """To who is on the server by this name; it does not say whether he has read it."""
        del ref
        name = address.partition(":")[2]
        up = [group for group, line in self.lines.items() if line.state().up]
        if not up:
            raise Unavailable(f"{self.network}: no talkgroup is connected")
        return any(self._links[group].text(name, words) for group in up)

    def _telling(self, line: UnarbitratedLine) -> Callable[[Heard], None]:
        def take(told: Heard) -> None:
            match told:
                case UsersPresent(names):
                    self._note_present(line.group, names)
                case TextCame():
                    self._keep(told)
                case _:
                    line.take(told)

        return take

    def _note_present(self, group: str, names: frozenset[str]) -> None:
        """All our connections see the same users."""
        self._present[group] = names
        there = frozenset(party(self.network, name) for name in frozenset().union(*self._present.values()))
        if there != self._told_present and self._arrivals is not None:
            self._told_present = there
            self._arrivals.there(there, network=self.network)

    def _keep(self, text: TextCame) -> None:
        try:
            self._came.put_nowait((uuid7(), text))
        except asyncio.QueueFull:
            _log.warning("too much waits to be kept", network=self.network)

    async def _hand_over(self) -> None:
        while True:
            msg_id, text = await self._came.get()
            for _ in range(TRIES):
                if self._sink is None:
                    break
                try:
                    await self._sink.text(party(self.network, text.name), msg_id, text.words)
                    break
                except Unavailable as error:
                    _log.info("a radio's message waits", network=self.network, error=error.kind)
                    await self._clock.sleep(AGAIN_S)


def _sounds() -> Sounds | None:
    opus = libopus()
    return None if opus is None else Sounds(lambda: OpusSpeaker(opus), lambda: OpusListener(opus))


def _never() -> OpusSpeaker:
    raise AssertionError("nothing is said without libopus")


def _no_ear() -> OpusListener:
    raise AssertionError("nothing is heard without libopus")


_NO_SOUNDS: Final = Sounds(_never, _no_ear)
