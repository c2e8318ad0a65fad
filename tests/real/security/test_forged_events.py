"""No text of a caller or of a telephone begins a line of an AMI event or of the ledger: every payload in
every SIP field that reaches a channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.peers.ami_listener import AmiListener
from tests.peers.asterisk import AsteriskPeer
from tests.peers.hostile_sip import HostileSip, Invite, forged
from tests.peers.sip_fields import ANSWERS
from tests.peers.sip_fuzz import FuzzedCaller, FuzzedPhone, pump_until
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

MARK = "Forged"
EVENT = f"Event%3a%20UserEvent%0d%0aUserEvent%3a%20{MARK}"
PAYLOADS = (
    f"139%0d%0a%0d%0a{EVENT}%0d%0aX%3a%20y",
    f"139%0a%0a{EVENT}%0a",
    f"%0d%0a{EVENT}%0d%0a%0d%0a",
    f"139%0d{EVENT}%0d",
    f"139%00%0a{EVENT}",
    f"139%09%1b%7f{MARK}",
    f"139%22%0a{EVENT}%22,%22",
)
QUOTED = ("Li\\\r\n Wei", f"a\r{MARK}: x", f"%0d%0a{MARK}: x", f"a\x0b{MARK}", f"李 {MARK}\x1b[2J")


def _fields() -> Iterator[tuple[str, Invite]]:
    for text in PAYLOADS:
        uri = f"<sip:{text}@127.0.0.1>"
        yield "Request-URI", Invite(called=f"12345{text}")
        yield "From", Invite(caller=text)
        yield "To", Invite(to=text)
        yield "Contact", Invite(contact_user=text)
        for name in (
            "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info",
            "Referred-By", "P-Called-Party-ID",
        ):  # fmt: skip
            yield name, Invite(headers={name: uri})
        for name in ("Subject", "User-Agent", "Reason", "Privacy", "X-Songhua", "Call-Info", "Alert-Info"):
            yield name, Invite(headers={name: f"SIP;{text}"})
    for name in QUOTED:
        yield "display name", Invite(caller_name=name)
        yield (
            "name in P-Asserted-Identity",
            Invite(headers={"P-Asserted-Identity": f'"{name}" <sip:139@127.0.0.1>'}),
        )


@pytest.mark.parametrize("who", ["trunk", "agent"])
def test_no_field_of_a_request_begins_a_line(asterisk: AsteriskPeer, who: str) -> None:
    phone = asterisk.settings.agents[0]
    account = None if who == "trunk" else (phone.name, phone.secret.get_secret_value())
    sip = HostileSip(asterisk.ports.sip, account)
    try:
        with AmiListener(asterisk) as listener:
            wait_for(lambda: b"Fully Booted" in listener.text, "log-in")
            for field, invite in _fields():
                before = len(listener.text)
                request = invite
                if account is not None and field != "From":
                    request = replace(invite, caller=phone.name)
                sip.invite(request, patience=0.5)
                assert forged(listener.text[before:], MARK.encode()) == [], field
            asterisk.rx("channel request hangup all")
            asterisk.wait_idle()
            assert forged(listener.text, MARK.encode()) == []
    finally:
        sip.close()
    lines = asterisk.cel.read_text(errors="replace").splitlines()
    assert [line for line in lines if not line.startswith('"')] == []


def test_a_caller_whose_number_is_plain_is_known_by_it(asterisk: AsteriskPeer) -> None:
    sip = HostileSip(asterisk.ports.sip)
    try:
        with AmiListener(asterisk) as listener:
            told = {"P-Asserted-Identity": '"李伟" <sip:+8613904510002@127.0.0.1>'}
            assert sip.invite(Invite(caller="13904510001", caller_name="王芳")) == 200
            assert sip.invite(Invite(caller="anonymous", headers=told)) == 200
            odd = "Wei <x>: 110@hotline, no. 5"
            assert sip.invite(Invite(caller="13904510003", caller_name=odd)) == 200
            wait_for(lambda: b"CallerIDNum: +8613904510002" in listener.text, "the asserted number")
            wait_for(lambda: b"CallerIDName: Wei <x>" in listener.text, "the odd name")
            text = listener.text.decode()
            assert "CallerIDNum: 13904510001" in text
            assert "CallerIDName: 王芳" in text
            assert "CallerIDNum: 13904510003" in text
            assert f"CallerIDName: {odd}" in text
    finally:
        sip.close()
    asterisk.wait_idle()


def test_a_302_of_a_telephone_places_no_call(asterisk: AsteriskPeer) -> None:
    """Its address would be dialled as an extension: past its user's limits, and with whatever it holds."""
    agent = asterisk.settings.agents[0]
    phone = FuzzedPhone(asterisk.ports.sip, (agent.name, agent.secret.get_secret_value()))
    citizen = FuzzedCaller(asterisk.ports.sip)
    try:
        phone.register()
        phone.answer = (*ANSWERS["302"], b"13904510009")
        asterisk.rx(f"queue add member PJSIP/{agent.name} to hotline")
        with AmiListener(asterisk) as listener:
            citizen.dial(lambda request, _: request, b"")
            assert pump_until([citizen, phone], lambda: phone.rung > 1, 40), "the telephone was rung twice"
            assert b"Local/" not in listener.text
        assert citizen.up, "he waits on"
        citizen.hang_up()
        pump_until([citizen, phone], lambda: asterisk.channels() == 0, 10)
    finally:
        asterisk.rx(f"queue remove member PJSIP/{agent.name} from hotline")
        phone.close()
        citizen.close()
    asterisk.wait_idle()
