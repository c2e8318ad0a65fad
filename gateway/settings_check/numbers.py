"""Counts that contradict each other or make no sense together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gateway.settings_check.model import CheckedSettings, Mistake, entries, path_of

_ORDER: Final = (
    ("asterisk.outside.limits.user_at_once", "asterisk.outside.limits.total_at_once"),
    ("asterisk.outside.limits.user_per_minute", "asterisk.outside.limits.total_per_minute"),
    ("identity.guessing.of_one", "identity.guessing.of_name"),
    ("identity.guessing.of_name", "identity.guessing.of_all"),
    ("identity.guessing.of_address", "identity.guessing.of_all"),
    ("speech.max_streams", "speech.max_connections"),
    ("web.desks_per_person", "web.desks_per_address"),
    ("web.desks_per_address", "web.connections_per_address"),
    ("cdr.number_searches.alike_of_day", "cdr.number_searches.of_hour"),
)  # fmt: skip
"""The first may not be more than the second."""
_ORDER_IN_A_CHANNEL: Final = (
    ("per_address_hour", "per_hour"),
    ("per_number_hour", "per_hour"),
    ("messages_per_person_hour", "messages_per_hour"),
    ("wrong_codes_per_address_hour", "looks_per_address_hour"),
)
"""The same, in every channel of citizens that has both."""
_PORTS_OF_A_CALL: Final = 4


def contradictions(checked: CheckedSettings) -> Iterator[Mistake]:
    """A limit for one that lies above the limit for all."""
    in_channels = (
        (f"citizen.{name}.{less}", f"citizen.{name}.{more}")
        for name in type(checked.settings.citizen).model_fields
        for less, more in _ORDER_IN_A_CHANNEL
    )
    for less, more in (*_ORDER, *in_channels):
        one, all_ = _value(checked, less), _value(checked, more)
        told = [key for key in (less, more) if checked.says(path_of(key))]
        if told and one is not None and all_ is not None and 0 < all_ < one:
            what = f"{less} = {one} is more than {more} = {all_}"
            yield Mistake(path_of(told[0]), what, f"lower {less}, or raise {more}")
    yield from _sound(checked)
    yield from _trunks(checked)
    yield from _shown(checked)


def _sound(checked: CheckedSettings) -> Iterator[Mistake]:
    asterisk = checked.settings.asterisk
    if asterisk is None:
        return
    room = (asterisk.ports.rtp_last - asterisk.ports.rtp_first + 1) // _PORTS_OF_A_CALL
    wanted = asterisk.outside.limits.total_at_once
    told = ("asterisk", "ports", "rtp_last")
    if room < wanted and (checked.says(told) or checked.says(("asterisk", "ports", "rtp_first"))):
        what = f"ports for {room} calls, and asterisk.outside.limits.total_at_once = {wanted}"
        at = told if checked.says(told) else ("asterisk", "ports", "rtp_first")
        yield Mistake(
            at, what, f"a call takes {_PORTS_OF_A_CALL} ports: widen rtp_first … rtp_last", "warning"
        )


def _trunks(checked: CheckedSettings) -> Iterator[Mistake]:
    for path, trunk in entries(checked.told, "asterisk", "trunks"):
        if trunk.get("transport") == "tls" and trunk.get("contact_port") == 5060:
            yield Mistake(
                (*path, "contact_port"),
                "5060 is the carrier's port without TLS",
                "contact_port = 5061",
                "warning",
            )
        if trunk.get("transport", "udp") == "udp" and trunk.get("contact_port") == 5061:
            yield Mistake(
                (*path, "contact_port"),
                "5061 is the carrier's port with TLS",
                'transport = "tls", or 5060',
                "warning",
            )


def _shown(checked: CheckedSettings) -> Iterator[Mistake]:
    asterisk = checked.settings.asterisk
    if asterisk is None:
        return
    for number in asterisk.numbers_shown:
        if number in asterisk.emergency.dialled:
            path = next(
                (
                    (*path, "caller_ids")
                    for path, trunk in entries(checked.told, "asterisk", "trunks")
                    if number in (trunk.get("caller_ids") or ())
                ),
                ("asterisk", "caller_id"),
            )
            yield Mistake(
                path,
                f"{number} is an emergency number, and not ours to show",
                "name a number that the carrier gave us",
            )


def _value(checked: CheckedSettings, key: str) -> int | None:
    here: Any = checked.settings
    for part in key.split("."):
        here = getattr(here, part, None)
    return here if isinstance(here, int) and not isinstance(here, bool) else None
