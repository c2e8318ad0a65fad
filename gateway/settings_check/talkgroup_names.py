"""Talkgroups, callsigns, repeaters and networks of radio that stand there twice, or nowhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.settings_check.model import KeyPath, Mistake, entries, value_at
from gateway.settings_check.model_fields import nearest

_DRIVERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "svxreflector": ("svx", ("tg", "callsign")),
    "dmr_homebrew": ("dmr", ("tg",)),
    "usrp": ("usrp", ("tg", "listen_port")),
    "mumble": ("mumble", ("tg", "name", "channel")),
    "sip_radio": ("sip", ("tg",)),
    "tetra_pei": ("tetra", ("tg",)),
    "trunk_recorder": ("p25", ("tg",)),
}
"""Each driver's usual network, and what has to differ between its talkgroups."""


def doubled(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Two of the same would take each other's place."""
    networks: dict[str, str] = {}
    for driver, (usual, parts) in _DRIVERS.items():
        rows = list(entries(told, "radio", driver, "talkgroups"))
        for part in parts:
            yield from _twice(rows, part)
        if driver == "dmr_homebrew":
            yield from _twice(list(entries(told, "radio", driver, "repeaters")), "id")
        network = value_at(told, ("radio", driver, "network")) or usual
        if not rows or not isinstance(network, str):
            continue
        if network in networks:
            what = f"{network} is also the network of {networks[network]}: their talkgroups would be the same"
            yield Mistake(("radio", driver, "network"), what, "give it another name")
        networks.setdefault(network, driver)


def unknown(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Talkgroups of a network that there is none of: the rule would hold for nothing."""
    networks = {
        "app",
        *(str(value_at(told, ("radio", one, "network")) or usual) for one, (usual, _) in _DRIVERS.items()),
    }
    lists: list[KeyPath] = [("radio", "recording", "not_these")]
    lists += [(*path, "talkgroups") for path, _ in entries(told, "cdr", "talkgroup_retention")]
    for path in lists:
        found = value_at(told, path)
        for number, one in enumerate(found if isinstance(found, list) else ()):
            network, colon, _ = one.partition(":") if isinstance(one, str) else ("", "", "")
            if colon and network not in networks:
                meant = nearest(network, sorted(networks))
                remedy = (
                    f"did you mean {meant}:?" if meant else f"the networks are: {', '.join(sorted(networks))}"
                )
                yield Mistake((*path, number), f"there is no network {network}", remedy)


def _twice(rows: list[tuple[KeyPath, Mapping[str, Any]]], part: str) -> Iterator[Mistake]:
    seen: set[Any] = set()
    for path, one in rows:
        value = one.get(part)
        if not isinstance(value, str | int):
            continue
        said: Any = value.strip("/") if part == "channel" and isinstance(value, str) else value
        said = (one.get("listen_host", "127.0.0.1"), value) if part == "listen_port" else said
        if said in seen:
            what = f"{part} {value} stands there twice: one would take the other's place"
            yield Mistake((*path, part), what, "give it another one, or take one of the two out")
        seen.add(said)
