"""Call control's port to the switch: moves of legs, keys, and calls that are placed at most once."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from typing import Final, TypeVar

from gateway.ami.actions import (
    MUTED,
    Action,
    DeviceState,
    Getvar,
    HangupChannel,
    MuteLeg,
    Originate,
    PacketsReceived,
    PhoneContact,
    PlayDtmf,
    Redirect,
)
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, AmiError, NotReady, TooManyActions, UnsafeValue
from gateway.ami.settings import AmiSettings
from gateway.asterisk.settings import AsteriskSettings
from gateway.wiring.placing import PlacingPort, PlacingRefused
from hotline.control.errors import SwitchAway, SwitchInDoubt, SwitchRefused
from hotline.control.ports import DialplanPlace, PhoneState, PlacedCall, Settled
from hotline.control.settings import ControlSettings

CONTEXTS: Final = frozenset(
    {
        "control-away",
        "control-conference",
        "control-conference-staff",
        "control-consult",
        "control-consult-out",
        "control-held",
        "control-holder",
        "control-join",
        "control-parked",
        "control-patch",
        "control-patch-staff",
        "control-queue",
        "control-silent",
        "control-resume",
        "control-retrieve",
        "control-return",
        "control-spy",
        "control-taking",
        "control-transfer",
        "control-transfer-out",
        "desk",
        "outbound",
    }
)
"""Where call control may send a leg: the contexts of dialplan/control.conf, the desks, and the one
way to the outside.
"""
CALLER_ID: Final = "OUT_CALLER_ID"
USER: Final = "OUT_USER"
VARIABLES: Final = frozenset({MUTED, CALLER_ID, USER})

_STATES: Final[dict[str, PhoneState]] = {"UNAVAILABLE": "away", "INVALID": "away", "NOT_INUSE": "free"}
"""Everything else is busy, but for what the switch does not know: that is rung."""


def with_control(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that call control may use."""
    return settings.model_copy(
        update={"contexts": settings.contexts | CONTEXTS, "variables": settings.variables | VARIABLES}
    )


def control_settings(control: ControlSettings, asterisk: AsteriskSettings | None) -> ControlSettings:
    """Where the operator names no numbers for call control, those that the switch may show."""
    if control.caller_ids or asterisk is None:
        return control
    return control.model_copy(update={"caller_ids": asterisk.numbers_shown})


def way_out(asterisk: AsteriskSettings | None, number: str) -> bool:
    """Whether a trunk leads to this number. Of a switch that is not ours nobody knows: it is tried."""
    if asterisk is None:
        return True
    if number in asterisk.emergency.dialled:
        return bool(asterisk.emergency_trunks)
    return any(trunk.contact for trunk in asterisk.trunks)


class AmiControl:
    """Fills `hotline.control.ports.ControlSwitch`. `browsers` are the endpoints that live in a desk's
    page.
    """

    def __init__(
        self, client: AmiClient, *, technology: str = "PJSIP", browsers: Collection[str] = ()
    ) -> None:
        self._client = client
        self._technology = technology
        self._browsers = frozenset(browsers)
        self._placing = PlacingPort(client)

    async def move(
        self, channel: str, place: DialplanPlace, other: tuple[str, DialplanPlace] | None = None
    ) -> None:
        if other is None:
            await self._do(Redirect(channel, place.context, place.extension))
            return
        name, there = other
        await self._do(
            Redirect(
                channel, place.context, place.extension,
                other=name, other_context=there.context, other_extension=there.extension,
            )
        )  # fmt: skip

    async def mute(self, channel: str, *, muted: bool) -> None:
        await self._do(MuteLeg(channel, muted))

    async def muted(self, channel: str) -> bool:
        answer = await translated(self._client.perform(Getvar(MUTED, channel)))
        return answer.get("Value") == "yes"

    async def digit(self, channel: str, digit: str) -> None:
        await self._do(PlayDtmf(channel, digit))

    async def hang_up(self, channel: str) -> None:
        """A channel that is gone already is as good."""
        try:
            await self._do(HangupChannel(channel))
        except SwitchRefused:
            return

    async def phone(self, endpoint: str) -> PhoneState:
        answer = await translated(self._client.perform(DeviceState(f"{self._technology}/{endpoint}")))
        state = answer.get("Value")
        return "free" if state == "UNKNOWN" else _STATES.get(state, "busy")

    async def registered(self, endpoint: str) -> bool:
        answer = await translated(self._client.perform(PhoneContact(f"{self._technology}/{endpoint}")))
        return bool(answer.get("Value"))

    async def received(self, channel: str) -> int:
        answer = await translated(self._client.perform(PacketsReceived(channel)))
        value = answer.get("Value")
        if not value.isdecimal():
            raise SwitchRefused("the leg has no sound of its own")
        return int(value)

    async def ring(self, call: PlacedCall) -> None:
        action = Originate(
            call.phone,
            call.place.context,
            call.place.extension,
            caller_number=call.shown,
            timeout=call.ring_s,
            variables={
                name: value for name, value in ((CALLER_ID, call.caller_id), (USER, call.user)) if value
            },
        )
        try:
            placed = await self._placing.place(action, call.channel_id)
        except PlacingRefused as error:
            raise SwitchRefused(str(error)) from error
        if placed == "in_doubt":
            raise SwitchInDoubt

    async def settle(self, channel_id: str, within_s: float) -> Settled:
        settled = await self._placing.settle(channel_id, within_s=within_s)
        if settled == "never":
            return "not_placed"
        return "unknown" if settled == "unknown" else "placed"

    def answers_itself(self, endpoint: str) -> bool:
        return endpoint in self._browsers

    async def _do(self, action: Action) -> None:
        await translated(self._client.perform(action))


T = TypeVar("T")


async def translated(asked: Awaitable[T]) -> T:
    """The switch's answer. Raises `SwitchAway`, `SwitchRefused`, `SwitchInDoubt`."""
    try:
        return await asked
    except (NotReady, TooManyActions) as error:
        raise SwitchAway(error.detail, remedy="calls go on; try again when the link is back") from error
    except (ActionRefused, UnsafeValue) as error:
        raise SwitchRefused(error.detail) from error
    except AmiError as error:
        raise SwitchInDoubt(error.detail) from error
