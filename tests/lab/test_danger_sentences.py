"""Dangers and what only sounds like one, as callers say them: how many alarm does not get worse."""

from __future__ import annotations

import pytest

from cases.catalogue.loading import load_words
from cases.catalogue.words import LANGUAGES, Language
from cases.drafting.danger.finder import DangerFinder
from cases.drafting.model import SpokenSegment
from lab.judging.danger_sentences import heard

LEAST_FOUND = {"zh": 181, "en": 157}
MOST_FALSE = {"zh": 15, "en": 7}
"""Of 225 dangers in each language, and of 249 sentences that are none."""


@pytest.mark.parametrize(
    ("one_in", "least_found", "most_false"),
    [
        (4, {"zh": 45, "en": 39}, {"zh": 6, "en": 1}),
        pytest.param(
            1,
            LEAST_FOUND,
            MOST_FALSE,
            marks=pytest.mark.soak(
                rule="As many dangers as before alarm, and as few sentences that are none",
                short="tests/lab/test_danger_sentences.py"
                "::test_sentences_that_no_weights_know_are_heard_as_before",
            ),
        ),
    ],
)
def test_sentences_that_no_weights_know_are_heard_as_before(
    one_in: int, least_found: dict[Language, int], most_false: dict[Language, int]
) -> None:
    rows = list(heard(one_in))
    found = {one: sum(bool(r.alarms) and r.danger and r.language == one for r in rows) for one in LANGUAGES}
    calm = [r for r in rows if not r.danger]
    false = {one: sum(bool(r.alarms) and r.language == one for r in calm) for one in LANGUAGES}
    assert all(found[one] >= least_found[one] for one in LANGUAGES), found
    assert all(false[one] <= most_false[one] for one in LANGUAGES), false


@pytest.mark.parametrize(
    "text",
    [
        "这个夜市，不是夜市，是早市，我说顺嘴了，规定七点半收摊，八点半了还不走",
        "the patient transport was late again, dad missed his physio",
    ],
)
def test_what_one_clause_sounds_like_is_borne_out_by_those_beside_it(text: str) -> None:
    """A clause of these by itself may sound like danger, with its neighbours it does not."""
    assert numbers(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "fire doors on the fifth floor are wedged open with a chair",
        "why is the ambulance bill so high",
        "our carbon monoxide alarm needs a new battery, which one does it take, the light is green",
        "we had a fire in the shed on Sunday, who takes the rubbish away",
        "a hoax, somebody rang about a bomb, classes go on",
        "我家狗口吐白沫，附近哪有宠物医院",
        "给老人装个一键呼救按钮多少钱",
        "救护车的车位又让人占了",
        "牌子上写着小心触电，字都掉没了",
    ],
)
def test_what_is_named_after_danger_or_over_does_not_alarm(text: str) -> None:
    assert numbers(text) == set()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the fire door is locked and the kitchen is on fire", "119"),
        ("the carbon monoxide alarm is screaming and we are all dizzy", "119"),
        ("she had a fall on Monday and now she can't breathe", "120"),
        ("he is unconscious and the ambulance parking is blocked", "120"),
        ("这不是闹着玩的，他拿着刀追我", "110"),
        ("我今天想不开了，我要跳楼", "110"),
        ("my phone is full of water, he drowned, he was in the car with me", "119"),
        ("there was a fire in the bin and it's out of control", "119"),
        ("兽医站的老王晕倒了", "120"),
        ("楼道里有人喊救命，一声接一声的", "119"),
    ],
)
def test_a_danger_beside_such_words_alarms_all_the_same(text: str, number: str) -> None:
    assert number in numbers(text)


def numbers(text: str) -> set[str]:
    segment = SpokenSegment(segment_id="x", speaker="citizen", text=text)
    return {alarm.number for alarm in DangerFinder(load_words()).find(segment).alarms}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("快来啊，这儿死人了", "119"),
        ("出人命了，你们快点", "119"),
        ("救救我，我在二楼", "119"),
        ("我们单元电梯困人了", "119"),
        ("我爸心脏病犯了", "120"),
        ("please, someone's collapsed in the hall", "120"),
        ("a man has been shot outside the bank", "110"),
        ("the building collapsed next door", "119"),
    ],
)
def test_plain_words_are_enough(text: str, number: str) -> None:
    assert number in numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "这天儿热死人了",
        "这噪音真是烦死人了",
        "再不修就得出人命了，跟你们说多少回了",
        "非得等出人命了才有人管吗",
        "吵得我心脏病都要犯了",
        "they were shot on film, the pictures in the museum",
    ],
)
def test_words_that_only_sound_like_them_do_not_alarm(text: str) -> None:
    assert numbers(text) == set()
