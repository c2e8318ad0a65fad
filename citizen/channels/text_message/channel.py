"""Text messages as a channel."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Final
from uuid import UUID, uuid5

from fastapi import APIRouter

from cases.events import CaseSource
from citizen.channels.text_message.reading import TextQuestion, TextRating, TextStart, TextStop, read
from citizen.channels.text_message.settings import SmsChannelSettings
from citizen.contract import (
    ChannelPorts,
    CitizenReport,
    IncomingText,
    NoticeRefused,
    ProgressNotice,
    TextAnswer,
    TextMessages,
)
from citizen.contract.limits import HourLimit
from citizen.contract.report import MOST_TEXT
from citizen.errors import TooManyReports
from core.room import Health

_SAME: Final = UUID("5d7d0d8e-7c0b-5b0e-9a3f-3f3ff6b0a5c1")
"""Names ids of answers: the same message that comes again within minutes has the same answer."""
SAME_WITHIN: Final = timedelta(minutes=10)
LONGEST_NUMBER: Final = 24


class Sms:
    name: Final = "sms"
    source: Final = CaseSource.SMS
    routers: Sequence[APIRouter] = ()

    def __init__(
        self, settings: SmsChannelSettings, ports: ChannelPorts, now: Callable[[], float] = monotonic
    ) -> None:
        self._enabled = settings.enabled
        self._ports = ports
        self._limit = HourLimit(settings.per_number_hour, settings.per_hour, now)
        if ports.texts is not None:
            ports.texts.take(self.take)

    async def start(self) -> None:
        """Nothing runs: the link brings what comes."""

    async def stop(self) -> None:
        """Nothing runs."""

    def health(self) -> Sequence[Health]:
        return ()

    async def send(self, notice: ProgressNotice) -> None:
        if self._ports.texts is None:
            raise NoticeRefused("no SMSC is set", remedy="set [sms] in the settings")
        await self._ports.texts.tell(notice)

    async def take(self, text: IncomingText) -> str:
        """Take a citizen's message; in a word what it was. Raises `StorageAway`: it comes again."""
        texts = self._ports.texts
        assert texts is not None
        content = read(text.text, texts.words)
        if isinstance(content, TextStop | TextStart):
            # Whoever wants no more messages is heard, however many he wrote.
            out = isinstance(content, TextStop)
            await texts.opt(text.number, out=out)
            await self._answer(texts, text, "stopped" if out else "started")
            return "stop" if out else "start"
        if not text.text.strip() or len(text.number) > LONGEST_NUMBER:
            return "empty"
        try:
            self._limit.take(text.number)
        except TooManyReports:
            await self._answer(texts, text, "too_many")
            return "too many"
        try:
            match content:
                case TextQuestion():
                    return await self._question(texts, text, content)
                case TextRating(digits):
                    answer = await texts.rate(text.number, digits)
                    await self._answer(texts, text, answer or "status_unknown")
                    return "rating" if answer else "unknown rating"
            return await self._report(texts, text)
        except BaseException:
            # It comes again: the citizen wrote it once.
            self._limit.give_back(text.number)
            raise

    async def _question(self, texts: TextMessages, text: IncomingText, asked: TextQuestion) -> str:
        if asked.number:
            found = await texts.status_of_report(asked.number, asked.code)
        else:
            found = await texts.status(asked.code) if asked.code else None
        if found is None:
            await self._answer(texts, text, "status_unknown")
            return "unknown question"
        case, step = found
        await self._answer(texts, text, "status", case=case, step=step)
        return "question"

    async def _report(self, texts: TextMessages, text: IncomingText) -> str:
        if not self._enabled:
            return "off"
        said = text.text.replace("\0", "")
        report = CitizenReport(
            message_id=_message_id(text), text=said[:MOST_TEXT], received_at=text.at,
            reporter=text.number, phone=text.number,
        )  # fmt: skip
        receipt = await self._ports.reports.receive(self.name, self.source, report)
        answer_id = uuid5(_SAME, f"receipt:{receipt.number}")
        await texts.answer(answer_id, text.number, "receipt", number=receipt.number, code=receipt.code)
        return "report"

    async def _answer(self, texts: TextMessages, text: IncomingText, what: TextAnswer, **words: str) -> None:
        part = int(text.at.timestamp() // SAME_WITHIN.total_seconds())
        said = hashlib.sha256(text.text.encode("utf-8", "replace")).hexdigest()
        message_id = uuid5(_SAME, f"{what}:{text.number}:{said}:{part}")
        await texts.answer(message_id, text.number, what, **words)


def _message_id(text: IncomingText) -> str:
    """SMPP gives messages of telephones no id: the same words of the same number on the same day are one."""
    said = f"{text.number}\0{text.at:%Y%m%d}\0{text.text}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
