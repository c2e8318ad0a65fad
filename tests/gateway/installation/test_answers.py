"""Answers from a terminal, from options and from a file, and the settings that are made of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import first_settings
from gateway.installation import answers
from gateway.installation.answers import KEYS, InstallationAnswers, understood
from gateway.installation.errors import InstallationStopped
from gateway.installation.questions import QUESTIONS, ask
from gateway.installation.settings_text import with_values
from gateway.installation.steps.settings import values
from gateway.settings import Settings

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,10}(\.[a-z]{2,6})?", fullmatch=True), min_size=1, max_size=3)
ANSWERS = st.builds(
    InstallationAnswers,
    city=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
    names=NAMES,
    network=st.booleans(),
    database=st.sampled_from(["sqlite", "postgresql"]),
    carrier=st.sampled_from(["", "198.51.100.7", "sip.carrier.example"]),
    area_code=st.sampled_from(["", "0451"]),
    phone=st.sampled_from(["browser", "sip"]),
    model=st.sampled_from(["", "/srv/models/whisper-small"]),
)


def at(found: dict[str, Any], section: str, key: str) -> Any:
    """What a TOML file says there; of a list of tables, the first."""
    for name in section.split(".") if section else ():
        found = found[name][0] if isinstance(found[name], list) else found[name]
    return found[key]


@given(ANSWERS)
def test_every_answer_stands_in_the_settings_and_nothing_else_changes(told: InstallationAnswers) -> None:
    wanted = values(told)
    made = tomllib.loads(with_values(first_settings.example(), wanted))
    assert {place: at(made, *place) for place in wanted} == wanted
    assert set(made) <= set(tomllib.loads(first_settings.example())) | {"sensing"}


@given(ANSWERS)
def test_answers_are_read_as_they_were_written(told: InstallationAnswers) -> None:
    assert understood(tomllib.loads(answers.written(told))) == told


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("carrier", ["", "198.51.100.7"])
def test_the_service_takes_the_settings_that_are_made(tmp_path: Path, database: str, carrier: str) -> None:
    told = understood({"database": database, "carrier": carrier, "area_code": "0451", "phone": "sip"})
    first_settings.write(tmp_path, with_values(first_settings.example(), values(told)), told.names)
    settings = Settings.load(tmp_path / first_settings.SETTINGS)
    assert settings.storage.kind() == database
    assert (tmp_path / "secrets" / "database").exists() == (database == "postgresql")
    assert settings.asterisk is not None
    assert [one.browser for one in settings.asterisk.agents] == [False]
    assert settings.asterisk.route("mobile") == (("carrier",) if carrier else ())
    assert first_settings.missing(tmp_path, (tmp_path / first_settings.SETTINGS).read_text()) == []


def test_a_key_that_the_example_lost_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError, match=r"web\.gone"):
        with_values(first_settings.example(), {("web", "gone"): 1})


def test_ten_questions_are_asked_and_a_wrong_answer_again() -> None:
    typed = {"carrier": iter(["not an address!", "198.51.100.7"]), "network": iter(["perhaps", "no"])}
    asked = []

    def prompt(question: str, default: str) -> str:
        key = next((name for name, one in QUESTIONS.items() if one.en == question), "")
        asked.append(key)
        return next(typed[key]) if key in typed else default

    told = ask({"city": "dalian"}, prompt, "en")
    assert (told.city, told.carrier, told.network) == ("dalian", "198.51.100.7", False)
    assert set(KEYS) == set(QUESTIONS)
    assert len(KEYS) == 10
    assert "city" not in asked
    assert asked.count("carrier") == asked.count("network") == 2


def test_options_are_answers() -> None:
    told = understood(answers.given(["names=hotline.example.org, 10.0.0.5", "network=no", "phone=sip"]))
    assert told.names == ("hotline.example.org", "10.0.0.5")
    assert not told.network


@pytest.mark.parametrize("word", ["city", "town=harbin", "=x"])
def test_an_option_that_answers_nothing_is_refused_with_the_keys(word: str) -> None:
    with pytest.raises(InstallationStopped) as stopped:
        answers.given([word])
    assert all(key in stopped.value.remedy for key in KEYS)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text("city harbin")
    with pytest.raises(InstallationStopped, match=r"answers\.toml"):
        answers.read(file)
    with pytest.raises(InstallationStopped, match="No such file"):
        answers.read(tmp_path / "none.toml")
