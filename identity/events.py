"""Events about users for other rooms."""

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
    """A password guessing attack. `failures` were compared and wrong, `refused` met a limit; `names` counts
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


class RightsAlarm(Event):
    """An alarm on rights that another person has to review. `kind` is `waiting` (a request for a second
    person), `alone` (an act was done without one), `overdue` (the time for that is over), `objected` (the
    second person has objected), `break-glass` (the sealed account was opened), or `number-search` (somebody
    has searched for more numbers than he may). `who` did it; `act` and `number` are the request's; `until` is
    when the second person is due, or when the account's session ends. `over`: the account is closed;
    `taken_by` looks after it; `ended`: nothing is left to do. `asked` is the user who is to look after it.
    """

    TYPE: ClassVar[str] = "identity.rights_alarm"

    alarm_id: str
    kind: str
    began_at: datetime
    until: datetime | None = None
    who: Annotated[str, PERSONAL]
    act: str = ""
    number: int = 0
    objected_by: str = ""
    remark: Annotated[str, PERSONAL] = ""
    over: bool = False
    taken_by: str = ""
    ended: bool = False
    asked: str = ""
