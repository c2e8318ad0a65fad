"""What other rooms may hear about people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from core.events import PERSONAL, PUBLIC, Delivery, Event


class UserChanged(Event):
    """A user was created, changed or switched off; sessions of a user who is off are gone."""

    TYPE: ClassVar[str] = "identity.user_changed"
    DELIVERY: ClassVar[Delivery] = "durable"

    user_id: Annotated[str, PUBLIC]
    active: Annotated[bool, PUBLIC]


class SignInAttack(Event):
    """Somebody guesses passwords. `failures` were compared and wrong, `refused` met a limit; `names` counts
    the names that were tried; `code`: somebody with a right password guesses the code that follows it.
    `asked` is the user who is to look after it (empty: whoever sees it), `acknowledged_by` the name of who
    does.
    """

    TYPE: ClassVar[str] = "identity.sign_in_attack"

    attack_id: UUID
    began_at: datetime
    last_at: datetime
    failures: int
    refused: int
    names: int
    code: bool
    over: bool
    addresses: Annotated[tuple[str, ...], PERSONAL]
    asked: str = ""
    acknowledged_by: str = ""
