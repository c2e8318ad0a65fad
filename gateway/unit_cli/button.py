"""A terminal's button: what is to be said, and whether the microphone is open. Pure; moments are monotonic
seconds.

The microphone opens at the grant of this press and at nothing else. It closes at once when the button is let
go, when the floor is taken away, when the time is up, and when nobody answers any more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

from radio_bridge.floor.messages import GrantMessage

ANSWER_S: Final = 2.5
"""A press that nobody answers for so long is over."""
ASK_AGAIN_S: Final = 2.0
"""How often a press that waits is said again: a role that was started anew knows nothing of it."""
WAIT_SILENT_S: Final = 6.0
REMEMBERED: Final = 16
"""Presses that were let go: a grant that comes late for one of them is given back."""

Kind = Literal["granted", "queued", "denied", "revoked", "released", "silent"]


@dataclass(frozen=True, slots=True)
class PttMessage:
    """A message on `up/ptt`: `request` is its `msg_id`, or what a release is `of`."""

    action: Literal["request", "release", "talking"]
    request: UUID
    emergency: bool = False
    token: str = ""


@dataclass(frozen=True, slots=True)
class ButtonState:
    """What the crew is told of its press. `silent`: nobody answers."""

    kind: Kind
    cause: str = ""
    limit_s: float | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class _Press:
    request: UUID
    emergency: bool
    asked: float
    """When it was said last."""
    answered: float
    waits: bool = False
    token: str = ""
    until: float = 0.0
    alive_every_s: float = 0.0
    dead_key_s: float = 0.0
    alive: float = 0.0
    """When the next sign of life is due."""


@dataclass(frozen=True, slots=True)
class ButtonStep:
    """What one thing that happened makes the terminal do."""

    say: tuple[PttMessage, ...] = ()
    told: ButtonState | None = None


NOTHING: Final = ButtonStep()


class Button:
    """One press at a time, in one talkgroup."""

    def __init__(self) -> None:
        self._press: _Press | None = None
        self._let_go: deque[UUID] = deque(maxlen=REMEMBERED)

    @property
    def pressed(self) -> bool:
        return self._press is not None

    @property
    def on_air(self) -> bool:
        """Whether the microphone is open."""
        return self._press is not None and bool(self._press.token)

    def press(self, request: UUID, at: float, *, emergency: bool = False) -> ButtonStep:
        """`request` is new for each press. While it is pressed already, nothing happens."""
        if self._press is not None:
            return NOTHING
        self._press = _Press(request, emergency, at, at)
        return ButtonStep((PttMessage("request", request, emergency),))

    def let_go(self) -> ButtonStep:
        press = self._press
        return NOTHING if press is None else self._end(press, None)

    def abandoned(self) -> ButtonStep:
        """Floor control is away: a talker goes off the air at once; a waiting one may request again."""
        press = self._press
        return self._end(press, ButtonState("silent")) if press is not None and press.token else NOTHING

    def hear(self, grant: GrantMessage, at: float) -> ButtonStep:
        """The centre's word. What is about another terminal's press changes nothing here."""
        press = self._press
        if press is None or not _is_about(grant, press):
            late = grant.result == "granted" and grant.of is not None and grant.of in self._let_go
            return (
                ButtonStep((PttMessage("release", grant.of),)) if late and grant.of is not None else NOTHING
            )
        match grant.result:
            case "granted":
                return self._granted(press, grant, at)
            case "queued":
                self._press = replace(press, waits=True, answered=at)
                return ButtonStep(told=ButtonState("queued", position=grant.position))
            case _:
                self._press = None
                return ButtonStep(told=ButtonState(grant.result, grant.cause.value))

    def tick(self, at: float) -> ButtonStep:
        """What is due by now."""
        press = self._press
        if press is None:
            return NOTHING
        if press.token:
            return self._tick_on_air(press, at)
        if at >= press.answered + (WAIT_SILENT_S if press.waits else ANSWER_S):
            return self._end(press, ButtonState("silent"))
        if press.waits and at >= press.asked + ASK_AGAIN_S:
            self._press = replace(press, asked=at)
            return ButtonStep((PttMessage("request", press.request, press.emergency),))
        return NOTHING

    def due(self) -> float | None:
        """When `tick` has something to do."""
        press = self._press
        if press is None:
            return None
        if press.token:
            return min(press.alive, press.until, press.answered + press.dead_key_s)
        if press.waits:
            return min(press.asked + ASK_AGAIN_S, press.answered + WAIT_SILENT_S)
        return press.answered + ANSWER_S

    def _granted(self, press: _Press, grant: GrantMessage, at: float) -> ButtonStep:
        if not grant.token or not grant.limit_s or not grant.alive_every_s or not grant.dead_key_s:
            # Against the contract: with no end to it, it is not taken.
            return self._end(press, ButtonState("denied"))
        self._press = replace(
            press,
            waits=False,
            answered=at,
            token=grant.token,
            until=at + grant.limit_s,
            alive_every_s=grant.alive_every_s,
            dead_key_s=grant.dead_key_s,
            alive=press.alive or at + grant.alive_every_s,
        )
        return NOTHING if press.token else ButtonStep(told=ButtonState("granted", limit_s=grant.limit_s))

    def _tick_on_air(self, press: _Press, at: float) -> ButtonStep:
        if at >= press.until:
            return self._end(press, ButtonState("revoked", "time_out"))
        if at >= press.answered + press.dead_key_s:
            return self._end(press, ButtonState("silent"))
        if at < press.alive:
            return NOTHING
        self._press = replace(press, alive=at + press.alive_every_s)
        return ButtonStep((PttMessage("talking", press.request, token=press.token),))

    def _end(self, press: _Press, told: ButtonState | None) -> ButtonStep:
        self._press = None
        self._let_go.append(press.request)
        return ButtonStep((PttMessage("release", press.request),), told)


def _is_about(grant: GrantMessage, press: _Press) -> bool:
    if grant.of is not None:
        return grant.of == press.request
    return bool(press.token) and grant.token == press.token
