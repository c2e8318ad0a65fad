"""Which devices are there: REGISTER, keepalive, and what devices say of themselves. Pure, on a given clock.

Nobody is believed for his address: a device proves its password at REGISTER, and what follows is taken from
the address and port, or the connection, that did. Unknown devices and wrong passwords are answered alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from sensing.gb28181.digest import DigestRealm
from sensing.gb28181.ids import realm_of
from sensing.gb28181.manscdp import ManscdpMalformed, XmlElement, document_of
from sensing.gb28181.sip import Headers, SipRequest, SipResponse, parameter, response, user_of

SHORTEST_S: Final = 3_600
LONGEST_S: Final = 86_400
_CHINA: Final = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class GbSource:
    """Where a message came from; `connection` is a number of its own for each of TCP, 0 for UDP."""

    ip: str
    port: int
    connection: int = 0


@dataclass(slots=True)
class GbDeviceState:
    """`why` it is away; `source` is None while it is not registered. Times in monotonic seconds."""

    device: str
    up: bool = False
    why: str = "never"
    source: GbSource | None = None
    ends: float = 0.0
    heard: float = 0.0
    faulty: bool = False
    """It said itself that something is wrong with it."""
    edition: str = ""
    """Of the protocol, as it says: `2.0` is GB/T 28181-2016, `3.0` that of 2022; empty: it says none."""
    takes_snapshots: bool = False
    """It said that it can be told to take a picture and bring it."""


@dataclass(frozen=True, slots=True)
class GbSaid:
    """What a device said; `registered` when it has just come."""

    device: str
    document: XmlElement | None = None
    registered: bool = False
    moved: bool = False
    """It came by NOTIFY."""
    call_id: str = ""
    """Of the dialogue that it was said in."""


@dataclass(frozen=True, slots=True)
class GbReaction:
    """The answer, and what the device said, if it did."""

    answer: SipResponse
    said: GbSaid | None = None


@dataclass(slots=True)
class GbRegistrar:
    """`keepalive_s` and `missed` say when a device that is silent counts as away; `now` gives wall time."""

    server_id: str
    passwords: Mapping[str, str]
    keepalive_s: float
    missed: int
    now: Callable[[], datetime]
    _subscriptions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By device, the Call-IDs of what we subscribed to last: by nothing else is a NOTIFY known."""
    devices: dict[str, GbDeviceState] = field(init=False)
    sources: frozenset[GbSource] = frozenset()
    """Where registered devices send from."""
    _digest: DigestRealm = field(init=False)

    def __post_init__(self) -> None:
        self.devices = {one: GbDeviceState(one) for one in self.passwords}
        self._digest = DigestRealm(realm_of(self.server_id), self.passwords)

    def received(
        self,
        request: SipRequest,
        source: GbSource,
        at: float,
        tag: str,
        read: Callable[[bytes], XmlElement] = document_of,
    ) -> GbReaction:
        """`at` in monotonic seconds, `tag` for the answer, `read` for the body of a registered device."""
        match request.method:
            case "REGISTER":
                return self._register(request, source, at, tag)
            case "MESSAGE" | "NOTIFY":
                return self._message(request, source, at, tag, read)
            case _:
                allow = (("allow", "REGISTER, MESSAGE, NOTIFY"),)
                return GbReaction(response(request, 405, "Method Not Allowed", tag=tag, more=allow))

    def tick(self, at: float) -> list[str]:
        """Devices that have just become away: silent for too long, or their registration has ended."""
        gone = []
        for one in self.devices.values():
            if one.source is None:
                continue
            if at >= one.ends:
                self._leave(one, "expired")
                gone.append(one.device)
            elif one.up and at - one.heard > self.keepalive_s * self.missed:
                one.up, one.why = False, "silent"
                gone.append(one.device)
        return gone

    def subscribed(self, device: str, call_id: str) -> None:
        """We asked the device to tell us something; what was asked before that ends by itself."""
        self._subscriptions[device] = (*self._subscriptions.get(device, ())[-1:], call_id)

    def disconnected(self, connection: int) -> list[str]:
        """A connection of TCP has ended: who registered by it is away."""
        gone = [
            one
            for one in self.devices.values()
            if one.source is not None and one.source.connection == connection
        ]
        for one in gone:
            self._leave(one, "disconnected")
        return [one.device for one in gone]

    def _register(self, request: SipRequest, source: GbSource, at: float, tag: str) -> GbReaction:
        device = user_of(request.first("from"))
        proof = request.first("authorization")
        proved = bool(proof) and self._digest.proves(proof, method="REGISTER", user=device, now=at)
        if not proved or user_of(request.first("to")) != device:
            challenge: Headers = (("www-authenticate", self._digest.challenge(at)),)
            return GbReaction(response(request, 401, "Unauthorized", tag=tag, more=challenge))
        state = self.devices[device]
        wanted = parameter(request.first("contact"), "expires") or request.first("expires") or str(LONGEST_S)
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 10):
            return GbReaction(response(request, 400, "Bad Request", tag=tag))
        if int(wanted) == 0:
            self._leave(state, "unregistered")
            return GbReaction(response(request, 200, "OK", tag=tag, more=self._dated(0)), GbSaid(device))
        if int(wanted) < SHORTEST_S:
            least: Headers = (("min-expires", str(SHORTEST_S)),)
            return GbReaction(response(request, 423, "Interval Too Brief", tag=tag, more=least))
        seconds = min(int(wanted), LONGEST_S)
        state.up, state.why, state.source = True, "", source
        state.edition, state.takes_snapshots = request.first("x-gb-ver")[:8], False
        self._look()
        state.ends, state.heard = at + seconds, at
        more: Headers = (("contact", request.first("contact")), *self._dated(seconds))
        return GbReaction(response(request, 200, "OK", tag=tag, more=more), GbSaid(device, registered=True))

    def sender(self, request: SipRequest, source: GbSource) -> GbDeviceState | None:
        """The registered device that says this; None for anybody else, and for a NOTIFY that nobody asked."""
        state = self.devices.get(user_of(request.first("from")))
        if state is None or state.source != source:
            return None
        asked = request.method != "NOTIFY" or request.call_id in self._subscriptions.get(state.device, ())
        return state if asked else None

    def _message(
        self,
        request: SipRequest,
        source: GbSource,
        at: float,
        tag: str,
        read: Callable[[bytes], XmlElement],
    ) -> GbReaction:
        state = self.sender(request, source)
        if state is None:
            # It registers again when it reads this.
            return GbReaction(response(request, 403, "Forbidden", tag=tag))
        try:
            document = read(request.body)
        except ManscdpMalformed:
            return GbReaction(response(request, 400, "Bad Request", tag=tag))
        state.heard = at
        if document.said("CmdType", 32) == "Keepalive":
            state.faulty = document.said("Status", 16).upper() not in {"OK", "ON", ""}
        came_back, state.up, state.why = not state.up, True, ""
        said = GbSaid(
            state.device, document, registered=came_back, moved=request.method == "NOTIFY",
            call_id=request.call_id,
        )  # fmt: skip
        return GbReaction(response(request, 200, "OK", tag=tag), said)

    def _leave(self, state: GbDeviceState, why: str) -> None:
        state.up, state.why, state.source = False, why, None
        self._look()

    def _look(self) -> None:
        self.sources = frozenset(one.source for one in self.devices.values() if one.source is not None)

    def _dated(self, seconds: int) -> Headers:
        """Devices set their clocks by it (9.10): the time in China."""
        local = self.now().astimezone(_CHINA).isoformat(timespec="milliseconds")[:-6]
        return ("expires", str(seconds)), ("date", local)
