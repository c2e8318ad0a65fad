"""Speech recognition of answers: a tap on somebody's line while he answers, sent to a speech node.

The text goes from the node to this one answer only: no bus, no file, no log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Final, Protocol
from uuid import UUID

from core.clock import Clock
from core.digits import code
from core.ids import call_id, leg_id, uuid7
from core.log import logger
from core.tasks import Tasks
from gateway.mqtt.speech import SpeechCentreLink, SpeechNode
from gateway.wiring.hotline import LANGUAGES
from hotline.ports import QueueSwitch
from ivr.ports import Caller
from speech.events import AnswerHeard, TapAnnounced, TapRefused, TapRetired

_log = logger("gateway")

BEGIN_S: Final = 0.5
"""Shorter than the dialplan's timer, which runs meanwhile."""
PLACING_S: Final = 6.0
"""So long after it was asked for, a tap that is no channel yet may still become one."""
AGAIN_S: Final = 0.25
MOST: Final = 64
"""Callers who answer at the same time; the others press keys."""


class TappedAnswer(Protocol):
    """What is told of its tap comes to `take`."""

    tap_id: UUID
    node: SpeechNode

    def take(self, event: AnswerHeard | TapRefused) -> None:
        """Something of its own tap."""
        ...

    def stop(self) -> None:
        """End the tap, and drop what comes of it."""
        ...


class CallerTap:
    """Fills `ivr.ports.Ear`. A part of the process, so that its tasks end with it."""

    name = "answers"

    def __init__(
        self,
        side: SpeechCentreLink,
        switch: QueueSwitch,
        *,
        system_name: str,
        clock: Clock,
        languages: Collection[str],
    ) -> None:
        self._side = side
        self._switch = switch
        self._system_name = system_name
        self._clock = clock
        self._languages = languages
        self._tasks = Tasks("answers", limit=4 * MOST)
        self._open = 0

    def ready(self, language: str) -> bool:
        return language in self._languages and not self.full and self._side.answer_node() is not None

    async def listen(self, caller: Caller, language: str) -> AnswerListening | None:
        node = self._side.answer_node()
        if node is None or self.full:
            return None
        answer = AnswerListening(self, uuid7(), node)
        announced = self._announcement(answer.tap_id, caller, language)
        return answer if await self.begin(answer, caller.channel, announced) else None

    @property
    def full(self) -> bool:
        """As many answer as may at once."""
        return self._open >= MOST

    async def begin(self, answer: TappedAnswer, channel: str, announced: TapAnnounced) -> bool:
        """Hear this line, at once or not at all; then the answer is stopped. Never raises."""
        self._open += 1
        self._side.expect(answer.tap_id, answer.take)
        try:
            async with asyncio.timeout(BEGIN_S):
                await self._side.announce(answer.node.name, announced)
                await self._switch.place_tap(channel, answer.tap_id, answer.node.host, answer.node.port)
        except Exception as error:  # noqa: BLE001  # whatever it was, he presses keys
            _log.warning("an answer is not heard", error=type(error).__name__)
            answer.stop()
            return False
        return True

    async def start(self) -> None:
        """Do nothing: each caller brings a line."""

    async def stop(self) -> None:
        await self._tasks.stop()

    def close(self, answer: TappedAnswer) -> None:
        """End its tap; what was said in it still comes."""
        self._tasks.spawn("close", partial(self._end, answer.tap_id, self._clock.monotonic()))
        retired = TapRetired(tap_id=answer.tap_id)
        self._tasks.spawn("retire", partial(self._side.retire, answer.node.name, retired))

    def forget(self, answer: TappedAnswer) -> None:
        self._open -= 1
        self._side.forget(answer.tap_id)

    async def _end(self, tap_id: UUID, since: float) -> None:
        """The switch makes a tap's channel some time after it has said that it would."""
        while not await self._switch.end_tap(tap_id) and self._clock.monotonic() - since < PLACING_S:
            await self._clock.sleep(AGAIN_S)

    def _announcement(self, tap_id: UUID, caller: Caller, language: str) -> TapAnnounced:
        return TapAnnounced(
            tap_id=tap_id,
            call_id=call_id(self._system_name, caller.linkedid or caller.uniqueid),
            leg_id=leg_id(self._system_name, caller.uniqueid),
            speaker="citizen",
            language="auto",
            likely=next((name for name in LANGUAGES if name == language), None),
            asked="digits",
        )


class AnswerListening:
    """Fills `ivr.ports.AnswerRecognition`."""

    def __init__(self, ear: CallerTap, tap_id: UUID, node: SpeechNode) -> None:
        self.tap_id = tap_id
        self.node = node
        self._ear = ear
        self._text = ""
        self._over = self._closed = self._stopped = False
        self._changed = asyncio.Event()

    def take(self, event: AnswerHeard | TapRefused) -> None:
        """What the node tells of it; a node without room has heard nothing."""
        if isinstance(event, AnswerHeard) and not self._over:
            self._text = event.text
        self._over = self._over or isinstance(event, TapRefused) or event.over
        self._changed.set()

    async def code(self, length: int, within_s: float) -> str | None:
        if not self._closed:
            self._closed = True
            self._ear.close(self)
        try:
            async with asyncio.timeout(within_s):
                while not (found := code(self._text, length)) and not self._over:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return None
        return found

    def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        if not self._closed:
            self._closed = True
            self._ear.close(self)
        self._ear.forget(self)
        self._text = ""
