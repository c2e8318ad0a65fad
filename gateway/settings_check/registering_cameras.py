"""Cameras that register by GB/T 28181: whether they reach us, and whether they can send pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.listening.addresses import is_loopback, is_unspecified
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake

_HERE: Final[KeyPath] = ("sensing", "gb28181")


def registering(checked: CheckedSettings) -> Iterator[Mistake]:
    """Settings by which no device would come, or none could send a picture."""
    sensing = checked.settings.sensing
    one = sensing.gb28181
    if not one.enabled:
        return
    if not sensing.networks:
        what = "devices are named, and no network from which they may come"
        yield Mistake((*_HERE, "devices"), what, 'name theirs: [sensing] networks = ["10.20.0.0/16"]')
    if is_unspecified(one.host):
        what = f"{one.host!r} is told to devices as where they send pictures to"
        yield Mistake((*_HERE, "host"), what, "write the one address by which devices reach this machine")
    elif is_loopback(one.host) and any(not found.is_loopback for found in sensing.networks):
        what = f"devices of other machines do not reach {one.host}"
        at = (*_HERE, "host") if checked.says((*_HERE, "host")) else (*_HERE, "devices")
        yield Mistake(at, what, "write the address by which devices reach this machine", "warning")
    ports = one.media_last - one.media_first + 1
    wanted = sensing.snapshots_at_once + sensing.live_cameras + sensing.clips_at_once
    if ports < wanted:
        what = f"{ports} ports for {wanted} pictures, live views and clips at once"
        at = (*_HERE, "media_last") if checked.says((*_HERE, "media_last")) else (*_HERE, "media_first")
        yield Mistake(at, what, "raise media_last, or lower sensing.live_cameras")
