"""What an operator may write about a reflector, and what is refused at once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings


def one(tg: int = 4011, callsign: str = "SONGHUA-1", password: str = "secret") -> dict[str, object]:
    return {"tg": tg, "callsign": callsign, "password": password}


def test_without_talkgroups_there_is_nothing_to_connect() -> None:
    assert SvxReflectorSettings().talkgroups == []


def test_a_password_is_not_printed() -> None:
    settings = SvxReflectorSettings.model_validate({"talkgroups": [one(password="very secret")]})
    assert "very secret" not in repr(settings)


@pytest.mark.parametrize(
    "talkgroups",
    [
        [one(), one(callsign="SONGHUA-2")],
        [one(), one(tg=4012)],
        [one(tg=0)],
        [one(tg=2**32)],
        [one(callsign="")],
        [one(callsign="NO SPACES")],
        [one(password="")],
        [one() | {"callsgin": "X"}],
        [one(tg=number, callsign=f"S-{number}") for number in range(1, 66)],
    ],
)
def test_what_could_never_be_up_is_refused(talkgroups: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError):
        SvxReflectorSettings.model_validate({"talkgroups": talkgroups})


def test_our_own_network_is_not_given_away() -> None:
    with pytest.raises(ValidationError, match="mobile terminals"):
        SvxReflectorSettings(network="app")
