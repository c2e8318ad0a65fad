"""The AMI session as a pure state machine: bytes, time and submitted actions in, effects out.

It keeps these rules: no ping before login, a deadline for each action, answers matched by ActionID
alone, each action resolved exactly once and never sent twice, epochs that only grow.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from core.clock import Clock
from gateway.ami.codec import AmiDecoder, DecoderCounts, DecoderLimits, EventProof, encode
from gateway.ami.errors import NotReady, TooManyActions
from gateway.ami.message import AmiEvent, AmiPacket, AmiResponse, Banner
from gateway.ami.outcome import (
    AmiClose,
    AmiConnect,
    AmiDown,
    AmiPong,
    AmiSend,
    AmiUp,
    DownReason,
    Effect,
    Emit,
)
from gateway.ami.unanswered import ActionLimits, Unanswered


@dataclass(frozen=True, slots=True)
class AmiCredentials:
    """`md5` proves the secret by a challenge; `secret` sends it as it is, for a private link only."""

    username: str
    secret: str = field(repr=False)
    auth: Literal["md5", "secret"] = "md5"


@dataclass(frozen=True, slots=True)
class AmiTiming:
    """Seconds. A dead link is found within `ping_every` + `ping_answer`.

    A link that stood for `settled` is opened again at once when it ends; one that keeps ending waits
    longer each time, up to `retry_most`.
    """

    banner: float = 10.0
    login: float = 10.0
    ping_every: float = 2.0
    ping_answer: float = 4.0
    retry_first: float = 0.2
    retry_most: float = 1.0
    retry_refused: float = 10.0
    settled: float = 2.0


@dataclass(frozen=True, slots=True)
class Seals:
    """What the switch's own events show: its `systemname`, and the last word of the dialplan's UserEvents."""

    system_name: str = field(repr=False)
    dialplan: str = field(repr=False)


class AmiSessionState(Enum):
    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    BANNER = "banner"
    LOGIN = "login"
    READY = "ready"
    CLOSED = "closed"


@dataclass(slots=True)
class SessionCounts:
    pings: int = 0
    connects: int = 0
    logins: int = 0


class AmiSession:
    """One link to one Asterisk, through any number of connections.

    The caller carries out the effects in their order, calls `tick` at `wakeup()`, and reports what
    happens to the connection with `link_up` and `link_down`.
    """

    def __init__(
        self,
        credentials: AmiCredentials,
        *,
        clock: Clock,
        rng: random.Random,
        unwanted: Collection[str] = (),
        timing: AmiTiming | None = None,
        bounds: ActionLimits | None = None,
        limits: DecoderLimits | None = None,
        seals: Seals | None = None,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._rng = rng
        self._unwanted = frozenset(unwanted)
        self._timing = timing or AmiTiming()
        self._limits = limits
        # Asterisk gives every client every client's answers to some actions: ids must be unique among them.
        self._prefix = f"sh{rng.getrandbits(48):012x}"
        self._proof = _proof(seals, self._prefix)
        self._sequence = 0
        self._unanswered = Unanswered(bounds or ActionLimits())
        self._login_id = ""
        self._proved = False
        self._ping_id = ""
        self._ping_due = 0.0
        self._wake: float | None = None
        self._failures = 0
        self._told: set[DownReason] = set()
        self._up_since = 0.0
        self.state = AmiSessionState.DISCONNECTED
        self.epoch = 0
        self.counts = SessionCounts()
        self.decoder_counts = DecoderCounts()
        self._decoder = self._new_decoder()

    # --- what the transport reports -------------------------------------------------------------

    def start(self) -> list[Effect]:
        """Begin to connect."""
        if self.state not in {AmiSessionState.DISCONNECTED, AmiSessionState.CLOSED}:
            return []
        return self._connect()

    def link_up(self) -> list[Effect]:
        """The connection that `AmiConnect` asked for is open."""
        if self.state is not AmiSessionState.CONNECTING:
            return [AmiClose()]
        self._decoder = self._new_decoder()
        self.state = AmiSessionState.BANNER
        self._wake = self._clock.monotonic() + self._timing.banner
        return []

    def link_down(self, reason: DownReason = DownReason.PEER_CLOSED) -> list[Effect]:
        """The connection ended, or could not be opened."""
        if self.state in {AmiSessionState.DISCONNECTED, AmiSessionState.CLOSED}:
            return []
        effects: list[Effect] = []
        self._disconnect(reason, effects)
        return effects

    def stop(self) -> list[Effect]:
        """End for good; everything unanswered is resolved."""
        if self.state is AmiSessionState.CLOSED:
            return []
        effects: list[Effect] = [AmiClose()]
        self._disconnect(DownReason.STOPPED, effects)
        self.state = AmiSessionState.CLOSED
        self._wake = None
        return effects

    def receive(self, data: bytes) -> list[Effect]:
        """Bytes from the connection."""
        effects: list[Effect] = []
        live: list[AmiEvent] = []
        unanswered = self._unanswered
        for message in self._decoder.feed(data):
            if message.__class__ is AmiEvent:
                if not (unanswered.expects_items and self._take_item(message, effects)):
                    live.append(message)
            else:
                self._take_other(message, effects)
        if live and self.state is AmiSessionState.READY:
            effects.append(Emit(self.epoch, live))
        return effects

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        due = self._unanswered.next_deadline()
        if due is None or self._wake is None:
            return self._wake if due is None else due
        return min(due, self._wake)

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        now = self._clock.monotonic()
        effects: list[Effect] = list(self._unanswered.expire(now))
        if self._wake is None or now < self._wake:
            return effects
        if self.state is AmiSessionState.DISCONNECTED:
            effects.extend(self._connect())
        elif self.state is AmiSessionState.BANNER:
            self._give_up(DownReason.NO_BANNER, effects)
        elif self.state is AmiSessionState.LOGIN:
            self._give_up(DownReason.LOGIN_TIMEOUT, effects)
        elif self.state is AmiSessionState.READY:
            self._ping(now, effects)
        return effects

    # --- actions --------------------------------------------------------------------------------

    def submit(
        self,
        name: str,
        headers: Iterable[tuple[str, str]] = (),
        *,
        deadline: float,
        rings: bool = False,
        action_id: str | None = None,
    ) -> tuple[str, list[Effect]]:
        """Send one action; `deadline` is in seconds from now. Returns its ActionID.

        `rings` marks an action after which a phone may ring: unanswered, it ends as `InDoubt`.
        Raises `NotReady`, `TooManyActions`, `UnsafeValue` or `ActionTooLarge`; then nothing was sent.
        """
        if self.state is not AmiSessionState.READY:
            raise NotReady("the link is not logged in", remedy="wait until the link is up and ask again")
        if self._unanswered.full:
            raise TooManyActions(f"{len(self._unanswered)} actions are unanswered")
        action_id = action_id or self.next_id()
        if action_id in self._unanswered:
            raise TooManyActions("an action with this id is unanswered")
        data = encode(name, headers, action_id=action_id)
        self._unanswered.add(action_id, name, deadline=self._clock.monotonic() + deadline, rings=rings)
        return action_id, [AmiSend(data)]

    def next_id(self) -> str:
        """An ActionID that no other action of any client has."""
        self._sequence += 1
        return f"{self._prefix}-{self._sequence}"

    @property
    def orphans(self) -> int:
        """Responses and list items that nobody waits for (any more)."""
        return self._unanswered.orphans

    @property
    def unanswered(self) -> int:
        """Actions that wait for their response."""
        return len(self._unanswered)

    # --- connection and login -------------------------------------------------------------------

    def _new_decoder(self) -> AmiDecoder:
        return AmiDecoder(
            unwanted=self._unwanted, limits=self._limits, counts=self.decoder_counts, proof=self._proof
        )

    def _connect(self) -> list[Effect]:
        self.state = AmiSessionState.CONNECTING
        self.counts.connects += 1
        self._wake = None
        return [AmiConnect()]

    def _give_up(self, reason: DownReason, effects: list[Effect]) -> None:
        effects.append(AmiClose())
        self._disconnect(reason, effects)

    def _disconnect(self, reason: DownReason, effects: list[Effect]) -> None:
        now = self._clock.monotonic()
        if self.state is AmiSessionState.READY and now - self._up_since >= self._timing.settled:
            self._failures = 0
        self.state = AmiSessionState.DISCONNECTED
        effects.extend(self._unanswered.lose_all())
        self._login_id = self._ping_id = ""
        if reason not in self._told:
            self._told.add(reason)
            effects.append(AmiDown(self.epoch, reason))
        self._wake = now + self._retry_delay(reason)
        self._failures += 1

    def _retry_delay(self, reason: DownReason) -> float:
        timing = self._timing
        if reason is DownReason.LOGIN_REFUSED:
            most = timing.retry_refused
        else:
            most = min(timing.retry_most, timing.retry_first * 2.0 ** min(self._failures, 16))
        return most * self._rng.uniform(0.5, 1.0)

    def _greeted(self, effects: list[Effect]) -> None:
        if self.state is not AmiSessionState.BANNER:
            return
        self.state = AmiSessionState.LOGIN
        self._proved = False
        self._wake = self._clock.monotonic() + self._timing.login
        if self._credentials.auth == "md5":
            self._send_login("Challenge", (("AuthType", "MD5"),), effects)
        else:
            self._login((("Secret", self._credentials.secret),), effects)

    def _send_login(self, action: str, headers: Iterable[tuple[str, str]], effects: list[Effect]) -> None:
        self._login_id = self.next_id()
        effects.append(AmiSend(encode(action, headers, action_id=self._login_id)))

    def _login(self, proof: Iterable[tuple[str, str]], effects: list[Effect]) -> None:
        self._proved = True
        headers = (("Username", self._credentials.username), *proof, ("Events", "on"))
        self._send_login("Login", headers, effects)

    def _prove(self, challenge: bytes | None, effects: list[Effect]) -> None:
        if challenge is None:
            self._give_up(DownReason.LOGIN_REFUSED, effects)
            return
        # The protocol's own digest; it protects the secret on a private link and no more.
        proof = challenge + self._credentials.secret.encode()
        key = hashlib.md5(proof, usedforsecurity=False).hexdigest()
        self._login((("AuthType", "MD5"), ("Key", key)), effects)

    def _take_login_answer(self, response: AmiResponse, effects: list[Effect]) -> None:
        if not response.ok:
            self._give_up(DownReason.LOGIN_REFUSED, effects)
            return
        if not self._proved:
            self._prove(response.value("Challenge"), effects)
            return
        self.state = AmiSessionState.READY
        self.epoch += 1
        self.counts.logins += 1
        self._login_id = ""
        self._told.clear()
        self._ping_due = self._wake = self._up_since = self._clock.monotonic()
        effects.append(AmiUp(self.epoch))

    # --- liveness and deadlines -----------------------------------------------------------------

    def _ping(self, now: float, effects: list[Effect]) -> None:
        if self._ping_id:
            self._give_up(DownReason.HALF_OPEN, effects)
            return
        self._ping_id = self.next_id()
        self.counts.pings += 1
        self._ping_due = now + self._timing.ping_every
        self._wake = now + self._timing.ping_answer
        effects.append(AmiSend(encode("Ping", action_id=self._ping_id)))

    # --- answers --------------------------------------------------------------------------------

    def _take_other(self, message: AmiPacket, effects: list[Effect]) -> None:
        if isinstance(message, AmiResponse):
            self._take_response(message, effects)
        elif isinstance(message, Banner):
            self._greeted(effects)

    def _take_response(self, response: AmiResponse, effects: list[Effect]) -> None:
        action_id = response.get("ActionID")
        if action_id and action_id == self._ping_id:
            self._ping_id = ""
            self._wake = max(self._ping_due, self._clock.monotonic())
            effects.append(AmiPong(response.get("Timestamp")))
            return
        if action_id and action_id == self._login_id:
            self._take_login_answer(response, effects)
            return
        effects.extend(self._unanswered.take_response(action_id, response))

    def _take_item(self, event: AmiEvent, effects: list[Effect]) -> bool:
        """True if the event is part of a list answer and so not a live event."""
        taken, ended = self._unanswered.take_item(event, self._clock.monotonic())
        if ended is not None:
            effects.append(ended)
        return taken


def _proof(seals: Seals | None, prefix: str) -> EventProof | None:
    if seals is None:
        return None
    return EventProof(
        system=f"\nSystemName: {seals.system_name}\n".encode(),
        action=f"\nActionID: {prefix}".encode(),
        dialplan=f"\nSeal: {seals.dialplan}".encode(),
    )
