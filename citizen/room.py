"""The room of citizens' channels, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from fastapi import APIRouter

from cases.events import CaseChanged, CaseFiled, ReportDeclined
from citizen.channels.installed import channels
from citizen.contract import Channel, ChannelPorts
from citizen.events import ReportRated
from citizen.followup.calling import FollowUpCalling
from citizen.followup.http import follow_up_routes
from citizen.followup.service import AT_ONCE, LOOK_EVERY_S, FollowUps
from citizen.mails.http import mail_routes
from citizen.mails.sender import MailSender
from citizen.mails.service import CitizenMails
from citizen.mails.writing import Site
from citizen.messages.callers import CallerMessages
from citizen.messages.calling import NoticeCalling
from citizen.messages.http import message_routes
from citizen.messages.model import EMAIL
from citizen.messages.sender import SmsSender
from citizen.messages.service import CitizenMessages
from citizen.messages.texts import Texts
from citizen.messages.warnings import WarningTexts
from citizen.notices.service import ProgressNotices
from citizen.ports import CitizenPorts
from citizen.reports.http import report_routes
from citizen.reports.nearby import NearbyLedger
from citizen.reports.public import PublicLedger
from citizen.reports.service import CitizenReports
from citizen.settings import CitizenSettings
from core.bus import Bus
from core.room import Health
from core.storage import OutboxRelay
from core.tasks import Tasks

FORGET_EVERY_S = 3600.0
MakeChannels = Callable[[CitizenSettings, ChannelPorts], Sequence[Channel]]


class CitizenRoom:
    """`reports` is what channels deliver to, `calling` whom automatic calls ask, `notice_calling`
    whom they tell; `make` makes the channels.
    """

    name = "citizen"

    def __init__(self, settings: CitizenSettings, ports: CitizenPorts, make: MakeChannels = channels) -> None:
        storage, zone = ports.storage, settings.timezone_h
        self.reports = CitizenReports(storage, settings, ports.check_picture)
        self.messages = CitizenMessages(
            storage, ports.sms, ports.audit, timezone_h=zone, rings=ports.rings, area_code=ports.area_code
        )
        self.warning_texts = WarningTexts(ports.sms, self.messages)
        self.follow_ups = FollowUps(
            storage, self.messages, ports.caller_of, ports.audit, timezone_h=zone, dials=ports.dials
        )
        self.calling = FollowUpCalling(storage, self.follow_ups)
        self.notice_calling = NoticeCalling(storage, self.messages)
        self._sms = ports.sms
        self.sender = (
            None
            if ports.sms is None
            else SmsSender(storage, ports.sms, self.messages, doubt_s=settings.message_doubt_s)
        )
        site = Site(settings.email.site) if settings.email.enabled and ports.mails is not None else None
        self.mails = CitizenMails(storage, self.messages, site)
        self._mail_link = ports.mails if site is not None else None
        self.mail_sender = (
            None
            if site is None or ports.mails is None
            else MailSender(
                storage, ports.mails, self.messages, site,
                doubt_s=settings.message_doubt_s, at_once=settings.email.at_once,
            )
        )  # fmt: skip
        self.callers = CallerMessages(storage, self.messages, ports.caller_of)
        self.notices = ProgressNotices(storage, self.messages, self.mails, ports.street_of)
        self.channels = make(
            settings,
            ChannelPorts(
                self.reports,
                PublicLedger(ports.storage, ports.expected_times),
                NearbyLedger(ports.storage, ports.classes),
                ports.classes,
                ports.storage.clock,
                ports.address_of,
                ports.storage,
                ports.recognise,
                lambda data: ports.check_picture(data) is not None,
                ports.addresses,
                ports.staff,
                ports.audit,
                ports.current_user,
                ports.bus,
                zone,
                None if ports.sms is None else self._texts(ports),
                mails=site is not None,
            ),
        )
        self.notices.use(self.channels)
        self.routers: Sequence[APIRouter] = (
            report_routes(ports.storage, ports.current_user, ports.views, ports.may_read),
            message_routes(
                self.messages,
                self.follow_ups,
                ports.current_user,
                ports.views,
                ports.may_read_case,
                self._link_health,
            ),
            mail_routes(self.mails, ports.address_of),
            follow_up_routes(self.follow_ups, ports.current_user),
            *(router for channel in self.channels for router in channel.routers),
        )
        self._clock = storage.clock
        self._kept = timedelta(days=settings.kept_days)
        self._tasks = Tasks("citizen")
        self._listen(ports.bus)

    @property
    def relays(self) -> Sequence[OutboxRelay]:
        """Run by this room; what they delivered is forgotten with the rest."""
        return tuple(one.relay for one in (self.sender, self.mail_sender) if one is not None)

    async def start(self) -> None:
        for channel in self.channels:
            await channel.start()
        if self._sms is not None:
            await self._sms.start()
        for sender in (self.sender, self.mail_sender):
            if sender is not None:
                sender.start(self._tasks)
        self._tasks.forever("notices", self.notices.run)
        self._tasks.forever("follow-ups", self._follow_up)
        self._tasks.forever("forget", self._forget)

    async def stop(self) -> None:
        await self._tasks.stop()
        if self._sms is not None:
            await self._sms.stop()
        for channel in reversed(self.channels):
            await channel.stop()

    def health(self) -> Sequence[Health]:
        return (
            Health(self.name, "up"),
            *(() if self._sms is None else self._sms.health()),
            *(() if self._mail_link is None else self._mail_link.health()),
            *(health for channel in self.channels for health in channel.health()),
        )

    def _listen(self, bus: Bus) -> None:
        bus.subscribe(CaseFiled, self.notices.hear_filed, name="citizen.filed")
        bus.subscribe(CaseChanged, self.notices.hear_changed, name="citizen.changed")
        bus.subscribe(CaseChanged, self.messages.hear_changed, name="citizen.message-changed")
        bus.subscribe(CaseFiled, self.callers.hear_filed, name="citizen.caller-filed")
        bus.subscribe(CaseChanged, self.callers.hear_changed, name="citizen.caller-changed")
        bus.subscribe(CaseChanged, self.follow_ups.hear_changed, name="citizen.follow-up")
        bus.subscribe(ReportRated, self.follow_ups.hear_rated, name="citizen.rated")
        bus.subscribe(ReportDeclined, self.notices.hear_declined, name="citizen.declined")

    def _texts(self, ports: CitizenPorts) -> Texts:
        return Texts(ports.storage, self.messages, self.reports, ports.case_by_code, self.follow_ups)

    def _link_health(self, channel: str) -> Health | None:
        link = self._mail_link if channel == EMAIL else self._sms
        return None if link is None else next(iter(link.health()), None)

    async def _follow_up(self) -> None:
        while True:
            while await self.follow_ups.ask_due() == AT_ONCE:
                pass
            await self._clock.sleep(LOOK_EVERY_S)

    async def _forget(self) -> None:
        while True:
            while await self.reports.forget_old():
                pass
            while await self.messages.forget_old(self._kept):
                pass
            while await self.follow_ups.forget_old(self._kept):
                pass
            await self._clock.sleep(FORGET_EVERY_S)


def build(settings: CitizenSettings, ports: CitizenPorts) -> CitizenRoom:
    """The room, subscribed and ready."""
    return CitizenRoom(settings, ports)
