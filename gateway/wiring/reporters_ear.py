"""Hears what reporters say in follow-up calls: a tap on the line, on a node that can spare it.

Callers of the hotline come first: the last place of a node is theirs, and a node that falls behind hears no
reporter. The text goes from the node to this one call only: no bus, no file, no log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from core.ids import call_id, leg_id, uuid7
from gateway.mqtt.speech import SpeechCentreLink, SpeechNode
from gateway.wiring.answers import CallerTap
from gateway.wiring.hotline import LANGUAGES
from hotline.outbound.follow_ups.answers import SpokenUtterance
from hotline.outbound.follow_ups.ports import SpokenWords
from speech.events import AnswerHeard, TapAnnounced, TapRefused

MOST: Final = 16
"""Reporters who are heard at the same time; the others press keys."""


class ReportersEar:
    """Fills `hotline.outbound.follow_ups.ports.ReporterEar`. `likely`: the language in which the question is
    asked first.
    """

    def __init__(self, side: SpeechCentreLink, taps: CallerTap, *, system_name: str, likely: str) -> None:
        self._side = side
        self._taps = taps
        self._system_name = system_name
        self._likely = next((name for name in LANGUAGES if name == likely), None)
        self._open = 0

    async def listen(
        self, channel_id: str, line: str, take: Callable[[SpokenWords], None]
    ) -> TappedReporter | None:
        node = self._side.spare_node()
        if node is None or self._open >= MOST or self._taps.full:
            return None
        self._open += 1
        tapped = TappedReporter(self, node, take)
        announced = TapAnnounced(
            tap_id=tapped.tap_id,
            call_id=call_id(self._system_name, channel_id),
            leg_id=leg_id(self._system_name, channel_id),
            speaker="citizen",
            language="auto",
            likely=self._likely,
            asked="words",
        )
        return tapped if await self._taps.begin(tapped, line, announced) else None

    def can_spare(self, node: SpeechNode) -> bool:
        """Whether it may go on there."""
        return self._side.can_spare(node.name)

    def end(self, tapped: TappedReporter) -> None:
        """What still comes of it goes nowhere."""
        self._open -= 1
        self._taps.close(tapped)
        self._taps.forget(tapped)


class TappedReporter:
    """Fills `ReporterTap` and `gateway.wiring.answers.TappedAnswer`."""

    def __init__(self, ear: ReportersEar, node: SpeechNode, take: Callable[[SpokenWords], None]) -> None:
        self.tap_id: UUID = uuid7()
        self.node = node
        self._ear = ear
        self._take = take
        self._stopped = False
        self._known = 0
        """Utterances that were told; a message that was overtaken has fewer."""

    @property
    def may_go_on(self) -> bool:
        return not self._stopped and self._ear.can_spare(self.node)

    def take(self, event: AnswerHeard | TapRefused) -> None:
        if self._stopped:
            return
        if isinstance(event, TapRefused):
            self._take(SpokenWords((), over=True))
        elif event.over or len(event.utterances) > self._known:
            self._known = len(event.utterances)
            said = [SpokenUtterance(one.text, one.start_s, one.end_s, one.sure) for one in event.utterances]
            self._take(SpokenWords(tuple(said), over=event.over))

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._ear.end(self)
