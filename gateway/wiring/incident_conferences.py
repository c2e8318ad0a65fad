"""Fills the ports of incident conferences: rooms and calls by AMI, people's telephones, talkgroups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select

from cases.timeline.model import TimelineEntry, TimelineKind, TimelineSubject
from cdr.recordings.store import recordings
from core.actor import Actor
from core.errors import Conflict, NotFound, Unavailable
from core.storage import Storage
from field.contract.talkgroup import Talkgroup
from field.units.model import Unit
from gateway.ami.actions import (
    Action,
    ConferenceKick,
    ConferenceLock,
    ConferenceMute,
    DeviceState,
    GroupLeg,
    Originate,
    RecorderLeg,
)
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, AmiError
from gateway.ami.settings import AmiSettings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline import rights
from hotline.conferences import store
from hotline.conferences.model import SeenLeg, ledger_name
from hotline.conferences.ports import KnownPhone
from hotline.conferences.signals import leg_of
from hotline.outbound.conferences.policy import ConferenceCall
from hotline.outbound.ports import Placed
from hotline.ports import StaffPhone
from radio_bridge.switch.conference.model import ConferenceLeg, conference_of
from radio_bridge.switch.patches.errors import GroupPatched
from radio_bridge.switch.patches.rules import is_patched, may_have_a_line, may_patch

CONTEXT: Final = "incident-conference"
"""Where a member who has picked up comes into it: dialplan/conference.conf."""
GROUP_CONTEXTS: Final = ("incident-line", "incident-radio")
RECORDER_CONTEXTS: Final = ("incident-recorder", "incident-recorder-end")
AWAY: Final = frozenset({"UNAVAILABLE", "INVALID"})
SHOWN_NAME: Final = "会商 CONFERENCE"
SHOWN_NUMBER: Final = "0"
TELEPHONE: Final = "phone"
"""The network of a unit's telephone among its addresses."""

T = TypeVar("T")


def with_incident_conferences(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that conferences of cases use."""
    wider = allowing(settings, CONTEXT)
    return wider.model_copy(update={"contexts": wider.contexts | {*GROUP_CONTEXTS, *RECORDER_CONTEXTS}})


class AmiIncidentConferences:
    """Fills `hotline.conferences.ports.ConferenceBridge`."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    @property
    def up(self) -> bool:
        return self._client.up

    async def legs(self, room: str) -> Sequence[SeenLeg]:
        try:
            rows = await _known(self._client.list_action("ConfbridgeList", {"Conference": room}))
        except Conflict:
            return ()
        return [leg_of(row) for row in rows]

    async def mute(self, room: str, channel: str, *, muted: bool) -> None:
        await self._do(ConferenceMute(room, channel, muted))

    async def send_out(self, room: str, channel: str) -> None:
        await self._do(ConferenceKick(room, channel))

    async def lock(self, room: str, *, locked: bool) -> None:
        await self._do(ConferenceLock(room, locked))

    async def place_recorder(self, room: str, recorder: UUID) -> None:
        await self._do(RecorderLeg(room, RECORDER_CONTEXTS, str(recorder)))

    async def place_talkgroup(self, room: str, group: str, member_id: UUID) -> None:
        await self._do(GroupLeg(conference_of(group), room, GROUP_CONTEXTS, str(member_id)))

    async def _do(self, action: Action) -> None:
        await _known(self._client.perform(action))


class AmiConferenceCalls(AmiAutomatedCalls):
    """Fills `hotline.outbound.conferences.ports.ConferenceCallSwitch`."""

    def __init__(self, client: AmiClient, *, technology: str = "PJSIP", shown: str = "") -> None:
        super().__init__(client, CONTEXT, shown=shown)
        self._client = client
        self._technology = technology

    async def ring(self, call: ConferenceCall, *, ring_s: float) -> Placed:
        target = call.target
        if target.way == "outside":
            action = self.outside(target.phone, target.room, ring_s=ring_s, variables={})
            return await self.place(action, call.channel_id)
        phone = f"{self._technology}/{target.phone}"
        try:
            if (await self._client.perform(DeviceState(phone))).get("Value") in AWAY:
                return "unreachable"
        except AmiError:
            return "refused"
        action = Originate(
            phone, CONTEXT, target.room, caller_number=SHOWN_NUMBER, caller_name=SHOWN_NAME, timeout=ring_s
        )
        return await self.place(action, call.channel_id)


class UnitNames(Protocol):
    """The register of field units."""

    async def find(self, name: str) -> Unit:
        """Raises `core.errors.NotFound`."""
        ...


class ConferencePhones:
    """Fills `hotline.conferences.ports.ConferencePeople`."""

    def __init__(self, desks: Callable[[], Iterable[StaffPhone]], units: Callable[[], UnitNames]) -> None:
        self._desks = desks
        self._units = units

    def desk(self, user_id: str) -> KnownPhone | None:
        return next(
            (KnownPhone(one.name, one.endpoint) for one in self._desks() if one.agent_id == user_id), None
        )

    async def unit(self, unit_id: str) -> KnownPhone | None:
        try:
            unit = await self._units().find(unit_id)
        except NotFound:
            return None
        for address in unit.addresses:
            network, _, number = address.partition(":")
            if network == TELEPHONE:
                return KnownPhone(unit.unit_id, number)
        return None


class GroupsFound(Protocol):
    @property
    def group(self) -> Talkgroup:
        """The talkgroup as the register has it."""
        ...


class PatchableRegister(Protocol):
    async def find(self, tg_id: str) -> GroupsFound:
        """Raises `core.errors.NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class PatchableTalkgroups:
    """Fills `hotline.conferences.ports.ConferenceTalkgroups`: a conference is to a talkgroup what a telephone
    is that is put through, by the same rules. Both are made after the hotline.
    """

    register: Callable[[], PatchableRegister]
    legs: Callable[[str], Sequence[ConferenceLeg]]

    async def check(self, actor: Actor, group: str) -> str:
        found = (await self.register().find(group)).group
        may_patch(actor, found)
        may_have_a_line(found)
        if is_patched(self.legs(group)):
            raise GroupPatched(remedy="end the patch that it has")
        return found.name_zh or found.name_en or group


class ConferencesOfCase:
    """A case's conferences on its timeline: opened, who came and left, recorded, ended; each once, because
    each is one row or one column of it.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        if not rights.SEE_CONFERENCES.allows(actor):
            return ()
        async with self._storage.read() as connection:
            rows = await store.listed(connection, case_id=about.case_id)
            ids = [row.conference_id for row in rows]
            members = await store.members_of(connection, ids)
            acts = await store.acts_of(connection, ids)
            query = select(recordings.c.recording_id, recordings.c.talkgroup).where(
                recordings.c.talkgroup.in_([ledger_name(one) for one in ids])
            )
            sound = (await connection.execute(query)).all() if ids else []
        out = []
        for row in rows:
            heard = [one.recording_id for one in sound if one.talkgroup == ledger_name(row.conference_id)]
            out.append(_entry(row.opened_at, row.opened_by, "conference-opened"))
            for one in members[row.conference_id]:
                if one.joined_at is not None:
                    out.append(_entry(one.joined_at, one.added_by, "conference-joined", one.name))
                if one.left_at is not None:
                    out.append(_entry(one.left_at, one.added_by, "conference-left", one.name))
            out += [
                _entry(act.at, act.by, "conference-recorded", recordings=heard)
                for act in acts[row.conference_id]
                if act.act == "recorded"
            ]
            if row.ended_at is not None:
                out.append(_entry(row.ended_at, "", "conference-ended"))
        return out


def _entry(at: object, by: str, act: str, words: str = "", recordings: Sequence[UUID] = ()) -> TimelineEntry:
    return TimelineEntry.model_validate(
        {
            "kind": TimelineKind.CONFERENCE, "at": at, "by": by, "act": act, "words": words,
            "recordings": list(recordings),
        }
    )  # fmt: skip


async def _known(asked: Awaitable[T]) -> T:
    """`Conflict` when the switch says that there is no such leg or room, `Unavailable` in doubt."""
    try:
        return await asked
    except ActionRefused as error:
        raise Conflict(error.detail) from error
    except AmiError as error:
        raise Unavailable(error.detail, remedy="look at the roster, and try again") from error
