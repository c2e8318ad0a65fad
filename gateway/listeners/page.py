"""docs/ports.md and deploy/nftables/songhua.nft from the list: `python -m gateway.listeners.page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import gateway
from gateway.listeners.model import SAID, Bound, ListeningSocket, Peers
from gateway.listeners.nft import ruleset
from gateway.listeners.table import LISTENERS, OUTGOING
from gateway.settings import Settings

CHECKOUT: Final = Path(gateway.__file__).parents[1]
PAGE: Final = CHECKOUT / "docs" / "ports.md"
RULES: Final = CHECKOUT / "deploy" / "nftables" / "songhua.nft"
_HEAD: Final = """\
# Ports

<!-- Written by `python -m gateway.listeners.page`; a test keeps it. Change `gateway/listeners/table.py`. -->

For operators who set up the machine and its network: every port, its default address, who has to reach it,
and how it is protected. A port in the settings or in the rendered configuration of Asterisk or the broker
that is missing here fails a test.

`songhua ports` prints this list for your settings, `songhua ports --json` for programs, and `songhua ports
--nft` the firewall's file. What is bound to 127.0.0.1 is reached from this machine alone.

| what | process | port | default address | transport, and who is let in | setting | who has to reach it |
|---|---|---|---|---|---|---|
"""
_AFTER: Final = """
Also on such a machine: PostgreSQL (TCP 5432; `[storage] url`, on loopback or with TLS), SSH, NTP. Asterisk's
console and the supervision of roles use files and pipes. Recognisers listen nowhere.

## What must not leave the machine

"""
_OUT: Final = """
## What Songhua calls

"""
_FIREWALL: Final = """
Also: DNS for names in the settings, the database, the broker, the OpenID provider of `[identity.oidc]`, and
the time-stamping authority and syslog host of `[cdr.heads_copies]`. Nothing else leaves the machine by
itself ([secrets](secrets.md)).

## The firewall

`deploy/nftables/songhua.nft` is what `songhua ports --nft` prints for a machine whose listeners are open to
the network: each port is allowed for the set of addresses that needs it, everything else is dropped. Fill
the sets, check the file with `nft -c -f`, and load it where you can still get in. The sets hold IPv4
addresses; nothing comes in by IPv6.

The firewall is the second lock. The first is digest or address at SIP, accounts at the broker, sessions at
the web, `permit` at the manager interface.

| set | holds |
|---|---|
"""


def page() -> str:
    """docs/ports.md as it has to be."""
    usual = everything()
    stays = (f"- **{one.name}** ({one.by}): {one.never_beyond}.\n" for one in LISTENERS if one.never_beyond)
    calls = (f"- `{place}`: {said}\n" for place, said in OUTGOING.items())
    sets = [f"| `{one}` | {SAID[one]} |\n" for one in Peers]
    own = "| `admins` | administrators' machines, for SSH |\n"
    return "".join((_HEAD, *_rows(usual), _AFTER, *stays, _OUT, *calls, _FIREWALL, own, *sets))


def rules() -> str:
    """The shipped file: of a machine whose listeners are open to the network."""
    return ruleset(everything(bind="10.0.0.4"))


def _rows(settings: Settings) -> Iterator[str]:
    for one in LISTENERS:
        bound = one.bound(settings)
        ports = ", ".join(dict.fromkeys(where.ports for where in bound))
        hosts = ", ".join(dict.fromkeys(_host(where) for where in bound))
        places = ", ".join(f"`{place}`" for place in one.places) or _without_place(one)
        reach = ", ".join(SAID[peer] for peer in one.peers) or "this machine"
        port = f"{one.protocol.upper()} {ports}"
        yield f"| {one.name} | {one.by} | {port} | {hosts} | {one.transport} | {places} | {reach} |\n"


def _host(where: Bound) -> str:
    return "all addresses" if where.host == "0.0.0.0" else where.host  # noqa: S104 - compared


def _without_place(one: ListeningSocket) -> str:
    return "`songhua broker render`" if one.by == "Mosquitto" else "its own configuration"


def everything(bind: str = "") -> Settings:
    """Settings by which every listener is there, on the ports of the defaults; `bind` instead of loopback for
    those that are opened to a network as they are. The web stays behind its proxy.
    """
    settings = Settings.model_validate(
        {
            "switch": {"turn": {"urls": ["turn:turn.example.org:3478"], "secret": "only-for-this-page"}},
            "asterisk": {
                "bind": bind or "127.0.0.1",
                "directories": {"etc": "/etc/asterisk", "prompts": "/p", "recordings": "/r"},
                "ami": {"secret": "only-for-this-page"},
                "tls": {"certificate": "/c.pem", "key": "/k.pem"},
                "trunks": [{"name": "carrier", "match": ["192.0.2.10"]}],
                "radios": [{"name": "radios", "host": "192.0.2.20", "transport": "tcp"}],
            },
            "sensing": {
                "networks": ["10.20.0.0/16"],
                "gb28181": {"devices": {"23010000001180000001": {"password": "only-for-this-page"}}},
                "nmea": {"receivers": {"V1": {"address": "10.20.7.11", "udp": True}}},
            },
            "radio": {
                "sip_radio": {"talkgroups": [{"tg": "north", "endpoint": "radios"}]},
                "dmr_homebrew": {
                    "talkgroups": [{"tg": 9}],
                    "repeaters": [{"id": 230801, "password": "only-for-this-page"}],
                },
                "usrp": {"talkgroups": [{"tg": 1, "port": 34001, "listen_port": 32001}]},
            },
        }
    )
    return _opened(settings, bind) if bind else settings


def _opened(settings: Settings, bind: str) -> Settings:
    """Copies: whether such settings would do without TLS is not asked."""
    radio = settings.radio
    sound = {"host": bind, "port": 9093}
    sip_sound = {"host": bind, "port": 9094}
    gateways = [one.model_copy(update={"listen_host": bind}) for one in radio.usrp.talkgroups]
    return settings.model_copy(
        update={
            "switch": settings.switch.model_copy(update={"fastagi_host": bind}),
            "speech": settings.speech.model_copy(update={"host": bind, "port": 9092}),
            "metrics": settings.metrics.model_copy(update={"host": bind}),
            "radio": radio.model_copy(
                update={
                    "sound": radio.sound.model_copy(update=sound),
                    "sip_radio": radio.sip_radio.model_copy(update=sip_sound),
                    "dmr_homebrew": radio.dmr_homebrew.model_copy(update={"host": bind}),
                    "usrp": radio.usrp.model_copy(update={"talkgroups": gateways}),
                }
            ),
        }
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    RULES.write_text(rules(), encoding="utf-8")
