"""Which passwords are taken: nothing that a guesser tries first, and otherwise whatever somebody likes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import WeakPassword
from identity.passwords.rules import LONGEST, SHORTEST, breached, check_password

REFUSED = [
    "short", "1234567890", "0987654321", "2026-11-30 12345", "138 0451 0001", "aaaaaaaaaa", "abcabcabcabc",
    "abcdefghij", "qwertyuiop", "1qaz2wsx3edc", "password123", "P@ssw0rd2026!", "Harbin2026!", "haerbin12345",
    "songhua-2026", "哈尔滨12345678", "iloveyou!!11", "Admin@123456", "Welcome2026!", "li.na-2026-x",
    "Wangfang1990", "qwerty123456", "woaini5201314", "１２３４５６７８９０", "letmein-1234", "mudanjiang99",
]  # fmt: skip
BREACHED = [
    "basketball",
    "Soso123aljg",
    "q1w2e3r4t5",
    "harrypotter",
    "Manchester",
    "1q2w3e4r5t",
    "realmadrid",
]
TAKEN = [
    "songhua-river-2026", "correct-horse", "松花江畔的夜晚很长99", "x8#Kd2!vQz", "four words no sense",
    "Tr0ub4dor&3x", "ни одного слова", "🦊🦊🐳🐳🌲🌲🍎🍎🎲🎲",
]  # fmt: skip


@pytest.mark.parametrize("password", REFUSED)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, "li.na", "Wang Fang", ["mudanjiang"])
    assert refused.value.detail
    assert password not in refused.value.detail


@pytest.mark.parametrize("password", BREACHED)
def test_what_many_people_had_in_breaches_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, "li.na", "李娜")


def test_the_list_of_breaches_is_long_enough_and_tells_no_password() -> None:
    assert len(breached()) >= 10_000
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in breached())


@pytest.mark.parametrize("password", TAKEN)
def test_what_is_not_is_taken_as_it_is(password: str) -> None:
    assert check_password(password, "li.na", "李娜") == password


@given(st.text(max_size=LONGEST + 10))
def test_any_text_is_taken_or_refused(password: str) -> None:
    try:
        taken = check_password(password, "li.na", "李娜")
    except WeakPassword:
        return
    assert SHORTEST <= len(taken) <= LONGEST
