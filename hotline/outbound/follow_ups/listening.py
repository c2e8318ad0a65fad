"""Hears reporters while they are asked, for as long as callers of the hotline lose nothing by it.

An answer of which the recogniser and the tables are sure goes on as the key that stands for it: the dialplan
tells it like one that was pressed, so that it is kept like one. Keys count at any time, and alone where
nobody can be heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from core.metrics import counter
from core.tasks import Tasks
from hotline.outbound.follow_ups.answers import read, turns
from hotline.outbound.follow_ups.ports import (
    FollowUpSwitch,
    Hearing,
    ReporterEar,
    ReporterTap,
    SpokenWords,
)

_heard = counter("hotline_follow_up_words", "What reporters said in follow-up calls, by reading", ["reading"])

MOST_UNCLEAR: Final = 2
"""After so many unclear answers keys alone count."""


@dataclass(slots=True, eq=False)
class _HeardReporter:
    tap: ReporterTap | None = None
    asked: bool = False
    over: bool = False
    unclear: set[float] = field(default_factory=set)
    """The beginnings of turns that were unclear."""
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """What the dialplan is told of one call stays in its order."""


class SpokenAnswers:
    """`is_asked`: whether the call of this channel id is at its question. All methods run in the event loop's
    thread, return at once and never raise.
    """

    def __init__(
        self, ear: ReporterEar, switch: FollowUpSwitch, tasks: Tasks, is_asked: Callable[[str], bool]
    ) -> None:
        self._ear = ear
        self._switch = switch
        self._tasks = tasks
        self._is_asked = is_asked
        self._by_channel: dict[str, _HeardReporter] = {}

    def begin(self, channel_id: str, line: str) -> None:
        """He has picked up: hear him from now on, if that is possible. `line` is the switch's name of his
        leg. Once for each call.
        """
        if channel_id in self._by_channel or not self._is_asked(channel_id):
            return
        one = self._by_channel[channel_id] = _HeardReporter()
        if not self._tasks.spawn("listen", partial(self._listen, one, channel_id, line)):
            one.over = True

    def asked(self, channel_id: str) -> None:
        """He has heard the question once."""
        if channel_id in self._by_channel:
            self._by_channel[channel_id].asked = True

    def look(self) -> None:
        """Stop hearing whom nobody asks any more, and those whom a recogniser has no time for."""
        for channel_id, one in list(self._by_channel.items()):
            if not self._is_asked(channel_id):
                del self._by_channel[channel_id]
                self._stop(one)
            elif one.tap is not None and not one.over and not one.tap.may_go_on:
                _heard.labels("given up").inc()
                self._keys_alone(one, channel_id)

    def stop(self) -> None:
        """Hear nobody any more."""
        for one in self._by_channel.values():
            self._stop(one)
        self._by_channel.clear()

    async def _listen(self, one: _HeardReporter, channel_id: str, line: str) -> None:
        tap = await self._ear.listen(channel_id, line, partial(self._said, one, channel_id))
        if tap is None:
            one.over = True
            _heard.labels("not heard").inc()
            return
        one.tap = tap
        if one.over or self._by_channel.get(channel_id) is not one:
            self._stop(one)
            return
        await self._tell(one, channel_id, "listens")

    def _said(self, one: _HeardReporter, channel_id: str, words: SpokenWords) -> None:
        if one.over or not self._is_asked(channel_id):
            return
        turn = turns(words.utterances)[-1:]
        reading = read(turn[0], asked=one.asked) if turn else "nothing"
        if reading == "unclear":
            self._unclear(one, channel_id, turn[0][0].start_s)
        elif reading != "nothing":
            _heard.labels("answer").inc()
            self._stop(one)
            self._tasks.spawn("say", partial(self._switch.say, channel_id, f"said-{reading}"))
        if words.over and not one.over:
            self._keys_alone(one, channel_id)

    def _unclear(self, one: _HeardReporter, channel_id: str, began: float) -> None:
        if began in one.unclear:
            return
        one.unclear.add(began)
        _heard.labels("unclear").inc()
        if len(one.unclear) < MOST_UNCLEAR:
            self._spawn_tell(one, channel_id, "unclear")
        else:
            self._keys_alone(one, channel_id)

    def _keys_alone(self, one: _HeardReporter, channel_id: str) -> None:
        self._stop(one)
        self._spawn_tell(one, channel_id, "keys")

    def _spawn_tell(self, one: _HeardReporter, channel_id: str, hearing: Hearing) -> None:
        self._tasks.spawn("hearing", partial(self._tell, one, channel_id, hearing))

    async def _tell(self, one: _HeardReporter, channel_id: str, hearing: Hearing) -> None:
        async with one.order:
            await self._switch.hearing(channel_id, hearing)

    @staticmethod
    def _stop(one: _HeardReporter) -> None:
        one.over = True
        if one.tap is not None:
            one.tap.stop()
