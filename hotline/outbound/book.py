"""The automated calls of one policy that are live on this switch, and what must be known of earlier ones."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Generic

from hotline.outbound.model import AutomatedCall, CallTiming, T
from hotline.outbound.policy import CallPolicy

MOST_LIVE: Final = 200
DONE_KEPT: Final = 5_000


@dataclass(slots=True, eq=False)
class CallBook(Generic[T]):
    """Changed by `reduce.apply` alone. Calls are kept by their channel id."""

    system: str
    timing: CallTiming
    policy: CallPolicy[T]
    most: int = MOST_LIVE
    """Live calls at once."""
    live: dict[str, AutomatedCall[T]] = field(default_factory=dict)
    done: OrderedDict[str, None] = field(default_factory=OrderedDict)
    unknown: OrderedDict[str, AutomatedCall[T]] = field(default_factory=OrderedDict)
    """Given up as unknown: a key that is pressed in one counts all the same."""
    resting: dict[str, float] = field(default_factory=dict)
    """Telephones that are left alone, and until when."""

    def free(self, target: T) -> bool:
        """Whether this call can be placed now: it never was, and its telephone is free."""
        known = target.channel_id in self.live or target.channel_id in self.done
        return not known and len(self.live) < self.most and not self.busy(target.line)

    def busy(self, line: str) -> bool:
        """Whether a call rings this telephone now, or rang it a moment ago."""
        return line in self.resting or any(call.target.line == line for call in self.live.values())

    def put(self, call: AutomatedCall[T]) -> AutomatedCall[T]:
        """Keep this version of a live call."""
        self.live[call.channel_id] = call
        return call

    def end(self, call: AutomatedCall[T]) -> None:
        self.live.pop(call.channel_id, None)
        self.close(call.channel_id)
        if call.outcome == "unknown":
            self.give_up(call)

    def close(self, channel_id: str) -> None:
        """A call of this id was made: it is never placed again."""
        self.done[channel_id] = None
        while len(self.done) > DONE_KEPT:
            self.done.popitem(last=False)

    def give_up(self, call: AutomatedCall[T]) -> None:
        """Nobody can tell what became of it: its telephone rests for as long as it may ring."""
        self.unknown[call.channel_id] = call
        while len(self.unknown) > DONE_KEPT:
            self.unknown.popitem(last=False)
        self.rest(call.target.line, call.began + self.timing.ring_s + self.timing.quiet_s)

    def rest(self, line: str, until: float) -> None:
        """No call rings this telephone before `until` (Unix seconds)."""
        self.resting[line] = max(until, self.resting.get(line, 0.0))

    def longest_s(self, call: AutomatedCall[T]) -> float:
        """No such call is older and still live."""
        return self.timing.ring_s + self.policy.heard_s(call.target)
