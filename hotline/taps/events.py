"""What the hotline tells of legs that nobody writes down."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PUBLIC, Delivery, Event

Speaker = Literal["citizen", "agent"]
ShedReason = Literal[
    "no_node",
    "no_capacity",
    "limit",
    "announce_failed",
    "switch_refused",
    "timeout",
    "displaced",
    "node_lost",
    "tap_ended",
    "paused",
]


class LegNotTranscribed(Event):
    """A leg is not transcribed; the call itself is untouched. The desk shows it and the form stays usable.

    `displaced`: a call that is worth more needed the place. `node_lost`: the speech node has gone.
    `tap_ended`: it has closed the tap, with all its words told. `paused` is never told here: who pauses the
    recording is told so by `cdr.recording_paused`.
    """

    TYPE: ClassVar[str] = "hotline.tap_shed"
    call_id: Annotated[UUID, PUBLIC]
    leg_id: Annotated[UUID, PUBLIC]
    speaker: Speaker
    reason: ShedReason


class LegUnheard(Event):
    """Nobody wrote down what this leg said between the two times. Written when that is over: the leg is heard
    again, or gone, or it is for another reason from then on. `gap_id` is the same for the same leg and
    beginning. `paused`: on purpose, while the recording was paused.
    """

    TYPE: ClassVar[str] = "hotline.leg_unheard"
    DELIVERY: ClassVar[Delivery] = "durable"
    gap_id: Annotated[UUID, PUBLIC]
    call_id: Annotated[UUID, PUBLIC]
    leg_id: Annotated[UUID, PUBLIC]
    speaker: Speaker
    reason: ShedReason
    began: datetime
    ended: datetime
