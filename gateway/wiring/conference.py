"""Talkgroups' conferences: their switch by AMI, and the desks' telephones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar
from uuid import UUID, uuid4

from core.actor import Actor
from core.clock import Clock
from core.errors import Conflict, Unavailable
from gateway.ami.actions import (
    Action,
    ConferenceKick,
    ConferenceMute,
    ConferenceTone,
    EndTap,
    Getvar,
    PatchLegs,
    RadioLeg,
    RecorderLeg,
    Redirect,
    Setvar,
    SoundTone,
)
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, AmiError
from gateway.ami.settings import AmiSettings
from hotline.control.answer import ControlParameters
from hotline.control.model import Verb
from hotline.ports import StaffPhone
from hotline.service import Hotline
from radio_bridge.floor.ports import Notice
from radio_bridge.switch.conference.ports import Member
from radio_bridge.switch.joining.leases import ListeningLeases
from radio_bridge.switch.patches.key import Tone
from radio_bridge.switch.patches.ports import Outcome

CONTEXT: Final = "talkgroup"
RADIO_CONTEXT: Final = "talkgroup-radio"
PATCH_CONTEXTS: Final = ("talkgroup-patch-one", "talkgroup-patch-two")
RECORDER_CONTEXTS: Final = ("talkgroup-recorder", "talkgroup-recorder-end")
TONES: Final = "talkgroup-tones"
NOTICE_CONTEXT: Final = "talkgroup-notice"
KEYING: Final = "TG_KEYING"
VOICE: Final = "voice"
"""A telephone's leg that talks by voice is marked with it."""
NOT_THERE: Final = ": No "
"""So app_confbridge begins what it says of a conference or a channel that does not exist."""
PARTY: Final = "TG_PARTY"
"""Who a leg is: dialplan/talkgroup.conf."""

T = TypeVar("T")


def with_conferences(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that talkgroups' conferences use."""
    return settings.model_copy(
        update={
            "contexts": settings.contexts
            | {CONTEXT, RADIO_CONTEXT, TONES, NOTICE_CONTEXT, *PATCH_CONTEXTS, *RECORDER_CONTEXTS},
            "variables": settings.variables | {PARTY, KEYING},
        }
    )


class AmiConferences:
    """Fills `radio_bridge.switch.conference.ports.ConferenceSwitch` and
    `radio_bridge.switch.recording.ports.RecorderSwitch`.
    """

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    @property
    def up(self) -> bool:
        return self._client.up

    async def mute(self, conference: str, channel: str, *, muted: bool) -> bool:
        try:
            await self._do(ConferenceMute(conference, channel, muted))
        except Conflict:
            return False
        return True

    async def members(self, conference: str) -> Sequence[Member]:
        try:
            rows = await _known(self._client.list_action("ConfbridgeList", {"Conference": conference}))
        except Conflict:
            return ()
        return [Member(row.get("Channel"), row.get("Muted") == "Yes") for row in rows]

    async def party_of(self, channel: str) -> str:
        return await self._variable(PARTY, channel)

    async def talks_by_voice(self, channel: str) -> bool:
        return await self._variable(KEYING, channel) == VOICE

    async def mark_voice(self, channel: str) -> None:
        await self._do(Setvar(KEYING, VOICE, channel))

    async def _variable(self, name: str, channel: str) -> str:
        try:
            answer = await _known(self._client.perform(Getvar(name, channel)))
        except Conflict:
            return ""
        return answer.get("Value")

    async def admit(self, channel: str, conference: str, party: str) -> None:
        await self._do(Setvar(PARTY, party, channel))
        await self._do(Redirect(channel, CONTEXT, conference))

    async def send_out(self, conference: str, channel: str) -> None:
        try:
            await self._do(ConferenceKick(conference, channel))
        except Conflict as error:
            # It has left, or the conference has closed, in the same moment: it is out.
            if NOT_THERE not in (error.detail or ""):
                raise

    async def place_radio_leg(self, host: str, port: int, leg: UUID, conference: str) -> None:
        await self._do(RadioLeg(f"{host}:{port}", str(leg), RADIO_CONTEXT, conference))

    async def join(self, one: str, two: str, conferences: tuple[str, str]) -> None:
        await self._do(PatchLegs(one, two, conferences, PATCH_CONTEXTS, str(uuid4())))

    async def tell(self, conference: str, notice: Notice) -> None:
        await self._do(ConferenceTone(conference, NOTICE_CONTEXT, TONES, notice, str(uuid4())))

    async def place_recorder(self, conference: str) -> None:
        await self._do(RecorderLeg(conference, RECORDER_CONTEXTS, str(uuid4())))

    async def end_radio_leg(self, leg: UUID) -> None:
        try:
            await self._do(EndTap(str(leg)))
        except Conflict:
            return

    async def _do(self, action: Action) -> None:
        await _known(self._client.perform(action))


class AmiTones:
    """Fills `radio_bridge.switch.patches.ports.Tones`."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def sound(self, channel: str, tone: Tone) -> None:
        await _known(self._client.perform(SoundTone(channel, TONES, tone, str(uuid4()))))


class CallsOfHotline:
    """Fills `radio_bridge.switch.patches.ports.PatchedCalls`: call control moves the legs."""

    def __init__(self, hotline: Callable[[], Hotline]) -> None:
        self._hotline = hotline

    async def put_through(self, actor: Actor, call_id: UUID, conference: str, op_id: UUID) -> Outcome:
        return await self._act(actor, call_id, Verb.PATCH, op_id, ControlParameters(conference=conference))

    async def take_back(self, actor: Actor, call_id: UUID, op_id: UUID) -> Outcome:
        return await self._act(actor, call_id, Verb.UNPATCH, op_id, ControlParameters())

    def call_of(self, leg: str) -> UUID | None:
        call = self._hotline().calls.call_of.get(leg)
        return None if call is None else call.id

    def agents_on(self, call_id: UUID) -> tuple[str, ...]:
        return tuple(self._hotline().board.agents_on(call_id))

    async def _act(
        self, actor: Actor, call_id: UUID, verb: Verb, op_id: UUID, wish: ControlParameters
    ) -> Outcome:
        acted = await self._hotline().control.act(actor, call_id, verb, op_id, wish)
        return "done" if acted.outcome == "done" else "uncertain"


class DesksOf:
    """Fills `radio_bridge.switch.conference.ports.Desks` out of the phone book and the leases of pages."""

    def __init__(
        self, desks: Callable[[], Iterable[StaffPhone]], leases: ListeningLeases, clock: Clock
    ) -> None:
        self._desks = desks
        self._leases = leases
        self._clock = clock

    def endpoint_of(self, user_id: str) -> str | None:
        return next((desk.endpoint for desk in self._desks() if desk.agent_id == user_id), None)

    def listens(self, user_id: str, group: str) -> bool:
        return self._leases.holds(user_id, group, self._clock.monotonic())


async def _known(asked: Awaitable[T]) -> T:
    """`Conflict` when the switch says that there is no such leg or conference, `Unavailable` in doubt."""
    try:
        return await asked
    except ActionRefused as error:
        raise Conflict(error.detail) from error
    except AmiError as error:
        raise Unavailable(error.detail, remedy="it is checked again in a second") from error
