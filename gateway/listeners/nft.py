"""Renders the nftables file for a set of listeners: everything else is dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.listeners.model import SAID, Bound, ListeningSocket, Peers
from gateway.listeners.table import LISTENERS
from gateway.settings import Settings

EXAMPLES: Final[dict[Peers, str]] = {
    Peers.DESKS: "10.0.1.0/24",
    Peers.TELEPHONES: "10.0.2.0/24",
    Peers.TRUNKS: "192.0.2.10",
    Peers.UNITS: "10.0.3.0/24",
    Peers.RADIO_SYSTEMS: "10.0.4.0/24",
    Peers.CAMERAS: "10.20.0.0/16",
    Peers.SWITCH: "10.0.0.5",
    Peers.ROLES: "10.0.0.6",
    Peers.MONITORING: "10.0.0.20",
}
_ADMINS: Final = "10.0.0.2"
_HEAD: Final = """\
# The firewall of a machine that runs Songhua, Asterisk and the broker. Made by `songhua ports --nft` from
# the list of all listeners (docs/ports.md). Fill the sets with your own addresses first, and try it where
# you can get back in:
#   nft -c -f songhua.nft && nft -f songhua.nft
# Sets are filled without a reload too: nft add element inet songhua telephones '{ 10.0.2.7 }'
# It replaces its own table alone; other tables of the machine stay as they are.

table inet songhua
delete table inet songhua

table inet songhua {
"""
_CHAIN: Final = """\
    chain input {
        type filter hook input priority filter; policy drop;

        ct state established,related accept
        ct state invalid counter drop
        iif "lo" accept
        meta l4proto { icmp, ipv6-icmp } limit rate 50/second accept
        ip saddr @admins tcp dport 22 accept comment "your own shell"

"""


def ruleset(settings: Settings) -> str:
    """The file for these settings. What listens on loopback has no rule: nobody else reaches it."""
    return "".join((_HEAD, *(_set(one) for one in _SETS), _CHAIN, *_rules(settings), _FOOT))


def _rules(settings: Settings) -> Iterator[str]:
    for listener in LISTENERS:
        for one in listener.bound(settings):
            yield _rule(listener, one)


def _rule(listener: ListeningSocket, where: Bound) -> str:
    named = f"{listener.name} ({listener.by})"
    if where.is_loopback:
        return f"        # {named}, {where.ports}: on loopback\n"
    if not where.first:
        return f"        # {named}: give it a port in {listener.places[-1]}, then make this file again\n"
    if not listener.peers:
        return f"        # {named}, {where.ports}: nobody else has to reach it\n"
    lines = (
        f'        ip saddr @{peer} {listener.protocol} dport {where.ports} accept comment "{named}"\n'
        for peer in listener.peers
    )
    return "".join(lines)


def _set(named: tuple[str, str, str]) -> str:
    name, said, example = named
    return (
        f"    # {said}\n    set {name} {{\n        type ipv4_addr\n        flags interval\n"
        f"        elements = {{ {example} }}\n    }}\n\n"
    )


_SETS: Final[Sequence[tuple[str, str, str]]] = (
    ("admins", "administrators' machines, for SSH", _ADMINS),
    *((one.value, SAID[one], EXAMPLES[one]) for one in Peers),
)
_FOOT: Final = """\

        limit rate 5/minute log prefix "songhua-drop " level info
        counter drop
    }
}
"""
