"""The base of actions, and the harmless ones that may be sent by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from gateway.ami import values
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan

Headers = list[tuple[str, str]]


class Action(Protocol):
    """`rings` is true where a phone may ring: such an action is never sent twice."""

    @property
    def name(self) -> str:
        """The value of the header `Action`."""
        ...

    @property
    def rings(self) -> bool:
        """Whether a phone may ring: it is not sent again when its answer is missing."""
        ...

    def headers(self, dialplan: Dialplan) -> Headers:
        """The checked headers. Raises `UnsafeValue`."""
        ...


UNTYPED = frozenset(
    {
        "BridgeList",
        "ConfbridgeList",
        "CoreSettings",
        "CoreShowChannels",
        "CoreStatus",
        "DeviceStateList",
        "ListCommands",
        "PJSIPShowContacts",
        "PJSIPShowEndpoints",
        "Ping",
        "QueueAdd",
        "QueuePause",
        "QueueRemove",
        "QueueStatus",
        "QueueSummary",
        "Status",
    }
)
"""Actions that may be sent by name and headers: none takes a pattern, a variable or an application."""


@dataclass(frozen=True, slots=True)
class UntypedAction:
    """An action by its name, for the harmless ones in `UNTYPED`."""

    rings: ClassVar[bool] = False
    name: str
    given: Mapping[str, str] = field(default_factory=dict)

    def headers(self, dialplan: Dialplan) -> Headers:
        if self.name not in UNTYPED:
            raise UnsafeValue("this action has its own class or is not allowed")
        checks: dict[str, Callable[[str], str]] = {
            "channel": values.channel,
            "conference": values.extension,
            "interface": dialplan.phone,
            "queue": values.queue,
            "stateinterface": values.member,
        }
        if any(header.lower() in {"variables", "allvariables"} for header in self.given):
            raise UnsafeValue("variables are read by Getvar only")
        return [(name, checks.get(name.lower(), values.text)(value)) for name, value in self.given.items()]
