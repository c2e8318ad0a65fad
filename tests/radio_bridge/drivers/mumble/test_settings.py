"""What an operator may write about a Mumble server, and what is refused at once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radio_bridge.drivers.mumble.settings import MumbleSettings


def one(
    tg: int = 1, channel: str = "City/Daoli", name: str = "SONGHUA-1", **more: object
) -> dict[str, object]:
    return {"tg": tg, "channel": channel, "name": name, **more}


def test_without_talkgroups_there_is_nothing_to_connect() -> None:
    assert MumbleSettings().talkgroups == []


def test_a_password_is_not_printed() -> None:
    settings = MumbleSettings.model_validate({"talkgroups": [one(password="very secret")]})
    assert "very secret" not in repr(settings)


def test_a_fingerprint_may_be_written_as_openssl_does() -> None:
    assert MumbleSettings(sha256=":".join(["AB"] * 32)).sha256 == "ab" * 32
    for wrong in ("ab" * 31, "xy" * 32, "ab" * 33):
        with pytest.raises(ValidationError):
            MumbleSettings(sha256=wrong)


@pytest.mark.parametrize(
    "talkgroups",
    [
        [one(), one(channel="City/Nangang", name="SONGHUA-2")],
        [one(), one(tg=2, name="SONGHUA-2")],
        [one(), one(tg=2, channel="/City/Daoli/", name="SONGHUA-2")],
        [one(), one(tg=2, channel="City/Nangang")],
        [one(tg=0)],
        [one(name="two words")],
        [one(callsign="there is none")],
    ],
)
def test_what_could_never_be_up_is_refused(talkgroups: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError):
        MumbleSettings.model_validate({"talkgroups": talkgroups})


def test_the_terminals_network_is_not_its_name() -> None:
    with pytest.raises(ValidationError):
        MumbleSettings.model_validate({"network": "app"})
