"""Puts together what the switch does for talkgroups in the role `centre`: conferences, recording, patches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Request

from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.link import BrokerLink
from core.room import ServicePart
from core.storage import Storage
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.centre.networks.board import NetworkBoard
from radio_bridge.centre.networks.http import router as network_routes
from radio_bridge.settings import RadioSettings
from radio_bridge.switch.conference.ports import ConferenceRights, ConferenceSwitch, Desks
from radio_bridge.switch.conference.service import ConferenceService
from radio_bridge.switch.patches.groups import GroupPatches
from radio_bridge.switch.patches.http import router as patch_routes
from radio_bridge.switch.patches.notices import PatchNotices
from radio_bridge.switch.patches.ports import PatchedCalls, PatchedTalkgroups, PatchPorts, Tones
from radio_bridge.switch.patches.service import Patches
from radio_bridge.switch.recording.ports import RecordedTalkgroups, RecorderSwitch
from radio_bridge.switch.recording.service import Recorders


class ConferencingSwitch(ConferenceSwitch, RecorderSwitch, Protocol):
    """A switch that holds conferences and records them."""


class ConferenceRegister(ConferenceRights, RecordedTalkgroups, Protocol):
    """Who may hear which talkgroup, and which are recorded."""


@dataclass(frozen=True, slots=True)
class SwitchPorts:
    """`link` is the broker's, not started yet; `current_user` the signed-in person of a request."""

    storage: Storage
    bus: Bus
    link: BrokerLink
    switch: ConferencingSwitch
    tones: Tones
    calls: PatchedCalls
    desks: Desks
    rights: ConferenceRegister
    floor: DeskFloor
    talkgroups: PatchedTalkgroups
    audit: Audit
    current_user: Callable[[Request], Awaitable[Actor]]


@dataclass(frozen=True, slots=True)
class TalkgroupsOnSwitch:
    """The subjects by name. `patching` starts after the switch's messages about placed calls are followed."""

    conferences: ConferenceService
    recorders: Recorders
    patches: Patches
    patching: Sequence[ServicePart]
    routers: Sequence[APIRouter]


def compose(settings: RadioSettings, ports: SwitchPorts, *, tenant: str) -> TalkgroupsOnSwitch:
    """Each subject once, subscribed and ready."""
    conferences = ConferenceService(ports.switch, ports.link, ports.rights, ports.desks, tenant=tenant)
    notices = PatchNotices(conferences, ports.floor)
    patch_ports = PatchPorts(
        calls=ports.calls,
        tones=ports.tones,
        conferences=conferences,
        floor=ports.floor,
        talkgroups=ports.talkgroups,
        audit=ports.audit,
        bus=ports.bus,
        storage=ports.storage,
        current_user=ports.current_user,
        notices=notices,
        voice_hang_s=settings.voice_hang_s,
    )
    patches, group_patches = Patches(patch_ports), GroupPatches(patch_ports)
    return TalkgroupsOnSwitch(
        conferences=conferences,
        recorders=Recorders(settings.recording, ports.switch, conferences, ports.rights, ports.storage.clock),
        patches=patches,
        patching=(notices, patches, group_patches),
        routers=(
            patch_routes(patches, group_patches, ports.current_user),
            network_routes(NetworkBoard(ports.bus, ports.storage.clock), ports.current_user),
        ),
    )
