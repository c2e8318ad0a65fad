"""The role `centre`: hotline, dialogue, cases, ledger, people, the web, and the order in which they start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fastapi import FastAPI
from starlette.requests import HTTPConnection

import cases.room
import cdr.room
import citizen.room
import field.centre.room
import hotline.room
import identity.room
import runtime_settings.room
import sensing.room
import warning.room
from cases.dispatch.whereabouts import CaseLookup
from cases.events import (
    DispatchQueued,
    DispatchRecalled,
    DispatchShared,
    VerificationAsked,
    VerificationChanged,
)
from cases.life.acceptance import AcceptedCalls
from cases.life.callers import case_merged, case_status, open_cases
from cases.life.numbers import is_code
from cases.operating_mode.service import CHANGE_MODE
from cases.ports import CasesPorts
from cdr.ports import CdrPorts
from cdr.service import ERASE_CALL
from citizen.ports import CitizenPorts
from core.clock import SystemClock
from core.errors import SonghuaError
from core.events import Event
from core.listening import Addresses
from core.room import Health, ServicePart
from core.storage import OutboxRelay
from field.events import (
    EmergencyChanged,
    TalkgroupChanged,
    TextChanged,
)
from field.photos.ports import PhotoPorts
from field.ports import CentrePorts
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.app import Process
from gateway.bus import LocalBus
from gateway.descriptors import Descriptors
from gateway.settings import Settings
from gateway.smpp.link import SmscLink
from gateway.smtp.client import SmtpMailer
from gateway.voice_messages.parent import VoiceMessages
from gateway.web import phone
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from gateway.web.insiders import InternalReaders
from gateway.web.metrics_server import secret_of
from gateway.web.peer import address_of
from gateway.web.server import WebServer
from gateway.webhooks.transport import SignedWebhooks
from gateway.wiring import cdr as ledger
from gateway.wiring import photos, privacy
from gateway.wiring.alarms import AmiAlarmSwitch, PeopleOfIdentity, UnansweredEmergencies, with_alarms
from gateway.wiring.answers import CallerTap
from gateway.wiring.backfill import BackfillSpeech
from gateway.wiring.backup import BackupPart
from gateway.wiring.broker import BrokerSide
from gateway.wiring.callbacks import AmiDialler, LedgerOfUnseen
from gateway.wiring.cameras import (
    CasesOfCameras,
    ClipErasure,
    ClipsOfCameras,
    PairsOfCameras,
    PhotosOfCameras,
)
from gateway.wiring.case_documents import DocumentsOfCases
from gateway.wiring.case_places import PlacesOfCases
from gateway.wiring.case_pruning import HoldsOfCases
from gateway.wiring.case_timeline import timeline_sources
from gateway.wiring.cases import CallKnowledge
from gateway.wiring.cases_of_others import CasesOfOthers
from gateway.wiring.centre_warnings import early_warnings_of_centre
from gateway.wiring.citizen import (
    AddressIds,
    CasesOfCitizens,
    clean_picture,
    report_classes,
    street_names,
)
from gateway.wiring.classifiers import classifiers
from gateway.wiring.conference import AmiConferences, AmiTones, CallsOfHotline, DesksOf, with_conferences
from gateway.wiring.control import AmiControl, control_settings, way_out, with_control
from gateway.wiring.crew_wechat import crew_wechat, crews_may_bind
from gateway.wiring.crews import AmiCrewSwitch, JobsByTelephone, with_crews
from gateway.wiring.department_photos import PhotosOfDepartments
from gateway.wiring.department_staff import StaffOfDepartments
from gateway.wiring.desk_floor import DeskFloorPart
from gateway.wiring.drain import AmiDrain, with_drain
from gateway.wiring.early_warning import early_warnings
from gateway.wiring.event_feeds import ReportsOfFeeds, certificates
from gateway.wiring.exchange import MailedForms, ReportsOfOrders
from gateway.wiring.feeds import switch_feeds
from gateway.wiring.files import FilesPart
from gateway.wiring.follow_ups import AmiFollowUpSwitch, FollowUpsByTelephone, with_follow_ups
from gateway.wiring.hotline import AmiSwitch, Announcer, History, Phones
from gateway.wiring.incident_conferences import (
    AmiConferenceCalls,
    AmiIncidentConferences,
    ConferencePhones,
    PatchableTalkgroups,
    with_incident_conferences,
)
from gateway.wiring.incidents import (
    OTHERS_S,
    IncidentAnnouncements,
    WaitingCallerAnnouncer,
    with_incidents,
)
from gateway.wiring.inspectors import InspectorsOfUnits, PhotosOfTasks
from gateway.wiring.ivr import DialoguePart, QueuePositions, dialogue
from gateway.wiring.ivr_changes import flow_changes
from gateway.wiring.joining import JoiningGate
from gateway.wiring.lease import LeasePart, switch_leases
from gateway.wiring.ledger_people import OwnersOfReports, Supervisors
from gateway.wiring.ledger_settings import cdr_settings
from gateway.wiring.live import LiveDesks, LiveRooms
from gateway.wiring.near import CamerasNear, UnitsNear
from gateway.wiring.notice_calls import AmiNoticeSwitch, NoticesByTelephone, with_notice_calls
from gateway.wiring.notice_mails import MailedNotices
from gateway.wiring.operating_mode import ApprovalsOfModes, ModeAtWork, with_lent_roles, with_modes
from gateway.wiring.order_letters import LetterErasure, LettersOfOrders
from gateway.wiring.paging import EVENTS as PAGE_EVENTS
from gateway.wiring.paging import AmiPages, why_no_pages, with_paging
from gateway.wiring.patches import TasksOfPatches
from gateway.wiring.placing import PlacedFeed
from gateway.wiring.plans import DeedsOfPlans
from gateway.wiring.radio_calls import AmiRadioCalls
from gateway.wiring.report_agents import AgentsForReports
from gateway.wiring.reporters_ear import ReportersEar
from gateway.wiring.rights import TABLE, operations_of_tokens
from gateway.wiring.runtime_settings.registry import ChangedRooms, runtime_settings_of
from gateway.wiring.seals import seals
from gateway.wiring.settings_changes import SettingsChanges
from gateway.wiring.storage import StoragePart, open_storage
from gateway.wiring.switch_boards import SwitchBoards
from gateway.wiring.switch_parts import SwitchParts
from gateway.wiring.telemetry import span_exporter
from gateway.wiring.warning_calls import (
    AmiWarningSwitch,
    WarningsByTelephone,
    why_no_calls,
    with_warnings,
)
from gateway.wiring.warnings import (
    MessagesOfWarnings,
    PlacesOfRecipients,
    UnitsInArea,
    districts_of_map,
)
from gateway.wiring.web import PhoneAccounts
from gateway.wiring.wechat_staff import CrewsByMessenger, DepartmentsByMessenger, StaffByMessenger
from hotline.conferences.ports import ConferencePorts
from hotline.outbound.alarms.duty import DutyRoster
from hotline.outbound.alarms.ports import AlarmPorts
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.follow_ups.ports import FollowUpCallPorts
from hotline.outbound.notices.ports import NoticeCallPorts
from hotline.outbound.purposes import OutboundPorts
from hotline.outbound.warnings.ports import WarningCallPorts
from hotline.ports import HotlinePorts
from identity.events import UserChanged
from identity.ports import IdentityPorts
from ivr.ports import IvrPorts
from ivr.reporting import FlowEventWriter
from radio_bridge.switch.compose import SwitchPorts, TalkgroupsOnSwitch, compose
from radio_bridge.switch.radio_calls.service import RadioCalls
from sensing.ports import SensingPorts
from speech.events import TranscriptSegment
from warning.calling.service import RecipientCalls
from warning.paging.service import PagingInArea
from warning.ports import WarningPorts
from warning.recipients.texting import RecipientTexts
from warning.sirens.service import SirensInArea

SHARED = (
    DispatchQueued, DispatchRecalled, DispatchShared, VerificationAsked, VerificationChanged, TextChanged,
    EmergencyChanged, TalkgroupChanged,
)  # fmt: skip
"""Durable events that the role `radio` takes."""


class NotConfigured(SonghuaError):
    kind = "not-configured"
    title = "The settings do not say where Asterisk is"


def _account(settings: AmiSettings, languages: Sequence[str]) -> AmiSettings:
    """The account on the switch with the names that each part uses there."""
    called = with_paging(with_warnings(with_control(with_drain(settings))))
    placing = with_follow_ups(with_crews(with_conferences(with_alarms(called))))
    placing = with_notice_calls(placing)
    return with_incidents(with_modes(with_incident_conferences(placing), languages), languages)


class Centre:
    """Makes every part once; `parts` is the order of the start."""

    def __init__(self, settings: Settings) -> None:
        if settings.ami is None or settings.asterisk is None:
            raise NotConfigured("[ami] or [asterisk] is missing", remedy="see songhua config example")
        self.settings = settings
        self.storage = open_storage(settings, "centre", SHARED)
        self.bus = LocalBus()
        self.telemetry = span_exporter(settings, self.bus)
        self.broker = BrokerSide(settings, self.storage, self.bus, self._admit_words)
        self.client = AmiClient(
            _account(settings.ami, settings.asterisk.languages),
            healthy=lambda: self.dialogue.serving,
            seals=seals(settings),
        )
        self.people = identity.room.build(settings.identity, self._identity_ports())
        user = self.people.current_user
        user.as_now = with_lent_roles(lambda: self.cases.modes)
        self.switches = SwitchBoards(settings, self.storage, self.bus, self.broker.link)
        self.phones = Phones(self.people.service, _own_endpoints(settings))
        self.bus.subscribe(UserChanged, self.phones.on_user_changed, name="phones")
        self.cel_count = ledger.CelEvents(self.client)
        self.cdr = self._ledger()
        self.department_photos = PhotosOfDepartments(
            self.storage, settings.field, photos.RecordingsVault(settings.cdr), self.people.service.audit
        )
        self.cases = self._cases(settings.asterisk.languages)
        self.sensing = self._sensing()
        ClipErasure(self.storage, self.sensing.clips).subscribe(self.bus)
        self.people.oversight.approvals.perform(CHANGE_MODE, self.cases.modes.switch)
        self.citizen = self._citizen()
        self.classifiers = classifiers(settings, self.cases.knowledge, self.storage, self.people)
        self.ear = self._ear()
        self.hotline = self._hotline()
        self.phones.changed = self.hotline.service.registry.read_phone_book
        self.broker.speech.changed = self.hotline.service.taps.look
        self.floor = DeskFloorPart(settings, self.storage, self.bus, self.broker.city, user)
        self.units = self._units()
        self.crew_wechat = crew_wechat(settings, self.citizen, self.broker.city)
        self.warning, self.pages = self._warning()
        self.talkgroups = self._talkgroups()
        self.floor.desk.heard_by(self.talkgroups.conferences.is_heard)
        self.floor.watched_by(self.talkgroups.conferences.floor_is, self.talkgroups.patches.spans.floor_is)
        self.doorway = JoiningGate(
            settings, self.client, self.broker.city, self.floor.rights, self.talkgroups.conferences
        )
        self.feeds = switch_feeds(self.client, self.hotline.service, self.talkgroups)
        self.switch = SwitchParts(settings.asterisk, self.client, self.people, settings.identity)
        self.dialogue = self._dialogue()
        self.mode = ModeAtWork(
            self.client,
            self.cases.modes,
            languages=settings.asterisk.languages,
            library=lambda: self.dialogue.room.flows.library,
            priorities=self.hotline.service.priorities,
        )
        self.flow_changes = flow_changes(settings, self.dialogue.room, self.storage, self.people)
        self.runtime_settings = self._runtime_settings()
        self.live = LiveDesks(
            settings.web,
            self.bus,
            LiveRooms(self.people, self.hotline.service, self.cases, self.cdr, self.units, self.floor),
        )

    def _runtime_settings(self) -> runtime_settings.room.RuntimeSettingsRoom:
        settings = self.settings
        return runtime_settings.room.build(
            runtime_settings_of(
                settings,
                self.storage,
                ChangedRooms(
                    self.hotline.service,
                    self.dialogue.room,
                    self.cases,
                    self.cdr,
                    self.citizen,
                    self.units.inspectors,
                ),
            ),
            copy_file=settings.ivr.uploads / "settings.json",
            storage=self.storage,
            audit=self.people.service.audit,
            second_person=self.people.oversight.approvals,
            current_user=self.people.current_user,
        )

    @property
    def parts(self) -> list[ServicePart]:
        """Storage first; the broker after everything that listens to it; the web last."""
        backup = self.settings.backup
        return [
            LeasePart(self.settings, "centre"),
            *switch_leases(self.settings),
            FilesPart(self.settings, "centre"),
            StoragePart(self.storage),
            *([self.telemetry] if self.telemetry is not None else []),
            *(self._led(BackupPart(backup)) if backup.folder is not None else ()),
            self.bus,
            self.people,
            SettingsChanges(self.settings, self.storage, self.people.service),
            self.phones,
            self.cases,
            self.classifiers,
            *self._led(self.citizen),
            self.cdr,
            *self._led(self.privacy),
            self.hotline,
            self.switches,
            self.runtime_settings,
            *self._led(
                self.units,
                self.sensing,
                self.warning,
                self.floor,
                self.talkgroups.conferences,
                self.talkgroups.recorders,
                self.doorway,
            ),
            *self.feeds,
            *self._led(PlacedFeed("paging", self.client, self.pages, PAGE_EVENTS)),
            *self.switch.parts,
            *self.live.parts,
            CasesOfOthers(self.settings, self.storage, self.live.show),
            IncidentAnnouncements(
                self.client,
                self.cases.incidents,
                again_s=OTHERS_S if self.settings.switch.beside else None,
            ),
            self.mode,
            self.cel_count,
            self.ear,
            self.dialogue,
            self.flow_changes,
            *self.broker.parts(*self._senders),
        ]

    def _led(self, *parts: ServicePart) -> Sequence[ServicePart]:
        """What is done once for the city, in the order of the start: by the centre that leads alone."""
        return parts if self.settings.switch.leads else ()

    @property
    def _senders(self) -> Sequence[OutboxRelay]:
        """Relays that the rooms which lead run themselves."""
        if not self.settings.switch.leads:
            return ()
        return (self.cdr.mail_relay, self.cases.form_sender.relay, *self.citizen.relays)

    def web(self, process: Process) -> WebServer:
        """The web server of the role centre."""
        return WebServer(self.application(process.health), self.settings.web)

    def application(self, health: Callable[[], Sequence[Health]]) -> FastAPI:
        """Every route behind the gate. Raises `RightsIncomplete`."""
        settings = self.settings
        accounts = PhoneAccounts(
            settings,
            self.people.service,
            self.switch.phone_passwords,
            self.people.current_user.cookies.session_of,
        )
        # Routes of the classifiers before those of single cases: the first that fits is asked.
        rooms = (
            self.people, self.hotline, self.classifiers, self.cases, self.citizen, self.cdr, self.units,
            self.sensing, self.warning, self.floor, self.flow_changes, self.runtime_settings,
        )  # fmt: skip
        routers = [
            *(router for room in rooms for router in room.routers),
            *self.talkgroups.routers,
            self.doorway.routes_for_desks(self.people, self.floor),
            phone.router(
                self.people.current_user,
                accounts.account,
                phone.UnitConfig(
                    mqtt_ws_url=settings.mqtt.ws_url, tenant=settings.tenant, wechat=crews_may_bind(settings)
                ),
            ),
            self.live.router(),
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
            draining=lambda: self.hotline.service.drain.on,
            spans=None if self.telemetry is None else self.telemetry.add,
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
            cdr_settings(self.settings),
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
                talkgroups=ledger.TalkgroupsOf(lambda: self.floor, lambda: self.hotline.service.conferences),
                late_speech=BackfillSpeech(self.broker.speech, lambda language: self.cases.hints(language)),  # noqa: PLW0108
                second_person=self.people.oversight.approvals,
                suspect=self.people.oversight.suspicions.tell,
                cases_to_accept=AcceptedCalls(self.storage),
                scorers=Supervisors(self.people.service),
                mailer=SmtpMailer(self.settings.mail, SystemClock()),
                report_owners=OwnersOfReports(self.people.service),
                evaluations=ledger.EvaluationsToSend(lambda: self.cases.evaluation_printing),
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
                tap_nodes=self.broker.speech,
                tap_announcer=Announcer(self.broker.speech, self.cases.hints),
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
                outbound=OutboundPorts(
                    self._alarm_ports(),
                    self._crew_ports(),
                    self._follow_up_ports(),
                    self._notice_ports(),
                    self._warning_ports(),
                ),
                drain=AmiDrain(self.client),
                conferences=self._conference_ports(),
                others=self.switches,
            ),
        )

    def _identity_ports(self) -> IdentityPorts:
        return IdentityPorts(self.storage, self.bus.publish, self._address_of, operations_of_tokens(TABLE))

    def _address_of(self, connection: HTTPConnection) -> str:
        """Where a request comes from, behind the proxies that the settings trust."""
        return address_of(connection.scope, Addresses(self.settings.web.trusted_proxies))

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

    def _follow_up_ports(self) -> FollowUpCallPorts:
        settings = self.settings.hotline
        shown = control_settings(settings.control, self.settings.asterisk).caller_ids
        return FollowUpCallPorts(
            FollowUpsByTelephone(
                self.citizen.calling,
                self._agents_are_wanted,
                # The register of agents is made with the hotline.
                lambda endpoint: self.hotline.service.registry.ledger.agent_at(endpoint),  # noqa: PLW0108
            ),
            AmiFollowUpSwitch(self.client, shown=shown[0] if shown else ""),
            ReportersEar(
                self.broker.speech,
                self.ear,
                system_name=self.settings.system_name,
                likely=self.settings.asterisk.languages[0] if self.settings.asterisk else "",
            ),
        )

    def _notice_ports(self) -> NoticeCallPorts:
        shown = control_settings(self.settings.hotline.control, self.settings.asterisk).caller_ids
        return NoticeCallPorts(
            NoticesByTelephone(self.citizen.notice_calling, self._agents_are_wanted),
            AmiNoticeSwitch(self.client, shown=shown[0] if shown else ""),
        )

    def _warning_ports(self) -> WarningCallPorts:
        settings = self.settings.hotline
        shown = control_settings(settings.control, self.settings.asterisk).caller_ids
        return WarningCallPorts(
            # The room of warnings is made after the hotline.
            WarningsByTelephone(
                lambda: self.warning.calling,
                lambda: self.hotline.service.queues.callers_wait,
                lambda: self.hotline.service.drain.on,
            ),
            AmiWarningSwitch(self.client, shown=shown[0] if shown else ""),
        )

    def _conference_ports(self) -> ConferencePorts:
        settings = self.settings.hotline
        shown = control_settings(settings.control, self.settings.asterisk).caller_ids
        return ConferencePorts(
            AmiIncidentConferences(self.client),
            AmiConferenceCalls(self.client, technology=settings.technology, shown=shown[0] if shown else ""),
            # Units and talkgroups are made after the hotline.
            ConferencePhones(self.phones.desks, lambda: self.units.register),
            PatchableTalkgroups(
                lambda: self.units.talkgroups,
                lambda group: self.talkgroups.conferences.legs(group),  # noqa: PLW0108
            ),
        )

    def _agents_are_wanted(self) -> bool:
        """Callers wait, or no new call is to begin."""
        return bool(self.hotline.service.queues.callers_wait or self.hotline.service.drain.on)

    def _talkgroups(self) -> TalkgroupsOnSwitch:
        return compose(
            self.settings.radio,
            SwitchPorts(
                storage=self.storage,
                bus=self.bus,
                link=self.broker.city,
                switch=AmiConferences(self.client),
                tones=AmiTones(self.client),
                calls=CallsOfHotline(lambda: self.hotline.service),
                desks=DesksOf(self.phones.desks, self.floor.leases, SystemClock()),
                rights=self.floor.rights,
                floor=self.floor.desk,
                talkgroups=self.units.talkgroups,
                audit=self.people.service.audit,
                current_user=self.people.current_user,
            ),
            tenant=self.settings.tenant,
        )

    def _sensing(self) -> sensing.room.SensingRoom:
        audit = self.people.service.audit
        return sensing.room.build(
            self.settings.sensing,
            SensingPorts(
                storage=self.storage,
                audit=audit,
                views=audit,
                current_user=self.people.current_user,
                cases=CasesOfCameras(self.storage),
                photos=PhotosOfCameras(self.department_photos.photos),
                clips=ClipsOfCameras(self.settings.field, photos.RecordingsVault(self.settings.cdr)),
                drafts=ReportsOfFeeds(lambda: self.citizen.reports),
                certificate_of=certificates(self.settings.web.trusted_proxies),
                bus=self.bus,
                verifications=TasksOfPatches(
                    self.cases.verifications, self.cases.reports, self.storage.clock
                ),
            ),
        )

    def _warning(self) -> tuple[warning.room.WarningRoom, AmiPages]:
        """The room, and what tells it of its pages."""
        places = PlacesOfRecipients(self.units.maps, lambda: self.cases.grid)
        pages = AmiPages(
            self.client,
            lambda page, word: room.paging.told(page, word),  # noqa: PLW0108  # the room is made after this
        )
        room = warning.room.build(
            self.settings.warning,
            WarningPorts(
                storage=self.storage,
                audit=self.people.service.audit,
                current_user=self.people.current_user,
                audiences=(
                    UnitsInArea(self.storage.clock),
                    RecipientTexts(MessagesOfWarnings(lambda: self.citizen.warning_texts), places),
                    RecipientCalls(places, self.storage.clock, partial(why_no_calls, self.settings)),
                    SirensInArea(self.settings.warning.sirens, self.settings.warning.siren_programs),
                    PagingInArea(self.settings.warning.paging.groups, partial(why_no_pages, self.settings)),
                ),
                districts_of=districts_of_map(self.units.maps),
                pages=pages,
            ),
        )
        return room, pages

    def _cases(self, languages: Sequence[str]) -> cases.room.CasesRoom:
        calls = CallKnowledge(self.storage, lambda: self.hotline.service.board)
        kept = self.department_photos
        return cases.room.build(
            self.settings.cases,
            CasesPorts(
                self.storage,
                self.bus,
                calls,
                self.people.current_user,
                self.people.service.audit,
                timeline_sources(self.storage, calls),
                DocumentsOfCases(self.storage, self.cdr.service.transcript, lambda: self.units.photos),
                WaitingCallerAnnouncer(
                    self.client,
                    languages,
                    library=lambda: self.dialogue.room.flows.library,
                    lines=lambda: self.hotline.service.lines,
                ),
                self.people.service.audit,
                photos=kept,
                inspectors=InspectorsOfUnits(lambda: self.units.inspectors),
                task_photos=PhotosOfTasks(self.storage, kept.photos),
                reports_kept_days=self.settings.citizen.kept_days,
                camera_pairs=PairsOfCameras(self.storage),
                staff=StaffOfDepartments(self.storage),
                report_agents=AgentsForReports(lambda: self.hotline.service),
                mode_approvals=ApprovalsOfModes(self.people.oversight.approvals, self.storage),
                webhook=SignedWebhooks(self.settings.webhooks, SystemClock()),
                form_mailer=MailedForms(SmtpMailer(self.settings.mail, SystemClock())),
                plan_deeds=DeedsOfPlans(
                    self.people.service,
                    lambda: self.units,
                    lambda: self.hotline.service.control,
                    lambda: self.sensing,
                    CasesOfCameras(self.storage),
                ),
                letters=LettersOfOrders(self.settings.field, photos.RecordingsVault(self.settings.cdr)),
                holds=HoldsOfCases(),
                near=(UnitsNear(self.storage), CamerasNear(lambda: self.sensing.register)),
                # The room of citizens is made after this one.
                order_reports=ReportsOfOrders(lambda: self.citizen.reports),
            ),
        )

    def _citizen(self) -> citizen.room.CitizenRoom:
        known = CasesOfCitizens(self.storage, self.cases.cases)
        sms = self.settings.sms
        return citizen.room.build(
            self.settings.citizen,
            CitizenPorts(
                self.storage,
                self.bus,
                self.people.current_user,
                self.people.service.audit,
                clean_picture,
                self._address_of,
                self.cases.reports.require_readable,
                self.people.service.audit,
                known.may_read,
                known.by_code,
                known.caller_of,
                report_classes(self.cases.knowledge.catalogues.default),
                None if sms is None else SmscLink(sms),
                VoiceMessages(self.settings).recognise,
                street_names(self.cases.knowledge.gazetteer),
                known.expected_times,
                AddressIds(self.cases.knowledge.gazetteer, self.cases.parts),
                self._staff_by_messenger(),
                dials=self.settings.hotline.follow_ups.enabled,
                rings=self.settings.hotline.notices.enabled,
                area_code=self.settings.hotline.callbacks.area_code,
                mails=None
                if self.settings.mail is None
                else MailedNotices(SmtpMailer(self.settings.mail, SystemClock()), SystemClock()),
            ),
        )

    def _staff_by_messenger(self) -> StaffByMessenger:
        kept = self.department_photos.photos
        lookup = CaseLookup(self.storage)
        crews = CrewsByMessenger(self.storage, lambda: self.units.messenger, kept, lookup.case_of)
        departments = DepartmentsByMessenger(
            self.storage, self.people.service, self.cases.assignments, self.cases.assignment_photos, kept,
            self.cases.knowledge.catalogues,
        )  # fmt: skip
        return StaffByMessenger(crews, departments)

    def _units(self) -> field.centre.room.FieldRoom:
        lookup = CaseLookup(self.storage)
        room = field.centre.room.build(
            self.settings.field,
            CentrePorts(
                self.storage,
                self.bus,
                self.floor.accounts,
                self.people.current_user,
                self.people.service.audit,
                lookup,
                photos=PhotoPorts(
                    photos.RecordingsVault(self.settings.cdr), lookup.case_of, lookup.districts_of
                ),
                case_places=PlacesOfCases(lookup),
            ),
        )
        photos.PhotoErasure(self.storage, room.photos).subscribe(self.bus)
        LetterErasure(self.storage, self.cases.order_attachments).subscribe(self.bus)
        return room

    def _ear(self) -> CallerTap:
        return CallerTap(
            self.broker.speech,
            AmiSwitch(self.client),
            system_name=self.settings.system_name,
            clock=SystemClock(),
            languages=self.settings.ivr.spoken_codes,
        )

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
                "case-merged": partial(case_merged, self.cases.cases),
                "nuisance": self.hotline.service.nuisance.look_up,
                "priority": self.hotline.service.priorities.look_up,
            },
            checks={"case-code": is_code},
            callbacks=self.hotline.service.requested_callbacks,
            figures=QueuePositions(self.hotline.service.board.figures),
            ear=self.ear,
        )
        return dialogue(self.settings, ports, FlowEventWriter(self.storage, self.bus, SystemClock()))

    def _admit_words(self, words: TranscriptSegment) -> Event | None:
        """The ledger is made after the link that brings them."""
        return self.cdr.pauses.admit(words)


def _own_endpoints(settings: Settings) -> frozenset[str] | None:
    """Telephones of this switch, where other switches have others; None where it is the only one."""
    if settings.asterisk is None or not settings.switch.beside:
        return None
    return frozenset(agent.name for agent in settings.asterisk.agents)


def assemble(settings: Settings) -> Process:
    centre = Centre(settings)
    if settings.switch.leads:
        RadioCalls(centre.bus, AmiRadioCalls(centre.client), SystemClock())
    parts: list[ServicePart] = [
        *centre.parts,
        Descriptors(),
        *early_warnings_of_centre(settings, centre.storage),
    ]
    process = Process("centre", parts)
    parts += early_warnings(process)
    parts.append(centre.web(process))
    return process
