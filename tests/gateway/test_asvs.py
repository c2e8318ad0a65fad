"""The table of ASVS is whole, names tests that exist, and leaves no more unmet than is allowed."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from tests.gateway.asvs import ABSENT, COUNT, MET, MOST_UNMET, PAGE, UNMET, Line, lines, page, share_unmet
from tests.peers.checkout import CHECKOUT

TABLE = lines()


@cache
def names_in(file: str) -> frozenset[str]:
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    return frozenset(re.findall(r"^ *(?:async )?def (test_\w+)", text, re.MULTILINE))


def place(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def test_every_requirement_of_both_levels_stands_there_once() -> None:
    numbers = [one.number for one in TABLE]
    assert len(set(numbers)) == len(numbers)
    assert Counter(one.level for one in TABLE) == COUNT
    assert numbers == sorted(numbers, key=place)
    assert all(re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{1,2}", number) for number in numbers)


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one.number)
def test_a_line_has_what_shows_it(one: Line) -> None:
    assert one.state in {MET, UNMET, ABSENT}
    assert one.what
    assert one.tests or one.words
    if one.state != MET:
        assert len(one.words) > 5
    for test in one.tests:
        file, _, name = test.partition("::")
        assert (CHECKOUT / file).is_file(), file
        assert not name or name in names_in(file), test
    for named in re.findall(r"(?:docs|deploy|identity)/[\w./-]+\.\w+", one.words):
        assert (CHECKOUT / named).is_file(), named


def test_little_is_unmet() -> None:
    assert share_unmet(TABLE) <= MOST_UNMET


def test_what_is_absent_by_its_words_is_absent() -> None:
    """What would make a line apply is looked for, so that `not applicable` ends when a feature comes."""
    needed = (CHECKOUT / "requirements" / "run.in").read_text(encoding="utf-8").lower()
    for name in (
        "ldap",
        "graphql",
        "memcache",
        "authlib",
        "oauthlib",
        "pysaml2",
        "jwt",
        "aiosmtplib",
    ):
        assert name not in needed, (
            f"{name} is here now: look at the lines of docs/data/asvs.csv that it concerns"
        )


def test_the_kept_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.gateway.asvs"
