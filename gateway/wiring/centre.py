"""The role `centre`: hotline, dialogue, cases, ledger, people, the web, and the order in which they start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.requests import HTTPConnection

import cases.room
import cdr.room
import field.centre.room
import hotline.room
import identity.room
from cases import desk as cases_desk
from cases.dispatch.whereabouts import CaseLookup
from cases.events import DispatchQueued, DispatchRecalled, DispatchShared
from cases.life.acceptance import AcceptedCalls
from cases.life.callers import case_status, open_cases
from cases.life.numbers import is_code
from cases.ports import CasesPorts
from cdr.ports import CdrPorts
from cdr.service import ERASE_CALL
from core.actor import Actor
from core.clock import SystemClock
from core.errors import SonghuaError
from core.events import Event
from core.listening import Addresses
from core.room import Health, ServicePart
from field.centre import desk as units_desk
from field.events import (
    DeliveryChanged,
    DispatchOverdue,
    EmergencyChanged,
    JobSent,
    TalkgroupChanged,
    TextChanged,
    UnitChanged,
    UnitPretended,
    UnitReported,
    UnitsMoved,
    UnitUnreachable,
)
from field.photos.ports import PhotoPorts
from field.ports import CentrePorts
from gateway.ami.client import AmiClient
from gateway.app import Process
from gateway.bus import LocalBus
from gateway.descriptors import Descriptors
from gateway.mqtt.consumer import EventConsumer
from gateway.mqtt.speech import SpeechCentreLink
from gateway.settings import Settings
from gateway.smtp.client import SmtpMailer
from gateway.web import phone
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from gateway.web.insiders import InternalReaders
from gateway.web.live import http as live_http
from gateway.web.live.audience import Audience
from gateway.web.live.crowd import ConnectedPeople
from gateway.web.live.hub import Hub
from gateway.web.live.pages import Pages
from gateway.web.live.sessions import OpenSessions, SessionHolder
from gateway.web.metrics_server import secret_of
from gateway.web.peer import address_of
from gateway.web.server import WebServer
from gateway.wiring import cdr as ledger
from gateway.wiring import photos, privacy
from gateway.wiring.alarms import AmiAlarmSwitch, PeopleOfIdentity, UnansweredEmergencies, with_alarms
from gateway.wiring.answers import CallerTap
from gateway.wiring.backfill import BackfillSpeech
from gateway.wiring.callbacks import AmiDialler, LedgerOfUnseen
from gateway.wiring.case_documents import DocumentsOfCases
from gateway.wiring.case_places import PlacesOfCases
from gateway.wiring.case_timeline import timeline_sources
from gateway.wiring.cases import CallKnowledge
from gateway.wiring.classifiers import classifiers
from gateway.wiring.conference import AmiConferences, AmiTones, CallsOfHotline, DesksOf, with_conferences
from gateway.wiring.control import AmiControl, control_settings, way_out, with_control
from gateway.wiring.crews import AmiCrewSwitch, JobsByTelephone, with_crews
from gateway.wiring.desk_floor import DeskFloorPart
from gateway.wiring.files import FilesPart
from gateway.wiring.hotline import AmiSwitch, Announcer, Feed, History, Phones
from gateway.wiring.ivr import DialoguePart, QueuePositions, dialogue
from gateway.wiring.ivr_changes import flow_changes
from gateway.wiring.joining import JoiningGate
from gateway.wiring.link import LinkPart, Neighbours, Relays, role_link
from gateway.wiring.phone_passwords import session_passwords
from gateway.wiring.placing import PlacedFeed
from gateway.wiring.radio_calls import AmiRadioCalls
from gateway.wiring.rights import TABLE, operations_of_tokens
from gateway.wiring.scope_filter import ScopeFilter
from gateway.wiring.seals import seals
from gateway.wiring.settings_changes import SettingsChanges
from gateway.wiring.sip_guard import sip_guard
from gateway.wiring.storage import StoragePart, open_storage
from gateway.wiring.trunks import Trunks
from gateway.wiring.web import DeskSnapshot, PhoneAccounts
from hotline import desk
from hotline.outbound.alarms.duty import DutyRoster
from hotline.outbound.alarms.ports import AlarmPorts
from hotline.outbound.callbacks.switch import EVENTS as CALLBACK_EVENTS
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.purposes import OutboundPorts
from hotline.outbound.switch import EVENTS as CALL_EVENTS
from hotline.ports import HotlinePorts
from identity.events import UserChanged
from identity.ports import IdentityPorts
from ivr.ports import IvrPorts
from ivr.reporting import FlowEventWriter
from radio_bridge.centre.networks.board import NetworkBoard
from radio_bridge.centre.networks.http import router as network_routes
from radio_bridge.events import NetworkChanged, RadioCallWanted
from radio_bridge.switch.conference.service import ConferenceService
from radio_bridge.switch.conference.signals import EVENTS as CONFERENCE_EVENTS
from radio_bridge.switch.patches.groups import GroupPatches
from radio_bridge.switch.patches.http import router as patch_routes
from radio_bridge.switch.patches.notices import PatchNotices
from radio_bridge.switch.patches.ports import PatchPorts
from radio_bridge.switch.patches.service import EVENTS as PATCH_EVENTS
from radio_bridge.switch.patches.service import Patches
from radio_bridge.switch.radio_calls.service import RadioCalls
from radio_bridge.switch.recording.service import Recorders
from radio_bridge.transmissions.events import TransmissionEnded
from speech.events import TapRefused, TranscriptEnded, TranscriptSegment

SHARED = (DispatchQueued, DispatchRecalled, DispatchShared, TextChanged, EmergencyChanged, TalkgroupChanged)
"""Durable events that the role `radio` takes."""


class NotConfigured(SonghuaError):
    kind = "not-configured"
    title = "The settings do not say where Asterisk is"


class Centre:
    """Makes every part once; `parts` is the order of the start."""

    def __init__(self, settings: Settings) -> None:  # one line a part
        if settings.ami is None or settings.asterisk is None:
            raise NotConfigured("[ami] or [asterisk] is missing", remedy="see songhua config example")
        self.settings = settings
        self.storage = open_storage(settings, "centre", SHARED)
        self.bus = LocalBus()
        self.link = role_link(settings, "centre")
        self.consumer = EventConsumer(
            self.link, self.storage, deliver=self.bus.deliver, show=self.bus.publish
        )
        self.consumer.take(
            "radio",
            (
                UnitReported, JobSent, UnitUnreachable, UnitChanged, TextChanged, EmergencyChanged,
                UnitsMoved, UnitPretended, NetworkChanged, DeliveryChanged, DispatchOverdue,
                RadioCallWanted, TransmissionEnded,
            ),
        )  # fmt: skip
        self.speech = SpeechCentreLink(
            self.link, deliver=self.bus.deliver, show=self.bus.publish, admit=self._admit_words
        )
        self.neighbours = Neighbours(self.link, ("radio",))
        self.client = AmiClient(
            with_crews(with_conferences(with_alarms(with_control(settings.ami)))),
            healthy=lambda: self.dialogue.serving,
            seals=seals(settings),
        )
        self.people = identity.room.build(settings.identity, self._identity_ports())
        self.open_sessions = OpenSessions(self._holders, SystemClock())
        self.phones = Phones(self.people.service)
        self.bus.subscribe(UserChanged, self.phones.on_user_changed, name="phones")
        self.cel_count = ledger.CelEvents(self.client)
        self.cdr = self._ledger()
        calls = CallKnowledge(self.storage, lambda: self.hotline.service.board)
        self.cases = cases.room.build(
            settings.cases,
            CasesPorts(
                self.storage,
                self.bus,
                calls,
                self.people.current_user,
                self.people.service.audit,
                timeline_sources(self.storage, calls),
                DocumentsOfCases(self.storage, self.cdr.service.transcript, lambda: self.units.photos),
            ),
        )
        self.classifiers = classifiers(settings, self.cases.knowledge, self.storage, self.people)
        self.hotline = self._hotline()
        self.phones.changed = self.hotline.service.registry.read_phone_book
        self.floor = DeskFloorPart(settings, self.storage, self.bus, self.link, self.people.current_user)
        self.conferences, self.recorders = self._talkgroups()
        self.doorway = JoiningGate(settings, self.client, self.link, self.floor.rights, self.conferences)
        lookup = CaseLookup(self.storage)
        self.units = field.centre.room.build(
            settings.field,
            CentrePorts(
                self.storage,
                self.bus,
                self.floor.accounts,
                self.people.current_user,
                self.people.service.audit,
                lookup,
                photos=PhotoPorts(photos.RecordingsVault(settings.cdr), lookup.case_of, lookup.districts_of),
                case_places=PlacesOfCases(lookup),
            ),
        )
        self.networks = NetworkBoard(self.bus, self.storage.clock)
        patch_ports = PatchPorts(
            CallsOfHotline(lambda: self.hotline.service),
            AmiTones(self.client),
            self.conferences,
            self.floor.desk,
            self.units.talkgroups,
            self.people.service.audit,
            self.bus,
            self.storage,
            self.people.current_user,
            PatchNotices(self.conferences, self.floor.desk),
            settings.radio.voice_hang_s,
        )
        self.notices, self.patches, self.group_patches = (
            patch_ports.notices, Patches(patch_ports), GroupPatches(patch_ports),
        )  # fmt: skip
        self.floor.watched_by(self.conferences.floor_is, self.patches.spans.floor_is)
        self.patch_feed = PlacedFeed("patches", self.client, self.patches, PATCH_EVENTS)
        photos.PhotoErasure(self.storage, self.units.photos).subscribe(self.bus)
        self.callbacks = PlacedFeed("callbacks", self.client, self.hotline.service.callbacks, CALLBACK_EVENTS)
        self.automated = [
            PlacedFeed(calls.name, self.client, calls, CALL_EVENTS)
            for calls in self.hotline.service.automated
        ]
        self.conference_feed = PlacedFeed("conferences", self.client, self.conferences, CONFERENCE_EVENTS)
        self.feed = Feed(self.client, self.hotline.service)
        self.trunks = Trunks(self.client, settings.asterisk.trunks)
        self.sip_guard = sip_guard(
            settings.asterisk, self.client, self.people.service.audit, self.people.attacks
        )
        self.phone_passwords = session_passwords(settings.asterisk, self.people.service, settings.identity)
        self.ear = CallerTap(
            self.speech,
            AmiSwitch(self.client),
            system_name=settings.system_name,
            clock=SystemClock(),
            languages=settings.ivr.spoken_codes,
        )
        self.dialogue = self._dialogue()
        self.flow_changes = flow_changes(settings, self.dialogue.room, self.storage, self.people)
        board = self.hotline.service.board
        self.pages = Pages(self.hotline.service.registry.page_seen)
        self.hub = Hub(
            Audience(board.agents_on, board.is_confidential),
            self._snapshot(),
            self.pages,
            ScopeFilter(self.hotline.service.figures.view),
            crowd=ConnectedPeople(
                of_person=settings.web.desks_per_person, of_address=settings.web.desks_per_address
            ),
        )
        self.bus.subscribe(Event, self.hub.publish, name="live")
        self.bus.subscribe(TranscriptEnded, self._tap_ended, name="hotline.tap-ended")
        self.bus.subscribe(TapRefused, self._tap_refused, name="hotline.tap-refused")
        self.speech.changed = self.hotline.service.taps.look

    @property
    def parts(self) -> list[ServicePart]:
        """Storage first; the broker after everything that listens to it; the web last."""
        return [
            FilesPart(self.settings, "centre"),
            StoragePart(self.storage),
            self.bus,
            self.people,
            SettingsChanges(self.settings, self.storage, self.people.service),
            self.phones,
            self.cases,
            self.classifiers,
            self.cdr,
            self.privacy,
            self.hotline,
            self.units,
            self.floor,
            self.conferences,
            self.recorders,
            self.doorway,
            self.callbacks,
            *self.automated,
            self.conference_feed,
            self.notices,
            self.patches,
            self.group_patches,
            self.patch_feed,
            self.feed,
            self.trunks,
            self.sip_guard,
            *([self.phone_passwords] if self.phone_passwords is not None else []),
            self.pages,
            self.open_sessions,
            self.cel_count,
            self.ear,
            self.dialogue,
            self.flow_changes,
            Relays(
                self.settings.storage,
                self.storage,
                self.bus,
                self.link,
                "centre",
                beside=(self.cdr.mail_relay,),
            ),
            self.consumer,
            self.neighbours,
            self.speech,
            LinkPart(self.link),
        ]

    def web(self, process: Process) -> WebServer:
        """The web server of the role centre."""
        return WebServer(self.application(process.health), self.settings.web)

    def application(self, health: Callable[[], Sequence[Health]]) -> FastAPI:
        """Every route behind the gate. Raises `RightsIncomplete`."""
        settings = self.settings
        accounts = PhoneAccounts(
            settings,
            self.people.service,
            self.phone_passwords,
            self.people.current_user.cookies.session_of,
        )
        # Routes of the classifiers before those of single cases: the first that fits is asked.
        rooms = (
            self.people, self.hotline, self.classifiers, self.cases, self.cdr, self.units, self.floor,
            self.flow_changes,
        )  # fmt: skip
        routers = [
            *(router for room in rooms for router in room.routers),
            patch_routes(self.patches, self.group_patches, self.people.current_user),
            network_routes(self.networks, self.people.current_user),
            phone.router(
                self.people.current_user,
                accounts.account,
                phone.UnitConfig(mqtt_ws_url=settings.mqtt.ws_url, tenant=settings.tenant),
            ),
            live_http.router(
                self.hub,
                self._viewer,
                self.people.current_user.token_of,
                self.open_sessions,
                Addresses(settings.web.trusted_proxies),
            ),
        ]
        gate = AccessGate(TABLE, self.people.current_user)
        parts = WebParts(
            routers,
            settings.web.dist,
            health,
            gate,
            self._insiders(),
            settings.switch.sip_ws_url,
            settings.mqtt.ws_url,
        )
        return create(parts)

    def _insiders(self) -> InternalReaders:
        metrics = self.settings.metrics
        return InternalReaders(
            addresses=metrics.addresses,
            token=secret_of(metrics.token),
            trusted=Addresses(self.settings.web.trusted_proxies),
            viewer=self._insider,
        )

    async def _insider(self, connection: HTTPConnection) -> None:
        """Who is signed in, or a program whose API token is for this operation."""
        actor = await self.people.current_user(connection)
        actor.require_operation(connection.scope.get("method", ""), connection.scope["path"])

    def _ledger(self) -> cdr.room.CdrRoom:
        room = cdr.room.build(
            ledger.cdr_settings(self.settings),
            CdrPorts(
                storage=self.storage,
                bus=self.bus,
                audit=self.people.service.audit,
                actor=self.people.current_user,
                roster=ledger.AgentAtExtension(self.phones),
                live_calls=ledger.Channels(self.client),
                cel_counter=self.cel_count,
                recorder=ledger.SwitchRecorder(self.client),
                running=ledger.RunningCallsPort(self.client, lambda: self.hotline.service),
                listeners=ledger.TapsOfPauses(lambda: self.hotline.service),
                # The desks' side of floor control and the room of cases are made after this one.
                talkgroups=ledger.TalkgroupsOf(lambda: self.floor),
                late_speech=BackfillSpeech(self.speech, lambda language: self.cases.hints(language)),  # noqa: PLW0108
                second_person=self.people.oversight.approvals,
                suspect=self.people.oversight.suspicions.tell,
                cases_to_accept=AcceptedCalls(self.storage),
                scorers=ledger.Supervisors(self.people.service),
                mailer=SmtpMailer(self.settings.mail, SystemClock()),
                report_owners=ledger.OwnersOfReports(self.people.service),
            ),
        )
        self.people.oversight.approvals.perform(ERASE_CALL, room.service.erase_ordered)
        ledger.CaseFilings(room.service).subscribe(self.bus)
        self.privacy = privacy.room(self.settings, self.storage)
        privacy.ErasedByHand(self.privacy.erasures).subscribe(self.bus)
        ledger.HotlineErasure(self.storage).subscribe(self.bus)
        return room

    def _hotline(self) -> hotline.room.HotlineRoom:
        return hotline.room.build(
            self.settings.hotline.model_copy(
                update={
                    "system_name": self.settings.system_name,
                    "control": control_settings(self.settings.hotline.control, self.settings.asterisk),
                }
            ),
            HotlinePorts(
                bus=self.bus,
                clock=SystemClock(),
                storage=self.storage,
                switch=AmiSwitch(self.client),
                history=History(
                    partial(ledger.earlier_calls, self.cdr.service), partial(open_cases, self.cases.cases)
                ),
                tap_nodes=self.speech,
                tap_announcer=Announcer(self.speech, self.cases.hints),
                phone_book=self.phones,
                current_user=self.people.current_user,
                cases=self.cases.cases,
                audit=self.people.service.audit,
                views=self.people.service.audit,
                nuisance_numbers=self.settings.ivr.nuisance_numbers,
                control=self._control(),
                way_out=partial(way_out, self.settings.asterisk),
                unseen=LedgerOfUnseen(self.storage),
                dialler=AmiDialler(self.client, technology=self.settings.hotline.technology),
                pauses=self.cdr.pauses,
                outbound=OutboundPorts(self._alarm_ports(), self._crew_ports()),
            ),
        )

    def _identity_ports(self) -> IdentityPorts:
        trusted = Addresses(self.settings.web.trusted_proxies)
        return IdentityPorts(
            self.storage,
            self.bus.publish,
            lambda connection: address_of(connection.scope, trusted),
            operations_of_tokens(TABLE),
        )

    def _alarm_ports(self) -> AlarmPorts:
        settings, people = self.settings.hotline, self.people.service
        shown = control_settings(settings.control, self.settings.asterisk).caller_ids
        return AlarmPorts(
            # The register of units is made after the hotline.
            UnansweredEmergencies(lambda: self.units.emergencies, people),
            DutyRoster(settings.alarms, PeopleOfIdentity(people), area_code=settings.callbacks.area_code),
            AmiAlarmSwitch(self.client, technology=settings.technology, shown=shown[0] if shown else ""),
        )

    def _crew_ports(self) -> CrewPorts:
        settings = self.settings.hotline
        shown = control_settings(settings.control, self.settings.asterisk).caller_ids
        return CrewPorts(
            # The register of units is made after the hotline.
            JobsByTelephone(
                lambda: self.units.crew_phone, self.storage, area_code=settings.callbacks.area_code
            ),
            AmiCrewSwitch(self.client, shown=shown[0] if shown else ""),
        )

    def _talkgroups(self) -> tuple[ConferenceService, Recorders]:
        settings, switch = self.settings, AmiConferences(self.client)
        rights = self.floor.rights
        conferences = ConferenceService(
            switch, self.link, rights, DesksOf(self.phones.desks), tenant=settings.tenant
        )
        return conferences, Recorders(settings.radio.recording, switch, conferences, rights, SystemClock())

    def _control(self) -> AmiControl:
        agents = self.settings.asterisk.agents if self.settings.asterisk else ()
        return AmiControl(
            self.client,
            technology=self.settings.hotline.technology,
            browsers=[agent.name for agent in agents if agent.browser],
        )

    def _dialogue(self) -> DialoguePart:
        ports = IvrPorts(
            look_ups={
                "case-status": partial(case_status, self.cases.cases),
                "nuisance": self.hotline.service.nuisance.look_up,
                "priority": self.hotline.service.priorities.look_up,
            },
            checks={"case-code": is_code},
            callbacks=self.hotline.service.requested_callbacks,
            figures=QueuePositions(self.hotline.service.board.figures),
            ear=self.ear,
        )
        return dialogue(self.settings, ports, FlowEventWriter(self.storage, self.bus, SystemClock()))

    async def _tap_ended(self, event: TranscriptEnded) -> None:
        """The switch's own word about taps is filtered out: a leg that lives on is tapped anew."""
        self.hotline.service.taps.lost(str(event.tap_id), "tap_ended")

    async def _tap_refused(self, event: TapRefused) -> None:
        self.hotline.service.taps.refused(str(event.tap_id))

    def _admit_words(self, words: TranscriptSegment) -> Event | None:
        """The ledger is made after the link that brings them."""
        return self.cdr.pauses.admit(words)

    async def _holders(self, tokens: Collection[str]) -> Mapping[str, SessionHolder]:
        held = await self.people.service.live_sessions(tokens)
        return {token: SessionHolder(one.actor(), one.expires_at) for token, one in held.items()}

    async def _viewer(self, token: str | None) -> Actor:
        viewer = (await self.people.service.session(token)).actor()
        await self.hotline.service.people.desk_opened(viewer)
        return viewer

    def _snapshot(self) -> DeskSnapshot:
        return DeskSnapshot(
            {
                "identity": self._attacks,
                "hotline": self._live_calls,
                "cases": self._cases,
                "drafts": self._drafts,
                "suggestions": self._suggestions,
                "units": self._units,
                "floors": self._floors,
            }
        )

    async def _live_calls(self, viewer: Actor) -> dict[str, Any]:
        hotline = self.hotline.service
        state = desk.desk_state(hotline, viewer)
        if not state:
            return {}
        own = [call.call_id for call in hotline.board.calls() if viewer.id in call.agent_ids]
        pauses = self.cdr.pauses.told_to(viewer)
        return {
            **state,
            "segments": await self.cdr.service.live_segments(viewer, own),
            "pauses": [pause.model_dump(mode="json") for pause in pauses],
        }

    async def _attacks(self, viewer: Actor) -> dict[str, Any]:
        alarms = self.people.oversight.alarms
        return {
            "attacks": [one.model_dump(mode="json") for one in self.people.attacks.listed(viewer)],
            "rights_alarms": [one.model_dump(mode="json") for one in alarms.listed(viewer)],
        }

    async def _cases(self, viewer: Actor) -> dict[str, Any]:
        return await cases_desk.open_cases(self.cases, viewer)

    async def _drafts(self, viewer: Actor) -> dict[str, Any]:
        return cases_desk.drafts(self.cases, viewer, self.hotline.service.board.agents_on)

    async def _suggestions(self, viewer: Actor) -> dict[str, Any]:
        return cases_desk.suggestions(self.cases, viewer, self.hotline.service.board.agents_on)

    async def _floors(self, viewer: Actor) -> dict[str, Any]:
        return self.floor.snapshot(viewer)

    async def _units(self, viewer: Actor) -> dict[str, Any]:
        return await units_desk.desk_state(self.units, viewer)


def assemble(settings: Settings) -> Process:
    centre = Centre(settings)
    RadioCalls(centre.bus, AmiRadioCalls(centre.client), SystemClock())
    parts: list[ServicePart] = [*centre.parts, Descriptors()]
    process = Process("centre", parts)
    parts.append(centre.web(process))
    return process
