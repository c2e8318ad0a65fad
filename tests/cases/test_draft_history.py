"""Whoever writes into a field of a draft, what an agent wrote before can be restored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.history import DRAFTING, MOST_EARLIER, Author, attributed
from cases.drafting.model import Draft, FieldName, FieldValue

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
WANG, SUN = Author("wang", "王坐席"), Author("sun", "孙坐席")
ADDRESS = FieldName.ADDRESS
_TEXTS = st.one_of(st.none(), st.text("学府路号0123", min_size=1, max_size=4))
_WRITES = st.lists(st.tuples(st.sampled_from([WANG, SUN, DRAFTING]), _TEXTS), max_size=MOST_EARLIER)


def write(draft: Draft, author: Author, value: str | None, minute: int = 0) -> Draft:
    """The draft after this author wrote this address."""
    by = "draft" if author is DRAFTING else "agent"
    rev = draft.rev + 1
    fields = {**draft.fields, ADDRESS: FieldValue(value=value, by=by, rev=rev)}
    after = draft.model_copy(update={"rev": rev, "fields": fields})
    return attributed(draft, after, author, NOON + timedelta(minutes=minute))


def empty() -> Draft:
    return Draft(draft_id=UUID(int=1))


@given(_WRITES)
def test_every_value_of_an_agent_stands_or_can_be_restored(writes: list[tuple[Author, str | None]]) -> None:
    draft, agents = empty(), list[tuple[Author, str]]()
    for author, value in writes:
        if author is DRAFTING and value == draft.fields[ADDRESS].value:
            continue  # it leaves alone what stands there already
        draft = write(draft, author, value)
        if author is not DRAFTING and value is not None:
            agents.append((author, value))
    held = draft.fields[ADDRESS]
    kept = [held.value or "", *(one.value for one in held.earlier)]
    for author, value in agents:
        # What its author only went on typing stands in the longer text.
        assert any(one == value or one.startswith(value) for one in kept), (author, value, kept)


@given(st.lists(st.tuples(st.sampled_from([WANG, SUN, DRAFTING]), _TEXTS), max_size=60))
def test_what_is_kept_is_bounded_and_says_each_value_once(writes: list[tuple[Author, str | None]]) -> None:
    draft = empty()
    for minute, (author, value) in enumerate(writes):
        draft = write(draft, author, value, minute)
    held = draft.fields[ADDRESS]
    values = [one.value for one in held.earlier]
    assert len(values) <= MOST_EARLIER
    assert len(set(values)) == len(values)
    # What drafting says as well is an agent's word still.
    assert all(one.by == "agent" and held.by == "draft" for one in held.earlier if one.value == held.value)
    if writes:
        assert (held.author, held.author_name) == (writes[-1][0].person, writes[-1][0].name)
        assert held.at == NOON + timedelta(minutes=len(writes) - 1)


def test_an_overwritten_value_has_its_author_and_its_time() -> None:
    draft = write(empty(), WANG, "学府路74号", 1)
    draft = write(draft, SUN, "和兴路26号", 5)
    (earlier,) = draft.fields[ADDRESS].earlier
    assert (earlier.value, earlier.author, earlier.author_name) == ("学府路74号", "wang", "王坐席")
    assert earlier.at == NOON + timedelta(minutes=1)
    restored = write(draft, WANG, "学府路74号", 6).fields[ADDRESS]
    assert [one.value for one in restored.earlier] == ["和兴路26号"]


def test_a_value_of_drafting_that_an_agent_overwrote_can_be_restored() -> None:
    draft = write(write(empty(), DRAFTING, "学府路"), WANG, None)
    assert [(one.value, one.by) for one in draft.fields[ADDRESS].earlier] == [("学府路", "draft")]


def test_what_an_agent_wrote_is_kept_also_when_drafting_said_the_same_meanwhile() -> None:
    draft = empty()
    for author, value in ((WANG, "0"), (WANG, None), (DRAFTING, "0"), (DRAFTING, None)):
        draft = write(draft, author, value)
    assert [(one.value, one.author) for one in draft.fields[ADDRESS].earlier] == [("0", "wang")]


def test_what_drafting_replaces_of_its_own_and_what_somebody_types_on_is_not_kept() -> None:
    draft = write(write(empty(), DRAFTING, "学府路"), DRAFTING, "和兴路")
    assert draft.fields[ADDRESS].earlier == ()
    draft = write(write(empty(), WANG, "学"), WANG, "学府路")
    assert draft.fields[ADDRESS].earlier == ()


@pytest.mark.parametrize("confidence", [0.6, 0.9])
def test_a_value_of_which_drafting_is_surer_keeps_what_is_known_of_it(confidence: float) -> None:
    draft = write(write(empty(), WANG, "学府路74号"), SUN, "和兴路26号")
    surer = draft.fields[ADDRESS].model_copy(
        update={"confidence": confidence, "author": "", "author_name": "", "at": None, "earlier": ()}
    )
    after = draft.model_copy(update={"fields": {**draft.fields, ADDRESS: surer}})
    held = attributed(draft, after, DRAFTING, NOON).fields[ADDRESS]
    assert (held.author, len(held.earlier), held.confidence) == ("sun", 1, confidence)
