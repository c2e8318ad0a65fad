"""Makes a report of what a client posts. Pure; takes any text."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from citizen.channels.open311.errors import invalid, missing
from citizen.channels.open311.services import CONDITION, condition_of
from citizen.contract import CitizenReport, KnownAddress, ReportClass, mail_address
from citizen.contract.report import MOST_PLACE, MOST_TEXT
from core.place import Position

ACCURACY_M: Final = 50.0
"""GeoReport has none: a client's pin is about so good."""
MOST_DESCRIPTION: Final = 3_500
"""The rest is for the condition and the picture's address; the document allows 4,000."""
_OWN_IDS: Final = ("attribute[external_id]", "attribute[fixmystreet_id]")


def report_of(
    client: str,
    service: ReportClass,
    said: Mapping[str, str],
    pictures: Sequence[bytes],
    now: datetime,
    address: KnownAddress | None = None,
    *,
    language: str = "",
    keeps_email: bool = False,
) -> CitizenReport:
    """`address` is what its `address_id` means. What the client says itself counts before it. An `email` that
    is no address is left out, as it is where it is not kept.

    Raises `GeoReportFault` that names the parameter.
    """
    position = _position(said)
    place = said.get("address_string", "").strip()
    part_id = ""
    if address is not None:
        position, place, part_id = position or address.position, place or address.words, address.part_id
    if position is None and not place:
        raise missing("lat and long, address_string, or address_id")
    if len(place) > MOST_PLACE:
        raise invalid("address_string", f"longer than {MOST_PLACE} characters")
    return CitizenReport(
        message_id=_message_id(client, said, pictures, now),
        text=_text(service, said),
        received_at=now,
        place=place,
        phone=said.get("phone", "").strip()[:40],
        position=position,
        pictures=tuple(pictures),
        category=service.ref,
        part_id=part_id,
        email=mail_address(said.get("email", "")) if keeps_email else "",
        language=language,
    )


def _position(said: Mapping[str, str]) -> Position | None:
    lat, lon = said.get("lat", "").strip(), said.get("long", "").strip()
    if not lat and not lon:
        return None
    return Position(lat=_degrees("lat", lat, 90), lon=_degrees("long", lon, 180), accuracy_m=ACCURACY_M)


def _degrees(name: str, text: str, most: float) -> float:
    if not text:
        raise missing(name)
    try:
        found = float(text)
    except ValueError as error:
        raise invalid(name, "a number of degrees, WGS-84") from error
    if not (math.isfinite(found) and -most <= found <= most):
        raise invalid(name, f"between -{most:g} and {most:g}")
    return found


def _text(service: ReportClass, said: Mapping[str, str]) -> str:
    description = said.get("description", "").strip()
    if len(description) > MOST_DESCRIPTION:
        raise invalid("description", f"longer than {MOST_DESCRIPTION} characters")
    lines = [said.get("attribute[title]", "").strip()[:200], description or service.name_zh]
    chosen = said.get(f"attribute[{CONDITION}]", "").strip()
    if chosen:
        lines.append(condition_of(service, chosen))
    media = said.get("media_url", "").strip()
    if media:
        lines.append(f"图片 {media[:200]}")
    return "\n".join(line for line in lines if line)[:MOST_TEXT]


def _message_id(client: str, said: Mapping[str, str], pictures: Sequence[bytes], now: datetime) -> str:
    """By the client's own id, where it gives one; else the same words of a client are one report on a day."""
    for name in _OWN_IDS:
        if said.get(name, "").strip():
            return f"{client}:{said[name].strip()[:80]}"
    whole = hashlib.sha256(json.dumps(sorted(said.items()), ensure_ascii=False).encode())
    for picture in pictures:
        whole.update(hashlib.sha256(picture).digest())
    return f"{client}:{now:%Y%m%d}:{whole.hexdigest()}"
