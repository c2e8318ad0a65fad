"""Answers what a member of staff writes, within the transaction of the message. What he says never becomes a
citizen's report, unless he begins one by a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from citizen.channels.wechat import store as wechat_store
from citizen.channels.wechat.codec import WeChatMessage
from citizen.channels.wechat.dialogue import is_forgetting
from citizen.channels.wechat.staff import store, words
from citizen.channels.wechat.staff.bindings import StaffBindings, is_void
from citizen.channels.wechat.staff.reading import (
    StaffCommand,
    StaffWord,
    binding_code,
    is_for_citizens,
    staff_command,
    staff_word,
)
from citizen.channels.wechat.staff.store import WeChatBinding
from citizen.contract.staff import StaffAct, StaffProfile
from citizen.errors import TooManyReports
from core.actor import Actor
from core.metrics import counter
from core.storage import Storage, Transaction
from core.translation import FALLBACK, Translatable

_said = counter("citizen_wechat_staff_messages", "Messages of bound staff by what they were", ["what"])
Says = tuple[Translatable, ...]
_MENU_KEYS: Final = frozenset({"report", "progress", "rate"})
"""Keys of the account's menu by which somebody asks for what citizens ask for."""


@dataclass(frozen=True, slots=True)
class TriedCode:
    """The code that a message holds, and for whom it was made; None for a wrong one."""

    code: str
    profile: StaffProfile | None


class StaffDialogue:
    def __init__(self, bindings: StaffBindings, storage: Storage, most_pictures: int) -> None:
        self._bindings = bindings
        self._storage = storage
        self._most_pictures = most_pictures

    async def tried(self, message: WeChatMessage) -> TriedCode | None:
        """What a message that asks to be bound leads to; before its transaction, as other rooms are asked."""
        code = binding_code(message.text) if self._bindings.enabled and message.kind == "text" else None
        if code is None:
            return None
        async with self._storage.read() as connection:
            waiting = await store.waiting_code(connection, code, self._storage.clock.now())
        profile = None if waiting is None else await self._bindings.desk.profile(waiting.member)
        return TriedCode(code, profile)

    async def take(
        self, transaction: Transaction, message: WeChatMessage, tried: TriedCode | None, *, reporting: bool
    ) -> Says | None:
        """What he is told; None for what is a citizen's. `reporting`: a report of his own is under way."""
        binding = await self._bindings.bound(transaction, message.openid)
        if tried is not None:
            return await self._bind(transaction, message.openid, binding, tried)
        if binding is None:
            return None
        if message.event == "unsubscribe" or is_forgetting(message.text):
            await self._end(transaction, binding)
            return None
        found = await self._staff_says(transaction, binding, message, reporting=reporting)
        _said.labels("citizen" if found is None else "staff").inc()
        return found

    async def may_report(self, transaction: Transaction, openid: str, *, reporting: bool) -> bool:
        """Whether the words of a voice message may go on as a report: of staff only one that is under way."""
        return reporting or await self._bindings.bound(transaction, openid) is None

    async def _staff_says(
        self, transaction: Transaction, binding: WeChatBinding, message: WeChatMessage, *, reporting: bool
    ) -> Says | None:
        if message.kind == "text":
            return await self._text(transaction, binding, message, reporting=reporting)
        if message.kind == "event":
            asked = message.event == "click" and message.event_key.casefold() in _MENU_KEYS
            return None if asked else (words.MENU,)
        if reporting:
            return None
        if message.kind == "image":
            return await self._picture(transaction, binding, message.media_id)
        return (words.WRITE_IT,)

    async def _text(
        self, transaction: Transaction, binding: WeChatBinding, message: WeChatMessage, *, reporting: bool
    ) -> Says | None:
        command = staff_command(message.text)
        if command is not None and (command.number or not reporting):
            return await self._reply(transaction, binding, message, command)
        if reporting or is_for_citizens(message.text):
            return None
        match staff_word(message.text):
            case StaffWord.UNBIND:
                await self._end(transaction, binding)
                return (words.UNBOUND,)
            case StaffWord.TASKS:
                now = transaction.clock.now()
                await wechat_store.add(
                    transaction.connection, binding.openid, wechat_store.STAFF_TASKS, {}, now
                )
                return ()
        return (words.MENU,)

    async def _reply(
        self, transaction: Transaction, binding: WeChatBinding, message: WeChatMessage, command: StaffCommand
    ) -> Says:
        """Stand it in line. The photos that wait go with it, and wait on until it is done."""
        if not command.clear:
            return (words.NOT_CLEAR,)
        if command.act is StaffAct.CANNOT and not command.number:
            return (words.NUMBER_AND_WHY,)
        now, connection = transaction.clock.now(), transaction.connection
        photos: Sequence[str] = ()
        if command.act is StaffAct.DONE:
            since = now - wechat_store.KEPT
            photos = await wechat_store.staff_pictures(connection, binding.openid, since)
        payload = {
            "act": command.act.value, "number": command.number, "words": command.words,
            "finding": command.finding.value if command.finding is not None else "",
            "key": message.key, "photos": list(photos),
        }  # fmt: skip
        await wechat_store.add(connection, binding.openid, wechat_store.STAFF_ACT, payload, now)
        return (words.TAKEN,)

    async def _picture(self, transaction: Transaction, binding: WeChatBinding, media_id: str) -> Says:
        now = transaction.clock.now()
        since = now - wechat_store.KEPT
        kept = await wechat_store.staff_pictures(transaction.connection, binding.openid, since)
        if len(kept) >= self._most_pictures:
            return (words.filled(words.PHOTOS_FULL, most=self._most_pictures),)
        await wechat_store.add_staff_picture(transaction.connection, binding.openid, media_id, now)
        return (words.filled(words.PHOTO_KEPT, count=len(kept) + 1),)

    async def _bind(
        self, transaction: Transaction, openid: str, binding: WeChatBinding | None, tried: TriedCode
    ) -> Says:
        if binding is not None:
            return (words.BOUND_ALREADY,)
        try:
            self._bindings.require_tries(openid)
        except TooManyReports:
            return (words.TOO_MANY_CODES,)
        waiting = await self._bindings.take_code(transaction, openid, tried.code)
        if waiting is None or tried.profile is None or tried.profile.member != waiting.member:
            return (words.WRONG_CODE,)
        if is_void(tried.profile, self._bindings.made_at(waiting)):
            return (words.WRONG_CODE,)
        bound, ended = await self._bindings.bind(transaction, openid, waiting)
        if bound is None:
            return (words.UNIT_FULL,)
        connection, now = transaction.connection, transaction.clock.now()
        for one in ended:
            language = await wechat_store.language_of(connection, one.openid) or FALLBACK
            said = {"text": words.BOUND_ELSEWHERE.in_language(language)}
            await wechat_store.add(connection, one.openid, wechat_store.SAY, said, now)
        return (words.filled(words.BOUND, name=tried.profile.name), words.MENU)

    async def _end(self, transaction: Transaction, binding: WeChatBinding) -> None:
        member = binding.member
        await self._bindings.end_in(transaction, binding, Actor(member.actor_id, member.member_id))
