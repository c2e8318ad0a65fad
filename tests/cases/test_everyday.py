"""What is said in every call fills nothing, alone or joined: openings, politeness, closings, small talk."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import Draft, FieldName
from cases.drafting.model import Speaker
from cases.shown import Shown
from lab.judging.short_reports import tools
from tests.cases.test_drafting import EMPTY, drafted, said

TABLE = yaml.safe_load((Path(__file__).parent / "everyday.yaml").read_text(encoding="utf-8"))
CITIZEN: dict[str, list[str]] = TABLE["citizen"]
EVERY: list[tuple[Speaker, str]] = [
    (speaker, text)
    for speaker in ("citizen", "agent")
    for texts in TABLE[speaker].values()
    for text in texts
]  # fmt: skip
NOT_ASKED_OF_DANGER = [(speaker, text) for speaker, text in EVERY if not re.search("受伤|着火|hurt", text)]
"""A yes to the agent's question whether somebody is hurt is an alarm (`test_danger_signs.py`)."""
MUST_STAY_EMPTY = frozenset(FieldName) - {
    FieldName.DESCRIPTION, FieldName.INTENT, FieldName.TIME, FieldName.CALLER,
}  # fmt: skip
"""A time and a name are what they are in small talk, too; neither makes a report."""


def filled(draft: Draft) -> dict[str, str | None]:
    return {name.value: draft.value(name) for name in MUST_STAY_EMPTY if draft.value(name) is not None}


def test_there_are_many_and_in_both_languages() -> None:
    assert len({text for _, text in EVERY}) == len(EVERY) >= 200
    assert len(CITIZEN["zh"]) >= 100
    assert len(CITIZEN["en"]) >= 50


def test_no_everyday_sentence_fills_anything() -> None:
    drafter, _ = tools()
    wrong = {}
    for speaker, text in EVERY:
        draft, _ = drafter.apply(EMPTY, said(text, speaker=speaker))
        if filled(draft):
            wrong[text] = filled(draft)
    assert wrong == {}


def test_nor_do_two_that_follow_each_other_without_a_pause() -> None:
    pairs = [first + second for first, second in pairwise(CITIZEN["zh"])][::2]
    assert {text: filled(drafted(text)) for text in pairs if filled(drafted(text))} == {}


def joined(sentences: list[str], joint: str) -> Draft:
    return drafted((", " if any(one.isascii() for one in sentences) else joint).join(sentences))


def called(turns: list[tuple[Speaker, str]]) -> Draft:
    drafter, _ = tools()
    draft = EMPTY
    for index, (speaker, text) in enumerate(turns):
        draft, _ = drafter.apply(draft, said(text, f"s{index}", speaker))
    return draft


def sure(draft: Draft) -> dict[str, str | None]:
    return {
        name: value for name, value in filled(draft).items()
        if draft.fields[FieldName(name)].shown is Shown.SURE
    }  # fmt: skip


@given(
    st.sampled_from(["zh", "en"]).flatmap(
        lambda lang: st.lists(st.sampled_from(CITIZEN[lang]), max_size=4, unique=True)
    ),
    st.sampled_from(["", " ", "，"]),
)
def test_several_in_one_breath_are_never_sure_of_anything(sentences: list[str], joint: str) -> None:
    assert sure(joined(sentences, joint)) == {}


@given(st.lists(st.sampled_from(NOT_ASKED_OF_DANGER), max_size=6))
def test_nor_is_a_whole_call_of_them(turns: list[tuple[Speaker, str]]) -> None:
    assert sure(called(turns)) == {}


@pytest.mark.parametrize(
    ("breaths", "calls", "most"),
    [
        (60, 30, 1),
        pytest.param(
            300,
            150,
            4,
            marks=pytest.mark.soak(
                rule="Of hundreds of everyday calls hardly one fills anything",
                short="tests/cases/test_everyday.py"
                "::test_hardly_any_of_them_together_fill_something_with_a_mark",
            ),
        ),
    ],
)
def test_hardly_any_of_them_together_fill_something_with_a_mark(breaths: int, calls: int, most: int) -> None:
    """Trained classifiers add up what is said: 外面下雨了 beside a wish to report is taken for a drain."""
    dice = random.Random(20261126)
    drafts = [
        joined(
            dice.sample(CITIZEN[dice.choice(["zh", "en"])], dice.randint(2, 4)), dice.choice(["", " ", "，"])
        )
        for _ in range(breaths)
    ]
    drafts += [called(dice.choices(NOT_ASKED_OF_DANGER, k=dice.randint(2, 6))) for _ in range(calls)]
    assert sum(bool(filled(draft)) for draft in drafts) <= most


@pytest.mark.parametrize("text", ["我要反映一个世界的问题", "我要反映一下我要反映一下", "喂喂听得到吗"])
def test_halves_of_two_words_are_no_misheard_third(text: str) -> None:
    draft = drafted(text, text)
    assert draft.value(FieldName.CATEGORY) is None
    assert draft.fields[FieldName.CATEGORY].runner_up is None
