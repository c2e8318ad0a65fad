"""The AMI client: carries the session's bytes over TCP and hands its events to subscribers.

The reader never waits for business code, nothing is sent twice, and after each login every
subscriber gets a snapshot before its live events.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from core.clock import Clock, SystemClock
from core.log import logger
from gateway.ami import metrics
from gateway.ami.actions import Action, Originate, PageGroup, Setvar, UntypedAction
from gateway.ami.errors import ActionRefused, AmiError, TooManyActions
from gateway.ami.link_metrics import LinkMetrics
from gateway.ami.message import AmiEvent, AmiResponse
from gateway.ami.originate import OriginateResult, Placed, Settled, Uncertain
from gateway.ami.outcome import (
    ActionAnswered,
    AmiClose,
    AmiConnect,
    AmiDown,
    AmiPong,
    AmiSend,
    AmiUp,
    DownReason,
    Effect,
    Emit,
    Outcome,
    Resolve,
)
from gateway.ami.placing import OriginatePlacing
from gateway.ami.session import AmiCredentials, AmiSession, AmiSessionState, AmiTiming, Seals
from gateway.ami.settings import AmiSettings
from gateway.ami.snapshot import Snapshots
from gateway.ami.subscription import Live, Subscription, SubscriptionDown
from gateway.ami.transport import AmiTransport
from gateway.ami.values import Dialplan
from gateway.wakeup import Wakeup

RECOGNISE_TRIES: Final = 10
RECOGNISE_EVERY_S: Final = 0.5

BEAT = "GW_BEAT"
UNSENT_MOST = 1 << 20
"""Bytes that may wait for the kernel before new actions are refused."""
SUBSCRIPTION_LIMIT = 20_000
"""Live events that may wait for one subscriber, unless it asks for another number."""

_log = logger("ami")
_BEAT_ONLY = Dialplan(variables=frozenset({BEAT}))


class AmiClient:
    """One link to one Asterisk. Run `run` in a task for as long as the gateway lives.

    `healthy` is asked before each heartbeat: while it says no, the dialplan sends callers straight to
    a person. With `seals`, only the switch's own events are taken (decision 0177).
    """

    def __init__(
        self,
        settings: AmiSettings,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        healthy: Callable[[], bool] = lambda: True,
        seals: Seals | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._healthy = healthy
        self._dialplan = Dialplan(settings.contexts, settings.variables)
        self._session = AmiSession(
            AmiCredentials(settings.username, settings.secret.get_secret_value(), settings.auth),
            clock=self._clock,
            rng=rng or random.SystemRandom(),
            unwanted=settings.unwanted_events,
            timing=AmiTiming(ping_every=settings.ping_every, ping_answer=settings.ping_answer),
            seals=seals,
        )
        self._link: AmiTransport | None = None
        self._answers: dict[str, asyncio.Future[Outcome]] = {}
        self._wakeup = Wakeup(self._clock, lambda: self._do(self._session.tick()))
        self._connect_asked = asyncio.Event()
        self._logged_in = asyncio.Event()
        self._login_seen = asyncio.Event()
        self._snapshots = Snapshots(self._ask_plain, self.ready, self._clock)
        self._placing = OriginatePlacing(self, dialplan=self._dialplan, clock=self._clock)
        self._measured = LinkMetrics(self._session)
        self._running = False

    # --- life -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the link up until cancelled; a lost link is opened again, subscribers stay."""
        if self._running:
            raise RuntimeError("this client is already running")
        self._running = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._open_links(), name="ami.links")
                tasks.create_task(self._snapshots.run(), name="ami.snapshots")
                tasks.create_task(self._recognise(), name="ami.recognise")
                self._do(self._session.start())
        finally:
            self._running = False
            self._do(self._session.stop())
            self._wakeup.cancel()
            self._measured.flush()

    @property
    def up(self) -> bool:
        """Whether the switch has accepted the login and actions may be sent."""
        return self._session.state is AmiSessionState.READY

    @property
    def sealed(self) -> bool:
        """False when the switch sends events and none shows the seals: it was rendered with others."""
        counts = self._session.decoder_counts
        return counts.events > 0 or not counts.unproved

    @property
    def epoch(self) -> int:
        """Counts logins; 0 before the first."""
        return self._session.epoch

    async def ready(self) -> int:
        """Wait until the link is up; returns the epoch."""
        await self._logged_in.wait()
        return self._session.epoch

    def subscribe(
        self, name: str, *, events: Collection[str] | None = None, limit: int = SUBSCRIPTION_LIMIT
    ) -> Subscription:
        """Live events (all, or those named) behind a snapshot. `name` labels its metrics."""
        return self._snapshots.subscribe(name, events=events, limit=limit)

    # --- actions --------------------------------------------------------------------------------

    async def perform(self, action: Action, *, deadline: float | None = None) -> AmiResponse:
        """Send one action and wait for its answer, `deadline` seconds at most.

        Raises `NotReady`, `TooManyActions`, `UnsafeValue`, `ActionTooLarge` (nothing was sent),
        `ActionRefused` (the switch said no), `ActionTimeout`, `LinkLost` or `InDoubt` (it may have
        been carried out).
        """
        return (await self.ask(action, self._dialplan, deadline=deadline)).response

    async def action(
        self, name: str, headers: Mapping[str, str] | None = None, *, deadline: float | None = None
    ) -> AmiResponse:
        """One of the harmless actions by its name (`actions.UNTYPED`); raises as `perform`."""
        return await self.perform(UntypedAction(name, headers or {}), deadline=deadline)

    async def list_action(
        self, name: str, headers: Mapping[str, str] | None = None, *, deadline: float | None = None
    ) -> Sequence[AmiEvent]:
        """The items of a list answer, complete; raises as `perform`, `ListTooLong` or `ListIncomplete`."""
        return (await self.ask(UntypedAction(name, headers or {}), self._dialplan, deadline=deadline)).items

    async def originate(
        self, call: Originate | PageGroup, *, deadline: float | None = None, channel_id: str = ""
    ) -> OriginateResult:
        """Place one call, at most once, under a channel id of the caller's own if one is given.

        Raises `UnsafeValue` for what may not be named.
        """
        return await self._placing.originate(call, deadline=deadline, channel_id=channel_id)

    async def look_up(self, channel_id: str, *, within: float = 30.0) -> Placed | None:
        """What became of a call that an earlier run of this process placed; None when nothing tells it."""
        return await self._placing.look_up(channel_id, within=within)

    async def settle(self, doubt: Uncertain, *, within: float = 30.0) -> Settled:
        """Find out what became of a call in doubt, waiting at most `within` seconds; never sends it again."""
        return await self._placing.settle(doubt, within=within)

    async def ask(
        self,
        action: Action,
        dialplan: Dialplan,
        *,
        extra: Sequence[tuple[str, str]] = (),
        action_id: str | None = None,
        deadline: float | None = None,
    ) -> ActionAnswered:
        """As `perform`, with the closed sets of names to check against; gives list items too."""
        headers = [*action.headers(dialplan), *extra]
        if self._link is not None and self._link.unsent > UNSENT_MOST:
            raise TooManyActions("the switch does not read what was sent")
        action_id, effects = self._session.submit(
            action.name,
            headers,
            deadline=deadline or self._settings.action_timeout,
            rings=action.rings,
            action_id=action_id,
        )
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._answers[action_id] = answer
        started = self._clock.monotonic()
        self._do(effects)
        outcome = await answer
        metrics.ACTION_SECONDS.observe(self._clock.monotonic() - started)
        return _answered(action.name, outcome)

    def next_id(self) -> str:
        """An ActionID that no other action of any client has."""
        return self._session.next_id()

    async def _ask_plain(self, action: UntypedAction) -> ActionAnswered:
        return await self.ask(action, self._dialplan)

    # --- effects --------------------------------------------------------------------------------

    def _do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            self._do_one(effect)
        self._wakeup.set(self._session.wakeup())

    def _do_one(self, effect: Effect) -> None:
        match effect:
            case Emit(epoch, messages):
                self._emit(epoch, messages)
            case AmiSend(data):
                self._send(data)
            case Resolve(action_id, outcome):
                self._resolve(action_id, outcome)
            case AmiPong(timestamp):
                self._measured.flush()
                self._beat(timestamp)
            case AmiConnect():
                self._connect_asked.set()
            case AmiClose():
                self._drop_link()
            case AmiUp(epoch):
                self._went_up(epoch)
            case AmiDown(epoch, reason):
                self._went_down(epoch, reason)

    def _send(self, data: bytes) -> None:
        if self._link is not None:
            self._link.send(data)

    def _emit(self, epoch: int, messages: Sequence[AmiEvent]) -> None:
        for message in messages:
            if message.name == "OriginateResponse":
                self._placing.traces.take(message)
        self._snapshots.give_live(Live(epoch, messages))

    def _resolve(self, action_id: str, outcome: Outcome) -> None:
        answer = self._answers.pop(action_id, None)
        if answer is not None and not answer.done():
            answer.set_result(outcome)

    def _went_up(self, epoch: int) -> None:
        _log.info("the link to the switch is up", epoch=epoch)
        metrics.LINK_UP.set(1)
        metrics.EPOCH.set(epoch)
        self._logged_in.set()
        self._login_seen.set()
        self._snapshots.went_up()

    def _went_down(self, epoch: int, reason: DownReason) -> None:
        self._logged_in.clear()
        metrics.LINK_UP.set(0)
        metrics.LINK_DOWNS.labels(reason.value).inc()
        self._measured.flush()
        tell = _log.info if reason is DownReason.STOPPED else _log.warning
        tell("the link to the switch is down", epoch=epoch, reason=reason.value)
        self._snapshots.went_down(SubscriptionDown(epoch, reason))

    def _beat(self, timestamp: str) -> None:
        """Tell the dialplan that the gateway lives, in seconds of Asterisk's own clock."""
        seconds = timestamp.partition(".")[0]
        if not self._settings.heartbeat or not seconds.isdigit() or not self.up:
            return
        if not self._healthy():
            metrics.BEATS.labels("withheld").inc()
            return
        try:
            _, effects = self._session.submit(
                "Setvar", Setvar(BEAT, seconds).headers(_BEAT_ONLY), deadline=self._settings.action_timeout
            )
        except AmiError:
            metrics.BEATS.labels("failed").inc()
            return
        metrics.BEATS.labels("sent").inc()
        self._do(effects)

    # --- connection and time --------------------------------------------------------------------

    async def _open_links(self) -> None:
        while True:
            await self._connect_asked.wait()
            self._connect_asked.clear()
            self._drop_link()
            metrics.CONNECTS.inc()
            try:
                async with asyncio.timeout(self._settings.connect_timeout):
                    await asyncio.get_running_loop().create_connection(
                        self._new_link, self._settings.host, self._settings.port
                    )
            except OSError:  # TimeoutError is one
                self._drop_link()
                self._do(self._session.link_down(DownReason.CONNECT_FAILED))

    def _new_link(self) -> AmiTransport:
        return AmiTransport(made=self._made, received=self._received, lost=self._lost)

    def _made(self, link: AmiTransport) -> None:
        # Here and not after create_connection: the banner may come before that returns.
        self._link = link
        self._do(self._session.link_up())

    def _received(self, data: bytes) -> None:
        self._do(self._session.receive(data))

    def _lost(self) -> None:
        self._link = None
        self._do(self._session.link_down())

    def _drop_link(self) -> None:
        if self._link is not None:
            self._link.drop()
            self._link = None

    async def _recognise(self) -> None:
        """After each login, look whether Asterisk was started anew (calls in doubt depend on it)."""
        while True:
            await self._login_seen.wait()
            self._login_seen.clear()
            for _ in range(RECOGNISE_TRIES):
                # Without the link, or a right: then no doubt is settled as "not placed".
                with contextlib.suppress(AmiError):
                    await self._placing.recognise(self._session.epoch)
                if self._placing.recognised or self._login_seen.is_set():
                    break
                # A switch that has just begun empties its variables once more as it loads its dialplan.
                await asyncio.sleep(RECOGNISE_EVERY_S)


def _answered(name: str, outcome: Outcome) -> ActionAnswered:
    if not isinstance(outcome, ActionAnswered):
        metrics.ACTIONS.labels(name, outcome.error.kind).inc()
        raise outcome.error
    if not outcome.response.ok:
        metrics.ACTIONS.labels(name, ActionRefused.kind).inc()
        raise ActionRefused(f"{name}: {outcome.response.text}")
    metrics.ACTIONS.labels(name, "ok").inc()
    return outcome
