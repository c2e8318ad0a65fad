"""Asks the addresses of named ranges who is a camera by ONVIF: first by a Probe to each (UDP), then by HTTP.

No other address is ever asked: an answer counts only from the address that was asked, and where a device says
that it is asked, only its own address is. The time between two questions and their number are limited.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from core.clock import Clock, SystemClock
from core.listening import AddressRange
from sensing.asking.auth import CameraLogin
from sensing.asking.target import CameraTarget, named_by
from sensing.errors import CameraFault, NoPicture, RangeRefused
from sensing.onvif import probe
from sensing.onvif.client import SERVICE, OnvifDevice
from sensing.onvif.messages import (
    GET_IDENTITY,
    GET_PROFILES,
    GET_SERVICES,
    OnvifIdentity,
    OnvifProfile,
    identity_of,
    profiles_of,
    scopes_of,
    services_of,
)
from sensing.onvif.soap import NotSoap, SoapFault, line

MOST_ADDRESSES: Final = 4_096
MOST_ANSWERS: Final = 4
"""Answers of one address to its Probe that are read."""
MOST_PLACES: Final = 4
"""Places that one address names of itself and is asked at."""
MOST_REFUSED: Final = 1_000
WORKERS: Final = 32


@dataclass(frozen=True, slots=True)
class DiscoveryLimits:
    """Questions a second; seconds for an answer to a Probe, for the first by HTTP, and for all others."""

    per_s: float = 50.0
    probe_s: float = 2.0
    first_s: float = 3.0
    device_s: float = 10.0


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """`clock_offset_s`: by how much its clock is ahead of ours. `fault` is why it said no more."""

    host: str
    port: int
    path: str
    name: str = ""
    identity: OnvifIdentity = field(default_factory=OnvifIdentity)
    clock_offset_s: float = 0.0
    profiles: tuple[OnvifProfile, ...] = ()
    fault: str = ""

    @property
    def address(self) -> str:
        """As the register has it."""
        port = "" if self.port == 80 else f":{self.port}"
        return f"onvif://{self.host}{port}{'' if self.path == SERVICE else self.path}"

    def address_of(self, profile: OnvifProfile) -> str:
        """Of one of its cameras."""
        path = "/" if self.path == SERVICE else ""
        return f"{self.address}{path}?profile={quote(profile.token, safe='')}"

    def sources(self) -> list[list[OnvifProfile]]:
        """Its profiles by their video source: one camera each."""
        found: defaultdict[str, list[OnvifProfile]] = defaultdict(list)
        for one in self.profiles:
            found[one.source].append(one)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class RefusedServiceAddress:
    """What the device at `host` named as where it is asked, and is not."""

    host: str
    named: str
    why: str


@dataclass(slots=True)
class Discovery:
    """What came of asking so many addresses."""

    asked: int
    devices: list[FoundDevice] = field(default_factory=list)
    refused: list[RefusedServiceAddress] = field(default_factory=list)


def addresses_of(ranges: Sequence[AddressRange], networks: Sequence[AddressRange]) -> list[str]:
    """Each address of these ranges once. Raises `RangeRefused`: for more than `MOST_ADDRESSES`, of IPv6, or
    outside of the networks of the settings.
    """
    if sum(one.num_addresses for one in ranges) > MOST_ADDRESSES:
        raise RangeRefused(
            f"more than {MOST_ADDRESSES} addresses", remedy="name smaller ranges, one after another"
        )
    found: dict[str, None] = {}
    for one in ranges:
        if not isinstance(one, IPv4Network):
            raise RangeRefused(f"{one} is of IPv6", remedy="import its cameras by a table")
        if not any(isinstance(known, IPv4Network) and one.subnet_of(known) for known in networks):
            raise RangeRefused(
                f"{one} is outside of [sensing] networks", remedy="add it there, if cameras are in it"
            )
        found.update((str(address), None) for address in one.hosts())
    return list(found)


async def discover(
    addresses: Sequence[str],
    ports: Sequence[int],
    login: CameraLogin | None,
    *,
    limits: DiscoveryLimits = DiscoveryLimits(),
    probe_port: int = probe.PORT,
    clock: Clock | None = None,
) -> Discovery:
    """Ask each; `ports` are tried by HTTP where no answer to a Probe says better. A device that refuses the
    password is not asked with it again.
    """
    found = Discovery(len(addresses))
    pace = _Pace(limits.per_s)
    answers = await _probed(addresses, probe_port, limits, pace)
    waiting = iter(addresses)

    async def work() -> None:
        for host in waiting:
            for at, scopes in _places(host, ports, answers.get(host, ()), found):
                await pace.turn()
                device = await _device(at, scopes, login, limits, clock or SystemClock())
                if device is not None:
                    found.devices.append(device)
                    break

    async with asyncio.TaskGroup() as workers:
        for _ in range(min(WORKERS, len(addresses))):
            workers.create_task(work())
    order = {host: number for number, host in enumerate(addresses)}
    found.devices.sort(key=lambda one: (order[one.host], one.port))
    return found


class _Pace:
    """Lets questions begin one after another, so many a second."""

    def __init__(self, per_s: float) -> None:
        self._step = 1 / per_s
        self._next = 0.0

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._step
        await asyncio.sleep(at - now)


class _Answers(asyncio.DatagramProtocol):
    """Datagrams of addresses that were asked, a few of each."""

    def __init__(self, asked: Mapping[str, str], told: Callable[[], None]) -> None:
        self._asked = asked
        self._told = told
        self._many: defaultdict[str, int] = defaultdict(int)
        self.found: defaultdict[str, list[probe.ProbeAnswer]] = defaultdict(list)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        host = addr[0]
        if host not in self._asked or self._many[host] >= MOST_ANSWERS:
            return
        self._many[host] += 1
        try:
            one = probe.answer_of(data)
        except (NotSoap, SoapFault):
            return
        if one.answers == self._asked[host]:
            self.found[host].append(one)
            if len(self.found) == len(self._asked):
                self._told()

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""


async def _probed(
    addresses: Sequence[str], port: int, limits: DiscoveryLimits, pace: _Pace
) -> Mapping[str, Sequence[probe.ProbeAnswer]]:
    asked = {host: str(uuid4()) for host in addresses}
    everybody = asyncio.Event()
    async with _socket(asked, everybody) as (transport, answers):
        for host, message_id in asked.items():
            await pace.turn()
            transport.sendto(probe.probe(message_id), (host, port))
        try:
            async with asyncio.timeout(limits.probe_s):
                await everybody.wait()
        except TimeoutError:
            pass
        return answers.found


@asynccontextmanager
async def _socket(
    asked: Mapping[str, str], everybody: asyncio.Event
) -> AsyncIterator[tuple[asyncio.DatagramTransport, _Answers]]:
    transport, answers = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Answers(asked, everybody.set), local_addr=("0.0.0.0", 0)  # noqa: S104  # answers come back here
    )  # fmt: skip
    try:
        yield transport, answers
    finally:
        transport.abort()


def _places(
    host: str, ports: Sequence[int], answers: Sequence[probe.ProbeAnswer], found: Discovery
) -> list[tuple[CameraTarget, str]]:
    """Where this address is asked, with the scopes that it told: as it says, else at the usual place."""
    usual = [
        CameraTarget(f"http://{host}:{port}{SERVICE}", "http", host, host, port, SERVICE) for port in ports
    ]
    told: list[tuple[CameraTarget, str]] = []
    for one in answers:
        for named in one.addresses:
            try:
                told.append(
                    (named_by(CameraTarget("", "http", host, host, 80, "/"), named, {"http"}), one.scopes)
                )
            except NoPicture as error:
                if len(found.refused) < MOST_REFUSED:
                    found.refused.append(RefusedServiceAddress(host, line(named), error.fault.value))
    scopes = next((one.scopes for one in answers), "")
    known = {(at.port, at.path): (at, words) for at, words in told}
    return list(known.values())[:MOST_PLACES] or [(at, scopes) for at in usual]


async def _device(
    at: CameraTarget, scopes: str, login: CameraLogin | None, limits: DiscoveryLimits, clock: Clock
) -> FoundDevice | None:
    """None when nobody speaks ONVIF there."""
    device = OnvifDevice(at, login, clock)
    try:
        async with asyncio.timeout(limits.first_s):
            if not await device.hear_clock() and not scopes:
                return None
    except (NoPicture, TimeoutError):
        return None
    said = scopes_of(scopes)
    found = FoundDevice(
        at.host, at.port, at.path, said.get("name", ""), OnvifIdentity(model=said.get("hardware", "")),
        round(device.clock_offset.total_seconds(), 1),
    )  # fmt: skip
    try:
        async with asyncio.timeout(limits.device_s):
            found = replace(found, identity=identity_of(await device.ask(at, GET_IDENTITY)))
            services = services_of(await device.ask(at, GET_SERVICES))
            media = named_by(at, services.media, {"http"})
            return replace(found, profiles=tuple(profiles_of(await device.ask(media, GET_PROFILES))))
    except NoPicture as error:
        return replace(found, fault=error.fault.value)
    except TimeoutError:
        return replace(found, fault=CameraFault.SLOW.value)
