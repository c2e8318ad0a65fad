"""Does what bound staff ask for, and sends them notices: jobs that stand in the database until done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from cases.events import VerificationFinding
from citizen.channels.wechat import store as wechat_store
from citizen.channels.wechat.api import OUT_OF_TIME, TOKEN_REFUSED, WeChatApi
from citizen.channels.wechat.errors import WeChatRefused, WeChatTooLong
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.staff import store, words
from citizen.channels.wechat.staff.bindings import StaffBindings
from citizen.channels.wechat.staff.store import WeChatBinding
from citizen.channels.wechat.store import WeChatJob
from citizen.contract.staff import PhotoFate, StaffAct, StaffDesk, StaffMember, StaffReply, StaffTask
from core.metrics import counter
from core.storage import Storage
from core.translation import Translatable

_acts = counter("citizen_wechat_staff_acts", "Replies of bound staff by what became of them", ["act", "fate"])
_notices = counter("citizen_wechat_staff_notices", "Notices to bound staff by what became of them", ["fate"])
_NAMES: Final = UUID("3c1f3b5e-2a0f-5d0c-9d4e-5a4f0c9f2b7a")
"""Names ids that are made of a message's key: the same message is the same act."""
MOST_PHOTO_BYTES: Final = 10 * 1024 * 1024
MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why the photos of a reply are not kept now; those that are `unfit` never are."""

    fate: PhotoFate
    unfit: Sequence[str]


_REFUSED: Final[Mapping[PhotoFate, Translatable]] = {
    "unfit": words.PHOTO_UNFIT,
    "too_many": words.PHOTOS_LATER,
    "closed": words.PHOTOS_CLOSED,
}


class StaffWork:
    """Each method does one job of `store.STAFF_…` and takes it out of the line."""

    def __init__(
        self,
        settings: WeChatSettings,
        storage: Storage,
        api: WeChatApi,
        bindings: StaffBindings,
        *,
        zone_h: float,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._api = api
        self._bindings = bindings
        self._zone_h = zone_h

    @property
    def _desk(self) -> StaffDesk:
        return self._bindings.desk

    async def tasks(self, job: WeChatJob) -> None:
        """Tell him what he has to do."""
        member = await self._member(job)
        if member is None:
            return
        found = await self._desk.open_tasks(member)
        language = await self._language(job.openid)
        lines = [words.list_line(one, language, self._zone_h) for one in found.tasks]
        if found.more:
            lines.append(words.filled(words.AND_MORE, count=found.more).in_language(language))
        await self._finish(job, "\n".join(lines) or words.NO_TASKS.in_language(language))

    async def act(self, job: WeChatJob) -> None:
        """Do what a reply says, once by its message; he is told what became of it. Its photos wait until it
        is done.
        """
        member = await self._member(job)
        if member is None:
            return
        act = StaffAct(job.payload["act"])
        chosen = await self._chosen(job, member, act)
        if isinstance(chosen, Translatable):
            _acts.labels(act.value, "unclear").inc()
            await self._tell_undone(job, chosen)
            return
        task, payload = chosen
        waiting = await self._waiting_photos(job)
        photos = await self._photos(member, task, waiting)
        if isinstance(photos, _Refused):
            _acts.labels(act.value, "photo").inc()
            await self._tell_undone(job, _REFUSED[photos.fate], photos.unfit)
            return
        finding = payload["finding"]
        reply = StaffReply(
            act=act, op_id=uuid5(_NAMES, str(payload["key"])), words=str(payload["words"]),
            finding=VerificationFinding(finding) if finding else None, photos=photos,
        )  # fmt: skip
        outcome = await self._desk.act(member, task, reply)
        _acts.labels(act.value, outcome.what).inc()
        said = words.outcome_words(act, task.number, outcome)
        if outcome.what == "done":
            await self._finish(job, said.in_language(await self._language(job.openid)), waiting)
        else:
            await self._tell_undone(job, said)

    async def notice(self, job: WeChatJob) -> None:
        """Send a notice to who is still bound as he was then."""
        binding = await self._binding(job)
        wanted = StaffMember(job.payload["kind"], str(job.payload["member"]))
        if binding is None or binding.member != wanted or await self._bindings.in_service(binding) is None:
            _notices.labels("unbound").inc()
            await self._remove(job)
            return
        fate, silent = "sent", False
        text = await self._notice_text(job)
        try:
            await self._api.say(job.openid, text)
        except WeChatRefused as error:
            if error.code in TOKEN_REFUSED:  # a wrong secret is mended
                raise
            silent = error.code == OUT_OF_TIME and not await self._by_template(job)
            fate = "silent" if silent else "template" if error.code == OUT_OF_TIME else "refused"
        _notices.labels(fate).inc()
        async with self._storage.write() as transaction:
            await wechat_store.remove(transaction.connection, job.job_id)
            if silent:
                await store.set_silent(transaction.connection, job.openid, transaction.clock.now())

    async def _notice_text(self, job: WeChatJob) -> str:
        """With what it is about as the case is now: it may have become confidential since."""
        payload = job.payload
        about, case_id, confidential = str(payload["about"]), str(payload["case"]), payload["confidential"]
        if about and not case_id and not confidential:
            of_task = await self._desk.case_of(UUID(payload["task"]))
            case_id = "" if of_task is None else str(of_task)
        if case_id and not confidential:
            about = await self._desk.about_case(UUID(case_id))
            confidential = not about
        if confidential:
            about = words.CONFIDENTIAL.in_language(await self._language(job.openid))
        return "\n".join([*payload["head"], *([about] if about else []), *payload["tail"]])

    async def _by_template(self, job: WeChatJob) -> bool:
        """By a template message, where there is one. False where the platform takes none."""
        template = self._settings.template
        if template is None:
            return False
        try:
            head = str(job.payload["head"][0])
            await self._api.tell_by_template(job.openid, template, str(job.payload["number"]), head)
        except WeChatRefused:
            return False
        return True

    async def _chosen(
        self, job: WeChatJob, member: StaffMember, act: StaffAct
    ) -> tuple[StaffTask, dict[str, Any]] | Translatable:
        """The task that the reply is about, the same one whenever the job is done again; else what to say."""
        number, payload = str(job.payload["number"]), job.payload
        if "task" in payload:
            known = await self._desk.tasks_by_id(member, UUID(payload["task"]))
            if not known:
                return words.filled(words.GONE, number=payload["named"])
            return _as_seen(known[0], payload, act), payload
        if number:
            tasks = await self._desk.numbered(member, number)
        else:
            tasks = await self._desk.open_tasks(member, act)
        found = list(tasks.tasks)
        if payload["finding"]:
            found = [one for one in found if one.kind == "verification"]
            if tasks.tasks and not found:
                return words.filled(words.FINDING_ONLY, number=tasks.tasks[0].number)
        if number and len(found) > 1:
            found = [one for one in found if act in one.may] or found[:1]
        if not found:
            return words.filled(words.NO_SUCH_TASK, number=number) if number else words.NOTHING_TO_DO
        if len(found) > 1 or tasks.more:
            numbers = " ".join(dict.fromkeys(one.number for one in found[:MOST_NAMED]))
            return words.SAME_NUMBER if number else words.filled(words.WHICH, numbers=numbers)
        task = found[0]
        payload = {
            **payload, "task": str(task.task_id), "named": task.number, "rev": task.rev,
            "may": act in task.may,
        }  # fmt: skip
        async with self._storage.write() as transaction:
            await wechat_store.change(transaction.connection, job.job_id, payload=payload)
        return _as_seen(task, payload, act), payload

    async def _waiting_photos(self, job: WeChatJob) -> Sequence[str]:
        """Those of the reply that wait still: an earlier reply may have taken them."""
        async with self._storage.read() as connection:
            waiting = await wechat_store.staff_pictures(connection, job.openid)
        return [one for one in job.payload["photos"] if one in waiting]

    async def _photos(
        self, member: StaffMember, task: StaffTask, waiting: Sequence[str]
    ) -> Sequence[UUID] | _Refused:
        """The ids of the photos, each kept once for its task; else why, and those that can never be kept."""
        if not waiting or StaffAct.DONE not in task.may:
            return ()
        kept: list[UUID] = []
        unfit: list[str] = []
        for media_id in waiting:
            photo_id = uuid5(_NAMES, f"{task.task_id} {media_id}")
            fate = await self._photo(member, task, media_id, photo_id)
            if fate == "unfit":
                unfit.append(media_id)
            elif fate != "kept":
                return _Refused(fate, unfit)
            else:
                kept.append(photo_id)
        return _Refused("unfit", unfit) if unfit else kept

    async def _photo(self, member: StaffMember, task: StaffTask, media_id: str, photo_id: UUID) -> PhotoFate:
        try:
            data = await self._api.media(media_id, MOST_PHOTO_BYTES)
        except WeChatRefused as error:
            if error.code in TOKEN_REFUSED:
                raise
            return "unfit"
        except WeChatTooLong:
            return "unfit"
        return await self._desk.keep_photo(member, task, photo_id, data)

    async def _member(self, job: WeChatJob) -> StaffMember | None:
        """Who asks; None where he is bound no more, and is told so."""
        binding = await self._binding(job)
        profile = None if binding is None else await self._bindings.in_service(binding)
        if profile is None:
            language = await self._language(job.openid)
            await self._finish(job, words.NOT_IN_SERVICE.in_language(language))
            return None
        return profile.member

    async def _binding(self, job: WeChatJob) -> WeChatBinding | None:
        async with self._storage.read() as connection:
            return await store.of_openid(connection, job.openid)

    async def _language(self, openid: str) -> str:
        async with self._storage.read() as connection:
            return await wechat_store.language_of(connection, openid) or self._settings.language

    async def _tell_undone(self, job: WeChatJob, said: Translatable, unfit: Sequence[str] = ()) -> None:
        """Say why nothing was done, and how many photos wait for the next reply. The `unfit` ones go."""
        language = await self._language(job.openid)
        left = len(await self._waiting_photos(job)) - len(unfit)
        told = [said] if left <= 0 else [said, words.filled(words.PHOTOS_WAIT, count=left)]
        await self._finish(job, "\n".join(one.in_language(language) for one in told), unfit)

    async def _finish(self, job: WeChatJob, text: str, over: Collection[str] = ()) -> None:
        """`over` are photos that wait no more."""
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            await wechat_store.drop_staff_pictures(connection, job.openid, over)
            await wechat_store.remove(connection, job.job_id)
            await wechat_store.add(connection, job.openid, wechat_store.SAY, {"text": text}, now)

    async def _remove(self, job: WeChatJob) -> None:
        async with self._storage.write() as transaction:
            await wechat_store.remove(transaction.connection, job.job_id)


def _as_seen(task: StaffTask, payload: dict[str, Any], act: StaffAct) -> StaffTask:
    """The task as it was when the reply was first looked at: an act that is done again is the same act."""
    may = task.may | {act} if payload["may"] else task.may
    return StaffTask(
        task.task_id, task.kind, task.number, task.about, task.urgent, task.confidential, task.due_at, may,
        int(payload["rev"]),
    )  # fmt: skip
