"""All AsyncAGI dialogues of one link as a pure state machine: events and time in, effects out.

A dialogue is known by a number of its own, never by its channel alone: the same channel may come again, and
a command of its earlier dialogue may still be answered. An answer counts only for the command that waits, in
the dialogue that sent it, on the channel that it was sent to. Nothing is ever sent twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from core.clock import Clock
from gateway.agi.asyncagi.codec import answer as decoded
from gateway.agi.asyncagi.codec import environment
from gateway.agi.codec import AgiReply, Environment
from gateway.agi.errors import AgiError, Busy, CallHandedOver, HandlerFinished, HungUp, OverTime
from gateway.agi.session import AgiTiming


class AsyncAgiState(Enum):
    READY = "ready"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class AsyncAgiOpened:
    """A channel waits in AGI(): its dialogue may begin."""

    number: int
    environment: Environment


@dataclass(frozen=True, slots=True)
class AsyncAgiAnswered:
    """The answer to the command that this dialogue waits for."""

    number: int
    answer: AgiReply


@dataclass(frozen=True, slots=True)
class AsyncAgiEnded:
    """The dialogue is over; `error` goes to the command that waits, and to each later one."""

    number: int
    error: AgiError


@dataclass(frozen=True, slots=True)
class AsyncAgiRelease:
    """Send the channel on in the dialplan."""

    channel: str
    command_id: str


Effect = AsyncAgiOpened | AsyncAgiAnswered | AsyncAgiEnded | AsyncAgiRelease


@dataclass(slots=True)
class _Dialogue:
    number: int
    uniqueid: str
    channel: str
    over: float
    state: AsyncAgiState = AsyncAgiState.READY
    command_id: str = ""
    deadline: float = 0.0


class AsyncAgiSession:
    """`stray` counts answers that nobody waits for, `malformed` events that cannot be understood.

    At most `dialogues` at once: the caller of `start` decides what to do with more, this class keeps no more.
    """

    def __init__(self, *, clock: Clock, timing: AgiTiming | None = None, nonce: str | None = None) -> None:
        self._clock = clock
        self._timing = timing or AgiTiming()
        # No other process, and no earlier life of this one, has the same command ids.
        self._nonce = nonce or secrets.token_hex(8)
        self._commands = 0
        self._numbers = 0
        self._dialogues: dict[int, _Dialogue] = {}
        self._on: dict[str, int] = {}  # uniqueid -> the dialogue that it is in
        self.stray = 0
        self.late = 0
        self.malformed = 0

    def __len__(self) -> int:
        return len(self._dialogues)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The dialogues that are open."""
        return tuple(self._dialogues)

    # --- from the switch ------------------------------------------------------------------------

    def started(self, event: Mapping[str, str]) -> list[Effect]:
        """`AsyncAGIStart`."""
        uniqueid, channel = event.get("Uniqueid", ""), event.get("Channel", "")
        if not uniqueid or not channel:
            self.malformed += 1
            return []
        effects: list[Effect] = []
        if (before := self._on.get(uniqueid)) is not None:
            # Its end was lost on the way: a channel is in one AGI() at a time.
            self._end(self._dialogues[before], CallHandedOver("the call came again"), effects)
        self._numbers += 1
        dialogue = _Dialogue(self._numbers, uniqueid, channel, self._clock.monotonic() + self._timing.whole)
        self._dialogues[dialogue.number] = dialogue
        self._on[uniqueid] = dialogue.number
        number = event.get("CallerIDNum", "")
        told = environment(
            event.get("Env", ""),
            uniqueid=uniqueid,
            channel=channel,
            number="" if number == "<unknown>" else number,
        )
        effects.append(AsyncAgiOpened(dialogue.number, told))
        return effects

    def executed(self, event: Mapping[str, str]) -> list[Effect]:
        """`AsyncAGIExec`."""
        dialogue = self._of(event)
        if (
            dialogue is None
            or dialogue.state is not AsyncAgiState.WAITING
            or event.get("CommandID", "") != dialogue.command_id
        ):
            self.stray += 1
            return []
        effects: list[Effect] = []
        if self._clock.monotonic() > dialogue.deadline:
            self.late += 1
            self._end(dialogue, CallHandedOver("the answer came after its deadline"), effects)
            return effects
        found = decoded(event.get("Result", ""))
        if found is None:
            self.malformed += 1
            self._end(dialogue, AgiError("the answer cannot be understood"), effects)
        elif found.code == 511:
            self._end(dialogue, HungUp(), effects)
        else:
            dialogue.state = AsyncAgiState.READY
            effects.append(AsyncAgiAnswered(dialogue.number, found))
        return effects

    def ended(self, event: Mapping[str, str]) -> list[Effect]:
        """`AsyncAGIEnd`: hung up, taken back, or sent on."""
        effects: list[Effect] = []
        dialogue = self._of(event)
        if dialogue is not None:
            self._end(dialogue, CallHandedOver("hung up, or taken back"), effects)
        return effects

    def lost(self) -> list[Effect]:
        """Events may have been missed: no dialogue knows where its call is any more."""
        effects: list[Effect] = []
        for dialogue in list(self._dialogues.values()):
            self._end(dialogue, CallHandedOver("the link to the switch was lost"), effects)
        return effects

    # --- from the dialogue ----------------------------------------------------------------------

    def send(self, number: int, deadline: float | None = None) -> tuple[str, str]:
        """A command is about to be sent: gives (channel, command id).

        Raises `Busy`, or `CallHandedOver` for a dialogue that has ended.
        """
        dialogue = self._dialogues.get(number)
        if dialogue is None:
            raise CallHandedOver("the call has left the dialogue")
        if dialogue.state is not AsyncAgiState.READY:
            raise Busy
        dialogue.state = AsyncAgiState.WAITING
        dialogue.command_id = self._next_id()
        dialogue.deadline = self._clock.monotonic() + (self._timing.command if deadline is None else deadline)
        return dialogue.channel, dialogue.command_id

    def failed(self, number: int, command_id: str, error: AgiError) -> list[Effect]:
        """The command could not be queued, or nobody knows whether it was: it is not sent again."""
        effects: list[Effect] = []
        dialogue = self._dialogues.get(number)
        if (
            dialogue is not None
            and dialogue.state is AsyncAgiState.WAITING
            and dialogue.command_id == command_id
        ):
            self._end(dialogue, error, effects)
        return effects

    def finish(self, number: int) -> list[Effect]:
        """The handler is done, or there was no room: the channel goes on in the dialplan."""
        effects: list[Effect] = []
        dialogue = self._dialogues.get(number)
        if dialogue is not None:
            self._end(dialogue, HandlerFinished(), effects)
            effects.append(AsyncAgiRelease(dialogue.channel, self._next_id()))
        return effects

    # --- time -----------------------------------------------------------------------------------

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        due = [
            min(one.deadline, one.over) if one.state is AsyncAgiState.WAITING else one.over
            for one in self._dialogues.values()
        ]
        return min(due, default=None)

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        effects: list[Effect] = []
        now = self._clock.monotonic()
        for dialogue in list(self._dialogues.values()):
            if now >= dialogue.over:
                self._end(dialogue, OverTime(), effects)
                effects.append(AsyncAgiRelease(dialogue.channel, self._next_id()))
            elif dialogue.state is AsyncAgiState.WAITING and now >= dialogue.deadline:
                # Not released: the dialplan's own timer has taken the call, and what is queued late would be
                # carried out when this channel enters AGI() again.
                self._end(dialogue, CallHandedOver("no answer in time"), effects)
        return effects

    def _of(self, event: Mapping[str, str]) -> _Dialogue | None:
        number = self._on.get(event.get("Uniqueid", ""))
        return None if number is None else self._dialogues[number]

    def _end(self, dialogue: _Dialogue, error: AgiError, effects: list[Effect]) -> None:
        del self._dialogues[dialogue.number]
        del self._on[dialogue.uniqueid]
        effects.append(AsyncAgiEnded(dialogue.number, error))

    def _next_id(self) -> str:
        self._commands += 1
        return f"{self._nonce}-{self._commands}"
