"""An automated call: the switch rings one telephone and speaks, and whoever picks up presses a key. Values
only; moments are Unix seconds.

A call's id, and by it the Uniqueid of its leg, is known before the call is placed, so that no process and no
restart can place the same call twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar
from uuid import UUID

CallStage = Literal["placing", "ringing", "listening", "pressed", "queued", "talking", "over"]
"""`listening` has picked up and hears what the call is about; `pressed` has pressed a key that counts;
`queued` waits in a queue for a person.
"""
CallOutcome = Literal[
    "acknowledged", "answered", "heard", "talked", "no_key", "no_answer", "busy", "declined", "rejected",
    "unreachable", "not_placed", "stopped", "lost", "unknown",
]  # fmt: skip
"""The first four succeed. `stopped`: the call was not wanted any more. `lost`: a key was pressed and could
not be committed. `unknown`: nobody can tell whether the telephone rang. `declined` is what calls for alarms
say for `rejected`.
"""


class CallTarget(Protocol):
    """Whom a call rings and what it is about. `line` is the same for the same telephone, however its number
    is written. `channel_id` is the Uniqueid of the call's leg.
    """

    @property
    def call_id(self) -> UUID:
        """The call's id, known before it rings."""
        ...

    @property
    def line(self) -> str:
        """The telephone, in one form for all ways of writing its number: only one call rings it at a time."""
        ...

    @property
    def channel_id(self) -> str:
        """The Uniqueid of the channel that is to ring."""
        ...


T = TypeVar("T", bound=CallTarget)


@dataclass(frozen=True, slots=True)
class AutomatedCall(Generic[T]):
    """`system` names the switch that the call is placed on."""

    target: T
    system: str
    began: float
    stage: CallStage = "placing"
    key: str = ""
    """The first key that counts."""
    spoken: bool = False
    """Its meaning was said."""
    in_doubt: bool = False
    """It was sent and not answered, or an earlier run placed it."""
    seen: bool = False
    """The switch has shown its channel."""
    committed: bool = False
    """What was pressed is committed."""
    agent: str = ""
    """The endpoint of the desk that has taken the call out of the queue; empty where nobody saw which."""
    unwanted: bool = False
    last_word: float | None = None
    """When the party was sent to the last words of the call; it is hung up after them."""
    answered: float | None = None
    ended: float | None = None
    outcome: CallOutcome | None = None

    @property
    def channel_id(self) -> str:
        return self.target.channel_id


@dataclass(frozen=True, slots=True)
class CallTiming:
    """Seconds. `ring_s`: how long a telephone rings. `doubt_s`: longest search for a call in doubt.
    `quiet_s`: a call that was sent and shows no sign of life for so long is looked for. `again_s`: pause
    after a call that the switch or the database did not take.
    """

    ring_s: float = 25.0
    doubt_s: float = 30.0
    quiet_s: float = 4.0
    again_s: float = 2.0


@dataclass(frozen=True, slots=True)
class KeyReply:
    """What follows a key that is committed: where the call is sent, its outcome, and the stage in which it
    goes on; None: it ends after the words. Who is taken out of a queue has talked, whatever `outcome` says.
    """

    words: str
    outcome: CallOutcome
    goes_on: Literal["queued", "talking"] | None = None
