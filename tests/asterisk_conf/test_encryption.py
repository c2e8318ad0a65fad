"""Signalling by TLS, sound by SRTP, as it is rendered: what must be encrypted has no way in the open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.asterisk.console_checks import check_transports
from gateway.asterisk.encryption import SwitchTls
from gateway.asterisk.render import render
from gateway.asterisk.settings import AgentPhone, AsteriskSettings, Trunk
from tests.asterisk_conf.test_render import settings

TLS = SwitchTls(certificate=Path("/etc/songhua/tls/switch.pem"), key=Path("/etc/songhua/tls/switch.key"))
CARRIER = Trunk(
    name="carrier",
    match=("192.0.2.10",),
    contact="192.0.2.10",
    contact_port=5061,
    transport="tls",
    media="sdes",
)
PHONE = AgentPhone(name="agent-1", secret="0123456789abcdef")


def section(configured: AsteriskSettings, folder: Path, name: str, kind: str) -> str:
    render(configured, folder)
    text = (folder / "pjsip.conf").read_text()
    found = re.findall(rf"^\[{name}\]\ntype = {kind}\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found[0]) if found else ""


def test_where_all_speak_tls_nothing_listens_for_what_does_not(tmp_path: Path) -> None:
    made = settings(tmp_path, tls=TLS, phone_media="sdes", trunks=(CARRIER,), agents=(PHONE,))
    assert section(made, tmp_path, "transport-udp", "transport") == ""
    assert "verify_server = yes" in section(made, tmp_path, "transport-tls", "transport")
    for name in ("carrier", "agent-1"):
        endpoint = section(made, tmp_path, name, "endpoint")
        assert "transport = transport-tls" in endpoint
        assert "media_encryption = sdes\nmedia_encryption_optimistic = no" in endpoint
    assert r"contact = sip:192.0.2.10:5061\;transport=tls" in section(made, tmp_path, "carrier", "aor")
    emergency = (tmp_path / "dialplan" / "emergency.conf").read_text()
    assert r"@192.0.2.10:5061\;transport=tls," in emergency
    http = (tmp_path / "http.conf").read_text()
    assert "bindaddr = 127.0.0.1\n" in http
    assert "tlsenable = yes" in http
    assert [one.where for one in check_transports("", made)] == [f"tls {made.bind}:{made.ports.sips}"]


def test_with_an_old_carrier_a_telephone_that_must_speak_tls_is_refused_without_it(tmp_path: Path) -> None:
    old = Trunk(name="old", match=("192.0.2.11",))
    made = settings(tmp_path, tls=TLS, phone_media="dtls", trunks=(CARRIER, old), agents=(PHONE,))
    assert "protocol = udp" in section(made, tmp_path, "transport-udp", "transport")
    endpoint = section(made, tmp_path, "agent-1", "endpoint")
    assert "dtls_auto_generate_cert = yes" in endpoint
    assert "set_var = PHONE_TLS=yes" in endpoint
    desk = (tmp_path / "dialplan" / "desk.conf").read_text()
    assert "Goto(outbound," not in desk.split("[desk-tls]", maxsplit=1)[0]
    assert "exten => 110,1,Goto(emergency,110,1)" in desk


def test_encrypted_sound_needs_encrypted_signalling_and_a_certificate(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="its keys cross there"):
        Trunk(name="carrier", match=("192.0.2.10",), media="sdes")
    with pytest.raises(ValidationError, match=r"\[asterisk\.tls\]"):
        settings(tmp_path, trunks=(CARRIER,))
    with pytest.raises(ValidationError, match=r"\[asterisk\.tls\]"):
        settings(tmp_path, phone_media="sdes")
