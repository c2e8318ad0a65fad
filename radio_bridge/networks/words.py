"""What is wrong with a network and what to do, in Chinese, out of the sentence that its driver says. Pure.

A driver says one sentence for the log, the health and the desk; here is each of them once more
(decision 0160). What has no Chinese yet stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    # Several networks.
    "not connected yet": "尚未连接",
    "stopped": "已停止",
    # SvxReflector.
    "the reflector does not let us talk: see whether the callsign is in ALLOW of this talkgroup, or blocked"
    " by SQL_TIMEOUT": "反射器不让我们讲话：请看本呼号是否在该通话组的 ALLOW 中，或被 SQL_TIMEOUT 封禁",
    "the reflector cannot be reached: is it running, are host and port right": (
        "连不上反射器：请看它是否在运行，host 和 port 是否正确"
    ),
    "the reflector ended the connection": "反射器断开了连接",
    "it does not answer as a reflector: are host and port right": (
        "对方的应答不是反射器：请看 host 和 port 是否正确"
    ),
    "the reflector denies access: compare password and [USERS], and see that nobody else has the"
    " callsign": "反射器拒绝接入：请核对 password 与 [USERS]，并确认没有别人在用这个呼号",
    "the reflector speaks an older protocol than 2.0": "反射器的协议低于 2.0",
    "the reflector's codec is not spoken here: set its CODECS to OPUS or S16 (OPUS needs libopus)": (
        "反射器的编码这里不支持：请把它的 CODECS 设为 OPUS 或 S16（OPUS 需要 libopus）"
    ),
    "no answer over UDP: a firewall lets TCP through and UDP not": (
        "UDP 没有应答：防火墙放行了 TCP，没有放行 UDP"
    ),
    "UDP is no longer answered": "UDP 不再有应答",
    "the reflector says nothing any more": "反射器不再有任何消息",
    "what it says is not the reflector's protocol": "收到的内容不是反射器的协议",
    "the reflector takes nothing any more": "反射器不再接收数据",
    # DMR repeaters.
    "no repeater has signed in: compare their master address, id and password with [radio.dmr_homebrew]": (
        "没有中继台登录：请把中继台的主站地址、id 和密码与 [radio.dmr_homebrew] 核对"
    ),
    "the UDP port cannot be opened: is another program listening there": (
        "UDP 端口打不开：请看是否有别的程序占用"
    ),
    "not signed in at the master yet": "尚未登录主站",
    "the master does not let us in: compare id and password": "主站不让我们登录：请核对 id 和密码",
    "the master does not answer: is it running, are host and port right, does UDP get through": (
        "主站没有应答：请看它是否在运行，host 和 port 是否正确，UDP 是否放行"
    ),
    "the master has ended it, or knows us no more": "主站结束了登录，或不再认识我们",
    # Mumble.
    "the server lets us hear and not talk: see whether we are muted, or may not speak in the channel": (
        "服务器只让我们收听：请看我们是否被静音，或无权在该频道讲话"
    ),
    "the server has another codec than Opus for everybody, so that nobody hears us: see opusthreshold": (
        "服务器让所有人用 Opus 以外的编码，没有人听得到我们：请看 opusthreshold"
    ),
    "the server cannot be reached: is it running, are host and port right": (
        "连不上服务器：请看它是否在运行，host 和 port 是否正确"
    ),
    "the server's certificate is not trusted: compare it with sha256 of [radio.mumble]": (
        "服务器的证书不受信任：请与 [radio.mumble] 的 sha256 核对"
    ),
    "there is no libopus on this machine": "这台机器上没有 libopus",
    "the server ended the connection": "服务器断开了连接",
    "it does not answer as a Mumble server: are host and port right": (
        "对方的应答不是 Mumble 服务器：请看 host 和 port 是否正确"
    ),
    "the server does not let us in: compare name and password": "服务器不让我们登录：请核对名称和密码",
    "the server has no such channel: make it, or correct channel": (
        "服务器上没有这个频道：请建立它，或改正 channel"
    ),
    "we may not enter the channel: see its rights": "我们无权进入该频道：请看它的权限",
    "somebody has moved us to another channel": "有人把我们移到了别的频道",
    "somebody has put us out, or another client has signed in by our name": (
        "有人把我们踢出，或另一个客户端用我们的名称登录了"
    ),
    "the server says nothing any more": "服务器不再有任何消息",
    "what it says is not Mumble's protocol": "收到的内容不是 Mumble 的协议",
    "the server takes nothing any more": "服务器不再接收数据",
    # TETRA by one radio's interface.
    "the radio is not in its network: look at its antenna, its mode and its subscription": (
        "电台没有入网：请看它的天线、模式和入网资格"
    ),
    "the radio does not take its talkgroups: compare them with those that it is programmed for": (
        "电台不接受所设的通话组：请与电台里写入的通话组核对"
    ),
    "the radio was turned to another talkgroup, by hand or by its network: turn it back": (
        "电台被人或被网络转到了别的通话组：请转回来"
    ),
    "the radio is being set up": "正在设置电台",
    "not connected to the radio yet": "尚未连接电台",
    "the radio's line cannot be opened: is device right, may this account use it": (
        "电台的串口打不开：请看 device 是否正确，本账户是否有权使用"
    ),
    "the radio's line was closed: is the cable in, is the radio on": (
        "电台的串口断开了：请看电缆是否插好，电台是否开机"
    ),
    "the radio does not answer: is it on, is its interface set to AT commands, is speed right": (
        "电台没有应答：请看它是否开机，接口是否设为 AT 命令，speed 是否正确"
    ),
    "the radio was switched off and on, and is set up again": "电台重新开机，正在重新设置",
    "the radio takes nothing more from us": "电台不再接收数据",
    # A network that trunk-recorder listens to.
    "the recorder's broker is away, or does not let us in: look at [radio.trunk_recorder.broker]": (
        "录音机的消息服务器不在，或不让我们登录：请看 [radio.trunk_recorder.broker]"
    ),
    "nothing comes from trunk-recorder: is it running with its MQTT plugin, are topic and unit_topic as"
    " there": "trunk-recorder 没有消息：请看它和它的 MQTT 插件是否在运行，topic 和 unit_topic 是否与它一致",
    "trunk-recorder, or its plugin, is not connected to the broker": (
        "trunk-recorder 或它的插件没有连上消息服务器"
    ),
    # AllStar and DVSwitch.
    "nobody listens at the other side: is it running, are host and port right": (
        "对端没有人接收：请看它是否在运行，host 和 port 是否正确"
    ),
    "nothing came for longer than silent_s: is it running, and does it send to our listen_port": (
        "超过 silent_s 没有收到任何数据：请看对端是否在运行，是否发往我们的 listen_port"
    ),
    "listen_port cannot be opened, or host is not known: is another program listening there": (
        "listen_port 打不开，或 host 无法解析：请看是否有别的程序占用该端口"
    ),
    "its sound is ADPCM, which is not read: set the other side to PCM or µ-law": (
        "它的话音是 ADPCM，这里不支持：请把对端设为 PCM 或 µ-law"
    ),
    # Radio systems with a SIP side.
    "not called yet": "尚未呼叫",
    "does not answer: is it on, are `asterisk.radios` and the talkgroup's user right, is the role centre"
    " up": ("没有应答：请看它是否开机，`asterisk.radios` 和通话组的 user 是否正确，角色 centre 是否在运行"),
    "the call has ended, or nothing was heard on it for 5 s: it is called again": (
        "呼叫已结束，或 5 秒内没有声音：正在重新呼叫"
    ),
}

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
    said = _ANY.sub(lambda found: SENTENCES[found[0]], part)
    for frame, words in _FRAMES:
        said = frame.sub(words, said)
    return said
