"""What an operator may write about repeaters, and what is refused at once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radio_bridge.drivers.dmr_homebrew.settings import DmrHomebrewSettings
from radio_bridge.settings import RadioSettings

MASTER = {"talkgroups": [{"tg": 9}], "repeaters": [{"id": 460451, "password": "secret"}]}
PEER = {"role": "peer", "talkgroups": [{"tg": 9}], "id": 460499, "password": "secret"}


def test_without_talkgroups_there_is_nothing_to_connect() -> None:
    assert DmrHomebrewSettings().talkgroups == []


@pytest.mark.parametrize("given", [MASTER, PEER])
def test_a_password_is_not_printed(given: dict[str, object]) -> None:
    assert "secret" not in repr(DmrHomebrewSettings.model_validate(given))


@pytest.mark.parametrize(
    "given",
    [
        {"talkgroups": [{"tg": 9}]},
        MASTER | {"talkgroups": [{"tg": 9}, {"tg": 9, "slot": 1}]},
        MASTER | {"talkgroups": [{"tg": 0}]},
        MASTER | {"talkgroups": [{"tg": 9, "slot": 3}]},
        MASTER | {"repeaters": [{"id": 1, "password": "x"}, {"id": 1, "password": "y"}]},
        MASTER | {"repeaters": [{"id": 1, "password": ""}]},
        MASTER | {"centre_id": 2**24},
        MASTER | {"colour_code": 16},
        MASTER | {"network": "app"},
        MASTER | {"passwrod": "x"},
        PEER | {"id": 0},
        PEER | {"password": None},
        PEER | {"callsign": "no spaces"},
        PEER | {"options": "TS1=1\r\n"},
    ],
)
def test_what_could_never_be_up_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DmrHomebrewSettings.model_validate(given)


def test_two_networks_of_one_name_are_refused() -> None:
    svx = {"network": "dmr", "talkgroups": [{"tg": 1, "callsign": "A", "password": "x"}]}
    with pytest.raises(ValidationError, match="called dmr"):
        RadioSettings.model_validate({"svxreflector": svx, "dmr_homebrew": MASTER})
