"""Calls for help: an agent raises one in a call, a supervisor accepts it. They end with the call."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from hotline.control.answer import Acted
from hotline.control.model import Verb
from hotline.control.store import StoredOperation
from hotline.events import HelpChanged, HelpView


class Helps:
    """`by_call` are those of live calls; who asked and who came is kept for good by `hotline.call_acted`."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self.by_call: dict[UUID, HelpView] = {}
        self._bus = bus
        self._clock = clock

    def may_accept(self, call_id: UUID, supervisor_id: str) -> bool:
        """False when nobody asks for help there, or somebody else has accepted."""
        asked = self.by_call.get(call_id)
        return asked is not None and asked.accepted_by in {None, supervisor_id}

    def acted(self, acted: Acted, actor_id: str) -> None:
        """Somebody asks for help or comes; other verbs change nothing."""
        help_ = after(self.by_call.get(acted.call_id), acted, actor_id)
        if help_ is not None and help_ is not self.by_call.get(acted.call_id):
            self.by_call[acted.call_id] = help_
            self._bus.publish(HelpChanged(at=self._clock.now(), call_id=acted.call_id, help=help_))

    def restore(self, call_id: UUID, help_: HelpView) -> bool:
        """One that an earlier run of this process was asked for; it was told then. False: there is one."""
        return self.by_call.setdefault(call_id, help_) is help_

    def ended(self, call_id: UUID) -> None:
        """The call is over: nobody needs help in it."""
        self.by_call.pop(call_id, None)


def after(help_: HelpView | None, acted: Acted, actor_id: str) -> HelpView | None:
    """The call for help after this act: who asked first, and who came first."""
    if acted.verb is Verb.HELP and help_ is None:
        return HelpView(asked_by=actor_id, asked_at=acted.at)
    if acted.verb is Verb.HELP_ACCEPT and help_ is not None and help_.accepted_by is None:
        return help_.model_copy(update={"accepted_by": actor_id, "accepted_at": acted.at})
    return help_


def written_down(operations: Iterable[StoredOperation]) -> dict[UUID, HelpView]:
    """The calls for help, by call, that these operations left behind."""
    found: dict[UUID, HelpView] = {}
    acts = [(Acted.model_validate(operation.answer), operation.actor_id) for operation in operations]
    for acted, who in sorted(acts, key=lambda act: (act[0].at, act[0].verb is Verb.HELP_ACCEPT)):
        help_ = after(found.get(acted.call_id), acted, who)
        if help_ is not None:
            found[acted.call_id] = help_
    return found
