"""Events of transmissions."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.events import Delivery, Event


class TransmissionEnded(Event):
    """A talk in a talkgroup is over: once for each, and `id` is the talk's.

    `party` is who talked as it was told on the air: a unit, somebody of the network, `dispatch`, `phone`, or
    `patch:…` for who talks in the talkgroup `came_from`. No person's name and no number is in it. `end_seen`
    is false when the role `radio` died in mid-talk: `ended_at` is then when the talk was last known of.
    """

    TYPE: ClassVar[str] = "radio_bridge.talkgroup_talked"
    DELIVERY: ClassVar[Delivery] = "durable"

    talkgroup: str
    party: str
    name: str = ""
    priority: int
    request_id: UUID | None = None
    emergency: bool = False
    came_from: str = ""
    began_at: datetime
    ended_at: datetime
    cause: str = ""
    end_seen: bool = True
