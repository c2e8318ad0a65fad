"""Calls to the outside: what may be dialled, by whom, how often, over which trunk; and the emergency routes.

The dialplan keeps these rules, so that a phone that dials by itself and a dead gateway are bound by them too.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from core.models import StrictSettings
from gateway.asterisk.safe_text import DialPattern, Digits, EndpointName, Hours, Number
from gateway.asterisk.trunks import AMinute, AtOnce

Destination = Literal["international", "service", "mobile", "local", "national"]
DESTINATIONS: tuple[Destination, ...] = ("international", "service", "mobile", "local", "national")
"""Kinds of number in the order in which a number is tried against them; "never" comes before all."""

CHINA: dict[Destination, tuple[str, ...]] = {
    "international": ("_00[1-9]XXXX!",),
    "service": (
        "_1XX",
        "_1XXXX",
        "_1XXXXX",
        "_95XXX",
        "_95XXXX!",
        "_96XXX",
        "_96XXXX",
        "_400XXXXXXX",
        "_800XXXXXXX",
    ),
    "mobile": ("_1[3-9]XXXXXXXXX",),
    "local": ("_[2-8]XXXXXX", "_[2-8]XXXXXXX"),
    "national": ("_0[1-9]XXXXXX!",),
}
CHINA_NEVER = (
    "_16XXXXXX",  # information services that charge by the minute (160, 168)
    "_179!",  # prefixes behind which any number may be dialled
    "_12593!",
    "_10131!",
    "_10193!",
    "_0087!",  # satellites
    "_0088!",
    "_00979!",  # international premium rate
)

ShortNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{3,6}$")]


class OutgoingLimits(StrictSettings):
    """What stops toll fraud. A number that fits no allowed kind is refused; `never` comes first. 0: no limit.

    A user is an endpoint; what the gateway dials without saying for whom is one user, `gateway`, bound by the
    totals alone. Outside `hours` only `outside_hours` may be dialled. Emergency calls are neither counted nor
    asked.
    """

    allowed: tuple[Destination, ...] = ("service", "mobile", "local", "national")
    never: tuple[DialPattern, ...] = CHINA_NEVER
    hours: Hours = "00:00-23:59"
    outside_hours: tuple[Destination, ...] = ()
    user_at_once: AtOnce = 3
    user_per_minute: AMinute = 10
    total_at_once: AtOnce = 60
    total_per_minute: AMinute = 120


class OutgoingRules(StrictSettings):
    """Numbers as they are dialled here, the order of the trunks, and the limits.

    `trunks` are tried in their order; `routes` gives a kind of number an order of its own. `caller_ids` are
    the numbers that may be shown, besides `caller_id` of the switch and of each queue.
    """

    country: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$")] = "86"
    area_code: Digits = ""
    trunks: tuple[EndpointName, ...] = ()
    routes: dict[Destination, tuple[EndpointName, ...]] = Field(default_factory=dict)
    caller_ids: tuple[Number, ...] = ()
    destinations: dict[Destination, tuple[DialPattern, ...]] = Field(default_factory=dict)
    ring_seconds: Annotated[int, Field(ge=10, le=180)] = 60
    limits: OutgoingLimits = OutgoingLimits()

    @field_validator("area_code")
    @classmethod
    def _without_trunk_prefix(cls, code: str) -> str:
        return code.removeprefix("0")

    def patterns(self, kind: Destination) -> tuple[str, ...]:
        """Dialplan patterns of one kind of number."""
        return self.destinations.get(kind, CHINA[kind])


class EmergencyNumbers(StrictSettings):
    """110, 119, 120, 122: the first working trunk, then every other; never a limit, never the gateway.

    `aliases` are what foreigners dial. `caller_id` is shown instead of the first number of the trunk. When
    every trunk fails, a citizen goes to the head of the queue, a phone of ours hears it.
    """

    numbers: tuple[ShortNumber, ...] = ("110", "119", "120", "122")
    aliases: dict[ShortNumber, ShortNumber] = Field(default_factory=lambda: {"112": "110", "911": "110"})
    trunks: tuple[EndpointName, ...] = ()
    caller_id: Number | None = None
    ring_seconds: Annotated[int, Field(ge=20, le=180)] = 60

    @model_validator(mode="after")
    def _aliases(self) -> Self:
        lost = sorted(set(self.aliases.values()) - set(self.numbers))
        if lost:
            raise ValueError(f"emergency aliases must lead to one of the numbers: {', '.join(lost)}")
        return self

    @property
    def dialled(self) -> dict[str, str]:
        """Everything that counts as an emergency number, with the number that is called."""
        return {number: number for number in self.numbers} | dict(self.aliases)
