"""Advisories: which releases are warned of, with what remedy, and that what was left out is not loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.asterisk.advisories import check_advisories, table
from gateway.asterisk.doctor import examine
from gateway.asterisk.render import modules
from tests.asterisk_conf.test_doctor import Scripted
from tests.asterisk_conf.test_render import settings


def warned(version: str) -> set[str]:
    return {
        one.where.rpartition("/")[2] for one in check_advisories(f"Asterisk {version} built by x @ y on a z")
    }


@pytest.mark.parametrize(
    ("version", "concerned", "spared"),
    [
        ("18.22.0", {"GHSA-c4cg-9275-6w44"}, {"GHSA-qqxj-v78h-hrf9", "GHSA-64qc-9x89-rx5j"}),
        ("18.23.0", {"GHSA-qqxj-v78h-hrf9", "GHSA-557q-795j-wfx2"}, {"GHSA-hxj9-xwr8-w8pq"}),
        ("18.26.4", {"GHSA-g8q2-p36q-94f6"}, {"GHSA-557q-795j-wfx2", "GHSA-c7p6-7mvq-8jq2"}),
        ("19.8.1", {"GHSA-c4cg-9275-6w44"}, {"GHSA-qqxj-v78h-hrf9"}),
        ("22.1.0", {"GHSA-c7p6-7mvq-8jq2"}, {"GHSA-64qc-9x89-rx5j", "GHSA-c4cg-9275-6w44"}),
        ("22.5.1", {"GHSA-64qc-9x89-rx5j"}, {"GHSA-c7p6-7mvq-8jq2"}),
        ("22.9.0", {"GHSA-589g-qgf8-m6mx"}, {"GHSA-j29p-pvh2-pvqp"}),
    ],
)
def test_a_release_is_warned_of_what_it_has_not_mended(
    version: str, concerned: set[str], spared: set[str]
) -> None:
    assert concerned <= warned(version)
    assert not spared & warned(version)


@pytest.mark.parametrize("version", ["22.10.1+dfsg+~cs6.17.60671434-1", "22.11.0", "20.20.1", "24.0.0"])
def test_a_release_that_has_every_remedy_is_not_warned_of(version: str) -> None:
    assert not warned(version)


async def test_the_doctor_names_the_advisory_and_the_release_to_upgrade_to(tmp_path: Path) -> None:
    console = Scripted(core_show_version="Asterisk 22.5.1 built by …")
    found = [one for one in await examine(settings(tmp_path), console) if one.check == "advisory"]
    crash = next(one for one in found if one.where.endswith("GHSA-64qc-9x89-rx5j"))
    assert "22.5.2" in crash.remedy.in_language("en")
    assert "22.5.2" in crash.remedy.in_language("zh")
    assert re.search("[一-鿿]", crash.what.in_language("zh"))


def test_a_branch_without_a_remedy_is_told_to_go_to_the_next_one() -> None:
    found = check_advisories("Asterisk 18.26.4 built by …")
    assert any("20.20.1" in one.remedy.in_language("en") for one in found)


def test_of_a_certified_release_it_is_said_that_the_table_does_not_know_it() -> None:
    (found,) = check_advisories("Asterisk certified-22.8-cert1 built by …")
    assert "certified" in found.what.in_language("en")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    check_advisories(text)
    check_advisories(f"Asterisk {text}")


def test_each_advisory_is_named_once_and_has_its_words() -> None:
    known = table()
    names = [one.id for one in known.advisories] + list(known.elsewhere)
    assert len(set(names)) == len(names)
    for one in known.advisories:
        assert re.fullmatch(r"GHSA(-[0-9a-z]{4}){3}", one.id)
        assert one.published <= known.dated
        assert one.fixed
        assert set(one.since) <= set(one.fixed)
        assert re.search("[一-鿿]", one.why.in_language("zh"))


def test_what_would_make_the_others_matter_is_not_loaded(tmp_path: Path) -> None:
    loaded = set(modules(settings(tmp_path)))
    assert "res_rtp_asterisk.so" in loaded
    assert not loaded & {reason for reason in table().elsewhere.values() if reason.endswith(".so")}
