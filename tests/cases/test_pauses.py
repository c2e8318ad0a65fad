"""The same words fill the same draft, wherever their speaker makes a pause."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import Draft, FieldName
from lab.corpora.calls import training_calls
from lab.judging.pauses import cut, parts
from tests.cases.test_danger import DANGERS
from tests.cases.test_drafting import drafted
from tests.peers.checkout import CHECKOUT

STORIES = yaml.safe_load((CHECKOUT / "tests/audio/stories.yaml").read_text(encoding="utf-8"))["stories"]
TOLD = {
    "zh": ("P0123", "report"),
    "lamp_zh": ("P0137", "report"),
    "status_zh": (None, "status"),
    "en": ("P0123", "report"),
    "collapse": ("E0505", "report"),
}
"""The class and the intent of each recorded story."""
HEARD = ("你好,我要反映一个井盖的问题。", "塞南岗区。", "雪幅路、和保健路的路口，", "井盖不见了，",
         "刚才有一位老人差点掉下去，", "和威胁，", "对希望你们尽快派人处理。", "谢谢")  # fmt: skip
"""What a recogniser once made of the first story, cut as its voice gate cut it."""


def lines(story: str) -> list[str]:
    """What is said in it, each line one segment; the agent's begin with `a:`."""
    return [
        line["citizen"] if "citizen" in line else f"a:{line['agent']}" for line in STORIES[story]["lines"]
    ]


def pieces(told: Sequence[str]) -> list[str]:
    """The same, cut at every mark."""
    return [
        ("a:" if line.startswith("a:") else "") + piece
        for line in told
        for piece in parts(line.removeprefix("a:"), 1.0, random.Random(0))
    ]


def named(draft: Draft) -> str | None:
    """The code of its class."""
    value = draft.value(FieldName.CATEGORY)
    return None if value is None else value.rpartition("/")[2]


@pytest.mark.parametrize("form", [lambda told: told, pieces, lambda told: ["".join(told)]])
@pytest.mark.parametrize("story", TOLD)
def test_a_plain_call_is_understood_wherever_it_is_cut(story: str, form: object) -> None:
    assert callable(form)
    told = [line for line in lines(story) if not line.startswith("a:")]
    draft = drafted(*form(told))
    assert (named(draft), draft.value(FieldName.INTENT)) == TOLD[story]


@pytest.mark.parametrize("story", TOLD)
def test_what_the_agent_says_between_changes_nothing(story: str) -> None:
    draft = drafted(*pieces(lines(story)))
    assert (named(draft), draft.value(FieldName.INTENT)) == TOLD[story]


def test_misheard_words_between_leave_the_call_what_it_is() -> None:
    draft = drafted(*HEARD)
    assert (named(draft), draft.value(FieldName.INTENT)) == TOLD["zh"]


@pytest.mark.parametrize("text", [text for text, _ in DANGERS])
def test_a_plain_danger_alarms_after_a_greeting_cut_off_from_it(text: str) -> None:
    opening = ("Hello.", "Good morning.") if text.isascii() else ("你好，", "是热线吗？")
    assert drafted(*opening, text).value(FieldName.HANDOFF) is not None


@given(st.sampled_from(training_calls()[-1].reports), st.floats(0, 1))
def test_a_cut_loses_no_word_and_a_share_of_none_cuts_nothing(
    report: dict[str, object], share: float
) -> None:
    whole, pieces_of_it = cut(report, 0.0), cut(report, share)
    for turn in whole:
        key = turn.segment_id.rsplit(".", 1)[0]
        mine = [one.text for one in pieces_of_it if one.segment_id.rsplit(".", 1)[0] == key]
        assert "".join("".join(mine).split()) == "".join(turn.text.split())
        assert all(one.strip() for one in mine)
