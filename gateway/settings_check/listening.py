"""Ports: two listeners on one, and both sides of a connection that name different ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, count
from typing import Final
from urllib.parse import urlsplit

from core.listening.addresses import is_loopback, is_unspecified, parsed
from gateway.listeners.model import Bound
from gateway.listeners.table import LISTENERS
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, key_of, path_of, value_at

_LEFT_OUT: Final = frozenset({"proxy"})
"""Where it runs, the web is on loopback; where the web takes its port, there is none."""
_FIRST_OF_ANY: Final = 32_768
"""From here on Linux gives out ports for connections that leave the machine."""


@dataclass(frozen=True, slots=True)
class _Listening:
    name: str
    protocol: str
    bound: Bound
    path: KeyPath


def clashes(checked: CheckedSettings) -> Iterator[Mistake]:
    """Two listeners that would have the same port of the same address."""
    for one, other in combinations(_all(checked), 2):
        if one.protocol != other.protocol or not _same_host(one.bound.host, other.bound.host):
            continue
        first = max(one.bound.first, other.bound.first)
        last = min(one.bound.last or one.bound.first, other.bound.last or other.bound.first)
        if first > last:
            continue
        at, with_ = (one, other) if checked.says(one.path) and not checked.says(other.path) else (other, one)
        taken = key_of(with_.path) or "fixed"
        what = f"{at.protocol} port {first} of {at.name} is also that of {with_.name} ({taken})"
        yield Mistake(
            at.path or with_.path, what, "give one of the two another port: songhua ports lists all"
        )
    ports = checked.settings.asterisk.ports if checked.settings.asterisk else None
    if ports and ports.rtp_last >= _FIRST_OF_ANY and checked.says(("asterisk", "ports", "rtp_last")):
        what = f"from {_FIRST_OF_ANY} on, connections that leave the machine take ports of calls"
        yield Mistake(("asterisk", "ports", "rtp_last"), what, "end at 32767 or below", "warning")


def _all(checked: CheckedSettings) -> Iterator[_Listening]:
    settings = checked.settings
    for one in LISTENERS:
        if one.name in _LEFT_OUT or (one.by == "Mosquitto" and not is_loopback(settings.mqtt.host)):
            continue
        ports = [place for place in one.places if not place.endswith(("host", "bind"))]
        for number, bound in zip(count(), one.bound(settings), strict=False):
            if bound.first:
                place = ports[min(number, len(ports) - 1)] if ports else ""
                name = one.name if len(ports) < 2 or bound.last else f"{one.name} ({place})"
                path = checked.in_file(_numbered(place, number))
                yield _Listening(name, one.protocol, bound, path)


def _numbered(place: str, number: int) -> KeyPath:
    found: KeyPath = ()
    for part in place.split(".") if place else ():
        found = (*found, part.removesuffix("[]"), *((number,) if part.endswith("[]") else ()))
    return found


def _same_host(one: str, other: str) -> bool:
    if is_unspecified(one) or is_unspecified(other):
        return True
    return (
        one == other
        or (is_loopback(one) and is_loopback(other) and parsed(one) == parsed(other))
        or ("localhost" in {one, other} and is_loopback(one) and is_loopback(other))
    )


def both_sides(checked: CheckedSettings) -> Iterator[Mistake]:
    """The gateway's address of a peer, and where the settings let that peer listen."""
    yield from _manager(checked)
    yield from _broker(checked)
    yield from _web_socket(checked)
    yield from _repeated(checked)


def _manager(checked: CheckedSettings) -> Iterator[Mistake]:
    ami, asterisk = checked.settings.ami, checked.settings.asterisk
    if ami is None or asterisk is None:
        return
    if is_loopback(ami.host) and ami.port != asterisk.ports.ami:
        what = f"{ami.port}, and the switch listens at asterisk.ports.ami = {asterisk.ports.ami}"
        at = ("ami", "port") if checked.says(("ami", "port")) else ("asterisk", "ports", "ami")
        yield Mistake(at, what, f"make ami.port and asterisk.ports.ami the same: {asterisk.ports.ami}")
    if ami.username != asterisk.ami.name:
        what = f"{ami.username}, and the switch's account is asterisk.ami.name = {asterisk.ami.name}"
        at = ("ami", "username") if checked.says(("ami", "username")) else ("asterisk", "ami", "name")
        yield Mistake(at, what, "make ami.username and asterisk.ami.name the same")
    if asterisk.dialogue == "asyncagi" and checked.says(("asterisk", "ports", "fastagi")):
        remedy = "take it out, or dialogue = fastagi"
        yield Mistake(
            ("asterisk", "ports", "fastagi"),
            "with dialogue = asyncagi nothing listens there",
            remedy,
            "warning",
        )


def _broker(checked: CheckedSettings) -> Iterator[Mistake]:
    mqtt = checked.settings.mqtt
    if mqtt.tls and mqtt.port == 1883:
        yield Mistake(("mqtt", "tls"), "port 1883 is the broker's without TLS", "mqtt.port = 8883")
    if not mqtt.tls and mqtt.port == 8883:
        yield Mistake(("mqtt", "port"), "port 8883 is the broker's with TLS", "mqtt.tls = true, or port 1883")
    if not mqtt.tls and not is_loopback(mqtt.host):
        what = "passwords would cross the network to the broker as plain text"
        yield Mistake(("mqtt", "host"), what, "mqtt.tls = true and its port, 8883 (docs/tls.md)", "warning")
    if mqtt.ca_file is not None and not mqtt.tls:
        yield Mistake(
            ("mqtt", "ca_file"), "without tls nothing is checked against it", "mqtt.tls = true", "warning"
        )


def _web_socket(checked: CheckedSettings) -> Iterator[Mistake]:
    asterisk = checked.settings.asterisk
    parts = urlsplit(checked.settings.switch.sip_ws_url)
    if asterisk is None or not parts.hostname or not is_loopback(parts.hostname):
        return
    wanted = asterisk.ports.https if parts.scheme == "wss" else asterisk.ports.http
    key = "https" if parts.scheme == "wss" else "http"
    if parts.scheme == "wss" and asterisk.tls is None:
        what = "the switch has no certificate ([asterisk.tls]) and so no WSS"
        yield Mistake(
            ("switch", "sip_ws_url"),
            what,
            f"add [asterisk.tls], or ws://127.0.0.1:{asterisk.ports.http}/ws",
            "warning",
        )
    elif parts.port is not None and parts.port != wanted:
        what = f"port {parts.port}, and the switch has it at asterisk.ports.{key} = {wanted}"
        yield Mistake(
            ("switch", "sip_ws_url"), what, f"{parts.scheme}://{parts.hostname}:{wanted}/ws", "warning"
        )


_SAME: Final = (
    ("hotline.system_name", "asterisk.system_name"), ("cdr.system_name", "asterisk.system_name"),
    ("field.tenant", "tenant"), ("radio.tenant", "tenant"),
    ("cdr.recordings", "asterisk.directories.recordings"),
)  # fmt: skip
"""What follows from another setting, and has to be the same where it is said again."""


def _repeated(checked: CheckedSettings) -> Iterator[Mistake]:
    for again, first in _SAME:
        said, meant = value_at(checked.told, path_of(again)), value_at(checked.told, path_of(first))
        if said is not None and meant is not None and said != meant:
            yield Mistake(
                path_of(again), f"{said}, and {first} = {meant}", f"take it out: it follows from {first}"
            )
