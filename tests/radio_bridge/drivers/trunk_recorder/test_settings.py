"""What an operator may write about a recorder, and what is refused at once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from radio_bridge.drivers.trunk_recorder.settings import TrunkRecorderSettings

RECORDER = {"system": "harbin", "talkgroups": [{"tg": 4011}], "broker": {"password": "secret"}}


def test_without_talkgroups_there_is_nothing_to_connect() -> None:
    assert TrunkRecorderSettings().talkgroups == []


def test_a_password_is_not_printed() -> None:
    assert "secret" not in repr(TrunkRecorderSettings.model_validate(RECORDER))


@pytest.mark.parametrize(
    "given",
    [
        RECORDER | {"system": ""},
        RECORDER | {"topic": ""},
        RECORDER | {"topic": "feeds/#"},
        RECORDER | {"unit_topic": "/units"},
        RECORDER | {"talkgroups": [{"tg": 1}, {"tg": 1}]},
        RECORDER | {"talkgroups": [{"tg": 0}]},
        RECORDER | {"network": "app"},
        RECORDER | {"broker": {"prot": 1883}},
    ],
)
def test_what_could_never_be_up_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrunkRecorderSettings.model_validate(given)
