"""The video stream that a camera describes (SDP, RFC 8866; RTSP 1.0, RFC 2326 C.1). Pure."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin

from sensing.errors import CameraFault, NoPicture

Codec = Literal["h264", "hevc"]
_CODECS: Final[dict[str, Codec]] = {"h264": "h264", "h265": "hevc", "hevc": "hevc"}
_PARAMETER_SETS: Final = ("sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps")
MOST_SETS: Final = 16


@dataclass(frozen=True, slots=True)
class VideoStream:
    """`control` is the URL that sets it up; `parameters` are NAL units that a decoder needs first."""

    codec: Codec
    payload: int
    control: str
    parameters: tuple[bytes, ...] = ()


def video_of(text: str, base: str) -> VideoStream:
    """The first video that can be read. `base` is the URL that relative ones hang on. Raises `NoPicture`."""
    found: list[dict[str, str]] = []
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("m="):
            found.append({"m": line[2:]})
        elif found and line.startswith("a="):
            name, _, value = line[2:].partition(":")
            found[-1].setdefault(name if name == "control" else f"{name} {value.partition(' ')[0]}", value)
    videos = [one for one in found if one["m"].startswith("video ")]
    for one in videos:
        for payload in one["m"].split()[3:]:
            mapped = re.match(r"\d+ +([A-Za-z0-9-]+)/90000", one.get(f"rtpmap {payload}", ""))
            codec = _CODECS.get(mapped.group(1).lower()) if mapped else None
            if codec is not None and payload.isascii() and payload.isdigit():
                parameters = _parameters(one.get(f"fmtp {payload}", ""))
                return VideoStream(codec, int(payload), _control(one.get("control", ""), base), parameters)
    raise NoPicture(
        CameraFault.CODEC, "it sends neither H.264 nor H.265" if videos else "it describes no video"
    )


def _control(control: str, base: str) -> str:
    if not control or control == "*":
        return base
    if control.lower().startswith("rtsp://"):
        return control
    return urljoin(base if base.endswith("/") else base + "/", control)


def _parameters(text: str) -> tuple[bytes, ...]:
    sets: list[bytes] = []
    for pair in text.partition(" ")[2].split(";"):
        name, _, value = pair.strip().partition("=")
        if name.lower() in _PARAMETER_SETS:
            for one in value.split(",")[:MOST_SETS]:
                try:
                    sets.append(b64decode(one, validate=True))
                except (binascii.Error, ValueError):
                    continue
    return tuple(one for one in sets if one)
