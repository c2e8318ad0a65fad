"""What other rooms may hear about people."""

from __future__ import annotations

from typing import Annotated, ClassVar

from core.events import PUBLIC, Delivery, Event


class UserChanged(Event):
    """A user was created, changed or switched off; sessions of a user who is off are gone."""

    TYPE: ClassVar[str] = "identity.user_changed"
    DELIVERY: ClassVar[Delivery] = "durable"

    user_id: Annotated[str, PUBLIC]
    active: Annotated[bool, PUBLIC]
