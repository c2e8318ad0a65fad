"""Does what follows an answer: loads photos, listens, registers reports, rates, and writes to people. A job
stands in the database until it is done; one that a kill interrupted is done again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from cases.events import CaseSource
from citizen.channels.wechat import store, words
from citizen.channels.wechat.api import WeChatApi
from citizen.channels.wechat.dialogue import ACCURACY_M, DialogueState, Heard
from citizen.channels.wechat.dialogues import NAME, OWN, WeChatDialogues
from citizen.channels.wechat.errors import WeChatRefused, WeChatTooLong
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.staff import words as staff_words
from citizen.channels.wechat.staff.bindings import StaffBindings
from citizen.channels.wechat.staff.work import StaffWork
from citizen.channels.wechat.store import WeChatJob
from citizen.contract import (
    ChannelPorts,
    CitizenRating,
    CitizenReport,
    ReportAddition,
    ReportReceipt,
    VoiceUnrecognised,
)
from citizen.contract.report import MOST_PICTURE_BYTES
from citizen.errors import MessageReused, NoSuchReport, NotRateable, ReportEnded, ReportInvalid
from core.datum import DatumPoint
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.place import Position
from core.translation import Translatable

AT_ONCE: Final = 8
JOB_S: Final = 90.0
MOST_VOICE_BYTES: Final = 2 * 1024 * 1024
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 900.0
GIVE_UP: Final = timedelta(hours=48)
"""So long the platform takes messages to a person who wrote; media last for three days."""
PICTURES_WAIT_S: Final = 20.0
"""A report waits so long for its photos; a later one is added to it."""
LOOK_AGAIN_S: Final = 1.0
LOOK_EVERY_S: Final = 5.0
PRUNE_EVERY_S: Final = 3600.0
_log = logger("citizen")
_jobs = counter("citizen_wechat_jobs", "Jobs of the WeChat channel by what became of them", ["kind", "fate"])
_waiting = gauge("citizen_wechat_jobs_waiting", "Jobs of the WeChat channel that wait")


class _Later(Exception):  # no error: the job's time has not come
    """Do it again in a moment; it does not count as a failure."""


class WeChatJobs:
    """`run` for ever; `wake` after a job was added."""

    def __init__(
        self,
        settings: WeChatSettings,
        ports: ChannelPorts,
        api: WeChatApi,
        dialogues: WeChatDialogues,
        staff: StaffWork,
        bindings: StaffBindings,
    ) -> None:
        self._settings = settings
        self._ports = ports
        self._storage = ports.storage
        self._api = api
        self._dialogues = dialogues
        self._bindings = bindings
        self._new = asyncio.Event()
        self._do: Mapping[str, Callable[[WeChatJob], Awaitable[None]]] = {
            store.PICTURE: self._picture,
            store.VOICE: self._voice,
            store.FILE: self._file,
            store.RATE: self._rate,
            store.SAY: self._say,
            store.FORGET: self._forget,
            store.STAFF_ACT: staff.act,
            store.STAFF_TASKS: staff.tasks,
            store.STAFF_NOTICE: staff.notice,
        }

    def wake(self) -> None:
        self._new.set()

    async def run(self) -> None:
        """Do what is due, for ever."""
        pruned = -PRUNE_EVERY_S
        while True:
            self._new.clear()
            if self._ports.clock.monotonic() - pruned >= PRUNE_EVERY_S:
                pruned = self._ports.clock.monotonic()
                async with self._storage.write() as transaction:
                    await store.prune(transaction.connection, self._ports.clock.now())
                if self._bindings.enabled:
                    await self._sweep()
            if await self.do_due():
                continue
            try:
                async with asyncio.timeout(await self._pause()):
                    await self._new.wait()
            except TimeoutError:
                continue

    async def _sweep(self) -> None:
        """What goes wrong with the bindings of staff holds up no job."""
        try:
            await self._bindings.sweep()
        except Exception:  # noqa: BLE001  # the jobs of citizens go on
            _log.exception("the bindings of staff were not looked through")

    async def do_due(self) -> int:
        """Do what is due, side by side; how many jobs."""
        async with self._storage.read() as connection:
            found = await store.due(connection, self._ports.clock.now(), AT_ONCE)
            _waiting.set(await store.count_waiting(connection))
        await asyncio.gather(*(self._one(job) for job in found))
        return len(found)

    async def _pause(self) -> float:
        async with self._storage.read() as connection:
            due = await store.next_due(connection)
        if due is None:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, max(0.05, (due - self._ports.clock.now()).total_seconds()))

    async def _one(self, job: WeChatJob) -> None:
        try:
            async with asyncio.timeout(JOB_S):
                await self._do[job.kind](job)
        except _Later:
            await self._postpone(job, LOOK_AGAIN_S, job.tries)
            return
        except (SonghuaError, TimeoutError, OSError) as error:
            _log.warning("a job of wechat failed", job=job.kind, error=type(error).__name__)
        except Exception:  # noqa: BLE001  # a fault in one job holds up no other one
            _log.exception("a job of wechat failed", job=job.kind)
        else:
            _jobs.labels(job.kind, "done").inc()
            return
        if self._ports.clock.now() - job.made_at > GIVE_UP:
            _jobs.labels(job.kind, "failed").inc()
            async with self._storage.write() as transaction:
                await store.remove(transaction.connection, job.job_id)
                if job.kind == store.STAFF_ACT:
                    said = {"text": staff_words.FAILED.in_language(self._settings.language)}
                    await store.add(
                        transaction.connection, job.openid, store.SAY, said, self._ports.clock.now()
                    )
            return
        _jobs.labels(job.kind, "again").inc()
        await self._postpone(job, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**job.tries), job.tries + 1)

    async def _postpone(self, job: WeChatJob, seconds: float, tries: int) -> None:
        later = self._ports.clock.now() + timedelta(seconds=seconds)
        async with self._storage.write() as transaction:
            await store.change(transaction.connection, job.job_id, due_at=later, tries=min(tries, 20))

    async def _picture(self, job: WeChatJob) -> None:
        media_id = str(job.payload["media_id"])
        try:
            data = await self._api.media(media_id, MOST_PICTURE_BYTES)
        except WeChatRefused:
            await self._lose(job, media_id, words.PICTURE_LOST)
            return
        except WeChatTooLong:
            data = b""
        if not data or not await asyncio.to_thread(self._ports.picture_fits, data):
            await self._lose(job, media_id, words.PICTURE_UNFIT)
            return
        async with self._storage.write() as transaction:
            # Its report may have been registered while it was loaded.
            now = await store.job_of(transaction.connection, job.job_id)
            if now is None:
                return
            if "number" not in now.payload:
                await store.change(transaction.connection, job.job_id, content=data, state=store.DONE)
                return
        await self._add_late(now, data)

    async def _add_late(self, job: WeChatJob, data: bytes) -> None:
        addition = ReportAddition(f"picture:{job.payload['media_id']}"[:128], pictures=(data,))
        try:
            await self._ports.reports.add(str(job.payload["number"]), str(job.payload["code"]), addition)
        except (NoSuchReport, ReportEnded, ReportInvalid) as error:
            _log.info("a late photo was not added", error=error.kind)
        async with self._storage.write() as transaction:
            await store.remove(transaction.connection, job.job_id)

    async def _lose(self, job: WeChatJob, media_id: str, why: Translatable) -> None:
        async with self._storage.write() as transaction:
            language = await self._dialogues.without_picture(transaction, job.openid, media_id)
            await store.remove(transaction.connection, job.job_id)
            said = {"text": why.in_language(language)}
            now = self._ports.clock.now()
            await store.add(transaction.connection, job.openid, store.SAY, said, now)

    async def _voice(self, job: WeChatJob) -> None:
        text = str(job.payload["recognition"])
        try:
            sound = await self._api.media(str(job.payload["media_id"]), MOST_VOICE_BYTES)
            text = (await self._ports.recognise(sound)).strip() or text
        except (WeChatRefused, WeChatTooLong, VoiceUnrecognised) as error:
            _log.info("a voice message was not recognised", error=error.kind)
        # What follows is a message of its own, taken once.
        key = hashlib.sha256(f"heard\n{job.payload['key']}".encode()).hexdigest()
        await self._dialogues.hear(job.openid, Heard(key, text))
        async with self._storage.write() as transaction:
            await store.remove(transaction.connection, job.job_id)

    async def _file(self, job: WeChatJob) -> None:
        report = DialogueState.model_validate(job.payload)
        waited = (self._ports.clock.now() - job.made_at).total_seconds()
        async with self._storage.write() as transaction:
            pictures = await store.pictures_of(transaction.connection, job.openid, report.report_key)
            late = [one for one in pictures if one.state != store.DONE and "late" not in one.payload]
            if late and waited < PICTURES_WAIT_S:
                raise _Later
            # Those that are late now stay so: an attempt that is repeated sends the same report.
            for one in late:
                payload = {**one.payload, "late": True}
                await store.change(transaction.connection, one.job_id, payload=payload)
        there = [one for one in pictures if one.content is not None and "late" not in one.payload]
        try:
            receipt = await self._ports.reports.receive(
                NAME, CaseSource.WECHAT, _report(job, report, [one.content or b"" for one in there])
            )
        except (ReportInvalid, MessageReused):
            told = words.filled(words.NOT_FILED, hotline=self._settings.hotline)
            await self._filed(job, report, None, told)
            return
        told = words.filled(words.FILED, number=receipt.number, code=receipt.code)
        await self._filed(job, report, receipt, told)

    async def _filed(
        self, job: WeChatJob, report: DialogueState, receipt: ReportReceipt | None, told: Translatable
    ) -> None:
        """The person is told, and its photos go; one that is still loaded learns where it belongs."""
        late: list[WeChatJob] = []
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, self._ports.clock.now()
            for one in await store.pictures_of(connection, job.openid, report.report_key):
                if receipt is None or "late" not in one.payload:
                    await store.remove(connection, one.job_id)
                    continue
                payload = {**one.payload, "number": receipt.number, "code": receipt.code}
                await store.change(connection, one.job_id, payload=payload)
                if one.content is not None:
                    late.append(WeChatJob(
                        one.job_id, one.openid, one.kind, one.report_key, payload, one.content, one.state,
                        one.tries, one.made_at,
                    ))  # fmt: skip
            text = told.in_language(report.language)
            await store.add(connection, job.openid, store.SAY, {"text": text}, now)
            # It stays for a day without its words: so many reports of one person are counted.
            await store.change(connection, job.job_id, state=store.DONE, payload={})
        for one in late:
            await self._add_late(one, one.content or b"")

    async def _rate(self, job: WeChatJob) -> None:
        chosen = await self._to_rate(job)
        told: Translatable = words.NOTHING_TO_RATE
        if chosen is not None:
            number, code = chosen
            stars, solved = int(job.payload["stars"]), job.payload["solved"]
            rating = CitizenRating(stars, solved, str(job.payload["words"]))
            try:
                await self._ports.reports.rate(number, code, rating)
                told = words.filled(words.RATED, number=number, stars=stars)
            except (NoSuchReport, NotRateable, ReportInvalid):
                told = words.NOTHING_TO_RATE
        async with self._storage.write() as transaction:
            now = self._ports.clock.now()
            state = await store.dialogue_of(transaction.connection, job.openid)
            language = self._settings.language if state is None else state.language
            said = {"text": told.in_language(language)}
            await store.remove(transaction.connection, job.job_id)
            await store.add(transaction.connection, job.openid, store.SAY, said, now)

    async def _to_rate(self, job: WeChatJob) -> tuple[str, str] | None:
        """Number and code of the report that is rated, the same one whenever the job is done again."""
        if "number" in job.payload:
            return str(job.payload["number"]), str(job.payload["code"])
        own = [one for one in await self._ports.reports.own(NAME, job.openid, OWN) if one.progress.may_rate]
        unrated = [one for one in own if one.progress.stars is None]
        if not own:
            return None
        chosen = (unrated or own)[0]
        payload = {**job.payload, "number": chosen.progress.number, "code": chosen.code}
        async with self._storage.write() as transaction:
            await store.change(transaction.connection, job.job_id, payload=payload)
        return chosen.progress.number, chosen.code

    async def _say(self, job: WeChatJob) -> None:
        try:
            await self._api.say(job.openid, str(job.payload["text"]))
        except WeChatRefused as error:
            _log.info("wechat took no message", code=error.code)
        async with self._storage.write() as transaction:
            await store.remove(transaction.connection, job.job_id)

    async def _forget(self, job: WeChatJob) -> None:
        await self._ports.reports.forget_reporter(NAME, job.openid)
        async with self._storage.write() as transaction:
            await store.remove(transaction.connection, job.job_id)


def _report(job: WeChatJob, report: DialogueState, pictures: list[bytes]) -> CitizenReport:
    position = None
    if report.point is not None:
        there = DatumPoint(report.point.lon, report.point.lat, report.point.datum).wgs84()
        position = Position(lon=there.lon, lat=there.lat, accuracy_m=ACCURACY_M)
    return CitizenReport(
        message_id=report.report_key,
        text=report.text,
        received_at=job.made_at,
        reporter=job.openid,
        place=report.place,
        position=position,
        pictures=tuple(pictures),
    )
