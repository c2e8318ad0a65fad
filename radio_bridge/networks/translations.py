"""What is wrong with a network and what to do, in Chinese, out of the sentence that its driver says. Pure.

A driver says one sentence for the log, the health and the desk; here is each of them once more
(decision 0160). What has no Chinese yet stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from core.translation import Translatable, by_text
from core.translation import gettext_lazy as _

SENTENCES: Final[Mapping[str, Translatable]] = by_text(
    (
        # Several networks.
        _("not connected yet"),
        _("stopped"),
        # SvxReflector.
        _(
            "the reflector does not let us talk: see whether the callsign is in ALLOW of "
            "this talkgroup, or blocked by SQL_TIMEOUT"
        ),
        _("the reflector cannot be reached: is it running, are host and port right"),
        _("the reflector ended the connection"),
        _("it does not answer as a reflector: are host and port right"),
        _(
            "the reflector denies access: compare password and [USERS], and see that "
            "nobody else has the callsign"
        ),
        _("the reflector speaks an older protocol than 2.0"),
        _("the reflector's codec is not spoken here: set its CODECS to OPUS or S16 (OPUS needs libopus)"),
        _("no answer over UDP: a firewall lets TCP through and UDP not"),
        _("UDP is no longer answered"),
        _("the reflector says nothing any more"),
        _("what it says is not the reflector's protocol"),
        _("the reflector takes nothing any more"),
        # DMR repeaters.
        _(
            "no repeater has signed in: compare their master address, id and password "
            "with [radio.dmr_homebrew]"
        ),
        _("the UDP port cannot be opened: is another program listening there"),
        _("not signed in at the master yet"),
        _("the master does not let us in: compare id and password"),
        _("the master does not answer: is it running, are host and port right, does UDP get through"),
        _("the master has ended it, or knows us no more"),
        # Mumble.
        _("the server lets us hear and not talk: see whether we are muted, or may not speak in the channel"),
        _("the server has another codec than Opus for everybody, so that nobody hears us: see opusthreshold"),
        _("the server cannot be reached: is it running, are host and port right"),
        _("the server's certificate is not trusted: compare it with sha256 of [radio.mumble]"),
        _("there is no libopus on this machine"),
        _("the server ended the connection"),
        _("it does not answer as a Mumble server: are host and port right"),
        _("the server does not let us in: compare name and password"),
        _("the server has no such channel: make it, or correct channel"),
        _("we may not enter the channel: see its rights"),
        _("somebody has moved us to another channel"),
        _("somebody has put us out, or another client has signed in by our name"),
        _("the server says nothing any more"),
        _("what it says is not Mumble's protocol"),
        _("the server takes nothing any more"),
        # TETRA by one radio's interface.
        _("the radio is not in its network: look at its antenna, its mode and its subscription"),
        _("the radio does not take its talkgroups: compare them with those that it is programmed for"),
        _("the radio was turned to another talkgroup, by hand or by its network: turn it back"),
        _("the radio is being set up"),
        _("not connected to the radio yet"),
        _("the radio's line cannot be opened: is device right, may this account use it"),
        _("the radio's line was closed: is the cable in, is the radio on"),
        _("the radio does not answer: is it on, is its interface set to AT commands, is speed right"),
        _("the radio was switched off and on, and is set up again"),
        _("the radio takes nothing more from us"),
        # A network that trunk-recorder listens to.
        _("the recorder's broker is away, or does not let us in: look at [radio.trunk_recorder.broker]"),
        _(
            "nothing comes from trunk-recorder: is it running with its MQTT plugin, are "
            "topic and unit_topic as there"
        ),
        _("trunk-recorder, or its plugin, is not connected to the broker"),
        # AllStar and DVSwitch.
        _("nobody listens at the other side: is it running, are host and port right"),
        _("nothing came for longer than silent_s: is it running, and does it send to our listen_port"),
        _("listen_port cannot be opened, or host is not known: is another program listening there"),
        _("its sound is ADPCM, which is not read: set the other side to PCM or µ-law"),
        # Radio systems with a SIP side.
        _("not called yet"),
        _(
            "does not answer: is it on, are `asterisk.radios` and the talkgroup's user "
            "right, is the role centre up"
        ),
        _("the call has ended, or nothing was heard on it for 5 s: it is called again"),
    )
)

_FRAMES: Final = (
    (re.compile(r"repeater (\d+) is not let in: its id is unknown or its password wrong"),
     r"中继台 \1 未被允许登录：它的 id 未知或密码错误"),
    (re.compile(r"no connection to the broker at (\S+): (.*); it is tried again\. See that it runs there"
                r" \(else set mqtt\.host, mqtt\.port\) and knows the account of this role"),
     r"连不上消息服务器 \1（\2），正在重试：请看它是否在运行，mqtt.host、mqtt.port 和本角色的账户是否正确"),
    (re.compile(r"the broker denies the subscription to (\S+)"), r"消息服务器拒绝订阅 \1"),
    (re.compile(r"(\d+) of (\d+) talkgroups: "), r"\2 个通话组中 \1 个有问题："),
    (re.compile(r"; and (\d+) more$"), r"；另有 \1 个"),
    (re.compile(r"\bas (\S+): "), r"以 \1 的身份："),
    (re.compile(r"(\S+) at (\S+): "), r"\2 上的 \1："),
)  # fmt: skip
"""What stands around a sentence, with names in it."""

_LONGEST_FIRST: Final = sorted(SENTENCES, key=len, reverse=True)
_ANY: Final = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in _LONGEST_FIRST))

_QUOTED: Final = re.compile(r'(\(".*?"\))')
"""What the other side said itself."""


def chinese(why: str) -> str:
    """The same in Chinese; empty stays empty."""
    return "".join(part if part.startswith('("') else _said(part) for part in _QUOTED.split(why))


def _said(part: str) -> str:
    said = _ANY.sub(lambda found: SENTENCES[found[0]].in_language("zh"), part)
    for frame, words in _FRAMES:
        said = frame.sub(words, said)
    return said
