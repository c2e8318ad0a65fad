"""Units' pages come into the conferences of the talkgroups that they may hear; in the role `centre`.

Which unit asks is certain, because the broker lets each one write on its own topics alone. The switch knows
no unit: it has one account for all pages, which leads to a door and no further. A leg that shows a ticket
there is admitted as the unit that the ticket was given to.
"""

from __future__ import annotations

from typing import Final

from core.clock import Clock
from core.errors import SonghuaError
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from field.contract.mobile import codec, topics
from radio_bridge.switch.joining.messages import VoiceAsk, VoiceTicket, Why
from radio_bridge.switch.joining.ports import ConferenceDoor, ConferenceMembers, ListeningRights, Switchboard
from radio_bridge.switch.joining.tickets import LASTS_S, Tickets, new_word

_log = logger("radio_bridge")
_asked = counter("radio_bridge_voice_asked", "Pages that asked for a way into a conference", ["answer"])
_doors = counter("radio_bridge_voice_doors", "Legs of pages at the switch's door", ["fate"])

EVERY_ASK: Final = "unit/+/up/voice"
EXPIRY_S: Final = 5.0
"""How long a question or its answer is worth anything."""
MAX_BYTES: Final = 2048


class Joining:
    """Make it before the link starts: it subscribes. Without a `switchboard` pages are told that there is no
    voice.
    """

    def __init__(
        self,
        link: BrokerLink,
        clock: Clock,
        rights: ListeningRights,
        conferences: ConferenceMembers,
        door: ConferenceDoor,
        switchboard: Switchboard | None,
        *,
        tenant: str,
    ) -> None:
        self._link = link
        self._clock = clock
        self._rights = rights
        self._conferences = conferences
        self._door = door
        self._switchboard = switchboard
        self._tenant = tenant
        self.tickets = Tickets()
        link.subscribe(f"v1/{tenant}/{EVERY_ASK}", self._on_ask, name="unit-voice")

    async def at_the_door(self, channel: str, word: str) -> None:
        """A leg stands at the door and shows `word`, which is anybody's text. Never raises."""
        ticket = self.tickets.use(word, self._clock.monotonic())
        if ticket is None:
            _doors.labels("no_ticket").inc()
            await self._door.turn_away(channel)
            return
        try:
            await self._conferences.admit(channel, ticket.group, ticket.unit)
        except SonghuaError as error:
            _doors.labels("refused").inc()
            _log.info("a page was not let into a conference", unit=ticket.unit, error=error.kind)
            await self._door.turn_away(channel)
        else:
            _doors.labels("admitted").inc()

    async def _on_ask(self, message: BrokerMessage) -> None:
        try:
            unit = topics.parse(self._tenant, message.topic).uid
            ask = codec.decode(VoiceAsk, message.payload, limit=MAX_BYTES)
        except Malformed as error:
            _asked.labels("malformed").inc()
            _log.warning("terminal's message dropped", why=str(error))
            return
        answer = self._answer(unit, ask)
        _asked.labels(answer.cause.value or "ticket").inc()
        try:
            topic = topics.down(self._tenant, unit, "voice")
            await self._link.publish(topic, codec.encode(answer), expiry_s=EXPIRY_S)
        except SonghuaError as error:
            # It asks again.
            _log.info("a page was not told its way into a conference", unit=unit, error=error.kind)

    def _answer(self, unit: str, ask: VoiceAsk) -> VoiceTicket:
        board, why = self._switchboard, self._why_not(unit, ask.talkgroup)
        head = {"ts": self._clock.now(), "talkgroup": ask.talkgroup, "of": ask.msg_id}
        if board is None or why is not Why.NONE:
            return VoiceTicket.model_validate({**head, "cause": why})
        word = new_word()
        self.tickets.give(word, unit, ask.talkgroup, self._clock.monotonic())
        account = {"ws_url": board.ws_url, "user": board.user, "password": board.password}
        return VoiceTicket.model_validate({**head, **account, "ticket": word, "lasts_s": LASTS_S})

    def _why_not(self, unit: str, group: str) -> Why:
        if self._switchboard is None:
            return Why.NO_VOICE
        if self._rights.right(group, unit) is None:
            return Why.NOT_A_MEMBER
        return Why.NONE if self._door.there else Why.SWITCH_AWAY
