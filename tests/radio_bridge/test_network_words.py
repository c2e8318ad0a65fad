"""Whatever a driver says is wrong can be read in Chinese."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from radio_bridge import drivers
from radio_bridge.drivers.dmr_homebrew import health as dmr
from radio_bridge.drivers.health import told
from radio_bridge.drivers.mumble import health as mumble
from radio_bridge.drivers.svxreflector import health as svx
from radio_bridge.drivers.svxreflector.effects import SvxReflectorDownReason
from radio_bridge.drivers.voice import LinkState
from radio_bridge.networks.translations import SENTENCES, chinese

_CHINESE = re.compile(r"[一-鿿]")
ELSEWHERE = ("radio_bridge.drivers.sip_radio.line", "radio_bridge.drivers.unarbitrated.line")
"""Sentences that do not stand in a driver's `health.py`."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(drivers.__path__, "radio_bridge.drivers."):
        if found.name.endswith(".health") or found.name in ELSEWHERE:
            yield importlib.import_module(found.name)


def sentences(module: ModuleType) -> Iterator[str]:
    """Its constants that are text of several words, and those of its tables."""
    for name, value in vars(module).items():
        if not name.strip("_").isupper():
            continue
        if isinstance(value, str) and " " in value:
            yield value
        elif isinstance(value, Mapping):
            # Causes on the wire are no sentences.
            yield from (one for one in value.values() if type(one) is str)


def test_each_sentence_of_each_driver_has_its_chinese_and_no_other_is_kept() -> None:
    said = {one for module in modules() for one in sentences(module)}
    assert len(said) > 50
    assert said - set(SENTENCES) == set()
    assert set(SENTENCES) - said == set()
    for one in said:
        assert chinese(one) == SENTENCES[one].in_language("zh")
        assert _CHINESE.search(SENTENCES[one].in_language("zh")), one


@pytest.mark.parametrize(
    ("why", "zh"),
    [
        ("", ""),
        (
            f"as SONGHUA-1: {svx.down_why(SvxReflectorDownReason.STARTING, '')}",
            "以 SONGHUA-1 的身份：尚未连接",
        ),
        (svx.down_why(SvxReflectorDownReason.CLOSED, "bye"), '反射器断开了连接 ("bye")'),
        (dmr.refused(230815), "中继台 230815 未被允许登录：它的 id 未知或密码错误"),
        ("4011 at pbx-1: not called yet", "pbx-1 上的 4011：尚未呼叫"),
        ("the broker denies the subscription to v1/+", "消息服务器拒绝订阅 v1/+"),
        ("something new", "something new"),
    ],
)
def test_what_stands_around_a_sentence_is_said_too(why: str, zh: str) -> None:
    assert chinese(why) == zh


def test_what_a_server_said_itself_stays_as_it_was_said() -> None:
    why = mumble.down_why(mumble.MumbleDownReason.DENIED, "nobody is stopped here")
    assert chinese(why).startswith(
        SENTENCES["the server does not let us in: compare name and password"].in_language("zh")
    )
    assert chinese(why).endswith('("nobody is stopped here")')


def test_the_whole_network_in_one_line() -> None:
    links = [LinkState(f"svx:{tg}", up=False, why="as US: stopped") for tg in range(5)]
    assert chinese(told("svx", links).why) == (
        "5 个通话组中 5 个有问题：svx:0 以 US 的身份：已停止; svx:1 以 US 的身份：已停止; "
        "svx:2 以 US 的身份：已停止；另有 2 个"
    )


def test_the_terminals_broker() -> None:
    why = (
        "no connection to the broker at 127.0.0.1:1883: refused; it is tried again. "
        "See that it runs there (else set mqtt.host, mqtt.port) and knows the account of this role"
    )
    assert chinese(why) == (
        "连不上消息服务器 127.0.0.1:1883（refused），正在重试："
        "请看它是否在运行，mqtt.host、mqtt.port 和本角色的账户是否正确"
    )
