"""Addresses, networks and web addresses: impossible ones, wrong schemes, doors open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from core.listening.addresses import is_loopback
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, Weight, entries, path_of, value_at

_HOSTS: Final = frozenset({"host", "fastagi_host", "listen_host", "contact", "bind", "advertise"})
_MAY_BE_EMPTY: Final = "public_host"
_NETWORKS: Final = frozenset(
    {"match", "never", "local_nets", "permit", "addresses", "switches", "trusted_proxies"}
)
_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?")
_NUMERIC: Final = re.compile(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
_WITH_PORT: Final = re.compile(r"[^:\s]+:[0-9]{1,5}")
_PATTERN: Final = re.compile(r"_")
_SECURE: Final = {
    "identity.oidc.issuer": "https", "identity.oidc.address": "https", "identity.passkeys.address": "https",
    "citizen.email.site": "https",
    "mqtt.ws_url": "wss", "switch.sip_ws_url": "wss",
}  # fmt: skip
"""Where each leads away from this machine it has to be encrypted."""
_OF_A_CHANNEL: Final = ("address", "api")
"""Where citizens, or a provider, reach a channel, or are reached by it: also over HTTPS."""
_PLAIN: Final = {"https": "http", "wss": "ws"}
_RESERVED: Final = tuple(IPv4Network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""For examples alone (RFC 5737)."""
_DATABASES: Final = {
    "sqlite+aiosqlite": "", "postgresql+asyncpg": "",
    "sqlite": "sqlite+aiosqlite:///FILE", "postgres": "postgresql+asyncpg://USER@HOST/NAME",
    "postgresql": "postgresql+asyncpg://USER@HOST/NAME",
}  # fmt: skip
_EITHER: Final = "use postgresql+asyncpg://USER@HOST/NAME or sqlite+aiosqlite:////FOLDER/FILE"


def impossible(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Hosts and networks that cannot exist, wherever they stand."""
    yield from _walk(told, ())


def _walk(here: Any, path: KeyPath) -> Iterator[Mistake]:
    if isinstance(here, Mapping):
        for name, inner in here.items():
            place = (*path, name)
            if (name in _HOSTS or name == _MAY_BE_EMPTY) and isinstance(inner, str):
                yield from _host(inner, place, may_be_empty=name == _MAY_BE_EMPTY)
            elif name in _NETWORKS and isinstance(inner, list | tuple):
                for number, one in enumerate(inner):
                    yield from _network(one, (*place, number))
            else:
                yield from _walk(inner, place)
    elif isinstance(here, list | tuple):
        for number, one in enumerate(here):
            yield from _walk(one, (*path, number))


def _host(host: str, path: KeyPath, *, may_be_empty: bool) -> Iterator[Mistake]:
    why = () if may_be_empty and not host else wrong_host(host)
    if why:
        yield Mistake(path, why[0], why[1])


def wrong_host(host: str) -> tuple[str, str] | tuple[()]:
    """What is wrong with a name or address, and the remedy; nothing when it is possible."""
    if _possible(host) or (_NAME.fullmatch(host) and not _NUMERIC.fullmatch(host)):
        return ()
    said, remedy = f"{host!r} is neither a host name nor an address", "write a name, or an address: 10.0.0.5"
    if not host:
        said, remedy = "it is empty", "name an address of this machine, 127.0.0.1 for itself alone"
    elif "://" in host:
        said, remedy = f"{host!r} is a web address", f"write the host alone: {_of_web(host)}"
    elif host.startswith("["):
        said, remedy = f"{host!r} has brackets", f"write the address alone: {host.strip('[]')}"
    elif _WITH_PORT.fullmatch(host):
        said, remedy = f"{host!r} holds a port", "write the host alone, and the number in the port's key"
    elif _NUMERIC.fullmatch(host):
        said = f"there is no address {host}"
        remedy = "an IPv4 address has four numbers from 0 to 255: 10.0.0.5"
    return said, remedy


def _of_web(text: str) -> str:
    try:
        return urlsplit(text).hostname or "HOST"
    except ValueError:
        return "HOST"


def _possible(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _network(told: Any, path: KeyPath) -> Iterator[Mistake]:
    if not isinstance(told, str) or _PATTERN.match(told) or not re.match(r"[0-9a-fA-F:.]+(/|$)", told):
        return
    if "/" not in told and _NAME.fullmatch(told) and not _NUMERIC.fullmatch(told):
        return
    try:
        ip_network(told)
    except ValueError:
        try:
            network = ip_network(told, strict=False)
        except ValueError:
            yield Mistake(path, f"there is no network {told}", "write an address, or a network: 10.0.0.0/24")
        else:
            yield Mistake(
                path, f"{told} is an address inside a network", f"write {network}, or the address alone"
            )


def database(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """The address is never repeated: a password may be in it."""
    path, url = ("storage", "url"), value_at(told, ("storage", "url"))
    if not isinstance(url, str):
        return
    scheme, mark, rest = url.partition("://")
    if not mark:
        yield Mistake(path, "it is no address of a database", _EITHER)
        return
    meant = _DATABASES.get(scheme.partition("+")[0] if scheme not in _DATABASES else scheme)
    if meant is None:
        yield Mistake(path, f"{scheme}:// is no database that Songhua knows", _EITHER)
    elif meant:
        yield Mistake(path, f"{scheme}:// names no driver that is installed", f"write {meant}")
    elif scheme == "sqlite+aiosqlite":
        yield from _sqlite(path, rest)
    else:
        yield from _postgresql(path, url)


def _sqlite(path: KeyPath, rest: str) -> Iterator[Mistake]:
    three = "three slashes before a file here, four before an absolute one: sqlite+aiosqlite:////var/lib/songhua/songhua.db"
    if not rest.startswith("/"):
        yield Mistake(path, "after two slashes a host would stand, and SQLite has none", three)
    elif rest in {"/", "/:memory:"}:
        yield Mistake(
            path, "a database in memory is lost with each process, and no role sees another's", three
        )


def _postgresql(path: KeyPath, url: str) -> Iterator[Mistake]:
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        yield Mistake(path, "its host or port is impossible", "a port is a number from 1 to 65535: HOST:5432")
        return
    if port == 0:
        yield Mistake(path, "port 0 cannot be reached", "PostgreSQL listens on 5432, unless told otherwise")
    if host and (wrong := wrong_host(host)):
        yield Mistake(path, wrong[0], wrong[1])
    if not parts.path.strip("/"):
        yield Mistake(path, "it names no database", "add its name at the end: …@HOST/songhua")
    if parts.password:
        remedy = "put the password into a file, and name that in storage.password_file (docs/secrets.md)"
        yield Mistake(path, "a password stands in the address", remedy, "warning")
    elif not parts.username:
        yield Mistake(path, "it names no user", "postgresql+asyncpg://USER@HOST/NAME", "warning")


def web_addresses(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Addresses that browsers, telephones and other programs are told."""
    secure = {path_of(key): scheme for key, scheme in _SECURE.items()}
    for name, channel in (value_at(told, ("citizen",)) or {}).items():
        if isinstance(channel, Mapping):
            secure |= {("citizen", name, key): "https" for key in _OF_A_CHANNEL if key in channel}
    for path, scheme in secure.items():
        text = value_at(told, path)
        if isinstance(text, str) and text:
            yield from _web_address(path, text, scheme)
    urls = value_at(told, ("switch", "turn", "urls"))
    for number, one in enumerate(urls if isinstance(urls, list) else ()):
        if isinstance(one, str) and not re.match(r"(turns?|stuns?):[^/\s]", one):
            yield Mistake(
                ("switch", "turn", "urls", number),
                f"{one!r} is no address of a TURN server",
                "turns:HOST:5349?transport=tcp",
            )
    syslog = value_at(told, ("cdr", "heads_copies", "syslog"))
    if isinstance(syslog, str) and syslog and not re.match(r"(udp|tcp)://|unix:///", syslog):
        yield Mistake(
            ("cdr", "heads_copies", "syslog"),
            "it names no way to a syslog",
            "tcp://HOST:601, udp://HOST:514 or unix:///dev/log",
        )


def _web_address(path: KeyPath, text: str, scheme: str) -> Iterator[Mistake]:
    example = f"{scheme}://HOST" + (":PORT" if scheme == "wss" else "")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        yield Mistake(path, f"the host or port of {text!r} is impossible", f"write {example}")
        return
    plain = _PLAIN[scheme]
    if parts.scheme not in {scheme, plain}:
        yield Mistake(path, f"{parts.scheme or 'no scheme'} where {scheme} belongs", f"write {example}")
    elif not parts.hostname:
        yield Mistake(path, "it names no host", f"write {example}")
    elif wrong := wrong_host(parts.hostname):
        yield Mistake(path, wrong[0], wrong[1])
    elif port == 0:
        yield Mistake(path, "port 0 cannot be reached", f"write {example}")
    elif parts.scheme == plain and not is_loopback(parts.hostname):
        yield Mistake(path, f"{plain}:// leads away from this machine unencrypted", f"write {example}")
    elif path[0] == "switch" and parts.path != "/ws":
        yield Mistake(path, "Asterisk's WebSocket is at /ws", f"write {example}/ws", "warning")


def strangers(checked: CheckedSettings) -> Iterator[Mistake]:
    """Whoever may come, is named: a network that holds everybody names nobody."""
    told = checked.told
    lists = [
        path_of(one)
        for one in (
            "speech.switches",
            "switch.addresses",
            "radio.sound.switches",
            "radio.sip_radio.switches",
            "asterisk.ami.permit",
            "asterisk.asyncagi.permit",
            "web.trusted_proxies",
            "metrics.addresses",
        )
    ]
    lists += [(*path, "match") for path, _ in entries(told, "asterisk", "trunks")]
    for path in lists:
        for number, one in enumerate(value_at(told, path) or ()):
            if isinstance(one, str) and one.endswith("/0"):
                remedy = "name the addresses that have to come there, and no others"
                yield Mistake((*path, number), f"{one} lets everybody in", remedy)
            elif isinstance(one, str) and _is_example(one) and path[:2] == ("asterisk", "trunks"):
                weight: Weight = "fault" if is_open(checked) else "warning"
                remedy = "name the addresses from which your carrier calls"
                yield Mistake((*path, number), f"{one} is an address for examples", remedy, weight)


def is_open(checked: CheckedSettings) -> bool:
    """Whether anything of ours listens beyond this machine."""
    settings = checked.settings
    hosts = [settings.web.host, settings.speech.host, settings.switch.fastagi_host]
    if settings.asterisk is not None:
        hosts.append(str(settings.asterisk.bind))
    return not all(is_loopback(one) for one in hosts)


def _is_example(text: str) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    return isinstance(network, IPv4Network) and any(network.subnet_of(one) for one in _RESERVED)


def browsers(checked: CheckedSettings) -> Iterator[Mistake]:
    """A page that came encrypted may open encrypted connections alone."""
    if checked.settings.web.tls is None:
        return
    for key, text in (
        ("switch.sip_ws_url", checked.settings.switch.sip_ws_url),
        ("mqtt.ws_url", checked.settings.mqtt.ws_url),
    ):
        parts: SplitResult = urlsplit(text)
        if parts.scheme == "ws":
            what = "the pages come by HTTPS ([web] tls), and browsers then refuse ws://"
            yield Mistake(path_of(key), what, f"write wss://{parts.netloc}{parts.path}")
