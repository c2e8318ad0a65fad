"""The list. A port of the settings that is neither here nor in `OUTGOING` fails a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway.listeners.model import Bound, ListeningSocket, Peers
from gateway.settings import Settings

BROKER_WS, BROKER_TLS, BROKER_TLS_WS = 8083, 8883, 8884
"""Defaults of `songhua broker render`."""
TURN, TURN_TLS, TURN_FIRST, TURN_LAST = 3478, 5349, 49152, 57343
"""Of `deploy/coturn/turnserver.conf`."""
ALL: Final = "0.0.0.0"  # noqa: S104 - says where others listen
_AUDIO: Final = "sound of calls, not encrypted: a network that nobody else is on"


def _sip(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    return [Bound(str(one.bind), one.ports.sip)] if one and one.plain_sip else []


def _sip_tls(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    return [Bound(str(one.bind), one.ports.sips)] if one and one.tls else []


def _sip_tcp(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    wanted = one is not None and any(radio.transport == "tcp" for radio in one.radios)
    return [Bound(str(one.bind), one.ports.sip)] if one and wanted else []


def _sip_ws(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    if one is None:
        return []
    return [Bound("127.0.0.1" if one.tls else str(one.bind), one.ports.http)]


def _sip_wss(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    return [Bound(str(one.bind), one.ports.https)] if one and one.tls else []


def _manager(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    return [Bound("127.0.0.1", one.ports.ami)] if one else []


def _rtp(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    return [Bound(ALL, one.ports.rtp_first, one.ports.rtp_last)] if one else []


def _fastagi(settings: Settings) -> Sequence[Bound]:
    one = settings.asterisk
    if one is None or one.dialogue != "fastagi":
        return []
    return [Bound(settings.switch.fastagi_host, one.ports.fastagi)]


def _figures(settings: Settings) -> Sequence[Bound]:
    one = settings.metrics
    return [Bound(one.host, one.radio_port), Bound(one.host, one.speech_port)] if one.enabled else []


def _dmr(settings: Settings) -> Sequence[Bound]:
    one = settings.radio.dmr_homebrew
    return [Bound(one.host, one.port)] if one.talkgroups and one.role == "master" else []


def _usrp(settings: Settings) -> Sequence[Bound]:
    return [Bound(one.listen_host, one.listen_port) for one in settings.radio.usrp.talkgroups]


def _gb28181(settings: Settings) -> Sequence[Bound]:
    one = settings.sensing.gb28181
    return [Bound(one.host, one.port)] if one.enabled else []


def _gb28181_pictures(settings: Settings) -> Sequence[Bound]:
    one = settings.sensing.gb28181
    return [Bound(one.host, one.media_first, one.media_last)] if one.enabled else []


def _nmea(settings: Settings) -> Sequence[Bound]:
    one = settings.sensing.nmea
    return [Bound(one.host, one.port)] if one.enabled else []


def _nmea_udp(settings: Settings) -> Sequence[Bound]:
    return _nmea(settings) if settings.sensing.nmea.takes_udp else []


def _radio_sound(settings: Settings) -> Sequence[Bound]:
    one = settings.radio.sound
    return [Bound(one.host, one.port)]


def _sip_radio_sound(settings: Settings) -> Sequence[Bound]:
    one = settings.radio.sip_radio
    return [Bound(one.host, one.port)] if one.talkgroups else []


def _mqtt(settings: Settings) -> Sequence[Bound]:
    one = settings.mqtt
    return [] if one.tls else [Bound(one.host, one.port)]


def _mqtt_ws(settings: Settings) -> Sequence[Bound]:
    one = settings.mqtt
    return [] if one.tls else [Bound(one.host, BROKER_WS)]


def _mqtt_tls(settings: Settings) -> Sequence[Bound]:
    # Roles that speak TLS find it on their own port, and nothing is left for plain listeners.
    return [Bound(ALL, settings.mqtt.port if settings.mqtt.tls else BROKER_TLS)]


def _turn(first: int, last: int = 0) -> Callable[[Settings], Sequence[Bound]]:
    return lambda settings: [Bound(ALL, first, last)] if settings.switch.turn else []


LISTENERS: Final[tuple[ListeningSocket, ...]] = (
    ListeningSocket(
        "web", "centre", "tcp", "HTTPS and WSS, TLS 1.2 and 1.3; plain on loopback without `[web] tls`",
        ("web.host", "web.port"), (Peers.DESKS, Peers.UNITS), lambda s: [Bound(s.web.host, s.web.port)],
    ),
    ListeningSocket(
        "proxy", "nginx or Caddy", "tcp", "HTTPS and WSS, TLS 1.2 and 1.3",
        (), (Peers.DESKS, Peers.UNITS), lambda _: [Bound(ALL, 443)],
    ),
    ListeningSocket(
        "SIP", "Asterisk", "udp", "SIP, digest or address; not encrypted",
        ("asterisk.bind", "asterisk.ports.sip"), (Peers.TELEPHONES, Peers.TRUNKS, Peers.RADIO_SYSTEMS), _sip,
    ),
    ListeningSocket(
        "SIP over TLS", "Asterisk", "tcp", "SIP, TLS 1.2; with `[asterisk.tls]`",
        ("asterisk.bind", "asterisk.ports.sips"), (Peers.TELEPHONES, Peers.TRUNKS), _sip_tls,
    ),
    ListeningSocket(
        "SIP over TCP", "Asterisk", "tcp", "SIP; only where [[asterisk.radios]] ask for it",
        ("asterisk.bind", "asterisk.ports.sip"), (Peers.RADIO_SYSTEMS,), _sip_tcp,
    ),
    ListeningSocket(
        "SIP over WebSocket", "Asterisk", "tcp", "WebSocket; on loopback with `[asterisk.tls]`",
        ("asterisk.bind", "asterisk.ports.http"), (Peers.DESKS, Peers.UNITS), _sip_ws,
    ),
    ListeningSocket(
        "SIP over WSS", "Asterisk", "tcp", "WSS, TLS 1.2 and 1.3; with `[asterisk.tls]`",
        ("asterisk.bind", "asterisk.ports.https"), (Peers.DESKS, Peers.UNITS), _sip_wss,
    ),
    ListeningSocket(
        "sound of calls", "Asterisk", "udp", "RTP; SRTP with browsers and where `phone_media`, `media` say",
        ("asterisk.ports.rtp_first", "asterisk.ports.rtp_last"),
        (Peers.DESKS, Peers.TELEPHONES, Peers.TRUNKS, Peers.UNITS, Peers.RADIO_SYSTEMS), _rtp,
    ),
    ListeningSocket(
        "manager interface", "Asterisk", "tcp", "AMI, account and `permit`; not encrypted",
        ("asterisk.ports.ami",), (), _manager, "whoever has its password has every call: a tunnel, if at all",
    ),
    ListeningSocket(
        "dialogue", "centre", "tcp", "FastAGI, addresses; not encrypted",
        ("switch.fastagi_host", "asterisk.ports.fastagi"), (Peers.SWITCH,), _fastagi,
        "no password: addresses alone tell who may come",
    ),
    ListeningSocket(
        "live audio", "speech", "tcp", "AudioSocket, addresses and announced ids",
        ("speech.host", "speech.port"), (Peers.SWITCH,),
        lambda s: [Bound(s.speech.host, s.speech.port)], _AUDIO,
    ),
    ListeningSocket(
        "sound of talkgroups", "radio", "tcp", "AudioSocket, addresses and announced ids",
        ("radio.sound.host", "radio.sound.port"), (Peers.SWITCH,), _radio_sound, _AUDIO,
    ),
    ListeningSocket(
        "sound of SIP radios", "radio", "tcp", "AudioSocket, addresses and announced ids",
        ("radio.sip_radio.host", "radio.sip_radio.port"), (Peers.SWITCH,), _sip_radio_sound, _AUDIO,
    ),
    ListeningSocket(
        "figures", "radio, speech", "tcp", "HTTP, HTTPS beyond loopback: /metrics, health, /livez, /readyz",
        ("metrics.host", "metrics.radio_port", "metrics.speech_port"), (Peers.MONITORING,), _figures,
    ),
    ListeningSocket(
        "DMR repeaters", "radio", "udp", "Homebrew, password; not encrypted",
        ("radio.dmr_homebrew.host", "radio.dmr_homebrew.port"), (Peers.RADIO_SYSTEMS,), _dmr,
    ),
    ListeningSocket(
        "USRP gateways", "radio", "udp", "USRP, address alone; not encrypted",
        ("radio.usrp.talkgroups[].listen_host", "radio.usrp.talkgroups[].listen_port"),
        (Peers.RADIO_SYSTEMS,), _usrp, "the sender's address can be forged: a network that nobody else is on",
    ),
    ListeningSocket(
        "cameras that register", "centre", "udp", "GB/T 28181, digest, `[sensing] networks`; not encrypted",
        ("sensing.gb28181.host", "sensing.gb28181.port"), (Peers.CAMERAS,), _gb28181,
    ),
    ListeningSocket(
        "cameras that register, TCP", "centre", "tcp",
        "GB/T 28181, digest, `[sensing] networks`; not encrypted",
        ("sensing.gb28181.host", "sensing.gb28181.port"), (Peers.CAMERAS,), _gb28181,
    ),
    ListeningSocket(
        "pictures of cameras that register", "centre", "udp",
        "RTP, the camera's address and a number that it was told; open for one picture or view",
        ("sensing.gb28181.host", "sensing.gb28181.media_first", "sensing.gb28181.media_last"),
        (Peers.CAMERAS,), _gb28181_pictures,
    ),
    ListeningSocket(
        "positions of cameras that move", "centre", "tcp",
        "NMEA 0183, a receiver's address, `[sensing] networks`; not encrypted",
        ("sensing.nmea.host", "sensing.nmea.port"), (Peers.CAMERAS,), _nmea,
    ),
    ListeningSocket(
        "positions of cameras that move, UDP", "centre", "udp",
        "NMEA 0183, a receiver's address, `[sensing] networks`; not encrypted",
        ("sensing.nmea.host", "sensing.nmea.port"), (Peers.CAMERAS,), _nmea_udp,
        "the sender's address can be forged: a network that nobody else is on",
    ),
    ListeningSocket(
        "MQTT", "Mosquitto", "tcp", "MQTT 5, accounts; not encrypted",
        ("mqtt.host", "mqtt.port"), (Peers.ROLES,), _mqtt,
        "passwords cross it as they are: terminals take the ones with TLS",
    ),
    ListeningSocket(
        "MQTT over WebSocket", "Mosquitto", "tcp", "MQTT 5; WSS by a proxy",
        ("mqtt.host",), (), _mqtt_ws, "a proxy on this machine reaches it",
    ),
    ListeningSocket(
        "MQTT over TLS", "Mosquitto", "tcp", "MQTT 5, TLS 1.2 or newer (`--tls-cert`)",
        (), (Peers.UNITS, Peers.ROLES), _mqtt_tls,
    ),
    ListeningSocket(
        "MQTT over WSS", "Mosquitto", "tcp", "MQTT 5, TLS 1.2 or newer (`--tls-cert`)",
        (), (Peers.UNITS,), lambda _: [Bound(ALL, BROKER_TLS_WS)],
    ),
    ListeningSocket(
        "TURN", "coturn", "udp", "TURN, names and passwords that end; with `[switch.turn]`",
        (), (Peers.DESKS, Peers.UNITS), _turn(TURN),
    ),
    ListeningSocket(
        "TURN over TCP", "coturn", "tcp", "TURN, names and passwords that end; with `[switch.turn]`",
        (), (Peers.DESKS, Peers.UNITS), _turn(TURN),
    ),
    ListeningSocket(
        "TURN over TLS", "coturn", "tcp", "TURN, TLS 1.2 and newer; with `[switch.turn]`",
        (), (Peers.DESKS, Peers.UNITS), _turn(TURN_TLS),
    ),
    ListeningSocket(
        "sound by TURN", "coturn", "udp", "what it relays, DTLS-SRTP; with `[switch.turn]`",
        (), (Peers.SWITCH,), _turn(TURN_FIRST, TURN_LAST),
    ),
)  # fmt: skip

OUTGOING: Final[Mapping[str, str]] = {
    "ami.port": "the manager interface of Asterisk, as the gateway reaches it",
    "asterisk.trunks[].contact_port": "the carrier's SIP",
    "asterisk.radios[].port": "a radio system's SIP side",
    "radio.svxreflector.port": "a reflector, TCP and UDP",
    "radio.usrp.talkgroups[].port": "the other side of a USRP gateway",
    "radio.mumble.port": "a Mumble server, TLS",
    "sms.port": "the operator's SMSC, SMPP",
    "mail.port": "the mail server that takes reports, TLS",
    "radio.trunk_recorder.broker.port": "the recorder's own broker",
}
"""Ports of others, that Songhua calls."""
