"""What the channel of text messages may do: fills `citizen.contract.TextMessages`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol
from uuid import UUID

from citizen.contract import (
    IncomingText,
    ProgressNotice,
    ReportConsumer,
    ReportStep,
    TextAnswer,
    TextWords,
)
from citizen.errors import NoSuchReport
from citizen.messages.errors import NoMobileNumber
from citizen.messages.model import (
    MessagePurpose,
    MessageWish,
    TemplateName,
    own_code,
    step_words,
    template_of,
    told_step,
)
from citizen.messages.ports import CaseByCode
from citizen.messages.service import CitizenMessages, answer_wish
from citizen.reports import store as report_store
from citizen.reports.model import StoredReport
from core.storage import Storage


class Ratings(Protocol):
    async def rate_by_text(self, number: str, digits: str) -> Literal["thanks", "sorry"] | None: ...


class Texts:
    def __init__(
        self,
        storage: Storage,
        messages: CitizenMessages,
        reports: ReportConsumer,
        case_by_code: CaseByCode,
        ratings: Ratings,
    ) -> None:
        self._storage = storage
        self._messages = messages
        self._reports = reports
        self._case_by_code = case_by_code
        self._ratings = ratings

    @property
    def words(self) -> TextWords:
        rules = self._messages.rules
        return TextWords(rules.stop_words, rules.start_words, rules.query_words)

    def take(self, taker: Callable[[IncomingText], Awaitable[str]]) -> None:
        self._messages.take_texts(taker)

    async def tell(self, notice: ProgressNotice) -> None:
        async with self._storage.read() as connection:
            report = await report_store.by_number(connection, notice.number)
        if report is None or told_step(notice.step) not in self._messages.rules.steps:
            return
        case = await self._case_by_code(notice.case_number) if notice.case_number else None
        if notice.case_number and case is None:
            return  # it is confidential: others may read the telephone
        wish = progress_wish(
            notice.notice_id, report, notice.step, number=notice.reporter,
            case=notice.case_number, code="" if case is None else case.code,
        )  # fmt: skip
        async with self._storage.write() as transaction:
            await self._messages.queue(transaction, wish)

    async def answer(self, message_id: UUID, to: str, what: TextAnswer, /, **words: str) -> None:
        await self._messages.answer(answer_wish(to, message_id, TemplateName(what), words))

    async def opt(self, number: str, *, out: bool) -> None:
        try:
            await self._messages.opt(None, number, out=out)
        except NoMobileNumber:
            return  # nothing is sent to it anyway

    async def status(self, code: str) -> tuple[str, str] | None:
        found = await self._case_by_code(code)
        return None if found is None else (found.number, self._messages.step_words(found.progress))

    async def status_of_report(self, number: str, code: str) -> tuple[str, str] | None:
        try:
            found = await self._reports.follow(number, code)
        except NoSuchReport:
            return None
        language = self._messages.rules.language
        if not found.steps:
            return found.number, step_words("waiting", language)
        last = found.steps[-1]
        return found.case_number or found.number, step_words(told_step(last), language)

    async def rate(self, number: str, text: str) -> Literal["thanks", "sorry"] | None:
        return await self._ratings.rate_by_text(number, text)


def progress_wish(
    message_id: UUID, report: StoredReport, step: ReportStep, *, number: str, case: str, code: str
) -> MessageWish:
    """The message that tells this step of a report. `code` is the case's short code, empty where it has none
    that may be asked for: the report is followed by its own number and code then.
    """
    words = {
        "number": report.number,
        "case": case or report.number,
        "code": code or own_code(report.number, report.code),
    }
    return MessageWish(
        message_id, MessagePurpose.PROGRESS, number, template_of(step.progress, step.declined), words,
        case_id=report.case_id, report_id=report.report_id, step=told_step(step), language=report.language,
    )  # fmt: skip
