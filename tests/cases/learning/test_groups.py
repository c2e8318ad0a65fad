"""Which cases are set aside: the same every time, groups on one side, and later cases move nobody's side."""

from __future__ import annotations

import random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.learning.material.groups import ONE_IN, groups, set_aside
from cases.learning.material.model import Tie

CASES = st.lists(st.integers(1, 2**40).map(lambda n: UUID(int=n)), unique=True, min_size=1, max_size=40)


@st.composite
def tied(draw: st.DrawFn) -> dict[UUID, list[Tie]]:
    found = draw(CASES)
    calls = [("call", UUID(int=n)) for n in range(12)]
    others = [("case", one) for one in found]
    tie = st.sampled_from([*calls, *others])
    return {one: draw(st.lists(tie, max_size=3)) for one in found}


@given(tied())
def test_whatever_is_tied_is_in_one_group_and_on_one_side(ties: dict[UUID, list[Tie]]) -> None:
    found = groups(ties)
    assert set(found) == set(ties)
    by_tie: dict[Tie, set[UUID]] = {}
    for case_id, mine in ties.items():
        for tie in (("case", case_id), *mine):
            by_tie.setdefault(tie, set()).add(found[case_id])
    assert all(len(one) == 1 for one in by_tie.values())
    for group in set(found.values()):
        assert group == min(one for one in ties if found[one] == group)
        assert len({set_aside(found[one]) for one in ties if found[one] == group}) == 1


@given(tied(), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(ties: dict[UUID, list[Tie]], chance: random.Random) -> None:
    order = list(ties)
    chance.shuffle(order)
    again = groups({one: chance.sample(ties[one], len(ties[one])) for one in order})
    assert again == groups(ties)


@given(tied(), st.lists(st.integers(0, 11), max_size=1), st.booleans())
def test_who_comes_later_changes_no_side_unless_he_ties_two_groups(
    ties: dict[UUID, list[Tie]], calls: list[int], lone: bool
) -> None:
    before = groups(ties)
    newcomer = UUID(int=2**41)
    mine: list[Tie] = [] if lone else [("call", UUID(int=n)) for n in calls]
    after = groups({**ties, newcomer: mine})
    assert {one: after[one] for one in ties} == before


def test_unrelated_cases_are_their_own_groups_and_a_fifth_of_them_is_set_aside() -> None:
    many = [UUID(int=n << 32 | n) for n in range(20_000)]
    found = groups(dict.fromkeys(many, ()))
    assert all(found[one] == one for one in many)
    share = sum(map(set_aside, many)) / len(many)
    assert abs(share - 1 / ONE_IN) < 0.01


def test_the_side_of_a_case_is_the_same_for_ever() -> None:
    """Fixed by known answers: another hash would train on what was set aside before."""
    fixed = [UUID(int=n) for n in range(20)]
    assert [n for n, one in enumerate(fixed) if set_aside(one)] == FIXED


FIXED = [0, 14, 16]
