"""Carries the dialogue on: each message once, its state, answer and jobs in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from citizen.channels.wechat import store, words
from citizen.channels.wechat.codec import WeChatMessage
from citizen.channels.wechat.dialogue import (
    DialogueState,
    Effect,
    FetchPicture,
    FileReport,
    ForgetPerson,
    Heard,
    HearVoice,
    RateReport,
    ShowOwn,
    ShowReport,
    Turn,
    reduce,
)
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.staff import words as staff_words
from citizen.channels.wechat.staff.dialogue import StaffDialogue
from citizen.contract import ChannelPorts
from citizen.contract.limits import HourLimit
from citizen.errors import NoSuchReport, TooManyReports
from core.metrics import counter
from core.storage import Transaction
from core.translation import Translatable

NAME: Final = "wechat"
DAY: Final = timedelta(days=1)
OWN: Final = 5
_messages = counter("citizen_wechat_messages", "Messages of WeChat by their kind and fate", ["kind", "fate"])
_KINDS: Final = frozenset({"text", "image", "voice", "location", "event"})


class WeChatDialogues:
    """`take` answers a message; `hear` carries on with the words of a voice message."""

    def __init__(self, settings: WeChatSettings, ports: ChannelPorts, staff: StaffDialogue) -> None:
        self._settings = settings
        self._ports = ports
        self._staff = staff
        self._limit = HourLimit(
            settings.messages_per_person_hour, settings.messages_per_hour, ports.clock.monotonic
        )

    async def take(self, message: WeChatMessage) -> str:
        """The text to answer at once, empty for none. The same message again gets the same one. Raises
        `StorageAway`: the platform sends it again.
        """
        kind = message.kind if message.kind in _KINDS else "other"
        try:
            self._limit.take(message.openid)
        except TooManyReports:
            _messages.labels(kind, "limited").inc()
            return self._settled(words.TOO_MANY, self._settings.language)
        now = self._ports.clock.now()
        tried = await self._staff.tried(message)
        async with self._ports.storage.write() as transaction:
            if not await store.is_new(transaction.connection, message.key, now):
                _messages.labels(kind, "again").inc()
                return await store.answer_of(transaction.connection, message.key)
            state = await self._state(transaction, message.openid)
            reporting = state.asks is not None
            of_staff = await self._staff.take(transaction, message, tried, reporting=reporting)
            if of_staff is None:
                turn = await self._turn(transaction, message.openid, state, message)
            else:
                turn = Turn(state, of_staff)
            says = self._said(turn.says, (turn.state or state).language)
            await store.answered(transaction.connection, message.key, says)
        _messages.labels(kind, "taken").inc()
        shown = [one for one in turn.effects if isinstance(one, ShowOwn | ShowReport)]
        if not shown:
            return says
        told = self._said(await self._progress(message.openid, shown[0]), state.language)
        async with self._ports.storage.write() as transaction:
            await store.answered(transaction.connection, message.key, told)
        return told

    async def hear(self, openid: str, heard: Heard) -> None:
        """The words of a voice message, once: what follows is said by a job. Raises `StorageAway`."""
        now = self._ports.clock.now()
        async with self._ports.storage.write() as transaction:
            if not await store.is_new(transaction.connection, heard.key, now):
                return
            state = await self._state(transaction, openid)
            reporting = state.asks is not None
            if await self._staff.may_report(transaction, openid, reporting=reporting):
                turn = await self._turn(transaction, openid, state, heard)
            else:
                turn = Turn(state, (staff_words.WRITE_IT,))
            language = (turn.state or state).language
            says = self._said(turn.says, language)
            shown = [one for one in turn.effects if isinstance(one, ShowOwn | ShowReport)]
            if says:
                await store.add(transaction.connection, openid, store.SAY, {"text": says}, now)
        if shown:
            told = self._said(await self._progress(openid, shown[0]), language)
            async with self._ports.storage.write() as transaction:
                await store.add(transaction.connection, openid, store.SAY, {"text": told}, now)

    async def without_picture(self, transaction: Transaction, openid: str, media_id: str) -> str:
        """A photo could not be kept: the dialogue goes on without it. The language of the person."""
        state = await self._state(transaction, openid)
        if media_id in state.pictures:
            rest = tuple(one for one in state.pictures if one != media_id)
            # Who is further on already is not asked for photos again.
            further = bool(state.text or state.place or state.point)
            changed = {"pictures": rest, "without_photo": state.without_photo or (further and not rest)}
            await store.keep(transaction.connection, openid, state.model_copy(update=changed))
        return state.language

    async def _state(self, transaction: Transaction, openid: str) -> DialogueState:
        now = self._ports.clock.now()
        found = await store.dialogue_of(transaction.connection, openid)
        if found is None:
            return DialogueState(language=self._settings.language, at=now)
        if now - found.at > timedelta(hours=self._settings.dialogue_h):
            return DialogueState(language=found.language, at=now)
        return found.model_copy(update={"at": now})

    async def _turn(
        self, transaction: Transaction, openid: str, state: DialogueState, signal: WeChatMessage | Heard
    ) -> Turn:
        """What follows is kept, and its jobs stand in line."""
        now, connection = self._ports.clock.now(), transaction.connection
        turn = reduce(state, signal)
        if any(isinstance(one, FileReport) for one in turn.effects):
            most = self._settings.reports_per_person_day
            if await store.filed_since(connection, openid, now - DAY) >= most:
                _messages.labels("report", "limited").inc()
                turn = Turn(
                    turn.state,
                    (words.filled(words.TOO_MANY_REPORTS, most=most, hotline=self._settings.hotline),),
                )
        if turn.state is None:
            await store.drop(connection, openid)
        else:
            await store.keep(connection, openid, turn.state)
        for effect in turn.effects:
            await _stand_in_line(transaction, openid, effect)
        return turn

    async def _progress(self, openid: str, asked: ShowOwn | ShowReport) -> tuple[Translatable, ...]:
        if isinstance(asked, ShowReport):
            try:
                return (words.line_of(await self._ports.reports.follow(asked.number, asked.code)),)
            except NoSuchReport:
                return (words.NO_SUCH_REPORT,)
        own = await self._ports.reports.own(NAME, openid, OWN)
        if not own:
            return (words.NO_REPORTS,)
        unrated = any(one.progress.may_rate and one.progress.stars is None for one in own)
        lines = tuple(words.line_of(one.progress) for one in own)
        return (*lines, words.RATE_IT) if unrated else lines

    def _settled(self, sentence: Translatable, language: str) -> str:
        return self._said((words.filled(sentence, hotline=self._settings.hotline),), language)

    def _said(self, says: tuple[Translatable, ...], language: str) -> str:
        return "\n".join(one.in_language(language) for one in says)


async def _stand_in_line(transaction: Transaction, openid: str, effect: Effect) -> None:
    connection, now = transaction.connection, transaction.clock.now()
    match effect:
        case FetchPicture(media_id, report_key):
            await store.add(connection, openid, store.PICTURE, {"media_id": media_id}, now, report_key)
        case HearVoice(media_id, recognition, key):
            said = {"media_id": media_id, "recognition": recognition, "key": key}
            await store.add(connection, openid, store.VOICE, said, now)
        case FileReport(report):
            told = report.model_dump(mode="json")
            await store.add(connection, openid, store.FILE, told, now, report.report_key)
        case RateReport(stars, solved, said_words):
            rating = {"stars": stars, "solved": solved, "words": said_words}
            await store.add(connection, openid, store.RATE, rating, now)
        case ForgetPerson():
            await store.add(connection, openid, store.FORGET, {}, now)
        case ShowOwn() | ShowReport():
            pass
