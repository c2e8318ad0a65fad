"""The SIP side of a radio system is called as it wants to be, and is nobody when it calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gateway.asterisk.render import render
from gateway.asterisk.settings import AgentPhone, RadioGateway
from gateway.settings import Settings
from tests.asterisk_conf.test_render import settings
from tests.asterisk_conf.test_unit_pages import section

NORTH = RadioGateway(name="radio-north", host="192.0.2.20")


def lines(folder: Path, *radios: RadioGateway, of: str) -> list[str]:
    render(settings(folder, radios=radios), folder)
    return section((folder / "pjsip.conf").read_text(), of)


def test_it_is_called_and_never_taken_for_a_caller(tmp_path: Path) -> None:
    found = lines(tmp_path, NORTH, of="radio-north")
    assert "contact = sip:192.0.2.20:5060" in found
    assert "identify_by = ip" in found
    assert "allow = ulaw,alaw" in found
    assert [line for line in found if line in {"type = identify", "type = auth"}] == []
    assert [line for line in found if line.startswith(("context", "match"))] == []
    assert "transport-tcp" not in (tmp_path / "pjsip.conf").read_text()


def test_by_tcp_and_with_a_password(tmp_path: Path) -> None:
    radio = NORTH.model_copy(
        update={"transport": "tcp", "username": "songhua", "secret": SecretStr("secret-of-north-1")}
    )
    found = lines(tmp_path, radio, of="radio-north")
    assert r"contact = sip:192.0.2.20:5060\;transport=tcp" in found, (
        "what follows a plain semicolon is a comment"
    )
    assert "transport = transport-tcp" in found
    assert "outbound_auth = radio-north" in found
    assert "password = secret-of-north-1" in found
    assert "auth = radio-north" not in found
    assert "protocol = tcp" in lines(tmp_path, radio, of="transport-tcp")


def test_half_an_account_and_a_doubled_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="neither"):
        RadioGateway(name="radio-north", host="192.0.2.20", username="songhua")
    with pytest.raises(ValidationError, match="must differ"):
        settings(tmp_path, radios=(NORTH,), agents=(AgentPhone(name="radio-north", secret="1234567890ab"),))


def test_a_talkgroup_at_a_system_that_is_not_there_is_named() -> None:
    with pytest.raises(ValidationError, match="radio-south"):
        Settings.model_validate(
            {
                "asterisk": {
                    "directories": {"etc": "/e", "prompts": "/p", "recordings": "/r"},
                    "ami": {"secret": "1234567890ab"},
                    "radios": [{"name": "radio-north", "host": "192.0.2.20"}],
                },
                "radio": {"sip_radio": {"talkgroups": [{"tg": "a", "endpoint": "radio-south"}]}},
            }
        )
