"""Topics: nothing from outside can break out of its level, and filters match as the standard says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from core.errors import Invalid
from gateway.mqtt import topics

LEVEL = st.sampled_from(["", "a", "b", "$SYS", "unit", "app:17"])
TOPIC = st.lists(LEVEL, min_size=1, max_size=5).map("/".join).filter(bool)
FILTER = (
    st.tuples(st.lists(st.one_of(LEVEL, st.just("+")), min_size=1, max_size=5), st.booleans())
    .map(lambda made: "/".join([*made[0], "#"] if made[1] else made[0]))
    .filter(bool)
)


@given(FILTER, TOPIC)
def test_a_filter_matches_as_another_implementation_says(topic_filter: str, topic: str) -> None:
    assert topics.matches(topic_filter, topic) == topic_matches_sub(topic_filter, topic)


@given(st.text(max_size=120))
def test_a_level_never_holds_a_separator_or_a_wildcard(text: str) -> None:
    try:
        found = topics.level(text)
    except Invalid:
        return
    assert found == text
    assert not set(found) & set("/+# \n\0")


def test_role_topics_stand_as_in_the_contract() -> None:
    assert topics.role_event("harbin", "centre", "cases.x") == "v1/harbin/role/centre/cases.x"
    assert topics.role_state("harbin", "radio") == "v1/harbin/role/radio/state"


@pytest.mark.parametrize("bad", ["", "a/b", "+", "#", "a b", "-x", "x" * 97])
def test_what_cannot_be_a_level_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        topics.level(bad)
