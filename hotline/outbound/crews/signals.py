"""What can happen to calls to crews, and what follows from it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hotline.outbound import signals as placed
from hotline.outbound.crews.model import Call, Wanted

Words = Literal["accepted", "declined", "gone", "lost", "connect"]
"""Where a call is sent: his word is in; the job is not his any more; it could not be kept; to the citizen."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Time has passed; `wanted` are all telephones that are to ring or may be ringing."""

    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """Calls that an earlier run placed on this switch and did not see the end of."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """It, or one to the same telephone, is in the database already: nothing was sent. `again`: it is another
    one, so this one may be tried later.
    """

    channel_id: str
    again: bool


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key; told each second until something comes of it."""

    channel_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was pressed is committed (`done`), or did not count any more (`gone`)."""

    channel_id: str
    how: Literal["done", "gone"]


Signal = placed.Signal | Looked | Restored | Taken | Pressed | Written


@dataclass(frozen=True, slots=True)
class Ring:
    """Write the call down, then place it. Comes once for each id."""

    call: Call


@dataclass(frozen=True, slots=True)
class Keep:
    """The call as it is now is a fact: write it down and tell it."""

    call: Call


@dataclass(frozen=True, slots=True)
class HangUp:
    call: Call


@dataclass(frozen=True, slots=True)
class Say:
    call: Call
    words: Words


@dataclass(frozen=True, slots=True)
class Write:
    """What was pressed: commit it."""

    call: Call


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of it; never place it again."""

    call: Call


Effect = Ring | Keep | HangUp | Say | Write | Settle
