"""Serves AsyncAGI on an AMI link: a bounded number of dialogues, each run by the same handler as FastAGI's.

What does not fit, and what has ended, is sent on in the dialplan. While the link is away nothing is served,
and the dialplan's timer brings each caller to a person.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Final

from core.clock import Clock, SystemClock
from core.log import logger
from core.tasks import Tasks
from gateway.agi import metrics
from gateway.agi.asyncagi import codec
from gateway.agi.asyncagi.action import BREAK, COMMAND_MOST, AgiCommand
from gateway.agi.asyncagi.session import (
    AsyncAgiAnswered,
    AsyncAgiEnded,
    AsyncAgiOpened,
    AsyncAgiRelease,
    AsyncAgiSession,
    Effect,
)
from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.codec import AgiReply, Environment
from gateway.agi.errors import AgiError, CallGone, CallHandedOver, UnsafeArgument
from gateway.agi.server import Handler
from gateway.agi.session import AgiTiming
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, AmiError
from gateway.ami.message import AmiEvent
from gateway.ami.subscription import Live, Snapshot, SubscriptionDown
from gateway.wakeup import Wakeup

EVENTS: Final = frozenset({"AsyncAGIStart", "AsyncAGIExec", "AsyncAGIEnd"})
HEADERS: Final = ("Uniqueid", "Channel", "CallerIDNum", "Env", "CommandID", "Result")
DIALOGUE: Final = "GW_DIALOGUE"
"""Says which dialogue the dialplan asks for: AsyncAGI hands no arguments over."""
LEFT_OVER: Final = ("FLOW_RESULT", "FLOW_NEXT", "FLOW_EMERGENCY")
"""What a late command of an earlier dialogue may set: a channel that leaves AGI() keeps its queue."""
QUEUED_S: Final = 3.0
"""Until Asterisk says that it has queued a command."""
_SCRIPT: Final = re.compile(r"[a-z0-9-]{1,40}")
_log = logger("agi")


class AsyncAgiServer:
    """Answers `AGI(agi:async)` by running `handler` once for each call, at most `sessions` at once.

    `client` has an account of its own with the class `agi`; the server runs it.
    """

    def __init__(
        self,
        handler: Handler,
        client: AmiClient,
        *,
        names: AgiNames | None = None,
        sessions: int = 500,
        timing: AgiTiming | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._handler = handler
        self._client = client
        self._names = names or AgiNames()
        self._own = AgiNames(variables=frozenset({DIALOGUE, *LEFT_OVER}))
        self._clock = clock or SystemClock()
        self._session = AsyncAgiSession(clock=self._clock, timing=timing)
        self._tasks = Tasks("agi", limit=sessions + 2)
        self._releases = Tasks("agi.release", limit=sessions)
        self._subscription = client.subscribe("agi", events=EVENTS)
        self._answers: dict[int, asyncio.Future[AgiReply]] = {}
        self._wakeup = Wakeup(self._clock, lambda: self._do(self._session.tick()))
        self._counted = {"stray": 0, "late": 0, "malformed": 0}
        self._started = False
        self._releasing: set[asyncio.Future[None]] = set()

    @property
    def serving(self) -> bool:
        return self._started and self._client.up

    async def start(self) -> None:
        """Log in and take the calls that come; a link that is lost is opened again."""
        self._started = True
        self._tasks.forever("asyncagi-link", self._client.run)
        self._tasks.forever("asyncagi", self._carry)

    async def stop(self) -> None:
        """Take no more calls, and send those in dialogue on in the dialplan."""
        self._started = False
        for number in self._session.numbers:
            self._do(self._session.finish(number))
        if self._releasing:
            await asyncio.wait(self._releasing, timeout=QUEUED_S)
        await self._releases.stop()
        await self._tasks.stop()
        self._subscription.close()
        self._wakeup.cancel()

    async def _carry(self) -> None:
        async for item in self._subscription:
            match item:
                case Live(_, messages):
                    for message in messages:
                        self._do(self._take(message))
                case SubscriptionDown():
                    self._do(self._session.lost())
                case Snapshot(gap=True):
                    self._do(self._session.lost())
                case Snapshot():
                    pass  # who waits already is taken to a person by the dialplan

    def _take(self, message: AmiEvent) -> list[Effect]:
        event = _headers(message)
        match message.name:
            case "AsyncAGIStart":
                return self._session.started(event) if self._started else []
            case "AsyncAGIExec":
                return self._session.executed(event)
            case _:
                return self._session.ended(event)

    # --- one dialogue ---------------------------------------------------------------------------

    async def _serve(self, number: int, environment: Environment) -> None:
        async def exchange(line: bytes, deadline: float | None) -> AgiReply:
            return await self._exchange(number, line, deadline)

        try:
            script = await self._prepare(AgiCall(environment, self._own, exchange))
            await self._handler(AgiCall(codec.with_script(environment, script), self._names, exchange))
        except CallGone as gone:
            _log.info("the call left the dialogue", how=gone.kind, uniqueid=environment.uniqueid)
        finally:
            self._do(self._session.finish(number))

    async def _prepare(self, call: AgiCall) -> str:
        for name in LEFT_OVER:
            await call.set_variable(name, "")
        asked = await call.get_variable(DIALOGUE) or ""
        return asked if _SCRIPT.fullmatch(asked) else ""

    async def _exchange(self, number: int, line: bytes, deadline: float | None) -> AgiReply:
        """Queue one command and wait for its answer. Raises `Busy`, `UnsafeArgument` or `CallGone`."""
        if len(line) > COMMAND_MOST:
            raise UnsafeArgument(f"the command has {len(line)} bytes, at most {COMMAND_MOST} by AsyncAGI")
        channel, command_id = self._session.send(number, deadline)
        answer: asyncio.Future[AgiReply] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        self._answers[number] = answer
        self._wakeup.set(self._session.wakeup())
        started = self._clock.monotonic()
        try:
            await self._client.perform(AgiCommand(channel, line, command_id), deadline=QUEUED_S)
        except ActionRefused:
            self._do(self._session.failed(number, command_id, CallHandedOver("the channel is not in AGI")))
        except AmiError as error:
            # It may or may not be carried out. It is not sent again: the dialplan has the call.
            self._do(self._session.failed(number, command_id, CallHandedOver(f"in doubt: {error.kind}")))
        got = await answer
        metrics.COMMAND_SECONDS.observe(self._clock.monotonic() - started)
        return got

    # --- effects --------------------------------------------------------------------------------

    def _do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case AsyncAgiOpened(number, environment):
                    self._open(number, environment)
                case AsyncAgiAnswered(number, answer):
                    self._settle(number, answer)
                case AsyncAgiEnded(number, error):
                    self._settle(number, error)
                    metrics.ENDED.labels(error.kind).inc()
                case AsyncAgiRelease(channel, command_id):
                    self._release(channel, command_id)
        metrics.SESSIONS.set(len(self._session))
        self._count()
        self._wakeup.set(self._session.wakeup())

    def _open(self, number: int, environment: Environment) -> None:
        async def dialogue() -> None:
            await self._serve(number, environment)

        if not self._tasks.spawn("dialogue", dialogue):
            metrics.REFUSED.labels("full").inc()
            self._do(self._session.finish(number))

    def _settle(self, number: int, result: AgiReply | AgiError) -> None:
        answer = self._answers.pop(number, None)
        if answer is None or answer.done():
            return
        if isinstance(result, AgiReply):
            answer.set_result(result)
        else:
            answer.set_exception(result)

    def _release(self, channel: str, command_id: str) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._releasing.add(done)
        done.add_done_callback(self._releasing.discard)

        async def release() -> None:
            try:
                await self._client.perform(AgiCommand(channel, BREAK, command_id), deadline=QUEUED_S)
            except AmiError as error:
                # Gone already, or taken by the timer soon.
                _log.info("a call was not sent on", why=error.kind)
            finally:
                done.set_result(None)

        if not self._releases.spawn("release", release):
            metrics.REFUSED.labels("release").inc()
            done.set_result(None)

    def _count(self) -> None:
        session = self._session
        for kind, seen in (
            ("stray", session.stray),
            ("late", session.late),
            ("malformed", session.malformed),
        ):
            if seen != self._counted[kind]:
                metrics.LINES.labels(kind).inc(seen - self._counted[kind])
                self._counted[kind] = seen


def _seen(answer: asyncio.Future[AgiReply]) -> None:
    """Whoever waited may have been cancelled: the error needs no other reader."""
    if not answer.cancelled():
        answer.exception()


def _headers(message: AmiEvent) -> Mapping[str, str]:
    return {name: message.get(name) for name in HEADERS}
