"""What an operator may write about gateways that speak USRP, and what is refused at once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radio_bridge.drivers.usrp.settings import UsrpSettings


def one(tg: int = 1, listen_port: int = 32001, **more: object) -> dict[str, object]:
    return {"tg": tg, "port": 34001, "listen_port": listen_port, **more}


def test_without_talkgroups_there_is_nothing_to_connect() -> None:
    assert UsrpSettings().talkgroups == []


def test_one_gateway_on_this_machine_needs_its_ports_alone() -> None:
    (talkgroup,) = UsrpSettings.model_validate({"talkgroups": [one()]}).talkgroups
    assert (talkgroup.host, talkgroup.name, talkgroup.silent_s) == ("127.0.0.1", "gateway", 0)


@pytest.mark.parametrize(
    "talkgroups",
    [
        [one(), one(listen_port=32002)],
        [one(), one(tg=2)],
        [one(tg=0)],
        [one(listen_port=0)],
        [one(name="two words")],
        [one(callsign="TOO-LONG-A-NAME")],
        [one(dmr_id=2**24)],
        [one(password="there is none")],
    ],
)
def test_what_could_never_work_is_refused(talkgroups: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError):
        UsrpSettings.model_validate({"talkgroups": talkgroups})


def test_the_terminals_network_is_not_its_name() -> None:
    with pytest.raises(ValidationError):
        UsrpSettings.model_validate({"network": "app"})
