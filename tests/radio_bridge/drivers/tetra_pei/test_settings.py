"""What an operator may write about a TETRA radio, and what is refused at once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radio_bridge.drivers.tetra_pei.settings import TetraPeiSettings
from radio_bridge.settings import RadioSettings

RADIO = {"device": "/dev/ttyUSB0", "talkgroups": [{"tg": 9001}]}


def test_without_talkgroups_there_is_nothing_to_connect() -> None:
    assert TetraPeiSettings().talkgroups == []


@pytest.mark.parametrize(
    "device",
    ["/dev/serial/by-id/usb-radio", "tcp://10.0.0.5:4001", "tcp://radio.example:4001", "tcp://[::1]:1"],
)
def test_where_a_radio_may_be(device: str) -> None:
    assert TetraPeiSettings.model_validate(RADIO | {"device": device}).device == device


@pytest.mark.parametrize(
    "given",
    [
        RADIO | {"device": ""},
        RADIO | {"device": "ttyUSB0"},
        RADIO | {"device": "tcp://radio"},
        RADIO | {"device": "tcp://radio:0"},
        RADIO | {"device": "tcp://radio:70000"},
        RADIO | {"speed": 1200},
        RADIO | {"talkgroups": [{"tg": 0}]},
        RADIO | {"talkgroups": [{"tg": 2**24}]},
        RADIO | {"talkgroups": [{"tg": 1}, {"tg": 1}]},
        RADIO | {"network": "app"},
        RADIO | {"present_s": 0},
        RADIO | {"spede": 9600},
    ],
)
def test_what_could_never_be_up_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TetraPeiSettings.model_validate(given)


def test_two_networks_of_one_name_are_refused() -> None:
    svx = {"network": "tetra", "talkgroups": [{"tg": 1, "callsign": "A", "password": "x"}]}
    with pytest.raises(ValidationError, match="called tetra"):
        RadioSettings.model_validate({"svxreflector": svx, "tetra_pei": RADIO})
