"""Answers what units' pages ask about the crew's WeChat; in the role `centre`.

Which unit asks is certain, because the broker lets each one write on its own topics alone.
"""

from __future__ import annotations

import contextlib
from typing import Final

from core.clock import Clock
from core.errors import Conflict, NotFound, SonghuaError
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from field.contract.mobile import codec, topics
from field.wechat.messages import (
    MOST_BOUND,
    CrewWeChatAnswer,
    CrewWeChatAsk,
    CrewWeChatBinding,
    CrewWeChatCause,
)
from field.wechat.ports import CrewWeChats

_log = logger("field")
_asked = counter("field_wechat_asked", "Questions of units' pages about the crew's WeChat", ["answer"])

EVERY_ASK: Final = "unit/+/up/wechat"
EXPIRY_S: Final = 10.0
"""How long an answer is worth anything."""
MAX_BYTES: Final = 2048
_TOO_MANY: Final = 429


class CrewWeChat:
    """Make it before the link starts: it subscribes."""

    def __init__(self, link: BrokerLink, clock: Clock, wechats: CrewWeChats, *, tenant: str) -> None:
        self._link = link
        self._clock = clock
        self._wechats = wechats
        self._tenant = tenant
        link.subscribe(f"v1/{tenant}/{EVERY_ASK}", self._on_ask, name="unit-wechat")

    async def _on_ask(self, message: BrokerMessage) -> None:
        """A stored copy is no wish of now."""
        if message.retained:
            return
        try:
            unit = topics.parse(self._tenant, message.topic).uid
            ask = codec.decode(CrewWeChatAsk, message.payload, limit=MAX_BYTES)
        except Malformed as error:
            _asked.labels("malformed").inc()
            _log.warning("terminal's message dropped", why=str(error))
            return
        answer = await self._answer(unit, ask)
        _asked.labels(answer.cause.value or ask.act).inc()
        try:
            topic = topics.down(self._tenant, unit, "wechat")
            await self._link.publish(topic, codec.encode(answer), expiry_s=EXPIRY_S)
        except SonghuaError as error:
            # The page says that nothing came, and the crew asks again.
            _log.info("a page was not told of the crew's WeChat", unit=unit, error=error.kind)

    async def _answer(self, unit: str, ask: CrewWeChatAsk) -> CrewWeChatAnswer:
        now, code = self._clock.now(), ""
        lasts_s: float | None = None
        try:
            if ask.act == "unbind" and ask.binding_id is not None:
                with contextlib.suppress(NotFound):  # it has ended
                    await self._wechats.end(unit, ask.binding_id)
            if ask.act == "code":
                made = await self._wechats.make_code(unit, ask.msg_id)
                code, lasts_s = made.code, made.lasts_s
            bound = await self._wechats.bound(unit)
        except SonghuaError as error:
            return CrewWeChatAnswer(ts=now, of=ask.msg_id, cause=_cause(error))
        shown = [
            CrewWeChatBinding(binding_id=one.binding_id, bound_at=one.bound_at, silent=one.silent)
            for one in bound[:MOST_BOUND]
        ]
        return CrewWeChatAnswer(ts=now, of=ask.msg_id, code=code, lasts_s=lasts_s, bindings=shown)


def _cause(error: SonghuaError) -> CrewWeChatCause:
    if error.status == _TOO_MANY:
        return CrewWeChatCause.TOO_MANY
    return CrewWeChatCause.NOT_FOR_CREW if isinstance(error, Conflict) else CrewWeChatCause.AWAY
