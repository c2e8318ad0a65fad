"""The platform's protocol without a server: signs, seals, XML of any kind, and the window against replays."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from citizen.channels.wechat.codec import MOST_BYTES, fields_of, message_of, text_answer
from citizen.channels.wechat.crypto import MessageCipher
from citizen.channels.wechat.errors import WeChatMalformed, WeChatUnproved
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.signature import (
    MOST_NONCES,
    WINDOW_S,
    ReplayWindow,
    require_signature,
    signature_of,
)
from tests.peers.simulated_wechat import SimulatedWeChat

PEER = SimulatedWeChat()
CIPHER = MessageCipher(PEER.aes_key, PEER.app_id)
BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa">%s]><xml><Content>&i;</Content></xml>"""
    % (b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8)))
)
TEXT = {
    "ToUserName": "gh_1", "FromUserName": "oPerson", "CreateTime": "1348831860", "MsgType": "text",
    "Content": "路灯不亮", "MsgId": "1234567890123456",
}  # fmt: skip


def test_a_signature_is_the_one_of_the_platforms_documentation() -> None:
    assert signature_of("token", "1409304348", "xxxxxx") == signature_of("xxxxxx", "token", "1409304348")
    require_signature(signature_of("a", "b"), "b", "a")
    for wrong in ("", "é", signature_of("a", "c")):
        with pytest.raises(WeChatUnproved):
            require_signature(wrong, "a", "b")


@given(st.binary(max_size=3000))
def test_both_sides_read_what_the_other_has_encrypted(message: bytes) -> None:
    assert CIPHER.decrypted(PEER.encrypt(message)) == message
    assert PEER.decrypt(CIPHER.encrypted(message)) == message


@given(st.one_of(st.text(), st.binary(max_size=200).map(lambda data: data.hex())))
def test_what_is_not_encrypted_for_us_is_refused(text: str) -> None:
    with pytest.raises(WeChatUnproved):
        CIPHER.decrypted(text)


def test_a_message_for_another_account_is_refused() -> None:
    with pytest.raises(WeChatUnproved):
        CIPHER.decrypted(PEER.encrypt(b"<xml/>", app_id="wxanother"))


@given(st.binary(max_size=500))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    for body in (
        data,
        b"<xml>" + data + b"</xml>",
        b"<xml><Content><![CDATA[" + data + b"]]></Content></xml>",
    ):
        with contextlib.suppress(WeChatMalformed):
            message_of(fields_of(body))


@given(st.dictionaries(st.sampled_from([*TEXT, "Event", "MediaId", "Location_X", "Location_Y"]), st.text()))
def test_any_words_in_the_fields_are_a_message_or_malformed(changed: dict[str, str]) -> None:
    with contextlib.suppress(WeChatMalformed):
        found = message_of({**TEXT, **changed})
        answer = text_answer(found, 1, found.text)
        assert fields_of(answer)["ToUserName"] == found.openid


@pytest.mark.parametrize(
    "body",
    [
        BOMB, b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml/>', b"<xml>" + b"<a>" * 20, b"<html></html>",
        b"<xml>" + b"a" * MOST_BYTES + b"</xml>", b"<xml>" + b"".join(b"<a%d/>" % n for n in range(99)), b"",
        b'<?xml version="1.0" encoding="utf-7"?><xml/>',
    ],
)  # fmt: skip
def test_bombs_and_entities_are_refused(body: bytes) -> None:
    with pytest.raises(WeChatMalformed):
        fields_of(body)


def test_a_message_has_the_same_key_each_time_and_another_message_another() -> None:
    one = message_of(TEXT)
    assert message_of({**TEXT, "Content": "as it comes again"}).key == one.key
    assert message_of({**TEXT, "MsgId": "2"}).key != one.key
    event = {**TEXT, "MsgType": "event", "Event": "subscribe"}
    assert message_of(event).key == message_of({**event, "MsgId": ""}).key
    assert message_of({**event, "CreateTime": "1348831861"}).key != message_of(event).key
    assert message_of({**event, "FromUserName": "oOther"}).key != message_of(event).key


def test_a_place_is_latitude_first() -> None:
    there = message_of({**TEXT, "MsgType": "location", "Location_X": "45.7", "Location_Y": "126.6"})
    assert (there.lat, there.lon) == (45.7, 126.6)
    for wrong in ({"Location_X": "nan", "Location_Y": "1"}, {"Location_X": "126.6", "Location_Y": "45.7"}):
        with pytest.raises(WeChatMalformed):
            message_of({**TEXT, "MsgType": "location", **wrong})


def test_an_answer_escapes_what_a_person_wrote() -> None:
    answer = text_answer(message_of(TEXT), 7, "</Content><x>&\x00\x1b]]>")
    assert fields_of(answer)["Content"] == "</Content><x>&]]>"


def test_a_replay_is_refused_and_a_repetition_is_not() -> None:
    window = ReplayWindow()
    window.require("1000", "n", b"one", 1000.0)
    window.require("1000", "n", b"one", 1004.0)
    with pytest.raises(WeChatUnproved):
        window.require("1000", "n", b"two", 1004.0)
    for stamp, now in (("1000", 1000 + WINDOW_S + 1), ("1000", 1000 - WINDOW_S - 1), ("x", 1.0), ("²", 2.0)):
        with pytest.raises(WeChatUnproved):
            window.require(stamp, "other", b"", now)
    for number in range(MOST_NONCES + 10):
        window.require("1000", str(number), b"", 1000.0)
    assert len(window._seen) == MOST_NONCES


def test_settings_that_are_enabled_name_what_is_missing() -> None:
    with pytest.raises(ValidationError, match="app_id, app_secret, token, encoding_aes_key"):
        WeChatSettings(enabled=True)
    keys = {"app_id": "wx1", "app_secret": "s" * 32, "token": "a-token"}
    with pytest.raises(ValidationError, match="encoding_aes_key"):
        WeChatSettings.model_validate({"enabled": True, **keys})
    assert WeChatSettings.model_validate({"enabled": True, "encrypted": False, **keys})
    plain = {"enabled": True, "encrypted": False, "staff": {"enabled": True}, **keys}
    with pytest.raises(ValidationError, match="choose the safe mode"):
        WeChatSettings.model_validate(plain)
    with pytest.raises(ValidationError, match="43 letters"):
        WeChatSettings.model_validate({"encoding_aes_key": "too-short"})
    with pytest.raises(ValidationError, match="https"):
        WeChatSettings.model_validate({"api": "http://api.weixin.qq.com"})
