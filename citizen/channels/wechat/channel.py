"""The WeChat official account as a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from cases.events import CaseProgress, CaseSource
from citizen.channels.wechat import words
from citizen.channels.wechat.api import OUT_OF_TIME, TOKEN_REFUSED, WeChatApi
from citizen.channels.wechat.dialogues import NAME, WeChatDialogues
from citizen.channels.wechat.errors import WeChatAway, WeChatRefused
from citizen.channels.wechat.http import routes
from citizen.channels.wechat.jobs import WeChatJobs
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.staff.bindings import StaffBindings
from citizen.channels.wechat.staff.crews import OwnBindingsOfCrews
from citizen.channels.wechat.staff.dialogue import StaffDialogue
from citizen.channels.wechat.staff.http import staff_routes
from citizen.channels.wechat.staff.notices import StaffNotices
from citizen.channels.wechat.staff.work import StaffWork
from citizen.channels.wechat.transport import UrllibTransport
from citizen.contract import ChannelPorts, NoticeRefused, NoticeUnsent, ProgressNotice
from core.room import Health
from core.tasks import Tasks


class WeChat:
    name: Final = NAME
    source: Final = CaseSource.WECHAT

    def __init__(self, settings: WeChatSettings, ports: ChannelPorts) -> None:
        self._settings = settings
        self._transport = UrllibTransport()
        self.api = WeChatApi(settings, self._transport, ports.clock)
        self.bindings = StaffBindings(settings.staff, ports.storage, ports.staff, ports.audit)
        self.crews = OwnBindingsOfCrews(self.bindings, ports.clock)
        talk = StaffDialogue(self.bindings, ports.storage, settings.staff.pictures)
        self.dialogues = WeChatDialogues(settings, ports, talk)
        work = StaffWork(settings, ports.storage, self.api, self.bindings, zone_h=ports.timezone_h)
        self.jobs = WeChatJobs(settings, ports, self.api, self.dialogues, work, self.bindings)
        self.notices = StaffNotices(
            settings, ports.storage, self.bindings, self.jobs.wake, zone_h=ports.timezone_h
        )
        if settings.enabled and settings.staff.enabled:
            self.notices.listen(ports.bus)
        self.routers: Sequence[APIRouter] = (
            routes(settings, ports, self.dialogues, self.jobs.wake),
            staff_routes(self.bindings, ports.current_user),
        )
        self._tasks = Tasks("citizen.wechat")

    async def start(self) -> None:
        if self._settings.enabled:
            self._tasks.forever("jobs", self.jobs.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        self._transport.close()

    def health(self) -> Sequence[Health]:
        if not self._settings.enabled:
            return ()
        if not self.api.away:
            return (Health("wechat", "up"),)
        why = f"WeChat takes nothing ({self.api.away}): what is to be sent waits; check AppSecret and network"
        return (Health("wechat", "degraded", why),)

    async def send(self, notice: ProgressNotice) -> None:
        """A step in the language of the account; after 48 hours without a word by a template message."""
        if not self._settings.enabled or not notice.reporter:
            raise NoticeRefused
        language = self._settings.language
        step = words.step_words(notice.step)
        told = [words.filled(words.REPORT_LINE, number=notice.number, step=step)]
        if notice.step.progress is CaseProgress.CLOSED:
            told.append(words.RATE_IT)
        text = "\n".join(one.in_language(language) for one in told)
        try:
            try:
                await self.api.say(notice.reporter, text)
            except WeChatRefused as error:
                template = self._settings.template
                if error.code != OUT_OF_TIME or template is None:
                    raise
                await self.api.tell_by_template(
                    notice.reporter, template, notice.number, step.in_language(language)
                )
        except WeChatAway as error:
            raise NoticeUnsent(error.detail) from error
        except WeChatRefused as error:
            if error.code in TOKEN_REFUSED:  # a wrong secret is mended, an address is not
                raise NoticeUnsent(error.detail) from error
            raise NoticeRefused(error.detail) from error
