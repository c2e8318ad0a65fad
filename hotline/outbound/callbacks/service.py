"""Callbacks as the hotline runs them: taken from lost calls and requests, offered to ready agents, dialled
when one accepts, written down behind. Nothing here keeps a call waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from functools import partial
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import call_id, uuid7
from core.log import logger
from core.metrics import counter, gauge
from core.numbers import PhoneNumber
from core.storage import StorageAway
from hotline.events import AttemptOutcome, CallbackCall, CallbackOffered, CallbackReason
from hotline.outbound.callbacks import store
from hotline.outbound.callbacks.errors import CallbacksNotRead, NoSuchCallback
from hotline.outbound.callbacks.model import Attempt, CallbackBook, CallbackRules, Entry, LostCall
from hotline.outbound.callbacks.offers import Offers
from hotline.outbound.callbacks.ports import CallbackPorts
from hotline.outbound.callbacks.reachable import keys, reachable
from hotline.outbound.callbacks.reduce import apply, restore
from hotline.outbound.callbacks.settings import CallbackSettings
from hotline.outbound.callbacks.signals import Dial, Effect, Full, Keep, Lost, Offer, OfferOver, Reached
from hotline.outbound.callbacks.switch import AttemptReader
from hotline.outbound.callbacks.writing import CallbackClaim, write
from hotline.outbound.hours import CallingHours
from hotline.outbound.ports import Placed
from hotline.outbound.retries import RetryPlan
from hotline.outbound.service import OutboundService
from hotline.outbound.signals import CallNotPlaced, CallSignal, Over
from hotline.outbound.tracking import TrackedCall
from hotline.outbound.writing import CallStep, StepWriter

_log = logger("hotline")
_open = gauge("hotline_callbacks_open", "Callbacks that are open")
_refused = counter("hotline_callbacks_refused", "Lost calls that became no callback", ["why"])
_attempts = counter("hotline_callback_attempts", "Attempts to call a citizen back that ended", ["outcome"])
_dropped = counter("hotline_callback_lines_dropped", "Steps of callbacks that were not written down")
_waiting = gauge("hotline_callback_lines_waiting", "Steps of callbacks that wait for the database")
_failed = counter("hotline_callback_messages_failed", "Messages that callbacks failed on", ["event"])

TICK_S: Final = 1.0
LOOK_WITHIN_S: Final = 0.05
"""A burst of changes leads to one look."""
RETRY_S: Final = 2.0
WRITTEN_WITHIN_S: Final = 5.0
FRESH_S: Final = 10.0
"""A snapshot of the switch may be older than an attempt that was sent in the last seconds."""
UNSEEN_AFTER: Final = timedelta(seconds=10)
"""A call that has just ended is still on its way into the hotline's own record."""
UNREACHED: Final[frozenset[AttemptOutcome]] = frozenset(
    {"no_answer", "busy", "failed", "hung_up", "unknown", "agent_missed", "not_placed"}
)
"""Outcomes of which the agent who dialled is told."""
MOST_WAITING: Final = 20_000
"""Steps that wait for the database."""
MOST_HELD: Final = 5_000
"""Lost calls remembered until the open callbacks are read from the database."""


class Callbacks(OutboundService):
    """Callbacks are offered to agents and dialled by who accepts: an attempt has the agent's leg and then the
    citizen's.
    """

    def __init__(
        self, settings: CallbackSettings, ports: CallbackPorts, *, system_name: str, history_deadline_s: float
    ) -> None:
        super().__init__(
            "callbacks",
            switch=ports.dialler,
            reader=AttemptReader(),
            storage=ports.storage,
            clock=ports.clock,
            doubt_s=settings.doubt_s,
            kept=timedelta(seconds=settings.kept_s),
            failed=_failed,
        )
        self._settings = settings
        self._ports = ports
        self._system_name = system_name
        self._writer = StepWriter(
            ports.storage, ports.clock, what="a callback's step", limit=MOST_WAITING, dropped=_dropped,
            waiting=_waiting,
        )  # fmt: skip
        self._held: deque[CallSignal] | None = deque(maxlen=MOST_HELD)
        self._reserved: set[str] = set()
        self._soon = self._looking = False
        hours = CallingHours(settings.from_hour, settings.to_hour, settings.zone)
        self.book = CallbackBook(
            CallbackRules(
                RetryPlan(settings.pauses_s, hours),
                offer_s=settings.offer_s,
                again_s=settings.again_s,
                rest_s=settings.rest_s,
                doubt_s=settings.doubt_s,
                expires_s=settings.expires_s,
                most=settings.most,
            )
        )
        self._key = keys(settings.area_code)
        self._offers = Offers(self.book, ports, self._tasks, deadline_s=history_deadline_s)

    async def start(self) -> None:
        """Take up what was open; with the database away that is done as soon as it is back."""
        self._tasks.forever("write", self._writer.write_behind.run)
        try:
            await self._load()
        except StorageAway:
            _log.warning("open callbacks are not read yet: the database is away")
            self._tasks.spawn("read", self._load_later)
        self._tasks.forever("look", self._look_now_and_then)
        self._tasks.forever("prune", self._prune_now_and_then)
        if self._settings.enabled:
            self._tasks.forever("unseen", self._take_unseen_now_and_then)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._writer.write_behind.write_last()

    # --- the hotline tells ------------------------------------------------------------------------------

    def lost(
        self, *, caller: str, call: LostCall, queue: str, language: str, on_line: bool, at: float
    ) -> None:
        """A call ended that nobody spoke with. `on_line`: its caller is in another live call."""
        number = self.number(caller)
        if not self._settings.enabled or number is None:
            _refused.labels("off" if not self._settings.enabled else "number").inc()
        elif on_line:
            _refused.labels("on the line").inc()
        elif call.reason != "cut_off" and at - call.place < self._settings.short_s:
            _refused.labels("short").inc()
        else:
            self._take(Lost(uuid7(), number.key, number.national, caller, queue, language, call))

    def reached(self, caller: str) -> None:
        """An agent speaks with this caller."""
        number = self._key(caller)
        if self.book.of_number(number) is not None:
            self._take(Reached(number))

    async def request(
        self, *, linkedid: str, number: str, language: str, queue: str, place: float,
        reason: CallbackReason, voicemail: tuple[float, float] | None,
    ) -> Literal["accepted", "refused"]:  # fmt: skip
        """A caller asks to be called back. Does not wait for the database."""
        dialled = self.number(number)
        if dialled is None or not self._settings.enabled:
            _refused.labels("number" if self._settings.enabled else "off").inc()
            return "refused"
        call = LostCall(
            call_id(self._system_name, linkedid), linkedid, reason, place, self._at(), voicemail
        )  # fmt: skip
        self._take(Lost(uuid7(), dialled.key, dialled.national, number, queue, language, call))
        taken = self._held is not None or self.book.of_number(dialled.key) is not None
        return "accepted" if taken else "refused"

    def number(self, text: str) -> PhoneNumber | None:
        """The number, if it is one that may be called back."""
        return reachable(text, self._settings.area_code, international=self._settings.international)

    def look_soon(self) -> None:
        """Agents or callers have changed: look at once, but once for a burst."""
        if not self._soon and self.book.open:
            self._soon = True
            asyncio.get_running_loop().call_later(LOOK_WITHIN_S, self.look)

    # --- the switch tells -------------------------------------------------------------------------------

    def _live(self) -> list[Attempt]:
        return [entry.attempts[-1] for entry in self.book if entry.live]

    def _missing(self, call: TrackedCall, age_s: float) -> None:
        entry = self.book.of_channel(call.channel_id)
        if entry is not None and entry.stage == "placing" and call.in_doubt:
            self._tracker.settle(call.channel_id)
        elif age_s < FRESH_S:
            self._tasks.spawn("settle-later", partial(self._settle_later, call.channel_id))
        else:
            self._take(Over(call.channel_id))

    async def _settle_later(self, channel: str) -> None:
        await self._clock.sleep(FRESH_S)
        entry = self.book.of_channel(channel)
        if entry is not None and entry.stage == "placing":
            self._tracker.doubt(channel)

    # --- people do (see `desk`) -------------------------------------------------------------------------

    def entry(self, callback_id: UUID) -> Entry:
        """One that is open, or was lately closed. Raises `NoSuchCallback`, `CallbacksNotRead`."""
        self.require_read()
        found = self.book.find(callback_id)
        if found is None:
            raise NoSuchCallback
        return found

    def require_read(self) -> None:
        """Raises `CallbacksNotRead` while those in the database are not known, and where another centre has
        them.
        """
        if not self._ports.storage.leads:
            raise CallbacksNotRead(remedy="work on callbacks at the desk of the switch that leads")
        if self._held is not None:
            raise CallbacksNotRead(remedy="see that the database runs; lost calls are remembered meanwhile")

    def of_call(self, call_id: UUID) -> CallbackCall | None:
        """What a live call was placed for, where that is a callback."""
        for entry_id in self.book.by_channel.values():
            entry = self.book.open[entry_id]
            if entry.attempts[-1].call_id == call_id:
                original = entry.calls[-1].call_id if entry.calls else None
                return CallbackCall(
                    callback_id=entry.id, number=entry.number, note=entry.note, original=original
                )
        return None

    def offer_of(self, agent_id: str) -> CallbackOffered | None:
        """What is offered to this agent now."""
        return self._offers.of(agent_id)

    async def do(self, signal: CallSignal, operation: CallbackClaim) -> None:
        """What somebody does, already checked; an acceptance is dialled. Raises `StorageAway` for one that
        could not be written down: then nothing rings.
        """
        step, dials = self._take(signal, operation)
        for dial in dials:
            await self._dial(dial, step)

    async def _dial(self, dial: Dial, step: CallStep | None) -> None:
        """Ring the agent, once, after the attempt is written down. Raises `StorageAway`: nothing rings."""
        channel = dial.attempt.channel_id
        self._offers.rings(dial.entry, dial.attempt)
        with self._tracker.unsent(channel):
            if step is None or not await self._writer.written(step, within_s=WRITTEN_WITHIN_S):
                self._take(CallNotPlaced(channel, "not_placed"))
                raise StorageAway(
                    "the attempt could not be written down", remedy="try again; nothing was dialled"
                )
        await self._tracker.send(channel, partial(self._ring, dial))

    async def _ring(self, dial: Dial) -> Placed:
        return await self._ports.dialler.ring(
            endpoint=dial.attempt.endpoint,
            number=dial.entry.dial,
            channel_id=dial.attempt.channel_id,
            ring_s=self._settings.ring_s,
        )

    # --- what follows -----------------------------------------------------------------------------------

    def _take(
        self, signal: CallSignal, operation: CallbackClaim | None = None
    ) -> tuple[CallStep | None, list[Dial]]:
        """The step that will be written, and what is to be dialled after it."""
        if self._held is not None:
            self._held.append(signal)
            return None, []
        at = self._at()
        _, effects = apply(self.book, signal, at)
        keeps = tuple(effect for effect in effects if isinstance(effect, Keep))
        step = None
        if keeps or operation is not None:
            step = CallStep(partial(write, keeps, operation, at))
            self._writer.add(step)
        for effect in effects:
            self._carry_out(effect, at)
        self._settle_reserved()
        if effects:
            _open.set(len(self.book.open))
            self._ports.changed()
        return step, [effect for effect in effects if isinstance(effect, Dial)]

    def _carry_out(self, effect: Effect, at: float) -> None:
        match effect:
            case Offer(entry=entry):
                self._offers.made(entry)
            case OfferOver():
                self._offers.over(effect, at)
            case Full():
                _refused.labels("full").inc()
            case Keep(entry=entry, step="attempted" | "closed") if entry.attempt is not None:
                _attempts.labels(entry.attempt.outcome or "none").inc()
                if entry.attempt.outcome in UNREACHED and entry.attempt.ended == at:
                    self._offers.failed(entry, entry.attempt)
            case _:
                pass

    def _settle_reserved(self) -> None:
        wanted = set(self.book.by_agent)
        for agent_id in self._reserved - wanted:
            self._ports.reserve(agent_id, False)
        for agent_id in wanted - self._reserved:
            self._ports.reserve(agent_id, True)
        self._reserved = wanted

    # --- time -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Match callbacks with agents now. Does nothing while it does so already."""
        self._soon = False
        if self._held is None and self.book.open and not self._looking:
            self._looking = True
            try:
                self._take(self._ports.floor())
            finally:
                self._looking = False

    def counts(self) -> tuple[int, int, int]:
        """(due now, open, being dialled or spoken with)."""
        at = self._at()
        due = sum(not entry.live and entry.due <= at for entry in self.book)
        return due, len(self.book.open), len(self.book.by_channel)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.look()

    async def _prune(self, connection: AsyncConnection) -> None:
        await store.prune(connection, self._clock.now() - self._kept)

    async def _take_unseen_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._settings.unseen_every_s)
            if self._held is None:
                await self.take_unseen()

    async def take_unseen(self) -> None:
        """Calls that were given up while this process, or its link, was away. Raises `StorageAway`."""
        now = self._clock.now()
        since = now - timedelta(seconds=self._settings.expires_s)
        for one in await self._ports.unseen.ended_between(since, now - UNSEEN_AFTER):
            place, ended = one.queued_at.timestamp(), one.ended_at.timestamp()
            number = self.number(one.caller)
            if number is None or ended - place < self._settings.short_s:
                continue
            known = self.book.of_number(number.key)
            if known is None or all(call.call_id != one.call_id for call in known.calls):
                lost = LostCall(one.call_id, one.linkedid, "abandoned", place, ended)
                self._take(Lost(uuid7(), number.key, number.national, one.caller, one.queue, "", lost))

    async def _load(self) -> None:
        async with self._ports.storage.read() as connection:
            entries = await store.open_ones(connection, self._settings.most)
        restore(self.book, entries, self._at())
        held, self._held = self._held or deque(), None
        for signal in held:
            self._take(signal)
        self._settle_reserved()
        if self._tracker.in_touch:
            self._reconcile()
        else:
            for entry in [entry for entry in self.book if entry.stage == "placing"]:
                self._tracker.settle(entry.attempts[-1].channel_id)
        _open.set(len(self.book.open))

    async def _load_later(self) -> None:
        while self._held is not None:
            await asyncio.sleep(RETRY_S)
            try:
                await self._load()
            except StorageAway:
                continue
