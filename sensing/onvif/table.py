"""What discovery found as a table that `songhua cameras import` takes.

Nobody but the city knows where a camera stands and looks: these cells stay empty, and the import refuses the
line until they are filled in. A camera that is in the register keeps what it has; its line has its code.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from sensing.cameras.model import COLUMNS, CameraKind, RegisteredCamera
from sensing.onvif.discover import Discovery, FoundDevice
from sensing.onvif.messages import OnvifProfile, chosen, turning

_FORMULA: Final = ("=", "+", "-", "@")


def table_of(found: Discovery, register: Sequence[RegisteredCamera], account: str) -> str:
    """CSV with the register's columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), restval="", lineterminator="\n")
    writer.writeheader()
    for device in found.devices:
        sources = device.sources()
        known = [one for one in register if _host(one.address) == device.host]
        for number, profiles in enumerate(sources, 1):
            shown = chosen(profiles)
            assert shown is not None
            address = device.address_of(shown) if len(sources) > 1 else device.address
            same = [one for one in known if one.address == address]
            same = same or (known if len(known) == 1 and len(sources) == 1 else [])
            code = same[0].code if same else _code(device, number if len(sources) > 1 else 0)
            row = {"code": code, "address": address, "account": account}
            writer.writerow(row if same else {**row, **_described(device, profiles, shown, number)})
    return out.getvalue()


def lines_of(device: FoundDevice) -> Iterator[str]:
    """For people: the device, then what its cameras send."""
    who = " ".join(filter(None, (device.identity.manufacturer, device.identity.model))) or device.name or "–"
    serial = f"  {device.identity.serial_number}" if device.identity.serial_number else ""
    fault = f"  ({device.fault})" if device.fault else ""
    yield f"{device.address}  {who}{serial}{fault}"
    for one in device.profiles:
        yield f"    {one.token}  {one.codec or '–'}  {one.width}x{one.height}{'  PTZ' if one.turns else ''}"


def _described(
    device: FoundDevice, profiles: Sequence[OnvifProfile], shown: OnvifProfile, number: int
) -> dict[str, str]:
    made = " ".join(filter(None, (device.identity.manufacturer, device.identity.model)))
    name = device.name or made or device.host
    more = f" {number}" if number > 1 else ""
    size = f"{shown.width}x{shown.height}" if shown.width else ""
    note = " ".join(filter(None, (made, device.identity.serial_number, shown.codec, size)))
    kind = CameraKind.PTZ if turning(profiles, shown) else CameraKind.FIXED
    return {"name": _cell(name[:70] + more), "kind": kind.value, "note": _cell(note)}


def _code(device: FoundDevice, number: int) -> str:
    port = "" if device.port == 80 else f"-{device.port}"
    return f"{device.host}{port}" + (f"_{number}" if number else "")


def _cell(text: str) -> str:
    """A name that begins like a formula must not become one in a spreadsheet."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
