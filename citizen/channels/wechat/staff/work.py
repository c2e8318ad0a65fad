"""Does what bound staff ask for, and sends them notices: jobs that stand in the database until done."""

from __future__ import annotations

from collections.abc import Sequence
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
from citizen.contract.staff import StaffAct, StaffDesk, StaffMember, StaffReply, StaffTask
from core.metrics import counter
from core.storage import Storage
from core.translation import Translatable

_acts = counter("citizen_wechat_staff_acts", "Replies of bound staff by what became of them", ["act", "fate"])
_notices = counter("citizen_wechat_staff_notices", "Notices to bound staff by what became of them", ["fate"])
_NAMES: Final = UUID("3c1f3b5e-2a0f-5d0c-9d4e-5a4f0c9f2b7a")
"""Names ids that are made of a message's key: the same message is the same act."""
MOST_PHOTO_BYTES: Final = 10 * 1024 * 1024
MOST_NAMED: Final = 10


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
        lines = [words.list_line(one, language, self._zone_h) for one in found]
        await self._finish(job, "\n".join(lines) or words.NO_TASKS.in_language(language))

    async def act(self, job: WeChatJob) -> None:
        """Do what a reply says, once by its message; he is told what became of it."""
        member = await self._member(job)
        if member is None:
            return
        language = await self._language(job.openid)
        act = StaffAct(job.payload["act"])
        chosen = await self._chosen(job, member, act)
        if isinstance(chosen, Translatable):
            _acts.labels(act.value, "unclear").inc()
            await self._finish(job, chosen.in_language(language))
            return
        task, payload = chosen
        photos = await self._photos(member, task, payload)
        if photos is None:
            _acts.labels(act.value, "photo").inc()
            await self._finish(job, words.PHOTO_UNFIT.in_language(language))
            return
        finding = payload["finding"]
        reply = StaffReply(
            act=act, op_id=uuid5(_NAMES, str(payload["key"])), words=str(payload["words"]),
            finding=VerificationFinding(finding) if finding else None, photos=photos,
        )  # fmt: skip
        outcome = await self._desk.act(member, task, reply)
        _acts.labels(act.value, outcome.what).inc()
        await self._finish(job, words.outcome_words(act, task.number, outcome).in_language(language))

    async def notice(self, job: WeChatJob) -> None:
        """Send a notice to who is still bound as he was then."""
        binding = await self._binding(job)
        wanted = StaffMember(job.payload["kind"], str(job.payload["member"]))
        if binding is None or binding.member != wanted or await self._bindings.in_service(binding) is None:
            _notices.labels("unbound").inc()
            await self._remove(job)
            return
        fate, silent = "sent", False
        try:
            await self._api.say(job.openid, str(job.payload["text"]))
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

    async def _by_template(self, job: WeChatJob) -> bool:
        """By a template message, where there is one. False where the platform takes none."""
        template = self._settings.template
        if template is None:
            return False
        try:
            head = str(job.payload["text"]).partition("\n")[0]
            await self._api.tell_by_template(job.openid, template, str(job.payload["number"]), head)
        except WeChatRefused:
            return False
        return True

    async def _chosen(
        self, job: WeChatJob, member: StaffMember, act: StaffAct
    ) -> tuple[StaffTask, dict[str, Any]] | Translatable:
        """The task that the reply is about, the same one whenever the job is done again; else what to say."""
        number, payload = str(job.payload["number"]), job.payload
        if number:
            found = await self._desk.numbered(member, number)
        else:
            found = [one for one in await self._desk.open_tasks(member) if act in one.may]
        if "task" in payload:
            found = [one for one in found if str(one.task_id) == payload["task"]]
        elif number and len(found) > 1:
            found = [one for one in found if act in one.may] or found[:1]
        if not found:
            return words.filled(words.NO_SUCH_TASK, number=number) if number else words.NOTHING_TO_DO
        if len(found) > 1:
            numbers = " ".join(dict.fromkeys(one.number for one in found[:MOST_NAMED]))
            return words.SAME_NUMBER if number else words.filled(words.WHICH, numbers=numbers)
        task = found[0]
        if "task" not in payload:
            payload = {**payload, "task": str(task.task_id), "rev": task.rev, "may": act in task.may}
            async with self._storage.write() as transaction:
                await wechat_store.change(transaction.connection, job.job_id, payload=payload)
        return _as_seen(task, payload, act), payload

    async def _photos(
        self, member: StaffMember, task: StaffTask, payload: dict[str, Any]
    ) -> Sequence[UUID] | None:
        """The ids of the photos of the reply, each kept once; None where one cannot be kept."""
        if not payload["photos"] or StaffAct.DONE not in task.may:
            return ()
        kept = []
        for media_id in payload["photos"]:
            photo_id = uuid5(_NAMES, f"{payload['key']} {media_id}")
            try:
                data = await self._api.media(str(media_id), MOST_PHOTO_BYTES)
            except WeChatRefused as error:
                if error.code in TOKEN_REFUSED:
                    raise
                return None
            except WeChatTooLong:
                return None
            if not await self._desk.keep_photo(member, task, photo_id, data):
                return None
            kept.append(photo_id)
        return kept

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

    async def _finish(self, job: WeChatJob, text: str) -> None:
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            await wechat_store.remove(transaction.connection, job.job_id)
            await wechat_store.add(transaction.connection, job.openid, wechat_store.SAY, {"text": text}, now)

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
