"""Which verb is allowed when: pure. A seat is what one desk does in one call, derived from the call's
legs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from hotline.calls.model import Call, Leg


class Verb(StrEnum):
    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    TRANSFER = "transfer"
    CONSULT = "consult"
    COMPLETE = "complete"
    ABORT = "abort"
    CONFERENCE = "conference"
    PARK = "park"
    RETRIEVE = "retrieve"
    REDIRECT = "redirect"
    SILENT = "silent"
    DIGITS = "digits"
    HANGUP = "hangup"
    ANSWER = "answer"
    CALL = "call"
    MONITOR = "monitor"
    WHISPER = "whisper"
    BARGE = "barge"
    INTERCEPT = "intercept"
    HELP = "help"
    HELP_ACCEPT = "help-accept"
    PATCH = "patch"
    UNPATCH = "unpatch"


RINGING: Final = frozenset(
    {
        Verb.TRANSFER,
        Verb.CONSULT,
        Verb.RETRIEVE,
        Verb.CALL,
        Verb.MONITOR,
        Verb.WHISPER,
        Verb.BARGE,
        Verb.INTERCEPT,
    }
)
"""Verbs by which a telephone may ring: written down before they are carried out."""

SUPERVISION: Final = frozenset({Verb.MONITOR, Verb.WHISPER, Verb.BARGE})
MODES: Final[Mapping[Verb, str]] = {Verb.MONITOR: "listen", Verb.WHISPER: "whisper", Verb.BARGE: "listen"}
"""How a supervisor's telephone begins to hear: who barges in hears first, and joins as soon as he is
there.
"""
PATCHING: Final = frozenset({Verb.PATCH, Verb.UNPATCH})
"""Who may is decided by the talkgroup's rights, before it is asked here: a dispatcher may, too."""
SPIES: Final = frozenset(MODES.values())

Doing = Literal[
    "ringing",
    "alone",
    "talking",
    "holding",
    "asking",
    "consulting",
    "asked",
    "conference",
    "spying",
    "patched",
]
"""`asking`: a colleague's phone rings for him. `asked`: he is the colleague. `alone`: his leg is with
nobody. `patched`: he is with the citizen in the conference of a talkgroup.
"""


@dataclass(frozen=True, slots=True)
class CallDesk:
    """One desk in a call. `far` is whom it is bridged with, `held` whom it holds, `asked` whom it
    consults.
    """

    leg: Leg
    doing: Doing
    far: Leg | None = None
    held: Leg | None = None
    asked: Leg | None = None

    @property
    def citizen(self) -> Leg | None:
        """The leg that a verb moves on this desk's behalf."""
        return self.held or self.far


def seat_of(call: Call, endpoint: str) -> CallDesk | None:
    """What the desk does in the call; None when none of its legs is there. The leg that speaks counts
    first.
    """
    legs = [leg for leg in call.of_role("agent") if leg.endpoint == endpoint]
    if not legs:
        return None
    best = max(legs, key=lambda leg: (leg.up, bool(leg.bridge), call.held_by(leg) is not None, leg.began))
    return _seat(call, best)


def _seat(call: Call, leg: Leg) -> CallDesk:  # noqa: PLR0911  # one line for each thing that a desk can do
    if not leg.up:
        return CallDesk(leg, "ringing")
    if leg.place in SPIES:
        return CallDesk(leg, "spying")
    others = call.with_(leg)
    far = _far(others)
    held = call.held_by(leg)
    if held is not None:
        if far is not None:
            return CallDesk(leg, "consulting", far, held, far)
        if leg.place == "consult":
            rung = next((one for one in call.legs.values() if one.dialled and not one.up), None)
            return CallDesk(leg, "asking", None, held, rung)
        return CallDesk(leg, "holding", None, held)
    if far is None:
        return CallDesk(leg, "alone")
    if leg.place == "patch":
        return CallDesk(leg, "patched", far)
    if call.held_by(far) is not None:
        return CallDesk(leg, "asked", far)
    return CallDesk(leg, "conference" if len(others) > 1 else "talking", far)


def _far(others: list[Leg]) -> Leg | None:
    """The citizen before anybody else."""
    return min(others, key=lambda leg: leg.role == "agent", default=None)


def main_seat(call: Call) -> CallDesk | None:
    """The seat that a supervisor acts on: of the agent whom the citizen is with, or who holds him."""
    order: tuple[Doing, ...] = (
        "talking",
        "holding",
        "consulting",
        "asking",
        "conference",
        "patched",
        "ringing",
        "alone",
    )
    registry = [_seat(call, leg) for leg in call.of_role("agent")]
    known = [seat for seat in registry if seat.doing in order]
    return min(known, key=lambda seat: order.index(seat.doing), default=None)


def parked(call: Call) -> Leg | None:
    """The leg that waits without an agent; None when none does."""
    return next((leg for leg in call.legs.values() if leg.place == "parked"), None)


WITH_CITIZEN: Final[frozenset[Doing]] = frozenset({"talking", "holding"})
SPEAKING: Final[frozenset[Doing]] = frozenset({"talking", "consulting", "conference", "asked"})
PRESENT: Final[frozenset[Doing]] = SPEAKING | {"holding", "asking", "alone", "patched"}

ALLOWED: Final[Mapping[Verb, frozenset[Doing]]] = {
    Verb.HOLD: frozenset({"talking"}),
    Verb.RESUME: frozenset({"holding"}),
    Verb.MUTE: PRESENT,
    Verb.UNMUTE: PRESENT,
    Verb.TRANSFER: WITH_CITIZEN,
    Verb.CONSULT: WITH_CITIZEN,
    Verb.COMPLETE: frozenset({"consulting"}),
    Verb.ABORT: frozenset({"consulting", "asking"}),
    Verb.CONFERENCE: frozenset({"consulting"}),
    Verb.PARK: WITH_CITIZEN,
    Verb.REDIRECT: WITH_CITIZEN,
    Verb.SILENT: WITH_CITIZEN,
    Verb.DIGITS: SPEAKING,
    Verb.HANGUP: PRESENT | {"ringing", "spying"},
    Verb.ANSWER: frozenset({"ringing"}),
    Verb.MONITOR: PRESENT,
    Verb.WHISPER: PRESENT,
    Verb.BARGE: frozenset({"talking"}),
    Verb.INTERCEPT: WITH_CITIZEN,
    Verb.HELP: PRESENT,
    Verb.PATCH: WITH_CITIZEN,
    Verb.UNPATCH: frozenset({"patched"}),
}
"""What the desk must be doing for the verb. RETRIEVE needs a parked call, CALL none, HELP_ACCEPT a call
for help.
"""


def allowed(verb: Verb, seat: CallDesk | None) -> bool:
    """Whether an agent may do this in what he does now."""
    return seat is not None and seat.doing in ALLOWED.get(verb, frozenset())
