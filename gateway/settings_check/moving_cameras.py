"""Receivers of positions of cameras that move: whether they reach us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.listening.addresses import is_loopback
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake

_HERE: Final[KeyPath] = ("sensing", "nmea")


def receivers(checked: CheckedSettings) -> Iterator[Mistake]:
    """Settings by which no position would come."""
    sensing = checked.settings.sensing
    one = sensing.nmea
    for code, receiver in one.receivers.items():
        if not any(receiver.address in found for found in sensing.networks):
            at = (*_HERE, "receivers", code, "address")
            what = f"{receiver.address} is in no network of cameras"
            yield Mistake(at, what, 'name its network: [sensing] networks = ["10.20.0.0/16"]')
    others = any(not receiver.address.is_loopback for receiver in one.receivers.values())
    if is_loopback(one.host) and others:
        at = (*_HERE, "host") if checked.says((*_HERE, "host")) else (*_HERE, "receivers")
        what = f"receivers of other machines do not reach {one.host}"
        yield Mistake(at, what, "write the address by which receivers reach this machine", "warning")
