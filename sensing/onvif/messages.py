"""The few messages of ONVIF that are asked here, and what their answers say. Pure.

Device service 1.0, media service 1.0 and PTZ service 2.0; sources: the WSDL files and the Core, Media and PTZ
service specifications of onvif.org.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote
from xml.sax.saxutils import escape

from sensing.onvif.soap import MOST_TEXT, Element, attribute, elements, line, number, said

DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
PTZ: Final = "http://www.onvif.org/ver20/ptz/wsdl"
SCHEMA: Final = "http://www.onvif.org/ver10/schema"
MOST_URI: Final = 2_000
MOST_PROFILES: Final = 256
MOST_PRESETS: Final = 256
YEARS: Final = range(1970, 2200)
"""Years that a clock may say; a clock without a battery says the first."""
VIDEO: Final = frozenset({"H264", "H265"})
"""Codecs that are read here."""


@dataclass(frozen=True, slots=True)
class OnvifQuestion:
    """`body` is its XML; `action` names it, and `answer` the element that answers."""

    action: str
    answer: str
    body: str


def _question(namespace: str, name: str, inner: str = "") -> OnvifQuestion:
    body = f'<q:{name} xmlns:q="{namespace}">{inner}</q:{name}>'
    return OnvifQuestion(f"{namespace}/{name}", f"{name}Response", body)


def _of_profile(namespace: str, name: str, profile: str, more: str = "") -> OnvifQuestion:
    return _question(namespace, name, f"<q:ProfileToken>{escape(profile)}</q:ProfileToken>{more}")


GET_CLOCK: Final = _question(DEVICE, "GetSystemDateAndTime")
GET_IDENTITY: Final = _question(DEVICE, "GetDeviceInformation")
GET_SERVICES: Final = _question(DEVICE, "GetCapabilities", "<q:Category>All</q:Category>")
GET_PROFILES: Final = _question(MEDIA, "GetProfiles")


def get_stream(profile: str) -> OnvifQuestion:
    setup = (
        f'<q:StreamSetup><t:Stream xmlns:t="{SCHEMA}">RTP-Unicast</t:Stream><t:Transport xmlns:t="{SCHEMA}">'
        "<t:Protocol>RTSP</t:Protocol></t:Transport></q:StreamSetup>"
    )
    return _question(MEDIA, "GetStreamUri", f"{setup}<q:ProfileToken>{escape(profile)}</q:ProfileToken>")


def get_snapshot(profile: str) -> OnvifQuestion:
    return _of_profile(MEDIA, "GetSnapshotUri", profile)


def get_presets(profile: str) -> OnvifQuestion:
    return _of_profile(PTZ, "GetPresets", profile)


def goto_preset(profile: str, preset: str) -> OnvifQuestion:
    return _of_profile(PTZ, "GotoPreset", profile, f"<q:PresetToken>{escape(preset)}</q:PresetToken>")


def goto_home(profile: str) -> OnvifQuestion:
    return _of_profile(PTZ, "GotoHomePosition", profile)


def continuous_move(profile: str, pan: float, tilt: float, zoom: float, timeout_s: float) -> OnvifQuestion:
    """Each from -1 to 1; an axis that stands is left out. The camera stops by itself after `timeout_s`."""
    pan_tilt = f'<t:PanTilt xmlns:t="{SCHEMA}" x="{pan:.2f}" y="{tilt:.2f}"/>' if pan or tilt else ""
    zooming = f'<t:Zoom xmlns:t="{SCHEMA}" x="{zoom:.2f}"/>' if zoom else ""
    more = f"<q:Velocity>{pan_tilt}{zooming}</q:Velocity><q:Timeout>PT{timeout_s:.0f}S</q:Timeout>"
    return _of_profile(PTZ, "ContinuousMove", profile, more)


def stop_move(profile: str) -> OnvifQuestion:
    return _of_profile(PTZ, "Stop", profile, "<q:PanTilt>true</q:PanTilt><q:Zoom>true</q:Zoom>")


@dataclass(frozen=True, slots=True)
class OnvifIdentity:
    """What a device says that it is."""

    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class OnvifServices:
    """Where a device says that its services are; empty: it names none."""

    media: str = ""
    ptz: str = ""


@dataclass(frozen=True, slots=True)
class OnvifProfile:
    """`source` is the token of its video source: a recorder has one for each camera. `codec` as ONVIF names
    it (`H264`), `turns`: it has a PTZ configuration.
    """

    token: str
    name: str = ""
    source: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    turns: bool = False


@dataclass(frozen=True, slots=True)
class CameraPreset:
    """A direction that a camera has stored."""

    token: str
    name: str


def clock_of(body: Element) -> datetime | None:
    """The time of the device, UTC; None when it says none that can be."""
    utc = next(elements(body, "SystemDateAndTime", "UTCDateTime"), None)
    if utc is None:
        return None
    parts = [number(utc, *path) for path in (
        ("Date", "Year"), ("Date", "Month"), ("Date", "Day"), ("Time", "Hour"), ("Time", "Minute"),
        ("Time", "Second"),
    )]  # fmt: skip
    if any(one is None for one in parts):
        return None
    year, month, day, hour, minute, second = (one or 0 for one in parts)
    if year not in YEARS:
        return None
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def identity_of(body: Element) -> OnvifIdentity:
    return OnvifIdentity(
        said(body, "Manufacturer", most=80), said(body, "Model", most=80),
        said(body, "FirmwareVersion", most=80), said(body, "SerialNumber", most=80),
    )  # fmt: skip


def services_of(body: Element) -> OnvifServices:
    return OnvifServices(
        said(body, "Capabilities", "Media", "XAddr", most=MOST_URI),
        said(body, "Capabilities", "PTZ", "XAddr", most=MOST_URI),
    )


def profiles_of(body: Element) -> list[OnvifProfile]:
    """Those that have a token."""
    found = (_profile(one) for one in elements(body, "Profiles"))
    return [one for one in found if one.token][:MOST_PROFILES]


def _profile(one: Element) -> OnvifProfile:
    encoder = "VideoEncoderConfiguration"
    return OnvifProfile(
        attribute(one, "token"), said(one, "Name", most=80),
        said(one, "VideoSourceConfiguration", "SourceToken", most=64),
        said(one, encoder, "Encoding", most=16).upper(),
        max(0, number(one, encoder, "Resolution", "Width") or 0),
        max(0, number(one, encoder, "Resolution", "Height") or 0),
        next(elements(one, "PTZConfiguration"), None) is not None,
    )  # fmt: skip


def uri_of(body: Element) -> str:
    return said(body, "MediaUri", "Uri", most=MOST_URI)


def presets_of(body: Element) -> list[CameraPreset]:
    """Those that have a token; one without a name has its token as name."""
    found: list[CameraPreset] = []
    for one in elements(body, "Preset"):
        token = attribute(one, "token")
        if token and len(found) < MOST_PRESETS:
            found.append(CameraPreset(token, said(one, "Name", most=80) or token))
    return found


def chosen(profiles: Sequence[OnvifProfile], token: str = "") -> OnvifProfile | None:
    """The one of this token; without a token the first whose video is read here, else the first."""
    if token:
        return next((one for one in profiles if one.token == token), None)
    return next((one for one in profiles if one.codec in VIDEO), next(iter(profiles), None))


def turning(profiles: Sequence[OnvifProfile], shown: OnvifProfile) -> OnvifProfile | None:
    """The profile by which the camera of the `shown` one is turned; None for a fixed camera."""
    own = [shown, *(one for one in profiles if one.source == shown.source)]
    return next((one for one in own if one.turns), None)


def scopes_of(text: str) -> dict[str, str]:
    """What the scopes of a probe's answer say by their kind: `name`, `hardware`, `location`. The first of a
    kind counts.
    """
    found: dict[str, str] = {}
    for one in text.split()[:64]:
        kind, _, value = one.removeprefix("onvif://www.onvif.org/").partition("/")
        if value and kind.lower() in {"name", "hardware", "location"}:
            found.setdefault(kind.lower(), line(_unquoted(value), MOST_TEXT))
    return found


def _unquoted(text: str) -> str:
    return unquote(text, errors="replace").replace("_", " ")
