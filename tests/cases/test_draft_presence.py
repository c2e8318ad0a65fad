"""Who edits a draft now: never longer than a lease after a page last said so."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.model import FieldName
from cases.drafting.presence import LEASE_S, DraftPresence, PageEditing

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
DRAFTS = [UUID(int=1), UUID(int=2)]
_ACTS = st.one_of(
    st.tuples(
        st.just("edits"),
        st.integers(0, 3),
        st.sampled_from(DRAFTS),
        st.sampled_from([FieldName.ADDRESS, FieldName.DESCRIPTION]),
    ),
    st.tuples(st.just("leaves"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.floats(0.0, LEASE_S)),
    st.tuples(st.just("closed"), st.sampled_from(DRAFTS)),
)


def wish(person: str, draft_id: UUID, field: FieldName) -> PageEditing:
    return PageEditing(person, person, draft_id, field, NOON, 0.0)


@given(st.lists(_ACTS, max_size=40))
def test_a_person_edits_exactly_what_a_page_of_hers_said_within_the_lease(
    acts: list[tuple[object, ...]],
) -> None:
    presence, now = DraftPresence(), 0.0
    said: dict[int, tuple[UUID, FieldName, float]] = {}
    shown: dict[UUID, list[tuple[str, FieldName]]] = {draft_id: [] for draft_id in DRAFTS}
    for act in acts:
        changed = set[UUID]()
        match act:
            case ("edits", int(page), UUID() as draft_id, FieldName() as field):
                changed = presence.edits(page, wish(f"p{page}", draft_id, field), now)
                said[page] = (draft_id, field, now)
            case ("leaves", int(page)):
                changed = presence.leaves(page)
                said.pop(page, None)
            case ("wait", float(seconds)):
                now += seconds
            case ("closed", UUID() as draft_id):
                changed = presence.closed(draft_id)
                said = {page: one for page, one in said.items() if one[0] != draft_id}
        changed |= presence.lapse(now)
        said = {page: one for page, one in said.items() if now - one[2] < LEASE_S}
        for draft_id in DRAFTS:
            editors = sorted((one.person, one.field) for one in presence.of(draft_id))
            wanted = sorted((f"p{page}", one[1]) for page, one in said.items() if one[0] == draft_id)
            assert editors == wanted
            # Desks are told of each change, so that what they show is what is.
            if editors != shown[draft_id]:
                assert draft_id in changed
            shown[draft_id] = editors


def test_a_person_with_two_pages_is_one_editor() -> None:
    presence = DraftPresence()
    presence.edits("one", wish("wang", DRAFTS[0], FieldName.ADDRESS), 0.0)
    presence.edits("two", wish("wang", DRAFTS[0], FieldName.DESCRIPTION), 0.0)
    assert len(presence.of(DRAFTS[0])) == 1
    presence.leaves("two")
    assert [one.field for one in presence.of(DRAFTS[0])] == [FieldName.ADDRESS]
